"""A process that writes to a store until it has done so often enough or is killed: each commit raises the weight of the
first ticket and makes another, whose id goes to stdout once the commit is acknowledged.

    python -m tests.store.writer STORE NAME COUNT
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from svcctl.store.contract import TableSchema, Transaction
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Event

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
TABLES = {"tickets": TableSchema("T", ("state", "weight", "due.at")), "customers": TableSchema(None, ("name",))}


def add_one(transaction: Transaction, name: str) -> str:
    """Raise the weight of the first ticket, and make another; its id."""
    document = transaction.get("tickets", "T-000001")
    assert document is not None
    weight = document["weight"]
    transaction.record(Event("tickets", "T-000001", "edited", AT, name, {"weight": (weight, weight + 1)}))
    id = transaction.next_id("tickets")
    transaction.record(Event("tickets", id, "created", AT, name, {"state": (None, name)}))
    return id


def main(root: str, name: str, count: str) -> None:
    store = JsonStore.open(Path(root), TABLES, lock_timeout=60)
    for _ in range(int(count)):
        id = store.write(lambda transaction: add_one(transaction, name), at=AT, actor=name)
        os.write(1, id.encode() + b"\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
