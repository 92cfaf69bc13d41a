"""Backups, archives and migrations: what goes out comes back the same, whoever writes meanwhile."""

import shutil
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Document, Store, TableSchema, Where
from svcctl.store.journal import Journal, Tail
from svcctl.store.json_store import JsonStore
from svcctl.store.keeping import archive, archive_pages, backup, migrate, restore
from svcctl.testing.store_cases import TABLES, change, make, write
from svcctl.testing.store_changes import UPGRADED

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Tables = Mapping[str, TableSchema]


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    """Forty tickets over two pages, a customer, and a file of evidence."""
    store = JsonStore.create(tmp_path / "store", TABLES)
    for number in range(40):
        write(store, partial(make, weight=number, note="黑屏"))
    write(store, lambda t: change(t, "customers", "li", tier="gold"), key="k")
    (tmp_path / "store/evidence/ab").mkdir(parents=True)
    (tmp_path / "store/evidence/ab/abc").write_bytes(b"photo")
    return store


def everything(store: Store) -> list[list[Document]]:
    return [list(store.find(table)) for table in TABLES]


def test_a_backup_restores_to_the_same_store(store: JsonStore, tmp_path: Path) -> None:
    head = backup(store._layout, tmp_path / "backup")
    assert head == store.head()
    before = everything(store)
    write(store, lambda t: change(t, "tickets", "T-000001", weight=-1))
    restore(tmp_path / "backup", tmp_path / "other/store", 1.0)
    other = JsonStore.open(tmp_path / "other/store", TABLES)
    assert other.head() == head
    assert everything(other) == before
    assert (tmp_path / "other/store/evidence/ab/abc").read_bytes() == b"photo"
    assert list(other.verify(deep=True)) == []
    assert write(other, lambda t: None, key="k")["tier"] == "gold"
    assert write(other, make) == "T-000041"
    assert not list(tmp_path.glob("*.svcctl-draft"))
    assert not list(tmp_path.glob("other/*.svcctl-draft"))


def test_a_backup_is_whole_while_others_write(store: JsonStore, tmp_path: Path) -> None:
    stop = threading.Event()

    def writing() -> None:
        while not stop.is_set():
            write(store, lambda t: [make(t, weight=1), make(t, "outbox", status="pending")])
        store.close()

    thread = threading.Thread(target=writing)
    thread.start()
    try:
        heads = [backup(store._layout, tmp_path / f"backup{number}") for number in range(5)]
    finally:
        stop.set()
        thread.join()
    assert heads[0].sequence < heads[-1].sequence
    for number, head in enumerate(heads):
        restore(tmp_path / f"backup{number}", tmp_path / f"restored{number}", 1.0)
        other = JsonStore.open(tmp_path / f"restored{number}", TABLES)
        assert other.head() == head
        assert list(other.verify(deep=True, kept=heads[0])) == []
        assert other.count("tickets", Where("note", "==", None)) == other.count("outbox") == head.sequence - 41


def test_a_backup_that_was_altered_or_cut_is_not_restored(store: JsonStore, tmp_path: Path) -> None:
    backup(store._layout, tmp_path / "backup")
    path = tmp_path / "backup/journal/000001.jsonl"
    raw = path.read_bytes()
    for wrong in (raw[: raw.rindex(b"\n", 0, -1) + 1], raw.replace("黑".encode(), "白".encode(), 1), b""):
        path.write_bytes(wrong)
        with pytest.raises(Refusal) as refused:
            restore(tmp_path / "backup", tmp_path / "other", 1.0)
        assert refused.value.code == "store-damaged"
        assert not (tmp_path / "other").exists()
    with pytest.raises(Refusal) as refused:
        restore(tmp_path, tmp_path / "other", 1.0)
    assert refused.value.code == "unknown-file"


def test_restoring_puts_a_store_aside_only_when_told_to(store: JsonStore, tmp_path: Path) -> None:
    backup(store._layout, tmp_path / "backup")
    last = write(store, make)
    with pytest.raises(Refusal) as refused:
        restore(tmp_path / "backup", tmp_path / "store", 1.0)
    assert refused.value.code == "already-exists"
    assert store.get("tickets", last)
    (tmp_path / "store/store.json").write_text("damaged")
    restore(tmp_path / "backup", tmp_path / "store", 1.0, keep=tmp_path / "aside")
    assert JsonStore.open(tmp_path / "store", TABLES).get("tickets", last) is None
    assert (tmp_path / "aside/store.json").read_text() == "damaged"


def test_a_writer_that_waited_for_the_lock_goes_on_with_the_new_store(store: JsonStore, tmp_path: Path) -> None:
    backup(store._layout, tmp_path / "backup")
    waiting = JsonStore.open(tmp_path / "store", TABLES)
    made: list[str] = []
    thread = threading.Thread(target=lambda: made.append(write(waiting, make)))

    def work(transaction: Any) -> None:
        thread.start()
        make(transaction)

    write(store, work)
    thread.join()
    assert made == ["T-000042"]
    with pytest.raises(Refusal, match="store"):
        restore(tmp_path / "backup", tmp_path / "store", 1.0)
    restore(tmp_path / "backup", tmp_path / "store", 1.0, keep=tmp_path / "aside")
    assert write(waiting, make) == "T-000041"
    assert list(JsonStore.open(tmp_path / "store", TABLES).verify(deep=True)) == []


def test_archived_segments_are_read_verified_backed_up_and_written_after(
    store: JsonStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", 3000)
    for number in range(20):
        write(store, partial(change, table="tickets", id="T-000007", weight=-number))
    before = everything(store), list(store.history("tickets", "T-000007")), list(store.commits())
    done = list(archive(store._layout))
    assert len(done) > 2
    assert all(each["compressed"] < each["bytes"] for each in done)
    assert len(list(tmp_path.glob("store/journal/*.jsonl"))) == 1
    (tmp_path / "store/index.db").unlink()
    store = JsonStore.open(tmp_path / "store", TABLES)
    assert (everything(store), list(store.history("tickets", "T-000007")), list(store.commits())) == before
    assert list(store.verify(deep=True)) == []
    assert list(archive(store._layout)) == []
    write(store, make)
    backup(store._layout, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "other", 1.0)
    assert everything(JsonStore.open(tmp_path / "other", TABLES)) == everything(store)
    packed = next(tmp_path.glob("store/journal/*.gz"))
    raw = packed.read_bytes()
    packed.write_bytes(raw[:400] + bytes([raw[400] ^ 1]) + raw[401:])
    assert next(store.verify()).place.startswith(f"journal/{packed.name[:6]}")


def is_heavy(document: Document) -> bool:
    return bool(document["weight"] >= 0)


def test_pages_of_what_is_done_are_packed_read_verified_and_unpacked_by_a_change(
    store: JsonStore, tmp_path: Path
) -> None:
    before = everything(store), list(store.history("tickets", "T-000007"))
    page = tmp_path / "store/data/tickets/0000/0000000.json"
    packed = page.with_suffix(".json.gz")
    assert list(archive_pages(store._layout, "tickets", lambda d: d["weight"] != 3, 1.0)) == []
    done = list(archive_pages(store._layout, "tickets", is_heavy, 1.0))
    assert [each["id"] for each in done] == ["1 page of tickets"]
    assert done[0]["compressed"] < done[0]["bytes"]
    assert not page.exists()
    assert (everything(store), list(store.history("tickets", "T-000007"))) == before
    assert list(store.verify(deep=True)) == []
    assert list(archive_pages(store._layout, "tickets", is_heavy, 1.0)) == []
    backup(store._layout, tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "other", 1.0)
    assert everything(JsonStore.open(tmp_path / "other", TABLES)) == before[0]
    old = packed.read_bytes()
    write(store, lambda t: change(t, "tickets", "T-000007", weight=-7))
    assert page.exists()
    assert not packed.exists()
    packed.write_bytes(old)  # as a crash would leave it
    assert (store.get("tickets", "T-000007") or {})["weight"] == -7
    assert list(store.verify(deep=True)) == []


@pytest.mark.parametrize("damage", ["bytes", "cut", "more", "another"])
def test_damage_to_a_packed_page_is_named(store: JsonStore, tmp_path: Path, damage: str) -> None:
    list(archive_pages(store._layout, "tickets", is_heavy, 1.0))
    packed = tmp_path / "store/data/tickets/0000/0000000.json.gz"
    raw = packed.read_bytes()
    other = (tmp_path / "store/data/tickets/0000/0000001.json").read_bytes()
    wrong = {
        "bytes": raw[:99] + bytes([raw[99] ^ 1]) + raw[100:],
        "cut": raw[:-1],
        "more": raw + b"\0",
        "another": other,
    }
    packed.write_bytes(wrong[damage])
    found = list(store.verify(deep=True))
    assert [each.place for each in found] == ["data/tickets/0000/0000000.json.gz"]
    with pytest.raises(Refusal) as refused:
        store.get("tickets", "T-000007")
    assert refused.value.code == "store-damaged"
    packed.unlink()
    assert "is missing" in next(store.verify(deep=True)).message


def test_migrating_stores_every_document_in_its_newest_version(store: JsonStore, tmp_path: Path) -> None:
    new = JsonStore.open(tmp_path / "store", UPGRADED)
    shown = list(new.find("tickets"))
    assert list(migrate(new, AT, "li", dry_run=True)) == [{"id": "tickets", "documents": 40, "version": 3}]
    assert new.head() == store.head()
    assert list(migrate(new, AT, "li")) == [{"id": "tickets", "documents": 40, "version": 3}]
    assert [{**one, "revision": 1} for one in new.find("tickets")] == shown
    assert list(migrate(new, AT, "li")) == []
    assert list(new.verify(deep=True)) == []
    with pytest.raises(Refusal) as refused:
        store.get("tickets", "T-000001")
    assert refused.value.code == "store-newer"


def test_a_load_that_fails_leaves_the_empty_store(store: JsonStore, tmp_path: Path) -> None:
    empty = JsonStore.create(tmp_path / "empty", TABLES)
    shutil.copytree(tmp_path / "store/evidence", tmp_path / "empty/evidence")

    def cut_off() -> Any:
        yield from list(store.commits())[:5]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        empty.load(cut_off())
    assert empty.head().sequence == 0
    assert not list(tmp_path.glob("*.svcctl-draft"))
    assert empty.load(store.commits()) == store.head()
    assert (tmp_path / "empty/evidence/ab/abc").read_bytes() == b"photo"


def test_folders_beside_a_store_or_a_backup_stay(store: JsonStore, tmp_path: Path) -> None:
    for name in ("monday.new", "store.new", "store.old", "empty.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "mine.txt").write_text("kept")
    backup(store._layout, tmp_path / "monday")
    restore(tmp_path / "monday", tmp_path / "store", 1.0, keep=tmp_path / "aside")
    JsonStore.create(tmp_path / "empty", TABLES).load(JsonStore.open(tmp_path / "store", TABLES).commits())
    for name in ("monday.new", "store.new", "store.old", "empty.old"):
        assert (tmp_path / name / "mine.txt").read_text() == "kept"


def test_a_store_behind_a_link_is_filled_where_it_lies(store: JsonStore, tmp_path: Path) -> None:
    JsonStore.create(tmp_path / "disk/empty", TABLES)
    (tmp_path / "linked").symlink_to("disk/empty")
    linked = JsonStore.open(tmp_path / "linked", TABLES)
    linked.load(store.commits())
    assert (tmp_path / "linked").is_symlink()
    assert linked.head() == JsonStore.open(tmp_path / "disk/empty", TABLES).head() == store.head()


def test_a_journal_that_lacks_what_was_acknowledged_is_not_backed_up(store: JsonStore, tmp_path: Path) -> None:
    journal = tmp_path / "store/journal/000001.jsonl"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    for work in (lambda: backup(store._layout, tmp_path / "monday"), store.head, lambda: list(store.find("tickets"))):
        with pytest.raises(Refusal, match="were acknowledged, and the journal ends with"):
            work()
    assert not (tmp_path / "monday").exists()


def test_after_a_backup_goes_on_what_follows_it_and_is_whole(store: JsonStore, tmp_path: Path) -> None:
    backup(store._layout, tmp_path / "monday")
    for _ in range(5):
        write(store, make)
    journal = tmp_path / "store/journal/000001.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[7] = lines[7].replace("黑屏".encode(), "白屏".encode())
    lines[-2] = lines[-2].replace(b"li", b"lo", 1)
    journal.write_bytes(b"".join(lines))
    head = restore(tmp_path / "monday", tmp_path / "store", 1.0, keep=tmp_path / "aside", later=True)
    restored = JsonStore.open(tmp_path / "store", TABLES)
    assert restored.head() == head
    assert head.sequence == len(lines) - 2
    assert list(restored.verify(deep=True)) == []


def test_what_others_write_meanwhile_is_not_left_out(store: JsonStore, tmp_path: Path) -> None:
    backup(store._layout, tmp_path / "monday")
    told: list[int] = []

    def writing(done: int) -> None:
        told.append(done)
        write(store, make)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("svcctl.store.building.PROGRESS_EACH", 41)
        with pytest.raises(Refusal) as refused:
            restore(tmp_path / "monday", tmp_path / "store", 1.0, keep=tmp_path / "aside", later=True, progress=writing)
    assert told
    assert refused.value.code == "stale-revision"
    assert store.head().sequence > 41


def test_a_store_that_is_put_back_while_one_looks_is_no_damage(
    store: JsonStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = backup(store._layout, tmp_path / "monday")
    for _ in range(3):
        write(store, make)
    store.close()
    reader = JsonStore.open(tmp_path / "store", TABLES)
    real = Journal.tail

    def put_back(journal: Journal) -> Tail:
        monkeypatch.setattr(Journal, "tail", real)
        restore(tmp_path / "monday", tmp_path / "store", 1.0, keep=tmp_path / "aside")
        return real(journal)

    monkeypatch.setattr(Journal, "tail", put_back)
    assert reader.head() == head
