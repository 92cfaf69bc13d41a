"""Random damage to one line or one page, the valid kind too, is found and named; a chain made anew by a kept head."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from svcctl.store.contract import Head
from svcctl.store.encoding import canonical, encoded
from svcctl.store.journal import Journal
from svcctl.store.json_store import JsonStore
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
    """Two segments, two pages of tickets, and one each of customers and messages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("svcctl.store.journal.SEGMENT_BYTES", 4000)
        store = JsonStore.create(tmp_path_factory.mktemp("damage") / "store", TABLES)
        for number in range(12):
            write(store, lambda t, n=number: [make(t, state="new", weight=n, note="黑屏") for _ in range(3)])  # type: ignore[misc]
        write(store, lambda t: change(t, "customers", "li", tier="gold", tags=["a", "b"]))
        write(store, lambda t: make(t, "outbox", status="pending"))
        yield store


def found(store: JsonStore, kept: Head | None = None) -> list[str]:
    return [damage.place for damage in store.verify(deep=True, kept=kept)]


def names(place: str, path: str) -> bool:
    """Whether a place is in the file, or what follows it."""
    return place.startswith(path.removesuffix(".jsonl")) or place.startswith("journal")


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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_one_change_of_one_file_is_found_and_named(store: JsonStore, data: st.DataObject) -> None:
    root = store._layout.root
    files = sorted([*root.glob("journal/*.jsonl"), *root.glob("data/**/*.json")])
    path = data.draw(st.sampled_from(files))
    raw = path.read_bytes()
    damaged = data.draw(bytes_damage(raw))
    path.write_bytes(damaged)
    try:
        places = found(store)
    finally:
        path.write_bytes(raw)
    name = path.relative_to(root).as_posix()
    assert bool(places) == (damaged != raw)
    assert all(names(place, name) for place in places[:1])


@pytest.mark.parametrize("happening", ["remove", "swap", "add", "copy"])
def test_a_file_that_is_gone_added_or_another_is_found(store: JsonStore, happening: str) -> None:
    root = store._layout.root
    files = sorted([*root.glob("journal/*.jsonl"), *root.glob("data/**/*.json")])
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
    import shutil

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
