"""A rehearsal answers as the store would after the same writes, gives the same ids, and leaves the store as it is."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Store, Where
from svcctl.store.json_store import JsonStore
from svcctl.store.memory import MemoryStore
from svcctl.store.rehearsal import Rehearsal
from svcctl.testing.store_cases import AT, TABLES, change, make, write
from svcctl.ticket.event import Event, changes
from tests.store.test_store_properties import INDEXED, changes_of_one, everything, queries, run

commits = st.lists(st.lists(changes_of_one, min_size=1, max_size=4), max_size=4)


@settings(max_examples=80)
@given(commits, commits, st.lists(queries, min_size=1, max_size=5))
def test_it_answers_as_the_store_would(before: list[Any], after: list[Any], asked: list[Any]) -> None:
    model, store = MemoryStore(INDEXED), MemoryStore(INDEXED)
    for one in before:
        assert run(store, one, asked[0]) == run(model, one, asked[0])
    kept = everything(store, asked)
    rehearsal = Rehearsal(store, INDEXED)
    for one in after:
        assert run(rehearsal, one, asked[0]) == run(model, one, asked[0])
        assert everything(rehearsal, asked)[1:] == everything(model, asked)[1:]
    assert everything(store, asked) == kept


@pytest.fixture
def store() -> Store:
    store = MemoryStore(TABLES)
    write(store, lambda t: [make(t, state="new", wake_at=f"{number:02d}") for number in range(9)])
    return store


def test_it_needs_no_lock_and_no_place_to_write(tmp_path: Path) -> None:
    store = JsonStore.create(tmp_path / "store", TABLES)
    write(store, make)
    other = JsonStore.open(tmp_path / "store", TABLES, lock_timeout=0)
    rehearsal = Rehearsal(other, TABLES)

    def held(transaction: Any) -> None:
        assert write(rehearsal, make) == "T-000002"
        with pytest.raises(Refusal, match="held"):
            write(other, make, dry_run=True)

    write(store, held)
    assert rehearsal.count("tickets") == 2
    assert store.count("tickets") == 1


def test_a_queue_is_taken_from_in_parts(store: Store) -> None:
    rehearsal = Rehearsal(store, TABLES)
    due = Where("wake_at", "<=", "06")

    def some(transaction: Any) -> list[str]:
        ids = [document["id"] for document in transaction.claim("tickets", due, order="wake_at", limit=3)]
        for id in ids:
            change(transaction, "tickets", id, wake_at="99")
        return ids

    taken = [write(rehearsal, some) for _ in range(4)]
    assert [len(ids) for ids in taken] == [3, 3, 1, 0]
    assert [id for ids in taken for id in ids] == [f"T-{number:06d}" for number in range(1, 8)]
    write(rehearsal, lambda t: change(t, "tickets", "T-000009", wake_at="01"))
    assert write(rehearsal, some) == ["T-000009"]


def test_what_is_changed_while_it_is_looked_through_comes_as_it_then_is(store: Store, tmp_path: Path) -> None:
    other = JsonStore.create(tmp_path / "store", TABLES)
    other.load(store.commits())

    def work(transaction: Any) -> list[tuple[str, int]]:
        found = []
        for document in transaction.find("tickets", Where("state", "==", "new"), limit=4):
            found.append((document["id"], document["revision"]))
            change(transaction, "tickets", "T-000002", state="done")
            change(transaction, "tickets", "T-000003", note=len(found))
        return found

    assert write(Rehearsal(store, TABLES), work) == write(other, work)


def test_what_was_read_stays_as_it_was_while_others_write(store: Store) -> None:
    rehearsal = Rehearsal(store, TABLES)

    def work(transaction: Any) -> str:
        read = transaction.get("tickets", "T-000001")
        write(store, lambda t: change(t, "tickets", "T-000001", state="open"))
        found = changes(read, {"state": "done"})
        return str(transaction.record(Event("tickets", "T-000001", "edited", AT, "li", found))["state"])

    assert write(rehearsal, work) == "done"
    assert rehearsal.get("tickets", "T-000002") == store.get("tickets", "T-000002")
    write(store, lambda t: change(t, "tickets", "T-000002", state="open"))
    assert rehearsal.get("tickets", "T-000002") == store.get("tickets", "T-000002")


def test_a_dry_run_within_it_is_not_kept_either(store: Store) -> None:
    rehearsal = Rehearsal(store, TABLES)
    write(rehearsal, lambda t: change(t, "tickets", "T-000001", state="open"))
    write(rehearsal, lambda t: change(t, "tickets", "T-000001", state="done"), dry_run=True)
    write(rehearsal, make, dry_run=True)
    assert rehearsal.count("tickets", Where("state", "==", "open")) == 1
    assert rehearsal.count("tickets") == 9
    assert len(list(rehearsal.history("tickets", "T-000001"))) == 2


def test_a_key_that_was_used_gives_the_first_result(store: Store) -> None:
    write(store, lambda t: "first", key="k", arguments=("a",))
    write(store, make, key="k1", arguments=("a",))
    rehearsal = Rehearsal(store, TABLES)
    assert write(rehearsal, make, key="k1", arguments=("a",)) == "T-000010"
    assert write(rehearsal, make, key="new") == "T-000011"
    with pytest.raises(Refusal) as refused:
        write(rehearsal, make, key="k1", arguments=("b",))
    assert refused.value.code == "key-reused"
    with pytest.raises(Refusal):
        rehearsal.load([])
