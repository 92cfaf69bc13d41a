"""A whole store from the commits of another: in one transaction, so that half of it is nothing."""

from collections.abc import Iterable, Mapping
from typing import Any

from svcctl.plugin_api import START, Document, Event, FoldError, Head, Refusal, canonical, fold, reseal
from svcctl_store_postgres.connection import Connection
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.layout import Layout
from svcctl_store_postgres.reading import Reading
from svcctl_store_postgres.rows import columns_of, commit_row, insert_commit, insert_document, insert_event, row_of
from svcctl_store_postgres.values import stored_value

#: Events after which what was folded is written, and documents kept in memory beyond that for the events to come.
_EVENTS_AT_ONCE = 5_000
_KEPT = 20_000


def load(layout: Layout, connection: Connection, commits: Iterable[Mapping[str, Any]]) -> Head:
    """Fill the store, which must be empty, in the transaction that goes on.

    Raises Refusal `already-exists`, `bad-input` where the commits are no chain or do not fold.
    """
    row = connection.execute(f"SELECT sequence FROM {layout.head} FOR UPDATE").fetchone()
    if row is None or row[0]:
        raise Refusal("already-exists", "the store has commits already", help="load into an empty one")
    loading = _Loading(layout, connection)
    head = START
    highest: Mapping[str, int] = {}
    for line in commits:
        _, head = reseal(line, head)
        highest = line["highest"]
        loading.take(head, line)
    loading.flush()
    connection.execute(
        f"UPDATE {layout.head} SET sequence = %s, hash = %s, highest = %s",
        (head.sequence, head.hash, canonical(highest, "the numbers").decode()),
    )
    for table, number in highest.items():
        connection.execute(f"UPDATE {layout.counters} SET given = %s WHERE tbl = %s", (number, table))
    return head


class _Loading:
    def __init__(self, layout: Layout, connection: Connection) -> None:
        self._layout = layout
        self._connection = connection
        self._reading = Reading(layout, connection)
        self._documents: dict[tuple[str, str], tuple[int, Document]] = {}
        self._highest: dict[str, int] = {}
        self._new: set[tuple[str, str]] = set()
        self._changed: set[tuple[str, str]] = set()
        self._commits: list[tuple[Any, ...]] = []
        self._events: list[tuple[Any, ...]] = []

    def take(self, head: Head, line: Mapping[str, Any]) -> None:
        content = {name: value for name, value in line.items() if name not in ("events", "hash")}
        self._commits.append(commit_row(head, content))
        for position, each in enumerate(line["events"]):
            table, id = each["table"], each["id"]
            if table not in self._layout.tables:
                raise Refusal("store-newer", f"this svcctl has no table `{table}`", help="upgrade it")
            self._fold(head, table, id, each)
            columns = stored_value(each, f"commit {head.sequence}")
            self._events.append((head.sequence, position, table, text_key(id), *columns))
        if len(self._events) + len(self._commits) >= _EVENTS_AT_ONCE:
            self.flush()

    def _fold(self, head: Head, table: str, id: str, each: Mapping[str, Any]) -> None:
        place = table, id
        try:
            number = int(each["number"])
            known = self._documents.get(place)
            if known is None and number <= self._highest.get(table, 0):  # a higher number is of a new document
                known = self._reading.stored(table, id)
            document = fold(known[1] if known else None, Event.from_json(each))
        except (FoldError, ValueError, TypeError, KeyError) as error:
            raise Refusal("bad-input", f"commit {head.sequence}: {error}; nothing was loaded") from None
        if known is None:
            self._new.add(place)
        self._changed.add(place)
        self._documents[place] = number, document
        self._highest[table] = max(number, self._highest.get(table, 0))

    def flush(self) -> None:
        """Write what was folded so far."""
        with self._connection.cursor() as cursor:
            cursor.executemany(insert_commit(self._layout), self._commits)
            cursor.executemany(insert_event(self._layout), self._events)
            for table in self._layout.tables:
                mine = [place for place in self._changed if place[0] == table]
                rows = {place: row_of(self._layout, table, self._documents[place][1]) for place in mine}
                new = [
                    (self._documents[place][0], text_key(place[1]), *rows[place])
                    for place in mine
                    if place in self._new
                ]
                settings = ", ".join(f"{name} = %s" for name in columns_of(self._layout, table))
                old = [(*rows[place], self._documents[place][0]) for place in mine if place not in self._new]
                cursor.executemany(insert_document(self._layout, table), new)
                cursor.executemany(f"UPDATE {self._layout.documents(table)} SET {settings} WHERE number = %s", old)
        self._commits.clear()
        self._events.clear()
        self._new.clear()
        self._changed.clear()
        if len(self._documents) > _KEPT:
            self._documents.clear()
