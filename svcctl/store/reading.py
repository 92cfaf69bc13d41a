"""Reading without a lock: point reads from the page, queries through the index, histories from the journal."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svcctl.store.contract import TableSchema, Where
from svcctl.store.disk import damaged
from svcctl.store.identity import number_of
from svcctl.store.journal import Journal
from svcctl.store.line import START, Entry
from svcctl.store.lock import last_published
from svcctl.store.pages import Page, Pages
from svcctl.store.recovery import brought_up, events_by_page
from svcctl.store.versions import as_read
from svcctl.ticket.event import Document, Event

if TYPE_CHECKING:
    from svcctl.store.index import Index

Fetch = Callable[[int, int], Document | None]


class Reading:
    """What is committed. `index` gives the index at the journal's end and is asked only where needed, `ask` what it
    answers, `overlay` one to change and throw away."""

    def __init__(
        self,
        lock: Path,
        journal: Journal,
        pages: Pages,
        index: "Callable[[], Index]",
        ask: "Callable[[Callable[[Index], Any]], Any]",
        overlay: "Callable[[], Index]",
    ) -> None:
        self._lock = lock
        self._journal = journal
        self._pages = pages
        self.index = index
        self.ask = ask
        self.overlay = overlay

    def number(self, table: str, schema: TableSchema, id: str) -> int | None:
        """The number of the document of an id; None where there can be none."""
        if schema.prefix is not None:
            return number_of(schema.prefix, id)
        number: int | None = self.ask(lambda index: index.number(table, id))
        return number

    def document(self, table: str, schema: TableSchema, number: int) -> Document | None:
        """One document, from the page that its number names."""
        return as_read(schema, self._stored(table, number))

    def _stored(self, table: str, number: int) -> Document | None:
        found = self._pages.document(table, self._raw(table, self._pages.page_of(number)), number)
        if found is not None:
            return found
        last = self._journal.tail().entry
        if last is None or number > last.line["highest"].get(table, 0):
            return None
        return self._behind(table, number, self.ask(lambda index: index.revision(table, number)))

    def fetch(self, table: str, schema: TableSchema) -> Fetch:
        """Gives documents by number and least revision, keeping the last page for the next one."""
        kept: tuple[int, bytes] = (-1, b"")

        def document(number: int, revision: int) -> Document | None:
            nonlocal kept
            page = self._pages.page_of(number)
            for _ in range(2):
                if kept[0] == page:
                    found = self._pages.document(table, kept[1], number)
                    if found is not None and found["revision"] >= revision:
                        return as_read(schema, found)
                kept = (page, self._raw(table, page))
            return as_read(schema, self._behind(table, number, revision))

        return document

    def history(self, table: str, number: int) -> Iterator[Event]:
        """The events of a document, oldest first."""
        for segment, offset in self.ask(lambda index: index.places(table, number)):
            for event in self._journal.read(segment, offset).line["events"]:
                if event["table"] == table and event["number"] == number:
                    yield Event.from_json(event)

    def _behind(self, table: str, number: int, revision: int) -> Document | None:
        """A document whose page lacked it: committed a moment ago, or damage."""
        if revision == 0:
            return None
        found = self._pages.document(table, self._raw(table, self._pages.page_of(number)), number)
        if found is not None and found["revision"] >= revision:
            return found
        place = self._pages.place(table, self._pages.page_of(number))
        raise damaged(place, f"document {number} is missing or older than the journal says")

    def _raw(self, table: str, page: int) -> bytes:
        """The content of a page with the last commit, whose process may not have come to publish it."""
        last = self._unpublished()
        raw = self._pages.raw(table, page)
        events = events_by_page(last, self._pages).get((table, page)) if last else None
        if last is None or events is None:
            return raw
        content = self._pages.parse(table, page, raw) if raw else Page(START, {})
        if content.head.sequence >= last.head.sequence:
            return raw
        return brought_up(content, last, events, self._pages.place(table, page)).encode(table)

    def _unpublished(self) -> Entry | None:
        """The last commit, where its pages are not known to be in place."""
        published = last_published(self._lock)
        if published is not None and self._journal.ends_with(published.hash):
            return None
        return self._journal.tail().entry


def query(
    index: "Index",
    fetch: Fetch,
    table: str,
    where: Sequence[Where],
    order: str | None = None,
    descending: bool = False,
    limit: int | None = None,
) -> Iterator[tuple[int, Document]]:
    """Documents that meet all conditions, with their numbers: narrowed by the index now, then checked one by one.

    A document may have changed since the index was asked, so every condition is checked again.
    """
    from svcctl.store.query import meets, order_key

    selection = index.select(table, where, order, descending, limit)
    fetched = ((number, fetch(number, revision)) for number, revision in selection.rows)
    found: Iterator[tuple[int, Document]] = (
        (number, document)
        for number, document in fetched
        if document is not None and all(meets(document, one) for one in where)
    )
    if selection.unordered and order is not None:
        # Rows come by number, up or down as asked; the order must not disturb that among equals.
        found = iter(sorted(found, key=lambda pair: order_key(pair[1], order), reverse=descending))
    return islice(found, limit)
