"""A write in progress: changed pages and events in memory, and an index that sees them until the work is done."""

import json
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING

from svcctl.store.contract import TableSchema, Where
from svcctl.store.disk import damaged
from svcctl.store.encoding import canonical, copied
from svcctl.store.identity import id_of, number_of
from svcctl.store.pages import Page, PageKey, Pages
from svcctl.store.reading import Reading, query
from svcctl.store.versions import as_read, as_recorded
from svcctl.ticket.event import Document, Event, fold, fold_all

if TYPE_CHECKING:
    from svcctl.store.index import Index


class JsonTransaction:
    """See `svcctl.store.contract.Transaction`. `highest` is the highest number given so far in every table."""

    def __init__(
        self, tables: Mapping[str, TableSchema], reading: Reading, pages: Pages, highest: Mapping[str, int]
    ) -> None:
        self._tables = tables
        self._reading = reading
        self._published = pages
        self.highest = dict.fromkeys(tables, 0) | dict(highest)
        self._committed = dict(self.highest)
        self.events: list[bytes] = []
        self.changed: dict[PageKey, Page] = {}
        self._pages: dict[PageKey, Page] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._own: dict[tuple[str, int], list[Event]] = {}
        self._unindexed: dict[tuple[str, int], Document] = {}
        self._committed_index: Index | None = None
        self._overlay: Index | None = None

    def next_id(self, table: str) -> str:
        prefix = self._tables[table].prefix
        if prefix is None:
            raise ValueError(f"the callers of `{table}` give its ids")
        self.highest[table] += 1
        return id_of(prefix, self.highest[table])

    def record(self, event: Event) -> Document:
        number = self._number(event.table, event.id)
        if number is None:
            if self._tables[event.table].prefix is not None:
                raise ValueError(f"{event.table} {event.id}: the id was not given by the store")
            number = self.highest[event.table] + 1
        key, page = self._page(event.table, number)
        if number not in page.documents:
            self._expect_none(event.table, number)
        elif (event.table, number) not in self._own:
            self._expect_current(event.table, number, page.documents[number])
        document = page.documents.get(number)
        texts, kept = [], []
        for one in as_recorded(self._tables[event.table], document, event):
            texts.append(canonical(one.to_json() | {"number": number}, f"the change of `{event.id}`"))
            kept.append(Event.from_json(json.loads(texts[-1])))
            document = fold(document, kept[-1])
        assert document is not None
        page.documents[number] = document
        self.changed[key] = page
        self.events += texts
        self._own.setdefault((event.table, number), []).extend(kept)
        self._unindexed[event.table, number] = document
        if self._tables[event.table].prefix is None:
            self._numbers[event.table, event.id] = number
            self.highest[event.table] = max(number, self.highest[event.table])
        return _own_copy(document)

    def put_back(self, table: str, id: str) -> Document | None:
        """The document as somebody edited it on its page, where that is not what its events make; the transaction goes
        on with what they make, so that the difference can be recorded. None where there is no difference."""
        number = self._number(table, id)
        if number is None:
            return None
        page = self._page(table, number)[1]
        edited, made = page.documents.get(number), fold_all(self._reading.history(table, number))
        if edited is None or made is None or edited == made:
            return None
        page.documents[number] = made
        return edited

    def get(self, table: str, id: str) -> Document | None:
        number = self._number(table, id)
        return None if number is None else self.numbered_document(table, number)

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        def fetch(number: int, _: int) -> Document | None:
            return self.numbered_document(table, number)

        found = query(self._current_index(), fetch, table, where, order, descending, limit)
        return (document for _, document in found)

    #: Transactions come one after another: nothing is claimed elsewhere.
    claim = find

    def count(self, table: str, *where: Where) -> int:
        counted = self._current_index().count(table, where)
        return sum(1 for _ in self.find(table, *where)) if counted is None else counted

    def history(self, table: str, id: str) -> Iterator[Event]:
        number = self._number(table, id)
        if number is None:
            return iter(())
        return chain(self._reading.history(table, number), self._own.get((table, number), ()))

    def close(self) -> None:
        """Throw away the index that has the transaction's own changes."""
        if self._overlay is not None:
            self._overlay.close()
            self._overlay = None

    def _number(self, table: str, id: str) -> int | None:
        if not self.highest[table]:
            return None
        number = self._numbers.get((table, id))
        if number is None:
            prefix = self._tables[table].prefix
            number = self._index().number(table, id) if prefix is None else number_of(prefix, id)
        return number if number is not None and number <= self.highest[table] else None

    def _page(self, table: str, number: int) -> tuple[PageKey, Page]:
        key = table, self._published.page_of(number)
        if key not in self._pages:
            page = self._published.load(*key)
            if not page.documents:
                for each in range(*self._published.numbers(key[1])):
                    self._expect_none(table, each)
            self._pages[key] = page
        return key, self._pages[key]

    def _expect_none(self, table: str, number: int) -> None:
        """A document that its page lacks must not begin anew. Raises Refusal `store-damaged`."""
        if 0 < number <= self._committed[table] and self._index().revision(table, number):
            place = self._published.place(table, self._published.page_of(number))
            raise damaged(place, f"document {number} is missing")

    def _expect_current(self, table: str, number: int, document: Document) -> None:
        """A page of another time, or of another store, must not be written on. Raises Refusal `store-damaged`."""
        expected = self._index().revision(table, number)
        if document.get("revision") != expected:
            place = self._published.place(table, self._published.page_of(number))
            raise damaged(place, f"document {number} has revision {document.get('revision')}, not {expected}")

    def numbered_document(self, table: str, number: int) -> Document | None:
        """The document of a number, None where there is none."""
        document = self._page(table, number)[1].documents.get(number)
        if document is None:
            self._expect_none(table, number)
        seen = as_read(self._tables[table], document)
        return None if seen is None else _own_copy(seen)

    def _index(self) -> "Index":
        """What was committed before. Under the lock nothing is added to it, so it is brought up to date once."""
        if self._committed_index is None:
            self._committed_index = self._reading.index()
        return self._committed_index

    def _current_index(self) -> "Index":
        if self._overlay is None:
            if not self.events:
                return self._index()
            self._overlay = self._reading.overlay()
        for (table, number), document in self._unindexed.items():
            self._overlay.put(table, number, document)
        self._unindexed.clear()
        return self._overlay


def _own_copy(document: Document) -> Document:
    """Callers may change what they are given; what is on the page changes only by events."""
    copy: Document = copied(document)
    return copy
