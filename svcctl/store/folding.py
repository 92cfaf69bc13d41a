"""What the journal makes of every document and page, folded as a stream: memory does not grow with the store."""

import json
import sqlite3
from collections.abc import Iterator

from svcctl.store.contract import Damage, Head
from svcctl.store.encoding import encoded
from svcctl.store.line import START, Entry
from svcctl.store.pages import Page, PageKey, Pages
from svcctl.store.recovery import events_by_page
from svcctl.ticket.event import Document, Event, FoldError, fold


class Folded:
    """Documents and pages in a temporary database."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._db = sqlite3.connect("")
        self._db.execute("CREATE TABLE documents (tbl, number, document, PRIMARY KEY (tbl, number)) WITHOUT ROWID")
        self._db.execute("CREATE TABLE pages (tbl, page, sequence, hash, PRIMARY KEY (tbl, page)) WITHOUT ROWID")

    def apply(self, entry: Entry) -> Iterator[Damage]:
        """Fold a commit; yields events that do not fit."""
        for (table, page), events in events_by_page(entry, self._pages).items():
            for event in events:
                number = event["number"]
                try:
                    document = fold(self._document(table, number), Event.from_json(event))
                except (FoldError, ValueError, TypeError) as error:
                    yield Damage(entry.place, f"an event does not fit its document: {error}")
                    continue
                self._db.execute(
                    "INSERT OR REPLACE INTO documents VALUES (?, ?, ?)", (table, number, encoded(document))
                )
            head = entry.head
            self._db.execute(
                "INSERT OR REPLACE INTO pages VALUES (?, ?, ?, ?)", (table, page, head.sequence, head.hash)
            )

    def keys(self) -> set[PageKey]:
        return set(self._db.execute("SELECT tbl, page FROM pages"))

    def page(self, key: PageKey) -> Page:
        """A page as it should be."""
        table, page = key
        row = self._db.execute("SELECT sequence, hash FROM pages WHERE tbl = ? AND page = ?", key).fetchone()
        first, after = self._pages.numbers(page)
        rows = self._db.execute(
            "SELECT number, document FROM documents WHERE tbl = ? AND number >= ? AND number < ?",
            (table, first, after),
        )
        return Page(Head(*row) if row else START, {number: json.loads(text) for number, text in rows})

    def _document(self, table: str, number: int) -> Document | None:
        row = self._db.execute(
            "SELECT document FROM documents WHERE tbl = ? AND number = ?", (table, number)
        ).fetchone()
        return json.loads(row[0]) if row else None

    def close(self) -> None:
        self._db.close()
