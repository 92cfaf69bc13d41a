"""The index is a cache: whatever happens to it, answers stay right."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from svcctl.store.contract import Progress, TableSchema, Transaction, Where
from svcctl.store.index import Index
from svcctl.store.index_file import IndexFile
from svcctl.store.journal import Journal
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document, Event

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Create = Callable[..., str]
Edit = Callable[..., Document]
Reopen = Callable[..., JsonStore]
NEW = Where("state", "==", "new")


def ids(store: JsonStore, *where: Where) -> list[str]:
    return [document["id"] for document in store.find("tickets", *where)]


def test_it_may_be_deleted_at_any_time(store: JsonStore, root: Path, create: Create) -> None:
    for count in range(1, 5):
        create(store, state="new")
        assert len(ids(store, NEW)) == count
        (root / "index.db").unlink()
        assert store.count("tickets", NEW) == count


def test_a_log_that_outlived_its_index_is_not_replayed(
    store: JsonStore, root: Path, create: Create, reopen: Reopen
) -> None:
    create(store, state="old")
    assert store.count("tickets", NEW) == 0
    log = (root / "index.db-wal").read_bytes()
    create(store, state="new")
    store.close()
    (root / "index.db").unlink()
    (root / "index.db-wal").write_bytes(log)
    assert ids(reopen(), NEW) == ["T-000002"]


@pytest.mark.parametrize("content", [b"", b"not a database", b"SQLite format 3\0" + bytes(5000)])
def test_what_is_no_index_is_replaced(
    store: JsonStore, root: Path, create: Create, reopen: Reopen, content: bytes
) -> None:
    create(store, state="new")
    (root / "index.db").write_bytes(content)
    assert ids(store, NEW) == ["T-000001"]
    assert (root / "index.db").read_bytes()[:15] == b"SQLite format 3"
    assert len((root / "index.db").read_bytes()) > 5016


def test_it_is_rebuilt_when_other_fields_are_indexed(
    store: JsonStore, root: Path, create: Create, reopen: Reopen
) -> None:
    create(store, state="new", team="south")
    assert ids(store, NEW) == ["T-000001"]
    store.close()
    other = reopen({"tickets": TableSchema("T", ("team",)), "sites": TableSchema(None)})
    assert ids(other, Where("team", "==", "south")) == ["T-000001"]
    assert ids(other, NEW) == ["T-000001"]
    connection = sqlite3.connect(root / "index.db")
    assert "team" in connection.execute("SELECT schema FROM state").fetchone()[0]
    connection.close()


def test_one_of_another_store_or_of_another_past_is_rebuilt(
    store: JsonStore, root: Path, create: Create, edit: Edit, tmp_path: Path, reopen: Reopen
) -> None:
    create(store, state="new")
    store.count("tickets")
    store.close()
    shutil.copytree(root, tmp_path / "past")
    edit(store, "T-000001", state="old")
    assert ids(store, NEW) == []
    store.close()
    for path in (tmp_path / "past").iterdir():
        if path.is_dir():
            shutil.rmtree(root / path.name)
            shutil.copytree(path, root / path.name)
        elif path.name == "LOCK":
            shutil.copy(path, root / path.name)
    edit(reopen(), "T-000001", state="bad")
    assert ids(reopen(), Where("state", "==", "bad")) == ["T-000001"]
    assert ids(reopen(), Where("state", "==", "old")) == []


def test_while_another_process_holds_it_a_private_one_answers(
    store: JsonStore, root: Path, create: Create, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svcctl.store.index_file._BUSY_SECONDS", 0.05)
    create(store, state="new")
    assert store.count("tickets") == 1
    holder = sqlite3.connect(root / "index.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    create(store, state="new")
    store.close()
    assert store.count("tickets", NEW) == 2
    holder.close()
    assert store.count("tickets", NEW) == 2


def test_two_of_other_tables_side_by_side_do_not_wait_for_each_other(
    store: JsonStore, create: Create, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(store, state="new", team="south")
    assert ids(store, NEW) == ["T-000001"]
    monkeypatch.setattr("svcctl.store.index_file.time.sleep", lambda _: pytest.fail("it waits"))
    other = reopen({"tickets": TableSchema("T", ("team",))})
    for count in range(2, 5):
        assert len(ids(other, Where("team", "==", "south"))) == count - 1
        assert len(ids(store, NEW)) == count - 1
        create(store if count % 2 else other, state="new", team="south")


def test_a_transaction_brings_it_up_to_date_once(
    store: JsonStore, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ada", "bob"):
        edit(store, name, "customers", name=name)
    create(store)
    looks: list[Journal] = []
    real = Index.read_on

    def looking(index: Index, journal: Journal, told: Progress) -> bool:
        looks.append(journal)
        return real(index, journal, told)

    monkeypatch.setattr(Index, "read_on", looking)

    def work(transaction: Transaction) -> None:
        for _ in range(5):
            assert transaction.get("customers", "ada")
            assert transaction.get("customers", "eve") is None
            assert transaction.count("customers") == 2
            assert transaction.get("tickets", "T-000001")
        transaction.record(Event("customers", "eve", "created", AT, "li", {"name": (None, "eve")}))

    store.write(work, at=AT, actor="li")
    assert len(looks) == 1
    assert store.count("customers") == 3


def test_every_64th_commit_brings_it_up_to_date(store: JsonStore, root: Path, create: Create) -> None:
    for _ in range(64):
        create(store)
    connection = sqlite3.connect(root / "index.db")
    assert connection.execute("SELECT sequence FROM state").fetchone() == (64,)
    connection.close()


def test_fields_follow_changes_above_and_below_them(store: JsonStore, create: Create, edit: Edit) -> None:
    id = create(store, due={"at": "2026-11-24", "why": "sla"})
    assert ids(store, Where("due.at", "<", "2026-12")) == [id]
    edit(store, id, **{"due.at": "2026-12-24"})
    assert ids(store, Where("due.at", "<", "2026-12")) == []
    edit(store, id, due={"why": "none"})
    assert ids(store, Where("due.at", "==", None)) == [id]
    edit(store, id, state={"name": "open"})
    assert ids(store, Where("state", "!=", None)) == [id]


@pytest.mark.parametrize("unwritable", [False, True])
def test_much_to_read_is_told_from_the_second_part_on(
    store: JsonStore, root: Path, create: Create, monkeypatch: pytest.MonkeyPatch, unwritable: bool
) -> None:
    for _ in range(10):
        create(store, state="new")
    assert not (root / "index.db").exists()
    if unwritable:
        (root / "index.db.new").mkdir()
    monkeypatch.setattr("svcctl.store.index._CHUNK", 4)
    told: list[object] = []

    @contextmanager
    def counting(doing: str, total: int | None) -> Iterator[Progress]:
        told.append((doing, total))
        yield told.append
        told.append("end")

    other = JsonStore.open(root, store.tables, counting=counting)
    assert other.count("tickets", NEW) == 10
    assert told == [("indexed", 10), 5, 6, 7, 8, 9, 10, "end"]
    for count in (11, 12, 13):
        create(other, state="new")
        assert other.count("tickets", NEW) == count
    assert len(told) == 8


def spoilt(root: Path, seed: int) -> None:
    """Bytes of the index altered, but not those that say that it is one."""
    chance = random.Random(seed)
    path = root / "index.db"
    data = bytearray(path.read_bytes())
    for _ in range(40):
        data[chance.randrange(100, len(data))] ^= chance.randrange(1, 256)
    path.write_bytes(data)


@pytest.mark.parametrize("seed", range(25))
def test_one_that_cannot_be_read_is_made_anew(
    store: JsonStore, root: Path, create: Create, edit: Edit, reopen: Reopen, seed: int
) -> None:
    for weight in range(70):
        create(store, state="new", weight=weight)
        edit(store, f"客户 {weight}", "customers", name="黑屏")
    store.close()
    spoilt(root, seed)
    asked: list[Callable[[JsonStore], object]] = [
        lambda store: ids(store, NEW, Where("weight", ">=", 5)),
        lambda store: store.count("tickets", NEW),
        lambda store: [event.kind for event in store.history("customers", "客户 7")],
        lambda store: store.get("customers", "客户 60"),
        lambda store: [line["sequence"] for line in store.commits(139)],
    ]
    named = [damage.place for damage in reopen().verify(deep=True)]
    found = [question(reopen()) for question in asked]
    edit(reopen(), "客户 7", "customers", name="白屏")
    (root / "index.db").unlink()
    right = [question(reopen()) for question in asked]
    assert named == ["index.db"] or found[:2] == right[:2], "what is silently wrong is found by verify"
    assert list(reopen().verify(deep=True)) == []


def test_verify_finds_a_row_of_it_that_was_altered(store: JsonStore, root: Path, create: Create) -> None:
    create(store, state="new")
    create(store, state="new")
    assert store.count("tickets", NEW) == 2
    store.close()
    create(store, state="new")
    connection = sqlite3.connect(root / "index.db")
    connection.execute("UPDATE \"documents of tickets\" SET c0 = 'old' WHERE number = 1")
    connection.commit()
    connection.close()
    [damage] = store.verify(deep=True)
    assert (damage.place, "documents of tickets" in damage.message) == ("index.db", True)
    (root / "index.db").unlink()
    assert list(store.verify(deep=True)) == []
    assert store.count("tickets", NEW) == 3
    assert list(store.verify(deep=True)) == []


def test_one_that_cannot_be_read_is_replaced_though_its_place_is_not_writable(
    store: JsonStore, root: Path, create: Create, reopen: Reopen, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(store, state="new")
    assert ids(store, NEW) == ["T-000001"]
    store.close()
    data = (root / "index.db").read_bytes()
    (root / "index.db").write_bytes(data[:8192] + b"x" * (len(data) - 8192))

    def refuse(file: IndexFile) -> None:
        raise PermissionError

    monkeypatch.setattr(IndexFile, "_replace", refuse)
    assert ids(reopen(), NEW) == ["T-000001"]
