"""Questions to the store: points, queries and histories, of what is committed."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from svcctl.plugin_api import Document, Event, Head, TableSchema, Where, as_read, meets, order_key
from svcctl_store_postgres.conditions import Asked, asked
from svcctl_store_postgres.connection import Connection
from svcctl_store_postgres.keys import is_cut, text_key
from svcctl_store_postgres.layout import Layout, head_of
from svcctl_store_postgres.values import read_value

#: Documents, or commits, that one answer of the server brings.
AT_ONCE = 500

#: A document with its number.
Row = tuple[int, Document]
#: Sequence, hash, idempotency key, and the two columns of what the commit says besides its events.
CommitRow = tuple[Any, ...]
#: Position, table, id, and the two columns of the event.
EventRow = tuple[Any, ...]


class Reading:
    """Asks one connection. What comes back is fresh: callers may change it."""

    def __init__(self, layout: Layout, connection: Connection) -> None:
        self._layout = layout
        self._connection = connection

    def schema(self, table: str) -> TableSchema:
        return self._layout.tables[table]

    def head(self) -> Head:
        row = self._connection.execute(f"SELECT sequence, hash FROM {self._layout.head}").fetchone()
        assert row is not None
        return head_of(row)

    def stored(self, table: str, id: str) -> Row | None:
        """The document of an id as it is stored, whatever its version."""
        row = self._connection.execute(
            f"SELECT number, document, exact FROM {self._layout.documents(table)} WHERE id = %s", (text_key(id),)
        ).fetchone()
        return None if row is None else (row[0], read_value(*row[1:]))

    def rows(
        self,
        table: str,
        where: Sequence[Where],
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        *,
        without: Sequence[int] = (),
        locking: bool = False,
    ) -> Iterator[Row]:
        """Documents in their newest version that meet all conditions, in order.

        `without` are numbers that are left out; `locking` keeps what it gives from others until the transaction ends,
        and leaves out what others keep.
        """
        schema, columns = self.schema(table), self._layout.columns(table)
        question = asked(where, columns, schema.version)
        exact = not question.rest and (order is None or (order in columns and schema.version == 1))
        ends = limit if exact else None
        sort = columns.get(order or "") if exact else None
        found = self._ordered(table, question, sort, order, descending, ends, without, locking)
        if order is not None:
            kept = list(found)
            if any(is_cut(row[3]) for row in kept):
                # Texts alike in all that a key holds are told apart here, which takes all of them.
                kept = list(self._ordered(table, question, sort, order, descending, None, without, locking))
                exact = False
            if not exact:
                read = list(self._meeting(schema, where, kept))
                read.sort(key=lambda row: (order_key(row[1], order), row[0]), reverse=descending)
                return islice(iter(read), limit)
            found = iter(kept)
        return islice(self._meeting(schema, where, found), limit)

    def _meeting(self, schema: TableSchema, where: Sequence[Where], rows: Any) -> Iterator[Row]:
        for number, document, exact, _ in rows:
            read = as_read(schema, read_value(document, exact))
            if read is not None and all(meets(read, one) for one in where):
                yield number, read

    def _ordered(
        self,
        table: str,
        question: Asked,
        sort: str | None,
        order: str | None,
        descending: bool,
        limit: int | None,
        without: Sequence[int],
        locking: bool,
    ) -> Iterator[tuple[Any, ...]]:
        """Number, document, its exact text and the key that it is sorted by."""
        documents = self._layout.documents(table)
        direction = "DESC" if descending else "ASC"
        sql = f"SELECT number, document, exact, {sort or 'NULL::bytea'} FROM {documents} WHERE {question.sql}"
        arguments: list[Any] = [*question.arguments]
        if without:
            sql, arguments = f"{sql} AND NOT number = ANY(%s::bigint[])", [*arguments, list(without)]
        if sort is not None:
            # The absent come first, which no index has where it puts them last; without them either order is the same.
            absent = "" if order in question.present else " NULLS LAST" if descending else " NULLS FIRST"
            sql += f" ORDER BY {sort} {direction}{absent}, number {direction}"
        elif limit is not None or locking:
            sql += f" ORDER BY number {direction}"
        else:
            yield from self._paged(sql, arguments, descending)
            return
        sql += "" if limit is None else f" LIMIT {int(limit)}"
        sql += " FOR UPDATE SKIP LOCKED" if locking else ""
        yield from self._connection.execute(sql, arguments).fetchall()

    def _paged(self, sql: str, arguments: Sequence[Any], descending: bool) -> Iterator[tuple[Any, ...]]:
        """All rows by number, some at a time, so that a table need not fit into memory."""
        beyond, direction = ("<", "DESC") if descending else (">", "ASC")
        last: list[Any] = []
        while True:
            bound = f" AND number {beyond} %s" if last else ""
            page = self._connection.execute(
                f"{sql}{bound} ORDER BY number {direction} LIMIT {AT_ONCE}", [*arguments, *last]
            ).fetchall()
            yield from page
            if len(page) < AT_ONCE:
                return
            last = [page[-1][0]]

    def count(self, table: str, where: Sequence[Where], *, without: Sequence[int] = ()) -> int:
        """How many documents meet all conditions."""
        question = asked(where, self._layout.columns(table), self.schema(table).version)
        if question.rest:
            return sum(1 for _ in self.rows(table, where, without=without))
        sql, arguments = question.sql, [*question.arguments]
        if without:
            sql, arguments = f"{sql} AND NOT number = ANY(%s::bigint[])", [*arguments, list(without)]
        row = self._connection.execute(
            f"SELECT count(*) FROM {self._layout.documents(table)} WHERE {sql}", arguments
        ).fetchone()
        assert row is not None
        return int(row[0])

    def any_of(self, table: str, ids: Sequence[bytes], where: Sequence[Where]) -> bool:
        """Whether one of these documents may meet all conditions."""
        question = asked(where, self._layout.columns(table), self.schema(table).version)
        sql = f"SELECT 1 FROM {self._layout.documents(table)} WHERE id = ANY(%s::bytea[]) AND {question.sql} LIMIT 1"
        return self._connection.execute(sql, [list(ids), *question.arguments]).fetchone() is not None

    def history(self, table: str, id: str) -> Iterator[Event]:
        """The events of a document, oldest first."""
        rows = self._connection.execute(
            f"SELECT document, exact FROM {self._layout.events} WHERE tbl = %s AND id = %s ORDER BY sequence, position",
            (table, text_key(id)),
        ).fetchall()
        return (Event.from_json(read_value(*row)) for row in rows)

    def changed(self, after: int) -> set[tuple[str, bytes]]:
        """Table and key of every document that the commits after this one have changed."""
        return set(
            self._connection.execute(
                f"SELECT DISTINCT tbl, id FROM {self._layout.events} WHERE sequence > %s", (after,)
            ).fetchall()
        )

    def commits(self, after: int = 0) -> Iterator[tuple[CommitRow, list[EventRow]]]:
        """Every commit and its events as they are stored, oldest first, some at a time."""
        while True:
            heads = self._connection.execute(
                f"SELECT sequence, hash, key, document, exact FROM {self._layout.commits}"
                f" WHERE sequence > %s ORDER BY sequence LIMIT {AT_ONCE}",
                (after,),
            ).fetchall()
            if not heads:
                return
            events: dict[int, list[EventRow]] = {}
            for sequence, *event in self._connection.execute(
                f"SELECT sequence, position, tbl, id, document, exact FROM {self._layout.events}"
                " WHERE sequence > %s AND sequence <= %s ORDER BY sequence, position",
                (after, heads[-1][0]),
            ):
                events.setdefault(sequence, []).append(tuple(event))
            for head in heads:
                yield head, events.get(head[0], [])
            after = heads[-1][0]
