"""A store in memory that keeps the whole contract but durability: for rule tests, plans and tests of svcctl.

Its commits are the same lines as the journal's, so what reads commits cannot tell the two apart.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from threading import Lock
from typing import Any, TypeVar

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Damage, Head, Progress, Store, TableSchema, Transaction
from svcctl.store.encoding import canonical, copied, encoded, expect_size
from svcctl.store.line import START, broken_link, digest_of, ends_before, not_kept, reseal, seal, unseal
from svcctl.store.scanning import Scanning
from svcctl.store.versions import as_recorded
from svcctl.ticket.event import Document, Event, FoldError, fold, fold_all

T = TypeVar("T")


class MemoryStore(Scanning, Store):
    """The tables of a schema, empty at first. `lock_timeout` is in seconds; threads may share the store."""

    def __init__(self, tables: Mapping[str, TableSchema], *, lock_timeout: float = 10.0) -> None:
        self._tables = tables
        self._lock = Lock()
        self._lock_timeout = lock_timeout
        self._documents_of: dict[str, dict[str, Document]] = {table: {} for table in tables}
        self._events_of: dict[tuple[str, str], tuple[Event, ...]] = {}
        self._highest: dict[str, int] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._lines: list[bytes] = []
        self._head = START
        self._results: dict[str, tuple[str, bytes]] = {}

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
        if not self._lock.acquire(timeout=self._lock_timeout):
            raise Refusal("store-busy", f"the store was not free within {self._lock_timeout:g} s", help="try again")
        try:
            digest = digest_of(arguments)
            if key is not None and key in self._results:
                used_with, result = self._results[key]
                if used_with != digest:
                    raise Refusal(
                        "key-reused",
                        f"the idempotency key `{key}` was used before with other arguments",
                        help="take a new key for a new request",
                    )
                first: T = json.loads(result)
                return first
            transaction = _MemoryTransaction(self)
            outcome = work(transaction)
            if transaction.lines and not dry_run:
                kept = None if key is None else (key, digest, canonical(outcome, "the result"))
                self._commit(transaction, at, actor, kept)
            return outcome
        finally:
            self._lock.release()

    def head(self) -> Head:
        return self._head

    def load(self, commits: Iterable[Mapping[str, Any]]) -> Head:
        if self._lines:
            raise Refusal("already-exists", "the store has commits already", help="load into an empty one")
        fresh = MemoryStore(self._tables)
        for line in commits:
            fresh._take(*reseal(line, fresh._head), line)
        self.__dict__.update({name: value for name, value in fresh.__dict__.items() if name != "_lock"})
        return self._head

    def _take(self, raw: bytes, head: Head, line: Mapping[str, Any]) -> None:
        transaction = _MemoryTransaction(self)
        transaction.highest = dict(line["highest"])
        for each in line["events"]:
            event = Event.from_json(each)
            place = event.table, event.id
            transaction.numbers[place] = each["number"]
            transaction.changed[place] = fold(transaction._document(*place), event)
            transaction.added.setdefault(place, []).append(event)
        kept = (line["key"], line["arguments"], canonical(line["result"], "the result")) if "key" in line else None
        self._keep(transaction, raw, head, kept)

    def verify(
        self, *, deep: bool = False, kept: Head | None = None, progress: Progress | None = None
    ) -> Iterator[Damage]:
        head = START
        histories: dict[tuple[str, str], list[Event]] = {}
        for number, raw in enumerate(self._lines, 1):
            try:
                line = unseal(raw)
            except ValueError as error:
                yield Damage(f"commit {number}", str(error))
                return
            broken = broken_link(line, head)
            if broken:
                yield Damage(f"commit {number}", broken)
                return
            head = Head(line["sequence"], line["hash"])
            if kept is not None and kept.sequence == head.sequence and kept != head:
                yield Damage(f"commit {number}", not_kept(kept))
            for event in line["events"]:
                histories.setdefault((event["table"], event["id"]), []).append(Event.from_json(event))
        if kept is not None and kept.sequence > head.sequence:
            yield Damage(f"commit {head.sequence}", ends_before(head, kept))
        if progress is not None:
            progress(head.sequence)
        if deep:
            for (table, id), events in histories.items():
                try:
                    same = fold_all(events) == self._document(table, id)
                except FoldError as error:
                    yield Damage(f"{table} {id}", str(error))
                else:
                    if not same:
                        yield Damage(f"{table} {id}", "the document is not what its events make")

    def commits(self, after: int = 0) -> Iterator[Mapping[str, Any]]:
        return (json.loads(raw) for raw in tuple(self._lines[after:]))

    def _schema(self, table: str) -> TableSchema:
        return self._tables[table]

    def _document(self, table: str, id: str) -> Document | None:
        return self._documents_of[table].get(id)

    def _documents(self, table: str) -> Iterable[Document]:
        return tuple(self._documents_of[table].values())

    def _events(self, table: str, id: str) -> Sequence[Event]:
        return self._events_of.get((table, id), ())

    def _commit(
        self, transaction: "_MemoryTransaction", at: datetime, actor: str, kept: tuple[str, str, bytes] | None
    ) -> None:
        line, head = seal(
            self._head, at=at, actor=actor, events=transaction.lines, highest=transaction.highest, key=kept
        )
        for document in transaction.changed.values():
            expect_size(document["id"], len(encoded(document)))
        self._keep(transaction, line, head, kept)

    def _keep(
        self, transaction: "_MemoryTransaction", line: bytes, head: Head, kept: tuple[str, str, bytes] | None
    ) -> None:
        self._lines.append(line)
        self._head, self._highest, self._numbers = head, transaction.highest, transaction.numbers
        for (table, id), document in transaction.changed.items():
            self._documents_of[table][id] = document
            self._events_of[table, id] = (*self._events(table, id), *transaction.added[table, id])
        if kept is not None:
            self._results[kept[0]] = kept[1:]


class _MemoryTransaction(Scanning):
    """What a piece of work has changed so far, laid over the store."""

    #: Transactions come one after another: nothing is claimed elsewhere.
    claim = Scanning.find

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.highest = dict(store._highest)
        self.numbers = dict(store._numbers)
        self.lines: list[bytes] = []
        self.changed: dict[tuple[str, str], Document] = {}
        self.added: dict[tuple[str, str], list[Event]] = {}

    def next_id(self, table: str) -> str:
        prefix = self._store._tables[table].prefix
        if prefix is None:
            raise ValueError(f"ids of `{table}` are given by the caller")
        number = self.highest[table] = self.highest.get(table, 0) + 1
        id = f"{prefix}-{number:06d}"
        self.numbers[table, id] = number
        return id

    def record(self, event: Event) -> Document:
        place = event.table, event.id
        if place not in self.numbers:
            if self._store._tables[event.table].prefix is not None:
                raise ValueError(f"{event.table} {event.id}: the id was not given by the store")
            self.numbers[place] = self.highest[event.table] = self.highest.get(event.table, 0) + 1
        document = self._document(*place)
        lines, events = [], []
        for one in as_recorded(self._schema(event.table), document, event):
            lines.append(canonical({**one.to_json(), "number": self.numbers[place]}, f"{event.table} {event.id}"))
            # Read back, so that work sees lists where it gave tuples, as it would from a disk.
            events.append(Event.from_json(json.loads(lines[-1])))
            document = fold(document, events[-1])
        assert document is not None
        self.lines += lines
        self.changed[place] = document
        self.added.setdefault(place, []).extend(events)
        return copied(document)  # type: ignore[no-any-return]

    def _schema(self, table: str) -> TableSchema:
        return self._store._tables[table]

    def _document(self, table: str, id: str) -> Document | None:
        return self.changed.get((table, id)) or self._store._document(table, id)

    def _documents(self, table: str) -> Iterable[Document]:
        here = {id: document for (of, id), document in self.changed.items() if of == table}
        return tuple({**self._store._documents_of[table], **here}.values())

    def _events(self, table: str, id: str) -> Sequence[Event]:
        return (*self._store._events(table, id), *self.added.get((table, id), ()))
