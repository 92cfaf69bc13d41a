"""Content that breaks stores: kept exactly, or refused with a reason before anything is written."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document, Event

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Create = Callable[..., str]
Edit = Callable[..., Document]

nested: Any = "deep"
for _ in range(80):
    nested = [{"in": nested}] if len(str(nested)) % 2 else [nested]


@pytest.mark.parametrize(
    "value",
    [
        "a\0b",
        "\ud800 alone",
        "right \u202e to left",
        "line\u2028\u0085\r\nbreaks",
        '"}\n}}\n',
        "\n" + '"1":{"id":"T-000001"}',
        nested,
        {"": {".": 1}, "__proto__": None, "a.b": 2},
        -0.0,
        1e-320,
        10**40,
        2**53 + 1,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_it_is_kept_exactly(store: JsonStore, create: Create, edit: Edit, value: Any) -> None:
    create(store, note=value, state=value)
    create(store)
    edit(store, "T-000002", note=value)
    for id in ("T-000001", "T-000002"):
        document = store.get("tickets", id)
        assert document is not None
        assert repr(document["note"]) == repr(value)
    assert len(list(store.find("tickets"))) == 2
    assert list(store.verify(deep=True)) == []


def test_a_description_of_ten_megabytes_is_kept(store: JsonStore, create: Create, edit: Edit) -> None:
    create(store, note="黑" * 3_333_333)
    create(store, note="short")
    edit(store, "T-000002", note="shorter")
    document = store.get("tickets", "T-000001")
    assert document is not None
    assert document["note"] == "黑" * 3_333_333
    assert list(store.verify(deep=True)) == []


def too_deep() -> Any:
    value: Any = 1
    for _ in range(200):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "not JSON compliant"),
        (float("inf"), "not JSON compliant"),
        ({1, 2}, "not JSON serializable"),
        (b"bytes", "not JSON serializable"),
        (too_deep(), "nested deeper than 100 levels"),
        ({"x" * 3: too_deep()}, "nested deeper than 100 levels"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_it_is_refused_with_a_reason(store: JsonStore, create: Create, value: Any, reason: str) -> None:
    with pytest.raises(Refusal, match=reason) as refusal:
        create(store, note=value)
    assert refusal.value.code == "bad-input"
    assert "T-000001" in refusal.value.message
    assert store.head().sequence == 0


@pytest.mark.parametrize("id", ["../../etc/passwd", "/", "", ".", "a\0b", "\ud800", "x" * 5000, "CON", "%2e"])
def test_ids_of_callers_never_reach_the_file_system(store: JsonStore, root: Path, edit: Edit, id: str) -> None:
    edit(store, id, "customers", name=id)
    edit(store, id, "customers", name="again")
    assert store.get("customers", id) == {"id": id, "revision": 2, "name": "again"}
    assert [path.relative_to(root).as_posix() for path in root.rglob("data/**/*.json")] == [
        "data/customers/0000/0000000.json"
    ]
    assert list(store.verify(deep=True)) == []


@pytest.mark.parametrize("key", ["", "\ud800", "a\0b", "x" * 5000])
def test_a_key_may_be_any_text(store: JsonStore, key: str) -> None:
    def work(transaction: Any) -> str:
        id = transaction.next_id("tickets")
        return str(transaction.record(Event("tickets", id, "created", AT, "li"))["id"])

    for _ in range(2):
        assert store.write(work, at=AT, actor="li", key=key) == "T-000001"
    assert store.write(work, at=AT, actor="li", key="another") == "T-000002"


@pytest.mark.slow
def test_a_hundred_thousand_comments_on_one_ticket_are_kept_at_a_bearable_cost(
    store: JsonStore, create: Create, root: Path
) -> None:
    create(store)
    create(store, note="a neighbour on the page")

    def say(count: int, first: int) -> None:
        said = tuple({"at": "2026-11-23T01:00:00Z", "by": "li", "text": f"comment {first + n}"} for n in range(count))
        event = Event("tickets", "T-000001", "commented", AT, "li", add={"comments": said})
        store.write(lambda t: t.record(event) and None, at=AT, actor="li")

    for thousand in range(100):
        say(1000, 1000 * thousand)
    before = (root / "journal/000001.jsonl").stat().st_size
    say(1, 100_000)
    assert (root / "journal/000001.jsonl").stat().st_size - before < 1000
    document = store.get("tickets", "T-000001")
    assert document is not None
    assert [one["text"] for one in document["comments"]] == [f"comment {n}" for n in range(100_001)]
    assert len(list(store.history("tickets", "T-000001"))) == 102
    assert list(store.verify(deep=True)) == []


def test_a_document_that_grows_too_large_is_refused_and_stays_as_it_was(
    store: JsonStore, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("pages", "encoding"):
        monkeypatch.setattr(f"svcctl.store.{module}.DOCUMENT_BYTES", 2**20)
    create(store, note="x" * 900_000)
    create(store, note="y" * 900_000)
    with pytest.raises(Refusal, match=r"`T-000001` would have 1\.\d MB, more than the 1 MB") as refusal:
        edit(store, "T-000001", more="z" * 200_000)
    assert refusal.value.code == "bad-input"
    assert refusal.value.help
    assert edit(store, "T-000002", more="z")["revision"] == 2
    assert (store.get("tickets", "T-000001") or {})["revision"] == 1
    assert list(store.verify(deep=True)) == []
