"""What is written into the tables of a store: the columns, and their values for a document, a commit or an event."""

from typing import Any

from svcctl.plugin_api import Head, canonical, expect_size, value_at
from svcctl_store_postgres.keys import key as key_of
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.layout import Layout
from svcctl_store_postgres.values import stored_text


def columns_of(layout: Layout, table: str) -> list[str]:
    """The columns of a document besides its number and id."""
    fields = [layout.columns(table)[field] for field in layout.fields[table]]
    return ["revision", "version", "removed", "document", "exact", *fields]


def row_of(layout: Layout, table: str, document: Any) -> tuple[Any, ...]:
    """Their values. Raises Refusal `bad-input` for a document that is too large."""
    text = canonical(document, f"`{document['id']}`")
    expect_size(document["id"], len(text))
    keys = (key_of(value_at(document, field)) for field in layout.fields[table])
    return (
        document["revision"],
        document.get("schema", 1),
        document.get("removed") is True,
        *stored_text(text),
        *keys,
    )


def insert_document(layout: Layout, table: str) -> str:
    """The statement that inserts a document: its number, its id, and the columns of its table."""
    names = ["number", "id", *columns_of(layout, table)]
    return f"INSERT INTO {layout.documents(table)} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"


def insert_commit(layout: Layout) -> str:
    """The statement that inserts what `commit_row` gives."""
    return f"INSERT INTO {layout.commits} (sequence, hash, key, document, exact) VALUES (%s, %s, %s, %s, %s)"


def commit_row(head: Head, content: Any) -> tuple[Any, ...]:
    """The values of a commit, found later by its number and by its idempotency key."""
    key = content.get("key")
    kept = None if key is None else text_key(key)
    return (head.sequence, head.hash, kept, *stored_text(canonical(content, "the commit")))


def insert_event(layout: Layout) -> str:
    """The statement that inserts an event at its place in a commit."""
    return f"INSERT INTO {layout.events} (sequence, position, tbl, id, document, exact) VALUES (%s, %s, %s, %s, %s, %s)"
