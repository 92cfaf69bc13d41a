"""One thing that is not as it was written, anywhere, is found and named."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.json_store import JsonStore
from svcctl.store.line import seal
from svcctl.ticket.event import Document

Create = Callable[..., str]
Edit = Callable[..., Document]
Lines = list[bytes]


@pytest.fixture
def journal(store: JsonStore, root: Path, create: Create) -> Path:
    """The journal of nine commits."""
    for weight in range(9):
        create(store, weight=weight, note="黑屏")
    return root / "journal/000001.jsonl"


def altered(lines: Lines) -> Lines:
    return [*lines[:4], lines[4].replace("黑屏".encode(), "白屏".encode()), *lines[5:]]


def reformatted(lines: Lines) -> Lines:
    return [*lines[:4], json.dumps(json.loads(lines[4]), ensure_ascii=False).encode() + b"\n", *lines[5:]]


def with_a_new_hash(lines: Lines) -> Lines:
    content = json.loads(lines[4].replace("黑屏".encode(), "白屏".encode()))
    from svcctl.foundation.instant import parse_instant
    from svcctl.store.contract import Head
    from svcctl.store.encoding import canonical

    line, _ = seal(
        Head(4, content["previous"]),
        at=parse_instant(content["at"]),
        actor=content["actor"],
        events=[canonical(event, "") for event in content["events"]],
        highest=content["highest"],
        key=None,
    )
    return [*lines[:4], line, *lines[5:]]


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        (altered, 4),
        (reformatted, 4),
        (with_a_new_hash, 5),
        (lambda lines: [*lines[:4], *lines[5:]], 4),
        (lambda lines: [*lines[:4], lines[5], lines[4], *lines[6:]], 4),
        (lambda lines: [*lines[:4], lines[4], *lines[4:]], 5),
        (lambda lines: [*lines[:4], b"\n", *lines[4:]], 4),
        (lambda lines: [*lines[:4], b"{}\n", *lines[4:]], 4),
        (lambda lines: lines[:8], 8),
        (lambda lines: [], 0),
    ],
)
def test_a_line_that_is_not_as_it_was_is_named(
    store: JsonStore, journal: Path, damage: Callable[[Lines], Lines], number: int
) -> None:
    lines = damage(journal.read_bytes().splitlines(keepends=True))
    journal.write_bytes(b"".join(lines))
    found = list(store.verify())
    offset = sum(map(len, lines[:number]))
    assert found[0].place in (f"journal/000001.jsonl at byte {offset}", "journal/000001.jsonl")
    if number < len(lines):
        assert found[0].place.endswith(f" {offset}")


def test_random_damage_to_a_byte_of_a_journal_or_page_is_found(store: JsonStore, root: Path, journal: Path) -> None:
    dice = random.Random(7)
    files = [journal, root / "data/tickets/0000/0000000.json"]
    for _ in range(60):
        path = dice.choice(files)
        kept = path.read_bytes()
        at = dice.randrange(len(kept))
        new = dice.choice([b"", b" ", b"0", b"}", b"\n", b"\0", bytes([kept[at] ^ 1])])
        path.write_bytes(kept[:at] + new + kept[at + 1 :])
        if path.read_bytes() != kept:
            assert list(store.verify(deep=True)), f"{path.name}: {kept[at : at + 1]!r} -> {new!r} at {at}"
        path.write_bytes(kept)
    assert list(store.verify(deep=True)) == []


def test_a_missing_segment_is_named(
    store: JsonStore, edit: Edit, journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", 1)
    edit(store, "T-000001", weight=100)
    edit(store, "T-000001", weight=101)
    (journal.parent / "000002.jsonl").unlink()
    assert next(store.verify()).place == "journal/000002.jsonl"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"weight":4', '"weight":5', "document 5 (T-000005) differs from its events in `weight`"),
        ('"5":{"id":"T-000005"', '"6":{"id":"T-000005"', "document 5 (T-000005) is missing"),
        ('"9":{', '"10":{"id":"T-000010","revision":1},"9":{', "document 10 (T-000010) was never written"),
        ('"weight":4', '"weight": 4', "its bytes are not as they were written, though its documents are"),
        ('"sequence":9', '"sequence":8', "it names commit 8, not 9"),
        ('"sequence":9', '"sequence":10', "it names commit 10, not 9"),
        ('"tickets"', '"teams"', "it is not a page"),
    ],
)
def test_a_page_that_is_not_what_its_events_make_is_named(
    store: JsonStore, root: Path, journal: Path, old: str, new: str, message: str
) -> None:
    page = root / "data/tickets/0000/0000000.json"
    page.write_text(page.read_text().replace(old, new))
    assert list(store.verify()) == []
    found = list(store.verify(deep=True))
    assert found[0].place == "data/tickets/0000/0000000.json"
    assert message in [damage.message for damage in found]


@pytest.mark.parametrize("instead", ["5", "[]", "null", '"T-000005"', "{}"])
def test_a_document_that_is_none_is_damage(
    store: JsonStore, root: Path, journal: Path, edit: Edit, instead: str
) -> None:
    page = root / "data/tickets/0000/0000000.json"
    lines = page.read_text().split("\n")
    [place] = [number for number, line in enumerate(lines) if line.startswith('"5":')]
    page.write_text("\n".join([*lines[:place], f'"5":{instead},', *lines[place + 1 :]]))
    assert [damage.place for damage in store.verify(deep=True)] == ["data/tickets/0000/0000000.json"]
    for work in (
        lambda: store.get("tickets", "T-000005"),
        lambda: edit(store, "T-000004", weight=0),
        lambda: list(store.find("tickets")),
    ):
        with pytest.raises(Refusal) as refused:
            work()
        assert refused.value.code == "store-damaged"


def test_a_page_that_is_gone_or_does_not_belong_is_named(store: JsonStore, root: Path, journal: Path) -> None:
    page = root / "data/tickets/0000/0000000.json"
    (root / "data/tickets/0000/0000007.json").write_bytes(page.read_bytes())
    (root / "data/tickets/notes.json").write_text("{}")
    page.unlink()
    found = {(damage.place, damage.message) for damage in store.verify(deep=True)}
    assert ("data/tickets/notes.json", "no page belongs here") in found
    assert ("data/tickets/0000/0000000.json", "document 1 (T-000001) is missing") in found
    assert ("data/tickets/0000/0000007.json", "document 1 (T-000001) was never written") in found


def test_readers_and_writers_refuse_a_page_that_is_gone_or_none(
    store: JsonStore, root: Path, journal: Path, create: Create, edit: Edit
) -> None:
    page = root / "data/tickets/0000/0000000.json"
    page.write_text("not a page")
    uses: list[Callable[[], object]] = [
        lambda: store.get("tickets", "T-000002"),
        lambda: edit(store, "T-000002", weight=0),
        lambda: create(store),
    ]
    for use in uses:
        with pytest.raises(Refusal, match=r"data/tickets/0000/0000000\.json: it is not a page") as refusal:
            use()
        assert refusal.value.code == "store-damaged"
    page.unlink()
    with pytest.raises(Refusal, match="document 2 is missing"):
        store.get("tickets", "T-000002")
    with pytest.raises(Refusal, match="document 1 is missing"):
        list(store.find("tickets"))
    for use in uses[1:]:
        with pytest.raises(Refusal, match="is missing") as refusal:
            use()
        assert refusal.value.code == "store-damaged"


def test_verify_deep_does_not_trip_over_a_store_in_use(store: JsonStore, journal: Path, edit: Edit) -> None:
    found = store.verify(deep=True)
    edit(store, "T-000001", weight=7)
    assert list(found) == []
