"""A store as it was: every document folded up to its first event after an instant."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import Any, NoReturn

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Damage, Document, Head, Progress, Store, TableSchema, Transaction
from svcctl.store.scanning import Scanning
from svcctl.ticket.event import Event, fold, fold_all


class PastStore(Scanning, Store):
    """What `store` held at `until`. One document is folded from its own history; the first question about many folds
    all of them, in memory. Nothing can be written: the past is as it is.

    Events are taken in the order in which they were recorded: what was recorded after a later one came later.
    """

    def __init__(self, store: Store, tables: Mapping[str, TableSchema], until: datetime) -> None:
        self._store = store
        self._tables = tables
        self._until = until

    def _schema(self, table: str) -> TableSchema:
        return self._tables[table]

    def _events(self, table: str, id: str) -> Sequence[Event]:
        return tuple(takewhile(lambda event: event.at <= self._until, self._store.history(table, id)))

    def _document(self, table: str, id: str) -> Document | None:
        return fold_all(self._events(table, id))

    def _documents(self, table: str) -> Iterable[Document]:
        return self._all.get(table, {}).values()

    @cached_property
    def _all(self) -> Mapping[str, Mapping[str, Document]]:
        found: dict[str, dict[str, Document]] = {}
        ended: set[tuple[str, str]] = set()
        for line in self._store.commits():
            for each in line["events"]:
                event = Event.from_json(each)
                place = event.table, event.id
                if event.at > self._until:
                    ended.add(place)
                elif place not in ended:
                    documents = found.setdefault(event.table, {})
                    documents[event.id] = fold(documents.get(event.id), event)
        return found

    def write(self, work: Callable[[Transaction], Any], **options: Any) -> NoReturn:
        raise Refusal("bad-argument", "the past cannot be changed", help="leave out `--as-of`")

    def load(self, commits: Iterable[Mapping[str, Any]]) -> NoReturn:
        self.write(lambda transaction: None)

    def head(self) -> Head:
        return self._store.head()

    def verify(
        self, *, deep: bool = False, kept: Head | None = None, progress: Progress | None = None
    ) -> Iterator[Damage]:
        return self._store.verify(deep=deep, kept=kept, progress=progress)

    def commits(self, after: int = 0) -> Iterator[Mapping[str, Any]]:
        return self._store.commits(after)
