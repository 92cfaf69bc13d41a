"""Random damage to one line or one page, the valid kind too, is found and named; a chain made anew by a kept head."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Head
from svcctl.store.encoding import canonical, encoded
from svcctl.store.journal import Journal
from svcctl.store.json_store import JsonStore
from svcctl.store.keeping import archive, archive_pages
from svcctl.store.line import START, seal
from svcctl.testing.store_cases import AT, TABLES, change, make, write

Lines = list[bytes]
#: What stands in lines, and what keeps them JSON in its place.
OTHERS = (
    ("黑".encode(), "白".encode()),
    (b'"new"', b'"old"'),
    (b'"li"', b'"wu"'),
    (b'"gold"', b'"tin"'),
    (b'"pending"', b'"dropped"'),
    (b'"created"', b'"edited"'),
    (b":00Z", b":01Z"),
    (b":1", b":2"),
    (b",", b", "),
    (b"0", b"1"),
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JsonStore]:
    """Three segments, the first compressed; two pages of tickets, one packed; one each of customers and messages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("svcctl.store.journal.SEGMENT_BYTES", 4000)
        store = JsonStore.create(tmp_path_factory.mktemp("damage") / "store", TABLES)
        for number in range(12):
            write(store, lambda t, n=number: [make(t, state="new", weight=n, note="黑屏") for _ in range(3)])  # type: ignore[misc]
        write(store, lambda t: change(t, "customers", "li", tier="gold", tags=["a", "b"]))
        write(store, lambda t: make(t, "outbox", status="pending"))
        list(archive_pages(store._layout, "tickets", lambda _: True, 1.0))
        segment = store._layout.journal / "000001.jsonl"
        for packed in archive(store._layout):
            assert packed["id"] == segment.name
            break
        yield store


def found(store: JsonStore, kept: Head | None = None) -> list[str]:
    return [damage.place for damage in store.verify(deep=True, kept=kept)]


def everything(store: JsonStore) -> Any:
    return [list(store.find(table)) for table in TABLES], list(store.commits())


def files_of(root: Path) -> list[Path]:
    return sorted([*root.glob("journal/*.jsonl*"), *root.glob("data/**/*.json*")])


def names(places: list[str], path: str) -> bool:
    """Whether what was found is named: a page itself, a segment or what follows it."""
    return path in places if path.startswith("data") else places[0].startswith("journal/")


@st.composite
def bytes_damage(draw: st.DrawFn, raw: bytes) -> bytes:
    """One change of a file that leaves it what it looks like: a byte, a line, two lines."""
    lines = raw.splitlines(keepends=True)
    at = draw(st.integers(0, len(lines) - 1))
    match draw(st.sampled_from(["byte", "remove", "double", "swap", "value", "add"])):
        case "byte":
            place = draw(st.integers(0, len(raw) - 1))
            return raw[:place] + bytes([draw(st.integers(0, 255))]) + raw[place + 1 :]
        case "remove":
            return b"".join(lines[:at] + lines[at + 1 :])
        case "double":
            return b"".join([*lines[: at + 1], *lines[at:]])
        case "swap":
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
            return b"".join(lines)
        case "add":
            return b"".join([*lines[:at], draw(st.sampled_from([b"\n", b"{}\n", b" \n", b"null\n"])), *lines[at:]])
        case _:
            return b"".join([*lines[:at], _other_value(lines[at], draw), *lines[at + 1 :]])


def _other_value(line: bytes, draw: st.DrawFn) -> bytes:
    """The line with another value that keeps it JSON, where it has one to change."""
    old, new = draw(st.sampled_from(OTHERS))
    return line.replace(old, new, 1)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_change_of_one_file_is_found_and_named(store: JsonStore, data: st.DataObject) -> None:
    root = store._layout.root
    files = files_of(root)
    path = data.draw(st.sampled_from(files))
    before = everything(store)
    raw = path.read_bytes()
    damaged = data.draw(bytes_damage(raw))
    path.write_bytes(damaged)
    try:
        places = found(store)
        if damaged != raw and not places:
            # A bit of what is compressed may say nothing, in its header or after its end: then all is still read.
            assert path.suffix == ".gz"
            assert everything(store) == before
    finally:
        path.write_bytes(raw)
    name = path.relative_to(root).as_posix()
    assert not places or damaged != raw
    assert not places or names(places, name)


@pytest.mark.parametrize("happening", ["remove", "swap", "add", "copy"])
def test_a_file_that_is_gone_added_or_another_is_found(store: JsonStore, happening: str) -> None:
    root = store._layout.root
    files = files_of(root)
    for path in files:
        raw = path.read_bytes()
        other = files[files.index(path) - 1]
        added = path.with_name(path.name.replace("00", "01", 1))
        kept = other.read_bytes()
        match happening:
            case "remove":
                path.unlink()
            case "swap":
                path.write_bytes(kept)
                other.write_bytes(raw)
            case "add":
                added.write_bytes(raw)
            case "copy":
                path.write_bytes(kept)
        try:
            assert found(store), f"{happening} {path}"
        finally:
            added.unlink(missing_ok=True)
            path.write_bytes(raw)
            other.write_bytes(kept)
    assert found(store) == []


def test_a_page_of_an_earlier_time_is_found_and_never_written_on(store: JsonStore, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(store._layout.root, root)
    copy = JsonStore.open(root, TABLES)
    page = root / "data/customers/0000/0000000.json"
    early = page.read_bytes()
    write(copy, lambda t: change(t, "customers", "li", tier="tin"))
    page.write_bytes(early)
    assert found(copy) == ["data/customers/0000/0000000.json"]
    with pytest.raises(Refusal, match=r"0000000\.json: document 1 has revision 1, not 2") as refused:
        write(copy, lambda t: change(t, "customers", "li", tier="iron"))
    assert refused.value.code == "store-damaged"
    assert list(copy.verify()) == []


def test_a_page_of_another_store_is_found_and_never_written_on(store: JsonStore, tmp_path: Path) -> None:
    root = tmp_path / "copy"
    shutil.copytree(store._layout.root, root)
    other = JsonStore.create(tmp_path / "other", TABLES)
    write(other, lambda t: change(t, "customers", "li", tier="lead"))
    write(other, lambda t: change(t, "customers", "li", tier="gold"))
    page = "data/customers/0000/0000000.json"
    shutil.copy(tmp_path / "other" / page, root / page)
    copy = JsonStore.open(root, TABLES)
    assert found(copy) == [page]
    with pytest.raises(Refusal, match="has revision 2, not 1"):
        write(copy, lambda t: change(t, "customers", "li", tier="iron"))


def rewritten(store: JsonStore, alter: Callable[[int, Any], None]) -> None:
    """The chain made anew with other content, and every page with it, as one who can write all files would."""
    journal, head = Journal(store._layout.journal), START
    lines: dict[int, Lines] = {}
    for entry in list(journal.walk()):
        content = json.loads(canonical(entry.line, ""))
        alter(content["sequence"], content)
        events = [canonical(event, "") for event in content["events"]]
        line, head = seal(head, at=AT, actor=content["actor"], events=events, highest=content["highest"], key=None)
        lines.setdefault(entry.segment, []).append(line)
    for segment, parts in lines.items():
        journal.path(segment).write_bytes(b"".join(parts))
    (store._layout.lock).write_bytes(b"")


def test_a_chain_that_was_made_anew_is_found_by_a_head_kept_elsewhere(store: JsonStore, tmp_path: Path) -> None:
    kept = store.head()
    early = Head(*[(line["sequence"], line["hash"]) for line in store.commits()][3])
    root = tmp_path / "forged"
    shutil.copytree(store._layout.root, root)
    forged = JsonStore.open(root, TABLES)

    def alter(sequence: int, content: Any) -> None:
        if sequence == 6:
            content["events"][0]["set"]["weight"] = [None, 77]

    rewritten(forged, alter)
    assert list(forged.verify()) == []
    for head, expected in ((kept, True), (early, False)):
        assert bool(list(forged.verify(kept=head))) == expected
    assert encoded(forged.head().hash) != encoded(kept.hash)
