"""What the next command finds after a process died at any step, and what it makes of it."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Where
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document, Event

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)

Create = Callable[..., str]
Edit = Callable[..., Document]
Reopen = Callable[..., JsonStore]


class Killed(BaseException):
    """Ends the command where it is raised."""


def kill_at(monkeypatch: pytest.MonkeyPatch, call: str, count: int) -> None:
    """The `count`-th use of `os.<call>` ends the command before it does anything."""
    real = getattr(os, call)
    left = [count]

    def killing(*arguments: object, **named: object) -> object:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return real(*arguments, **named)

    monkeypatch.setattr(os, call, killing)


@pytest.fixture
def torn(store: JsonStore, root: Path, create: Create, edit: Edit, tmp_path: Path) -> tuple[bytes, bytes]:
    """A store as it was after its first commit, and the lines of its first and a second commit."""
    create(store, state="new")
    store.close()
    shutil.copytree(root, tmp_path / "kept")
    edit(store, "T-000001", state="open")
    lines = (root / "journal/000001.jsonl").read_bytes().splitlines(keepends=True)
    store.close()
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "kept", root)
    return lines[0], lines[1]


@pytest.mark.parametrize("size", [1, 40, -70, -2, -1])
def test_a_torn_last_line_is_cut_off_and_its_bytes_are_kept(
    torn: tuple[bytes, bytes], root: Path, edit: Edit, reopen: Reopen, size: int
) -> None:
    first, second = torn
    journal = root / "journal/000001.jsonl"
    journal.write_bytes(first + second[:size])
    store = reopen()
    assert store.head().sequence == 1
    assert store.count("tickets", Where("state", "==", "new")) == 1
    assert list(store.verify(deep=True)) == []
    assert journal.read_bytes() == first + second[:size]
    edit(store, "T-000001", state="closed")
    assert journal.read_bytes().startswith(first)
    assert [line["sequence"] for line in store.commits()] == [1, 2]
    assert [path.read_bytes() for path in root.glob("journal/*.torn")] == [second[:size]]
    assert list(store.verify(deep=True)) == []


def test_a_last_line_with_a_hole_of_zeros_is_torn(
    torn: tuple[bytes, bytes], root: Path, edit: Edit, reopen: Reopen
) -> None:
    first, second = torn
    (root / "journal/000001.jsonl").write_bytes(first + second[:50] + bytes(60) + second[110:])
    assert reopen().head().sequence == 1
    edit(reopen(), "T-000001", state="closed")
    assert list(reopen().verify(deep=True)) == []


def test_a_whole_last_line_that_was_altered_is_damage_and_stops_writers(
    torn: tuple[bytes, bytes], root: Path, edit: Edit, reopen: Reopen
) -> None:
    first, second = torn
    journal = root / "journal/000001.jsonl"
    journal.write_bytes(first + second.replace(b'"open"', b'"shut"'))
    before = journal.read_bytes()
    with pytest.raises(Refusal, match=f"journal/000001.jsonl at byte {len(first)}") as refusal:
        edit(reopen(), "T-000001", state="closed")
    assert refusal.value.code == "store-damaged"
    assert journal.read_bytes() == before


@pytest.mark.parametrize("size", [0, 30, -1])
def test_a_journal_that_lost_an_acknowledged_commit_stops_writers(
    store: JsonStore, root: Path, create: Create, edit: Edit, size: int
) -> None:
    create(store, state="new")
    first = (root / "journal/000001.jsonl").read_bytes()
    edit(store, "T-000001", state="open")
    second = (root / "journal/000001.jsonl").read_bytes()[len(first) :]
    (root / "journal/000001.jsonl").write_bytes(first + second[:size])
    with pytest.raises(Refusal, match="commits up to 2 were acknowledged") as refusal:
        edit(store, "T-000001", state="closed")
    assert refusal.value.code == "store-damaged"
    assert "commits up to 2" in next(store.verify()).message


@pytest.mark.parametrize("rename", [1, 2, 3])
def test_a_commit_whose_pages_are_not_published_is_seen_and_published_by_the_next_writer(
    store: JsonStore, root: Path, create: Create, reopen: Reopen, monkeypatch: pytest.MonkeyPatch, rename: int
) -> None:
    for _ in range(70):
        create(store, state="new")

    def close_all(transaction: object) -> None:
        for document in store.find("tickets"):
            event = Event("tickets", document["id"], "closed", AT, "li", {"state": ("new", "closed")})
            transaction.record(event)  # type: ignore[attr-defined]

    with monkeypatch.context() as patch:
        kill_at(patch, "rename", rename)
        with pytest.raises(Killed):
            store.write(close_all, at=AT, actor="li")
    assert store.head().sequence == 71
    assert store.count("tickets", Where("state", "==", "closed")) == 70
    assert len(list(store.find("tickets", Where("state", "==", "closed")))) == 70
    assert {store.get("tickets", f"T-{number:06d}")["state"] for number in range(1, 71)} == {"closed"}  # type: ignore[index]
    assert list(store.verify(deep=True)) == []
    for prepared in root.rglob("*.new"):
        prepared.unlink()
    assert {document["state"] for document in reopen().find("tickets")} == {"closed"}
    create(reopen())
    assert {b'"new"' in path.read_bytes() for path in root.rglob("data/**/*.json")} == {False}
    assert list(store.verify(deep=True)) == []


def test_a_torn_first_line_of_a_segment_is_cut_off(
    store: JsonStore, root: Path, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(store, state="new")
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", 1)
    (root / "journal/000002.jsonl").write_bytes(b'{"actor":"li","at"')
    assert store.head().sequence == 1
    edit(store, "T-000001", state="open")
    assert [line["sequence"] for line in store.commits()] == [1, 2]
    assert (root / "journal/000002.jsonl").read_bytes().startswith(b'{"actor":"wang"')
    assert list(store.verify(deep=True)) == []


def test_prepared_pages_of_a_commit_that_never_was_are_not_read(
    store: JsonStore, root: Path, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(store, state="new")
    with monkeypatch.context() as patch:
        kill_at(patch, "lseek", 1)
        with pytest.raises(Killed):
            edit(store, "T-000001", state="open")
    assert list(root.rglob("*.new"))
    assert store.head().sequence == 1
    assert store.get("tickets", "T-000001") == {"id": "T-000001", "revision": 1, "state": "new"}
    edit(store, "T-000001", state="closed")
    assert store.get("tickets", "T-000001") == {"id": "T-000001", "revision": 2, "state": "closed"}
    assert list(store.verify(deep=True)) == []


@pytest.mark.parametrize("segment_bytes", [1, 1_000_000])
@pytest.mark.parametrize("call", ["open", "write", "fsync", "rename"])
def test_a_kill_at_any_call_leaves_the_old_state_or_the_new(
    store: JsonStore, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch, call: str, segment_bytes: int
) -> None:
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", segment_bytes)
    create(store, weight=0)
    weight = 0
    for count in range(1, 20):
        completed = True
        with monkeypatch.context() as patch:
            kill_at(patch, call, count)
            try:
                edit(store, "T-000001", weight=weight + 1)
            except Killed:
                completed = False
        document = store.get("tickets", "T-000001")
        assert document is not None
        assert document["weight"] in ((weight + 1,) if completed else (weight, weight + 1))
        assert document == next(iter(store.find("tickets")))
        assert list(store.verify(deep=True)) == []
        weight = document["weight"]
        if completed:
            return
    pytest.fail("the command never got through")


def test_a_busy_store_is_refused_after_its_deadline(store: JsonStore, create: Create, reopen: Reopen) -> None:
    hasty = reopen(lock_timeout=0.05)

    def work(transaction: object) -> None:
        with pytest.raises(Refusal) as refusal:
            create(hasty)
        assert refusal.value.code == "store-busy"

    store.write(work, at=AT, actor="li")
    assert create(hasty) == "T-000001"


def test_a_deleted_lock_is_noticed_before_the_commit(store: JsonStore, root: Path, create: Create) -> None:
    create(store)

    def work(transaction: object) -> None:
        (root / "LOCK").unlink()
        transaction.record(Event("tickets", "T-000001", "edited", AT, "li"))  # type: ignore[attr-defined]

    with pytest.raises(Refusal, match="deleted") as refusal:
        store.write(work, at=AT, actor="li")
    assert refusal.value.code == "store-busy"
    assert store.head().sequence == 1
    assert create(store) == "T-000002"
