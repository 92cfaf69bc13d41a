"""What every store must do as time goes on: documents of older versions, removed ones, stores that move."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Document, Head, Store, TableSchema, Where
from svcctl.store.memory import MemoryStore
from svcctl.store.versions import removal
from svcctl.testing.store_cases import AT, TABLES, StoreCase, change, make, write
from svcctl.ticket.event import Event, fold_all

Create = Callable[[Mapping[str, TableSchema]], Store]


def _state_to_stage(document: Document) -> Document:
    document["stage"] = document.pop("state", "unknown")
    return document


def _heavy(document: Document) -> Document:
    document["heavy"] = (document.get("weight") or 0) > 5
    return document


UPGRADED = {**TABLES, "tickets": TableSchema("T", ("stage", "heavy"), (_state_to_stage, _heavy))}


class ChangeContract(StoreCase):
    """Versions, removal, loading, and heads kept elsewhere."""

    def _upgraded(self, store: Store, create: Create) -> Store:
        new = create(UPGRADED)
        new.load(store.commits())
        return new

    def test_documents_are_read_in_their_newest_version(self, store: Store, create: Create) -> None:
        write(store, lambda t: [make(t, state="new", weight=9), make(t, weight=1)])
        new = self._upgraded(store, create)
        first = {"id": "T-000001", "revision": 1, "stage": "new", "weight": 9, "heavy": True, "schema": 3}
        assert new.get("tickets", "T-000001") == first
        assert next(new.find("tickets", Where("stage", "==", "new"), Where("heavy", "==", True))) == first
        assert new.count("tickets", Where("stage", "==", "unknown")) == 1
        assert [one["id"] for one in new.find("tickets", order="stage", limit=1)] == ["T-000001"]
        assert write(new, lambda t: t.get("tickets", "T-000001"), dry_run=True) == first
        assert list(new.verify(deep=True)) == []
        assert new.head() == store.head()

    def test_the_next_change_stores_the_newest_version(self, store: Store, create: Create) -> None:
        write(store, lambda t: [make(t, state="new", weight=9), make(t, state="new")])
        new = self._upgraded(store, create)
        changed = write(new, lambda t: change(t, "tickets", "T-000001", stage="done"))
        assert changed == {"id": "T-000001", "revision": 3, "stage": "done", "weight": 9, "heavy": True, "schema": 3}
        assert write(new, lambda t: make(t, stage="new")) == "T-000003"
        assert (new.get("tickets", "T-000003") or {})["schema"] == 3
        history = list(new.history("tickets", "T-000001"))
        assert [event.kind for event in history] == ["created", "upgraded", "edited"]
        assert fold_all(history) == changed == new.get("tickets", "T-000001")
        assert [one["id"] for one in new.find("tickets", Where("stage", "==", "new"))] == ["T-000002", "T-000003"]
        upgraded = Event("tickets", "T-000002", "upgraded", AT, "li")
        assert write(new, lambda t: t.record(upgraded))["revision"] == 2
        assert list(new.verify(deep=True)) == []

    def test_documents_of_a_newer_version_are_refused(self, store: Store, create: Create) -> None:
        new = self._upgraded(store, create)
        write(new, lambda t: make(t, stage="new"))
        old = create(TABLES)
        old.load(new.commits())
        for use in (
            lambda: old.get("tickets", "T-000001"),
            lambda: list(old.find("tickets")),
            lambda: write(old, lambda t: t.record(Event("tickets", "T-000001", "edited", AT, "li"))),
        ):
            with pytest.raises(Refusal) as refused:
                use()
            assert refused.value.code == "store-newer"
        assert old.head() == new.head()

    def test_what_is_removed_is_gone_for_readers_and_stays_in_history(self, store: Store) -> None:
        self.five(store)
        write(store, lambda t: change(t, "customers", "li", tier="gold"))

        def remove(table: str, id: str) -> None:
            found = store.get(table, id)
            assert found is not None
            write(store, lambda t: t.record(Event(table, id, "removed", AT, "li", removal(found))))

        remove("tickets", "T-000004")
        remove("customers", "li")
        assert store.get("tickets", "T-000004") is None
        assert store.count("tickets") == 4
        assert store.count("tickets", Where("state", "==", "new")) == len(list(store.find("tickets", limit=1))) == 1
        assert [event.kind for event in store.history("tickets", "T-000004")] == ["created", "removed"]
        assert write(store, make) == "T-000006"
        back = write(store, lambda t: change(t, "customers", "li", tier="silver"))
        assert back == store.get("customers", "li") == {"id": "li", "revision": 3, "tier": "silver"}
        assert store.count("customers", Where("tier", "==", "silver")) == 1
        assert list(store.verify(deep=True)) == []

    def test_a_store_loads_the_commits_of_another_whole(self, store: Store, create: Create) -> None:
        other = MemoryStore(TABLES)
        self.five(other)
        write(other, lambda t: [change(t, "customers", "\udcff", tier=1e-320), make(t, "outbox")], key="k")
        write(other, lambda t: [change(t, "customers", "li", name="黑屏"), change(t, "customers", "li", name="\ud800")])
        write(other, lambda t: change(t, "tickets", "T-000001", site={"region": "\ud800"}))
        assert store.load(other.commits()) == other.head() == store.head()
        assert list(store.commits()) == list(other.commits())
        for table in TABLES:
            assert list(store.find(table)) == list(other.find(table))
        assert list(store.verify(deep=True)) == []
        assert write(store, lambda t: None, key="k")[1] == "M-000001"
        assert write(store, make) == "T-000006"
        again = create(TABLES)
        assert again.load(store.commits()) == store.head()

    def test_only_an_empty_store_loads_and_only_a_chain(self, store: Store) -> None:
        other = MemoryStore(TABLES)
        self.five(other)
        self.five(other)
        first, second = other.commits()
        wrongs: tuple[list[Mapping[str, Any]], ...] = (
            [second],
            [first, {**second, "actor": "wu"}],
            [first, first],
            [{}],
            [first, {"hash": "x"}],
        )
        for wrong in wrongs:
            with pytest.raises(Refusal) as refused:
                store.load(wrong)
            assert refused.value.code == "bad-input"
            assert store.head().sequence == 0
            assert list(store.find("tickets")) == []
        store.load([first])
        with pytest.raises(Refusal) as refused:
            store.load([first, second])
        assert refused.value.code == "already-exists"
        assert store.head().sequence == 1

    def test_a_head_kept_elsewhere_proves_what_came_before(self, store: Store) -> None:
        for _ in range(3):
            write(store, make)
        heads = [Head(line["sequence"], line["hash"]) for line in store.commits()]
        for kept in heads:
            assert list(store.verify(kept=kept)) == []
        assert "commit 2" in next(store.verify(kept=Head(2, heads[0].hash))).message
        assert "commit 4" in next(store.verify(kept=Head(4, heads[0].hash))).message
