"""Whether the store is as it was written: the chain, and every document folded again, at one moment of the database.

What the commits make is kept in a temporary database beside, so that memory does not grow with the store.
"""

import sqlite3
from collections.abc import Generator, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from svcctl.plugin_api import (
    START,
    Damage,
    Event,
    FoldError,
    Head,
    Progress,
    Refusal,
    broken_link,
    canonical,
    content_text,
    ends_before,
    fold,
    not_kept,
)
from svcctl_store_postgres.connection import Connection
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.layout import Layout
from svcctl_store_postgres.reading import AT_ONCE, CommitRow, EventRow, Reading
from svcctl_store_postgres.rows import columns_of, row_of
from svcctl_store_postgres.values import loads, read_value

_PROGRESS_EACH = 1000


def verify(
    layout: Layout, connection: Connection, *, deep: bool, kept: Head | None, progress: Progress | None
) -> Iterator[Damage]:
    """See `Store.verify`. The connection, which must be fresh, is closed at the end."""
    with connection:
        connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        verification = _Verification(layout, connection, deep=deep)
        whole = yield from verification.chain(kept, progress)
        if deep and whole:
            for table in layout.tables:
                yield from verification.documents(table)
        connection.execute("COMMIT")


class _Verification:
    def __init__(self, layout: Layout, connection: Connection, *, deep: bool) -> None:
        self._layout = layout
        self._connection = connection
        self._deep = deep
        self._folded = sqlite3.connect("")
        self._folded.execute("CREATE TABLE documents (tbl, id, number, document, PRIMARY KEY (tbl, id)) WITHOUT ROWID")

    # -------------------------------------------------------------------- chain

    def chain(self, kept: Head | None, progress: Progress | None) -> Generator[Damage, None, bool]:
        """Each commit follows the one before, and the last is the head. After a broken one nothing can be said; the
        return value says whether there was none."""
        head = START
        highest: Mapping[str, int] = {}
        for commit, events in Reading(self._layout, self._connection).commits():
            place = f"commit {commit[0]}"
            content = self._content(commit, events)
            broken = content if isinstance(content, str) else _broken(commit, events, content, head)
            if broken or isinstance(content, str):
                yield Damage(place, broken)
                return False
            head, highest = Head(commit[0], commit[1]), content["highest"]
            if kept is not None and kept.sequence == head.sequence and kept != head:
                yield Damage(place, not_kept(kept))
            if self._deep:
                yield from self._fold(place, content["events"])
            if progress is not None and head.sequence % _PROGRESS_EACH == 0:
                progress(head.sequence)
        if kept is not None and kept.sequence > head.sequence:
            yield Damage(f"commit {head.sequence}", ends_before(head, kept))
        yield from self._ends(head, highest)
        return True

    def _content(self, commit: CommitRow, events: Sequence[EventRow]) -> dict[str, Any] | str:
        """What the commit says, with its events; in words where that cannot be read."""
        if any(
            document is not None and exact is not None for document, exact in (commit[3:], *(e[3:] for e in events))
        ):
            return "it was altered: something stands beside its exact text"
        try:
            return {**read_value(*commit[3:]), "events": [read_value(*event[3:]) for event in events]}
        except Refusal as damaged:
            return damaged.message

    def _ends(self, head: Head, highest: Mapping[str, int]) -> Iterator[Damage]:
        """The rows beside the chain say what its end says."""
        row = self._connection.execute(f"SELECT sequence, hash, highest FROM {self._layout.head}").fetchone()
        if row is None or (row[0], row[1], row[2]) != (head.sequence, head.hash, highest):
            said = "nothing" if row is None else f"commit {row[0]} ({row[1]})"
            yield Damage("svcctl_head", f"the commits end with {head.sequence} ({head.hash}), and the head says {said}")
        counters = {
            row[0]: row[1] for row in self._connection.execute(f"SELECT tbl, given FROM {self._layout.counters}")
        }
        for table, number in highest.items():
            if counters.get(table, 0) < number:
                yield Damage(f"svcctl_counters {table}", f"number {number} is given, and would be given again")
        stray = self._connection.execute(
            f"SELECT min(sequence) FROM {self._layout.events} WHERE NOT sequence IN"
            f" (SELECT sequence FROM {self._layout.commits})"
        ).fetchone()
        if stray is not None and stray[0] is not None:
            yield Damage(f"commit {stray[0]}", "there are events of it, and no commit")

    def _fold(self, place: str, events: Sequence[Mapping[str, Any]]) -> Iterator[Damage]:
        for each in events:
            key = each["table"], text_key(each["id"])
            row = self._folded.execute("SELECT document FROM documents WHERE tbl = ? AND id = ?", key).fetchone()
            try:
                document = fold(loads(row[0]) if row else None, Event.from_json(each))
            except (FoldError, ValueError, TypeError) as error:
                yield Damage(place, f"an event does not fit its document: {error}")
                continue
            text = canonical(document, str(each["id"]))
            self._folded.execute("INSERT OR REPLACE INTO documents VALUES (?, ?, ?, ?)", (*key, each["number"], text))

    # ---------------------------------------------------------------- documents

    def documents(self, table: str) -> Iterator[Damage]:
        """Each document, and the columns by which it is found, are what the events make; none lacks."""
        names = ["number", "id", *columns_of(self._layout, table)]
        last = -1
        while True:
            rows = self._connection.execute(
                f"SELECT {', '.join(names)} FROM {self._layout.documents(table)}"
                f" WHERE number > %s ORDER BY number LIMIT {AT_ONCE}",
                (last,),
            ).fetchall()
            for row in rows:
                yield from self._compare(table, row)
            if len(rows) < AT_ONCE:
                break
            last = rows[-1][0]
        missing = self._folded.execute("SELECT document FROM documents WHERE tbl = ? ORDER BY number", (table,))
        for (text,) in missing:
            yield Damage(f"{table} {loads(text)['id']}", "the document is missing")

    def _compare(self, table: str, row: tuple[Any, ...]) -> Iterator[Damage]:
        number, id, *columns = row
        place = f"{table} {id[1:].decode(errors='backslashreplace')}"
        found = self._folded.execute(
            "SELECT number, document FROM documents WHERE tbl = ? AND id = ?", (table, id)
        ).fetchone()
        if found is None:
            yield Damage(place, "no event made this document")
            return
        self._folded.execute("DELETE FROM documents WHERE tbl = ? AND id = ?", (table, id))
        document = loads(found[1])
        revision, version, removed, jsonb, exact, *keys = row_of(self._layout, table, document)
        kept = None if columns[3] is None else canonical(columns[3], place).decode()
        if (kept, columns[4]) != (jsonb, exact):
            yield Damage(place, "the document is not what its events make")
        if [number, *columns[:3], *columns[5:]] != [found[0], revision, version, removed, *keys]:
            yield Damage(place, "the columns by which it is found are not what the document says")


def _broken(commit: CommitRow, events: Sequence[EventRow], content: Mapping[str, Any], head: Head) -> str:
    """What is wrong with a commit as the successor of `head`, or empty."""
    if sha256(content_text(content)).hexdigest() != commit[1]:
        return "it was altered: its hash does not fit its content"
    broken = broken_link(content, head)
    if broken:
        return broken
    key = text_key(content["key"]) if "key" in content else None
    places = [(position, each["table"], text_key(each["id"])) for position, each in enumerate(content["events"])]
    if (commit[0], commit[2]) != (content["sequence"], key) or places != [event[:3] for event in events]:
        return "the columns by which it is found are not what it says"
    return ""
