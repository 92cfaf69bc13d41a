"""A JSON store in a temporary folder, and the two changes that most tests need."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcctl.store.contract import Store, TableSchema
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document, Event, changes

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TABLES = {"tickets": TableSchema("T", ("state", "weight", "due.at")), "customers": TableSchema(None, ("name",))}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def reopen(root: Path) -> Callable[..., JsonStore]:
    """Opens the store of this test; other tables and lock timeouts may be given."""

    def open_it(tables: Any = TABLES, lock_timeout: float = 10.0) -> JsonStore:
        return JsonStore.open(root, tables, lock_timeout=lock_timeout)

    return open_it


@pytest.fixture
def store(root: Path) -> JsonStore:
    return JsonStore.create(root, TABLES)


@pytest.fixture
def create() -> Callable[..., str]:
    """Creates one ticket with the fields given, in a commit of its own, and returns its id."""

    def create_one(store: Store, **fields: Any) -> str:
        def work(transaction: Any) -> str:
            set = {name: (None, value) for name, value in fields.items()}
            event = Event("tickets", transaction.next_id("tickets"), "created", AT, "li", set)
            return str(transaction.record(event)["id"])

        return store.write(work, at=AT, actor="li")

    return create_one


@pytest.fixture
def edit() -> Callable[..., Document]:
    """Changes fields of one document, made where there is none, in a commit of its own."""

    def edit_one(store: Store, id: str, table: str = "tickets", **fields: Any) -> Document:
        def work(transaction: Any) -> Document:
            found = changes(transaction.get(table, id), fields)
            document: Document = transaction.record(Event(table, id, "edited", AT, "wang", found))
            return document

        return store.write(work, at=AT, actor="wang")

    return edit_one
