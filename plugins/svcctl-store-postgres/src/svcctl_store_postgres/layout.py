"""The tables of a store: one schema of the database for each workspace.

    svcctl_store     what made it, and whether it is whole
    svcctl_head      one row: number and hash of the last commit; who commits holds its lock
    svcctl_counters  the highest number given in every table, committed or not
    svcctl_commits   what a commit says besides its events, and its hash, which covers the commit before
    svcctl_events    the events of every commit
    tickets, ...     the documents, each with its number, and a column for every indexed field

Everything is plain SQL that engines which speak PostgreSQL's protocol run too: no extension, no advisory lock.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from svcctl.plugin_api import Head, TableSchema

#: The form of the tables here. A store of a later one is refused.
FORMAT = 1
OWN = ("store", "head", "counters", "commits", "events")


def quoted(name: str) -> str:
    """A name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


class Layout:
    """The names of everything in one schema, quoted.

    `known` are the indexed fields by table that the store has already. Those of another version of svcctl are kept up
    as well, so that machines with either can share the store.
    """

    def __init__(
        self, schema: str, tables: Mapping[str, TableSchema], known: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.name = schema
        self.tables = dict(tables)
        #: The indexed fields by table, as the store remembers them.
        self.fields = {table: sorted(fields) for table, fields in (known or {}).items()}
        for table, described in tables.items():
            self.fields[table] = sorted({*described.indexed, *self.fields.get(table, ())})
        self.schema = quoted(schema)
        self.store, self.head, self.counters, self.commits, self.events = (
            f"{self.schema}.svcctl_{name}" for name in OWN
        )
        self._columns = {
            table: {"id": "id"} | {field: quoted(f"by {field}") for field in self.fields[table]} for table in tables
        }

    def documents(self, table: str) -> str:
        """The table that has the documents of a table."""
        return f"{self.schema}.{quoted(table)}"

    def columns(self, table: str) -> Mapping[str, str]:
        """The column of every field that queries may use."""
        return self._columns[table]

    def create(self) -> Iterator[str]:
        """The statements that make the store's own tables."""
        yield f"CREATE TABLE {self.store} (one INT PRIMARY KEY, format INT NOT NULL, whole BOOLEAN NOT NULL)"
        yield (
            f"CREATE TABLE {self.head} (one INT PRIMARY KEY, sequence BIGINT NOT NULL, hash TEXT NOT NULL,"
            " highest JSONB NOT NULL, fields JSONB NOT NULL, digest TEXT NOT NULL)"
        )
        yield f"CREATE TABLE {self.counters} (tbl TEXT PRIMARY KEY, given BIGINT NOT NULL)"
        yield (
            f"CREATE TABLE {self.commits} (sequence BIGINT PRIMARY KEY, hash TEXT NOT NULL, key BYTEA UNIQUE,"
            " document JSONB, exact BYTEA)"
        )
        yield (
            f"CREATE TABLE {self.events} (sequence BIGINT, position INT, tbl TEXT NOT NULL, id BYTEA NOT NULL,"
            " document JSONB, exact BYTEA, PRIMARY KEY (sequence, position))"
        )
        yield f"CREATE INDEX ON {self.events} (tbl, id, sequence, position)"

    def drop(self) -> Iterator[str]:
        """The statements that take away what `create` and `extend` made, and nothing else that the schema may hold."""
        documents = map(self.documents, self.tables)
        for table in (self.head, self.counters, self.commits, self.events, *documents, self.store):
            yield f"DROP TABLE IF EXISTS {table}"

    def extend(self, known: Mapping[str, Any]) -> Iterator[str]:
        """The statements that bring the tables of documents up from the fields that are `known`."""
        for table in self.tables:
            documents = self.documents(table)
            if table not in known:
                yield (
                    f"CREATE TABLE {documents} (number BIGINT PRIMARY KEY, id BYTEA NOT NULL UNIQUE,"
                    " revision BIGINT NOT NULL, version INT NOT NULL, removed BOOLEAN NOT NULL,"
                    " document JSONB, exact BYTEA)"
                )
            for field in self.fields[table]:
                if field not in known.get(table, ()):
                    column = self._columns[table][field]
                    yield f"ALTER TABLE {documents} ADD COLUMN {column} BYTEA"
                    yield f"CREATE INDEX ON {documents} ({column}, number)"


def digest(fields: Mapping[str, Any]) -> str:
    """What a writer compares to know that it keeps up all fields that are indexed."""
    return sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def head_of(row: tuple[Any, ...]) -> Head:
    """The head of a row that begins with its number and its hash."""
    return Head(row[0], row[1])
