"""The JSON store: the contract on a journal, pages and an index in one folder, for many short processes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Counting, Damage, Head, Progress, Store, TableSchema, Transaction, Where, silently
from svcctl.store.journal import Journal
from svcctl.store.layout import Layout, create_layout, open_layout
from svcctl.store.pages import Pages
from svcctl.store.reading import Reading, query
from svcctl.store.stale import StaleIndexError
from svcctl.ticket.event import Document, Event

if TYPE_CHECKING:
    from svcctl.store.database import StoreDatabase
    from svcctl.store.index import Index
    from svcctl.store.index_file import IndexFile

T = TypeVar("T")

#: A writer brings the index up to date every so many commits, so that no reader finds it far behind.
_INDEX_EVERY = 64


class JsonStore(Store):
    """A store in a folder. Made by `create` or `open`; threads may share it."""

    def __init__(
        self, layout: Layout, tables: Mapping[str, TableSchema], lock_timeout: float, counting: Counting = silently
    ) -> None:
        self.tables = dict(tables)
        self._lock_timeout = lock_timeout
        self._counting = counting
        self._settle(layout)

    def _settle(self, layout: Layout) -> None:
        self._layout = layout
        self._journal = Journal(layout.journal)
        self._pages = Pages(layout.data, layout.page_size)
        self._reading = Reading(layout.lock, self._journal, self._pages, self._current_index, self._ask, self._overlay)
        self._index_file: IndexFile | None = None

    @classmethod
    def create(cls, path: Path, tables: Mapping[str, TableSchema], *, lock_timeout: float = 10.0) -> "JsonStore":
        """Make an empty store in the folder `path`. Raises Refusal `already-exists`, `disk-refused`."""
        return cls(create_layout(path), tables, lock_timeout)

    @classmethod
    def open(
        cls,
        path: Path,
        tables: Mapping[str, TableSchema],
        *,
        lock_timeout: float = 10.0,
        counting: Counting = silently,
    ) -> "JsonStore":
        """Open the store in `path`; `lock_timeout` in seconds. `counting` is told of the index where much of the
        journal is to be read for it, as where it is missing.

        Raises Refusal `no-workspace`, `store-newer`, `store-damaged`.
        """
        return cls(open_layout(path), tables, lock_timeout, counting)

    def get(self, table: str, id: str) -> Document | None:
        number = self._reading.number(table, self.tables[table], id)
        return None if number is None else self._reading.document(table, self.tables[table], number)

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        fetch = self._reading.fetch(table, self.tables[table])
        found = self._ask(lambda index: query(index, fetch, table, where, order, descending, limit))
        return (document for _, document in found)

    def count(self, table: str, *where: Where) -> int:
        counted = self._ask(lambda index: index.count(table, where))
        return sum(1 for _ in self.find(table, *where)) if counted is None else counted

    def history(self, table: str, id: str) -> Iterator[Event]:
        number = self._reading.number(table, self.tables[table], id)
        return iter(()) if number is None else self._reading.history(table, number)

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
        from svcctl.store.writing import Writing

        writing = Writing(self._layout, self.tables, self._journal, self._pages, self._reading)

        for is_again in (False, True):
            try:
                result, head = writing.run(
                    work,
                    at=at,
                    actor=actor,
                    key=key,
                    arguments=arguments,
                    dry_run=dry_run,
                    lock_timeout=self._lock_timeout,
                )
                break
            except StaleIndexError:  # nothing was written yet: the work asked an index that cannot be read
                if is_again:
                    raise
                self._current_index_file().discard()
        if head is not None and head.sequence % _INDEX_EVERY == 0:
            self._current_index_file().refresh()
        return result

    def head(self) -> Head:
        from svcctl.store.recovery import acknowledged_tail

        return acknowledged_tail(self._layout.lock, self._journal).head

    def commits(self, after: int = 0) -> Iterator[Mapping[str, Any]]:
        if after <= 0:
            entries = self._journal.walk()
        else:
            place = self._ask(lambda index: index.place(after))
            if place is None:
                return
            last = self._journal.read(*place)
            entries = self._journal.walk(last.head, last.segment, last.end)
        yield from (entry.line for entry in entries)

    def verify(
        self, *, deep: bool = False, kept: Head | None = None, progress: Progress | None = None
    ) -> Iterator[Damage]:
        from svcctl.store.verification import verify_chain, verify_documents

        yield from verify_chain(self._layout, self._journal, kept, progress)
        if deep:
            yield from verify_documents(self._layout, self._journal, self._pages, self._lock_timeout, progress)
            with suppress(Refusal):  # the journal does not verify, which was said
                yield from self._current_index_file().verify()

    def load(self, commits: Iterable[Mapping[str, Any]]) -> Head:
        from svcctl.store.building import build
        from svcctl.store.replacing import fresh_beside, replace

        def expect_empty() -> None:
            if self.head().sequence:
                raise Refusal("already-exists", "the store has commits already", help="load into an empty one")

        expect_empty()
        root = self._layout.root.resolve()  # one behind a link stays on its disk
        with fresh_beside(root) as fresh:
            head = build(fresh, commits)
            self.close()
            replace(root, fresh, self._lock_timeout, expect_empty)
        self._settle(open_layout(self._layout.root))
        return head

    def outdated(self, table: str, limit: int) -> Sequence[str]:
        """Ids of documents of a version before the newest, the first so many."""
        return self._ask(lambda index: index.older(table, limit))

    def database(self, *, actor: str | None = None, at: datetime | None = None) -> "StoreDatabase":
        """The store as a TinyDB database; to edit through it, `actor` and `at` sign and date the changes."""
        from svcctl.store.database import StoreDatabase

        return StoreDatabase(self, actor, at)

    def numbered(self, table: str, *where: Where) -> Iterator[tuple[int, Document]]:
        """Documents that meet all conditions, with their numbers, in that order."""
        fetch = self._reading.fetch(table, self.tables[table])
        return self._ask(lambda index: query(index, fetch, table, where))

    def numbered_document(self, table: str, number: int) -> Document | None:
        """The document of a number, None where there is none."""
        return self._reading.document(table, self.tables[table], number)

    def close(self) -> None:
        if self._index_file is not None:
            self._index_file.close()

    def _current_index(self) -> "Index":
        return self._current_index_file().current()

    def _ask(self, question: "Callable[[Index], T]") -> T:
        return self._current_index_file().ask(question)

    def _overlay(self) -> "Index":
        return self._current_index_file().overlay()

    def _current_index_file(self) -> "IndexFile":
        if self._index_file is None:
            from svcctl.store.index_file import IndexFile

            self._index_file = IndexFile(self._layout, self._journal, self.tables, self._counting)
        return self._index_file
