"""The index: indexed fields, ids, keys and the places of every document's events, in SQLite.

It holds nothing that is not in the journal, from which it catches up by itself. It remembers up to
where it has read and what schema it was built with.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from svcctl.foundation.record import Record
from svcctl.store.contract import Head, Progress, TableSchema, Where
from svcctl.store.indexed import by_root, follow
from svcctl.store.journal import Journal
from svcctl.store.line import START, Entry
from svcctl.store.query import Condition, column, is_exact, to_sql
from svcctl.store.stale import StaleIndexError
from svcctl.store.versions import REMOVED, VERSION
from svcctl.ticket.event import Document, value_at

_VERSION = 2
_OWN = ("id", "revision", VERSION, REMOVED)
#: Events after which catching up lets other processes have their turn.
_CHUNK = 20_000

Row = tuple[int, int]


class Selection(Record):
    """Numbers and revisions of documents, the conditions left to check, and whether the order still is to be made."""

    rows: list[Row]
    rest: tuple[Where, ...]
    unordered: bool


class Index:
    """One connection to an index. `tables` says which fields of which tables it holds."""

    def __init__(self, connection: sqlite3.Connection, tables: Mapping[str, TableSchema], store: str) -> None:
        self._db = connection
        self._tables = tables
        self._schema = json.dumps(
            [_VERSION, store, {name: (t.indexed, t.version) for name, t in sorted(tables.items())}]
        )
        self._columns = {
            name: dict(zip(_OWN, _OWN, strict=True)) | {f: f"c{i}" for i, f in enumerate(table.indexed)}
            for name, table in tables.items()
        }
        self._by_root = {name: by_root((VERSION, REMOVED, *table.indexed)) for name, table in tables.items()}
        self._upserts: dict[tuple[str, ...], str] = {}

    def create(self) -> None:
        """Lay out an empty index."""
        self._db.execute("CREATE TABLE state (schema, segment, end, sequence, hash)")
        self._db.execute("CREATE TABLE commits (sequence INTEGER PRIMARY KEY, segment, offset)")
        self._db.execute("CREATE TABLE keys (key PRIMARY KEY, arguments, sequence) WITHOUT ROWID")
        self._db.execute("CREATE TABLE inexact (tbl, field, PRIMARY KEY (tbl, field)) WITHOUT ROWID")
        self._db.execute(
            "CREATE TABLE events (tbl, number INTEGER, sequence INTEGER, PRIMARY KEY (tbl, number, sequence))"
            " WITHOUT ROWID"
        )
        for table, columns in self._columns.items():
            names = ",".join(columns.values())
            self._db.execute(f"CREATE TABLE {_sql(table)} (number INTEGER PRIMARY KEY, {names})")
            for name in columns.values():
                if name not in ("revision", REMOVED) and (name != VERSION or self._tables[table].version > 1):
                    self._db.execute(f"CREATE INDEX {_sql(f'{table} {name}')} ON {_sql(table)} ({name})")
            removed = f"{_sql(f'{table} {REMOVED}')} ON {_sql(table)} ({REMOVED}) WHERE {REMOVED} = 1"
            self._db.execute(f"CREATE INDEX {removed}")
        self._db.execute("INSERT INTO state VALUES (?, 1, 0, ?, ?)", (self._schema, START.sequence, START.hash))

    def check(self) -> None:
        """Raises StaleIndexError where this index was built for something else."""
        row = self._db.execute("SELECT schema FROM state").fetchone()
        if row is None or row[0] != self._schema:
            raise StaleIndexError

    def read_on(self, journal: Journal, told: Progress) -> bool:
        """Read a part of what was committed since, telling the number of each commit; whether more may be left. Raises
        StaleIndexError where the journal is another one."""
        head, segment, end = self._state()
        if head != START and journal.hash_before(segment, end) != head.hash:
            raise StaleIndexError
        if next(journal.walk(head, segment, end), None) is None:
            return False
        self._db.execute("BEGIN IMMEDIATE")
        try:
            head, segment, end = self._state()
            events = 0
            for entry in journal.walk(head, segment, end):
                self._apply(entry)
                head, segment, end = entry.head, entry.segment, entry.end
                told(head.sequence)
                events += len(entry.line["events"])
                if events >= _CHUNK:
                    break
            self._db.execute(
                "UPDATE state SET segment = ?, end = ?, sequence = ?, hash = ?",
                (segment, end, head.sequence, head.hash),
            )
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return events >= _CHUNK

    def begin(self) -> None:
        """From here on `put` changes what this connection alone sees, until it is closed."""
        self._db.execute("BEGIN IMMEDIATE")

    def put(self, table: str, number: int, document: Document) -> None:
        """Index a document as it is in memory."""
        values = {field: value_at(document, field) for field in self._columns[table]}
        self._store(table, number, values)

    def number(self, table: str, id: str) -> int | None:
        """The number of the document with an id that its caller gave."""
        rows = self._rows(f"SELECT number FROM {_sql(table)} WHERE id = ?", (_id(id),))
        return rows[0][0] if rows else None

    def revision(self, table: str, number: int) -> int:
        """The revision of a document, 0 where there is none."""
        rows = self._rows(f"SELECT revision FROM {_sql(table)} WHERE number = ?", (number,))
        return rows[0][0] if rows else 0

    def select(
        self, table: str, where: Sequence[Where], order: str | None, descending: bool, limit: int | None
    ) -> Selection:
        """What the index can say about a query; the caller checks the rest."""
        conditions, rest = self._conditions(table, where)
        field = self._column(table, order) if order else "number"
        direction = "DESC" if descending else "ASC"
        if self._has_older(table):
            # What an upgrade makes of these documents is not in the index: each may meet the conditions.
            conditions, rest = self._or_older(table, conditions), tuple(where)
            field = None if order else field
        conditions = [*conditions, *self._not_removed(table)]
        sql = f"SELECT number, revision FROM {_sql(table)}{_clause(conditions)}"
        sql += f" ORDER BY {field or 'number'} {direction}, number {direction}"
        if limit is not None and field and not rest:
            sql += f" LIMIT {int(limit)}"
        return Selection(self._rows(sql, _arguments(conditions)), rest, field is None)

    def count(self, table: str, where: Sequence[Where]) -> int | None:
        """How many documents meet all conditions; None where the index cannot say."""
        conditions, rest = self._conditions(table, where)
        if rest or self._has_older(table):
            return None
        conditions = [*conditions, *self._not_removed(table)]
        sql = f"SELECT count(*) FROM {_sql(table)}{_clause(conditions)}"
        count: int = self._rows(sql, _arguments(conditions))[0][0]
        return count

    def places(self, table: str, number: int) -> list[tuple[int, int]]:
        """Segment and offset of every line with an event of the document, oldest first."""
        return self._rows(
            "SELECT segment, offset FROM events JOIN commits USING (sequence)"
            " WHERE tbl = ? AND number = ? ORDER BY sequence",
            (table, number),
        )

    def place(self, sequence: int) -> tuple[int, int] | None:
        """Segment and offset of a commit's line, None where there is no such commit."""
        return next(iter(self._rows("SELECT segment, offset FROM commits WHERE sequence = ?", (sequence,))), None)

    def key(self, key: str) -> tuple[str, int, int] | None:
        """Digest of the arguments, segment and offset of the commit that used an idempotency key."""
        sql = "SELECT arguments, segment, offset FROM keys JOIN commits USING (sequence) WHERE key = ?"
        return next(iter(self._rows(sql, (_id(key),))), None)

    @property
    def head(self) -> Head:
        """The last commit that it has read."""
        return self._state()[0]

    def difference(self, other: "Index") -> str | None:
        """What is not the same in another index of the same journal; None where all is. Raises sqlite3.Error,
        UnicodeDecodeError."""
        [[found], *_] = self._db.execute("PRAGMA integrity_check(1)").fetchall()
        if found != "ok":
            return f"it is damaged ({' '.join(found.split())})"
        for (name,) in other._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            question = f'SELECT * FROM "{name}" ORDER BY 1, 2'
            for one, two in zip_longest(self._db.execute(question), other._db.execute(question)):
                if one != two:
                    return f"its {name} are not what the journal says"
        return None

    def close(self) -> None:
        self._db.close()

    def _state(self) -> tuple[Head, int, int]:
        sequence, hash, segment, end = self._db.execute("SELECT sequence, hash, segment, end FROM state").fetchone()
        return Head(sequence, hash), segment, end

    def _column(self, table: str, field: str) -> str | None:
        name = self._columns[table].get(field)
        inexact = name and self._rows("SELECT 1 FROM inexact WHERE tbl = ? AND field = ?", (table, field))
        return None if inexact else name

    def _conditions(self, table: str, where: Iterable[Where]) -> tuple[list[Condition], tuple[Where, ...]]:
        conditions, rest = [], []
        for one in where:
            name = self._column(table, one.field)
            condition = to_sql(one, name) if name else None
            if condition is None:
                rest.append(one)
            else:
                conditions.append(condition)
        return conditions, tuple(rest)

    def older(self, table: str, limit: int) -> list[str]:
        """Ids of documents of a version before the newest, the first so many."""
        if self._tables[table].version == 1:
            return []
        [(sql, arguments)] = self._or_older(table, [("0", [])])
        rows = self._rows(
            f"SELECT id FROM {_sql(table)}{_clause([(sql, arguments), *self._not_removed(table)])} LIMIT ?",
            (*arguments, limit),
        )
        return [id if isinstance(id, str) else id.decode(errors="surrogatepass") for (id,) in rows]

    def _has_older(self, table: str) -> bool:
        return bool(self.older(table, 1))

    def _or_older(self, table: str, conditions: Sequence[Condition]) -> list[Condition]:
        sql = " AND ".join(one for one, _ in conditions) or "1"
        older = f"({VERSION} IS NULL OR {VERSION} < ?)"
        return [(f"(({sql}) OR {older})", [*_arguments(conditions), self._tables[table].version])]

    def _not_removed(self, table: str) -> list[Condition]:
        """Asked for only where something was removed, so that counts need not look at every row."""
        found = self._rows(f"SELECT 1 FROM {_sql(table)} WHERE {REMOVED} = 1 LIMIT 1")
        return [(f"{REMOVED} IS NOT 1", [])] if found else []

    def _rows(self, sql: str, arguments: Sequence[Any] = ()) -> list[Any]:
        """What a question finds. Raises StaleIndexError where the file cannot be read."""
        try:
            return self._db.execute(sql, arguments).fetchall()
        except (sqlite3.Error, UnicodeDecodeError) as error:
            raise StaleIndexError from error

    def _apply(self, entry: Entry) -> None:
        sequence = entry.head.sequence
        self._db.execute("INSERT INTO commits VALUES (?, ?, ?)", (sequence, entry.segment, entry.offset))
        if "key" in entry.line:
            self._db.execute(
                "INSERT OR IGNORE INTO keys VALUES (?, ?, ?)",
                (_id(entry.line["key"]), entry.line["arguments"], sequence),
            )
        changed: dict[tuple[str, int], dict[str, Any]] = {}
        for event in entry.line["events"]:
            table, number = event["table"], event["number"]
            if table not in self._columns:
                continue
            values = changed.setdefault((table, number), {"id": event["id"], "revision": 0})
            values["revision"] += 1
            follow(values, self._by_root[table], event)
        for (table, number), values in changed.items():
            values["revision"] += self.revision(table, number)
            self._store(table, number, values)
        self._db.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", ((*key, sequence) for key in changed))

    def _store(self, table: str, number: int, values: Mapping[str, Any]) -> None:
        kept = [number]
        for field, value in values.items():
            if not is_exact(value):
                self._db.execute("INSERT OR IGNORE INTO inexact VALUES (?, ?)", (table, field))
                value = _id(value) if field == "id" else None
            kept.append(column(value))
        shape = (table, *values)
        if shape not in self._upserts:
            names = [self._columns[table][field] for field in values]
            updates = ",".join(f"{name} = excluded.{name}" for name in names)
            self._upserts[shape] = (
                f"INSERT INTO {_sql(table)} (number,{','.join(names)}) VALUES (?{',?' * len(names)})"
                f" ON CONFLICT (number) DO UPDATE SET {updates}"
            )
        self._db.execute(self._upserts[shape], kept)


def _sql(name: str) -> str:
    return '"documents of ' + name.replace('"', '""') + '"'


def _id(id: str) -> str | bytes:
    """An id as SQLite can keep it: bytes where it holds a lone surrogate."""
    return id if is_exact(id) else id.encode(errors="surrogatepass")


def _clause(conditions: Sequence[Condition]) -> str:
    return " WHERE " + " AND ".join(sql for sql, _ in conditions) if conditions else ""


def _arguments(conditions: Sequence[Condition]) -> list[Any]:
    return [argument for _, arguments in conditions for argument in arguments]
