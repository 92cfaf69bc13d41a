"""The store: the contract of svcctl on a schema of a PostgreSQL database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from psycopg import errors

from svcctl.plugin_api import (
    START,
    Damage,
    Document,
    Event,
    Head,
    Progress,
    Refusal,
    Store,
    Transaction,
    Where,
    as_read,
    value_at,
)
from svcctl_store_postgres.connection import Connection, Connections, begin, rollback, told
from svcctl_store_postgres.keys import key
from svcctl_store_postgres.layout import FORMAT, Layout, digest
from svcctl_store_postgres.reading import AT_ONCE, Reading
from svcctl_store_postgres.values import read_value
from svcctl_store_postgres.writing import Writing

T = TypeVar("T")


class PostgresStore(Store):
    """A store in a schema. Made by `create` or `open`; threads may share it, each with a connection of its own."""

    def __init__(self, layout: Layout, connections: Connections) -> None:
        self._layout = layout
        self._connections = connections
        self._writing = Writing(layout, connections)

    @classmethod
    def open(cls, connections: Connections, layout: Layout) -> "PostgresStore":
        """The store in the layout's schema.

        Raises Refusal `no-workspace` where there is none, or half of one, `store-newer`, `plugin-unavailable`.
        """
        with told():
            found = described(connections.main, layout)
            if found is None or not found[1]:
                what = "holds no store" if found is None else "holds what a copy left behind that was broken off"
                raise Refusal(
                    "no-workspace",
                    f"the schema `{layout.name}` of the database {what}",
                    help="`svcctl store copy json postgres` moves this workspace's own store there; `svcctl init "
                    "--store postgres` makes a new workspace",
                )
            if found[0] > FORMAT:
                raise Refusal(
                    "store-newer",
                    f"the store in `{layout.name}` has format {found[0]}; this svcctl-store-postgres knows {FORMAT}",
                    help="upgrade it; nothing was changed",
                )
            return cls(_extended(connections.main, layout), connections)

    @classmethod
    def create(
        cls, connections: Connections, layout: Layout, commits: Iterable[Mapping[str, Any]] = ()
    ) -> "PostgresStore":
        """A new store with these commits. It is marked as whole last: one that was broken off is made anew.

        Raises Refusal `already-exists`, `bad-input`, `plugin-unavailable`.
        """
        with told():
            connection = connections.main
            found = described(connection, layout)
            if found is not None and found[1]:
                raise Refusal(
                    "already-exists",
                    f"the schema `{layout.name}` of the database holds a store already",
                    help="name another one with `schema_name` in `[store]`",
                )
            exists = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (layout.name,)).fetchone()
            if exists is None:
                connection.execute(f"CREATE SCHEMA {layout.schema}")
            broken_off = layout.drop() if found is not None else ()
            for statement in (*broken_off, *layout.create(), *layout.extend({})):
                connection.execute(statement)
            connection.execute(f"INSERT INTO {layout.store} VALUES (1, {FORMAT}, FALSE)")
            connection.execute(
                f"INSERT INTO {layout.head} VALUES (1, 0, %s, '{{}}', '{{}}', '')",
                (START.hash,),
            )
            _remember_fields(connection, layout)
            store = cls(layout, connections)
            store._fill(commits, whole=True)
        return store

    def get(self, table: str, id: str) -> Document | None:
        with told():
            row = self._reading.stored(table, id)
        return None if row is None else as_read(self._layout.tables[table], row[1])

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        with told():
            rows = self._reading.rows(table, where, order, descending, limit)
            first = next(rows, None)
        return (document for _, document in _from(first, rows))

    def count(self, table: str, *where: Where) -> int:
        with told():
            return self._reading.count(table, where)

    def history(self, table: str, id: str) -> Iterator[Event]:
        with told():
            return self._reading.history(table, id)

    def write(
        self,
        work: Callable[[Transaction], T],
        *,
        at: datetime,
        actor: str,
        key: str | None = None,
        arguments: Sequence[str] = (),
        dry_run: bool = False,
    ) -> T:
        with told():
            return self._writing.run(work, at=at, actor=actor, key=key, arguments=arguments, dry_run=dry_run)

    def head(self) -> Head:
        with told():
            return self._reading.head()

    def commits(self, after: int = 0) -> Iterator[Mapping[str, Any]]:
        with told():
            for commit, events in self._reading.commits(after):
                content = {"events": [read_value(*event[3:]) for event in events]}
                yield {**read_value(*commit[3:]), **content, "hash": commit[1]}

    def verify(
        self, *, deep: bool = False, kept: Head | None = None, progress: Progress | None = None
    ) -> Iterator[Damage]:
        from svcctl_store_postgres.verification import verify

        with told():
            yield from verify(self._layout, self._connections.connect(), deep=deep, kept=kept, progress=progress)

    def load(self, commits: Iterable[Mapping[str, Any]]) -> Head:
        with told():
            return self._fill(commits)

    def _fill(self, commits: Iterable[Mapping[str, Any]], *, whole: bool = False) -> Head:
        from svcctl_store_postgres.loading import load

        connection = self._connections.main
        begin(connection)
        try:
            head = load(self._layout, connection, commits)
            if whole:
                connection.execute(f"UPDATE {self._layout.store} SET whole = TRUE")
            connection.execute("COMMIT")
        finally:
            rollback(connection)
        return head

    def close(self) -> None:
        self._connections.close()

    @property
    def _reading(self) -> Reading:
        return Reading(self._layout, self._connections.main)


def _from(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    if first is not None:
        yield first
        with told():
            yield from rest


def described(connection: Connection, layout: Layout) -> tuple[int, bool] | None:
    """Format and wholeness of the store in the schema; None where there is none."""
    try:
        row = connection.execute(f"SELECT format, whole FROM {layout.store}").fetchone()
    except (errors.UndefinedTable, errors.InvalidSchemaName):
        return None
    return (0, False) if row is None else (row[0], row[1])


def _extended(connection: Connection, layout: Layout) -> Layout:
    """The layout with all that the store indexes; what it lacks of this svcctl's is indexed now, once for all."""
    own = _with_known(connection, layout)
    if own[1] == own[0].fields:
        return own[0]
    begin(connection)
    try:
        connection.execute(f"SELECT 1 FROM {layout.head} FOR UPDATE")
        both, known = _with_known(connection, layout)
        for statement in both.extend(known):
            connection.execute(statement)
        for table in layout.tables:
            _index(connection, both, table, sorted({*both.fields[table]} - {*known.get(table, ())}))
        _remember_fields(connection, both)
        connection.execute("COMMIT")
    finally:
        rollback(connection)
    return both


def _with_known(connection: Connection, layout: Layout) -> tuple[Layout, Mapping[str, Any]]:
    row = connection.execute(f"SELECT fields FROM {layout.head}").fetchone()
    assert row is not None
    return Layout(layout.name, layout.tables, row[0]), row[0]


def _index(connection: Connection, layout: Layout, table: str, fields: Sequence[str]) -> None:
    """Fill the columns of fields that were not indexed before, some documents at a time."""
    documents, last = layout.documents(table), -1
    names = ", ".join(f"{layout.columns(table)[field]} = %s" for field in fields)
    while fields:
        rows = connection.execute(
            f"SELECT number, document, exact FROM {documents} WHERE number > %s ORDER BY number LIMIT {AT_ONCE}",
            (last,),
        ).fetchall()
        if not rows:
            return
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {documents} SET {names} WHERE number = %s",
                [
                    (*(key(value_at(read_value(*columns), field)) for field in fields), number)
                    for number, *columns in rows
                ],
            )
        last = rows[-1][0]


def _remember_fields(connection: Connection, layout: Layout) -> None:
    connection.execute(
        f"UPDATE {layout.head} SET fields = %s, digest = %s", (json.dumps(layout.fields), digest(layout.fields))
    )
    for table in layout.tables:
        connection.execute(
            f"INSERT INTO {layout.counters} VALUES (%s, 0) ON CONFLICT (tbl) DO NOTHING",
            (table,),
        )
