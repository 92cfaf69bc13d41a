"""What the tests of every store share: its tables, the values that it must keep, and the smallest changes."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Any

import pytest

from svcctl.store.contract import Document, Store, TableSchema, Transaction
from svcctl.ticket.event import Event, changes

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
#: The tables that the fixture `store` has: one whose ids the store gives, one whose callers do, and an outbox.
TABLES: Mapping[str, TableSchema] = {
    "tickets": TableSchema("T", ("state", "weight", "wake_at", "site.region")),
    "customers": TableSchema(None, ("tier",)),
    "outbox": TableSchema("M", ("status", "next_at")),
}
#: Values that a store keeps exactly.
HOSTILE: tuple[Any, ...] = (
    "a\0b", "\ud800 alone", "right \u202e to left", "line\u2028\u0085\r\nbreaks", '"}\n}}\n', "",
    "黑屏 👷🏽\u200d♀️",
    {"": {".": 1}, "__proto__": [], "a.b": 2}, [[[["deep"]]]], -0.0, 1e-320, 0.1, 10**40, 2**53 + 1, -(2**63), True,
    False, [], {}, [None, {"x": None}],
)  # fmt: skip
Crash = Callable[[], AbstractContextManager[None]]


def change(transaction: Transaction, table: str, id: str, kind: str = "edited", **fields: Any) -> Document:
    """Set fields of a document; None takes one away."""
    found = changes(transaction.get(table, id), fields)
    return transaction.record(Event(table, id, kind, AT, "li", found))


def make(transaction: Transaction, table: str = "tickets", **fields: Any) -> str:
    """A new document with an id of the store's; its id."""
    id = transaction.next_id(table)
    transaction.record(Event(table, id, "created", AT, "li", {name: (None, v) for name, v in fields.items()}))
    return id


def write(store: Store, work: Callable[[Transaction], Any], **options: Any) -> Any:
    """What `work` returns, written in one commit by `li`."""
    return store.write(work, at=AT, actor="li", **options)


class StoreCase:
    """The fixtures of every test; `store` is empty and has `TABLES`."""

    @pytest.fixture
    def create(self) -> Callable[[Mapping[str, TableSchema]], Store]:
        """Makes a new empty store of these tables, at each call another one."""
        raise NotImplementedError("give a fixture `create`")

    @pytest.fixture
    def store(self, create: Callable[[Mapping[str, TableSchema]], Store]) -> Store:
        return create(TABLES)

    @pytest.fixture
    def another(self) -> Callable[[], Store] | None:
        """Opens the store of this test again, as another process would; None where no other process can."""
        return None

    @pytest.fixture
    def crashes(self) -> Sequence[Crash]:
        """The points of a write at which a process can die: within each, the next write raises instead of returning."""
        return ()

    def five(self, store: Store) -> None:
        """Five tickets that differ in what queries ask for."""

        def work(transaction: Transaction) -> None:
            make(transaction, state="new", weight=2)
            make(transaction, state="open", weight=10)
            make(transaction)
            make(transaction, state="new", weight="9", note="x")
            make(transaction, state="done", weight=False, site={"region": "东"}, note=7)

        write(store, work)
