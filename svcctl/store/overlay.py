"""Changes in memory over a store that stays as it is: what a rehearsal reads, and what it writes."""

import heapq
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from svcctl.store.contract import Reader, Store, TableSchema, Where
from svcctl.store.encoding import canonical, copied, encoded, expect_size
from svcctl.store.identity import id_of, number_of
from svcctl.store.query import meets, order_key
from svcctl.store.versions import as_read, as_recorded
from svcctl.ticket.event import Document, Event, fold, value_at


class _Changed:
    """A document that was changed: as it is below and as it is here, which are different."""

    __slots__ = ("before", "events", "now", "place")

    def __init__(self, before: Document | None, place: int) -> None:
        self.before = self.now = before
        self.place = place
        self.events: tuple[Event, ...] = ()


class Overlay(Reader):
    """A transaction over a store; see `svcctl.store.contract.Transaction`. No lock is held: others go on below.

    Until `keep` or `forget`, a document that was read stays as it was read, so that what is worked out from it fits.
    """

    def __init__(self, below: Store, tables: Mapping[str, TableSchema]) -> None:
        self._below = below
        self._tables = tables
        self._changed: dict[str, dict[str, _Changed]] = {table: {} for table in tables}
        self._values: dict[str, dict[str, dict[Any, set[str]]]] = {table: {} for table in tables}
        self._queues: dict[tuple[Any, ...], Sequence[str]] = {}
        self._ranks: dict[str, dict[str, int]] = {}
        self._read: dict[tuple[str, str], Document | None] | None = None
        self._undo: list[tuple[str, str, _Changed, Document | None, tuple[Event, ...]]] = []
        self._places = 0
        #: The highest number given in each table; None until one is asked for.
        self._highest: dict[str, int] | None = None
        self._highest_kept: dict[str, int] | None = None

    def begin(self) -> None:
        """From here on what is read stays as it is read."""
        self._read = {}

    def keep(self) -> None:
        """What was recorded since `begin` stays."""
        self._read = None
        self._undo.clear()
        self._highest_kept = None if self._highest is None else dict(self._highest)

    def forget(self) -> None:
        """Nothing was recorded since `begin`, and no id given."""
        self._read = None
        self._highest = None if self._highest_kept is None else dict(self._highest_kept)
        for table, id, changed, now, events in reversed(self._undo):
            changed.now, changed.events = now, events
            if not events:
                self._changed[table].pop(id, None)
        self._undo.clear()

    # ------------------------------------------------------------------ reading

    def get(self, table: str, id: str) -> Document | None:
        changed = self._changed[table].get(id)
        if changed is None:
            return self._as_below(table, id)
        return copied(self._seen(table, changed.now))  # type: ignore[no-any-return]

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        few = None if self._changed[table] else limit
        below = self._below.find(table, *where, order=order, descending=descending, limit=few)
        return self._merged(table, where, self._unchanged(table, where, below, self._places), order, descending, limit)

    def claim(
        self, table: str, *where: Where, order: str | None = None, limit: int | None = None
    ) -> Iterator[Document]:
        """What `find` gives. A queue from which some are taken at a time is looked up below once, or its length would
        count twice: what was done with stands in front there."""
        if limit is None:
            return self.find(table, *where, order=order)
        queue = table, where, order
        if queue not in self._queues:
            self._queues[queue] = [document["id"] for document in self._below.find(table, *where, order=order)]
        left = (id for id in self._queues[queue] if id not in self._changed[table])
        below = (document for id in left if (document := self._as_below(table, id)) is not None)
        return self._merged(table, where, self._unchanged(table, where, below, self._places), order, False, limit)

    def count(self, table: str, *where: Where) -> int:
        def counts(document: Document | None) -> bool:
            seen = self._seen(table, document)
            return seen is not None and all(meets(seen, one) for one in where)

        here = self._candidates(table, where)
        return self._below.count(table, *where) + sum(counts(each.now) - counts(each.before) for each in here)

    def history(self, table: str, id: str) -> Iterator[Event]:
        changed = self._changed[table].get(id)
        return chain(self._below.history(table, id), changed.events if changed else ())

    # ------------------------------------------------------------------ writing

    def next_id(self, table: str) -> str:
        prefix = self._tables[table].prefix
        if prefix is None:
            raise ValueError(f"ids of `{table}` are given by the caller")
        if self._highest is None:
            sequence = self._below.head().sequence
            last = next(iter(self._below.commits(sequence - 1)), None) if sequence else None
            self._highest = dict(last["highest"]) if last else {}
        number = self._highest[table] = self._highest.get(table, 0) + 1
        return id_of(prefix, number)

    def record(self, event: Event) -> Document:
        table, id = event.table, event.id
        changed = self._changed[table].get(id)
        if changed is None:
            self._places += 1
            changed = _Changed(self._as_below(table, id), self._places)
        document, events = changed.now, []
        for one in as_recorded(self._tables[table], document, event):
            # Read back, so that work sees lists where it gave tuples, as it would from a disk.
            events.append(Event.from_json(json.loads(canonical(one.to_json(), f"the change of `{id}`"))))
            document = fold(document, events[-1])
        assert document is not None
        expect_size(id, len(encoded(document)))
        self._undo.append((table, id, changed, changed.now, changed.events))
        changed.now, changed.events = document, (*changed.events, *events)
        self._changed[table][id] = changed
        if table in self._ranks:
            self._ranks[table].setdefault(id, len(self._ranks[table]))
        for field, known in self._values[table].items():
            _enter(known, id, changed, field)
        return copied(document)  # type: ignore[no-any-return]

    # ------------------------------------------------------------------- inside

    def _as_below(self, table: str, id: str) -> Document | None:
        if self._read is None:
            return self._below.get(table, id)
        if (table, id) not in self._read:
            self._read[table, id] = self._below.get(table, id)
        return copied(self._read[table, id])  # type: ignore[no-any-return]

    def _seen(self, table: str, document: Document | None) -> Document | None:
        return as_read(self._tables[table], document)

    def _unchanged(
        self, table: str, where: Sequence[Where], below: Iterator[Document], place: int
    ) -> Iterator[Document]:
        """Documents of below but for those changed here up to a `place`; what is changed after it, as it then is."""
        for found in below:
            id = found["id"]
            changed = self._changed[table].get(id)
            if changed is not None and changed.place <= place:
                continue
            if self._read is not None:
                self._read.setdefault((table, id), found)
            document = self.get(table, id) if changed is not None or self._read is not None else found
            if document is not None and all(meets(document, one) for one in where):
                yield document

    def _merged(
        self,
        table: str,
        where: Sequence[Where],
        below: Iterator[Document],
        order: str | None,
        descending: bool,
        limit: int | None,
    ) -> Iterator[Document]:
        found = (self._seen(table, each.now) for each in self._candidates(table, where))
        here = [document for document in found if document and all(meets(document, one) for one in where)]
        if not here:
            return islice(below, limit)

        def key(document: Document) -> tuple[Any, int]:
            return order_key(document, order) if order else (), self._rank(table, document["id"])

        here.sort(key=key, reverse=descending)
        merged = heapq.merge(below, map(copied, here), key=key, reverse=descending)
        return islice(merged, limit)

    def _candidates(self, table: str, where: Sequence[Where]) -> Collection[_Changed]:
        """The changed documents among which those are that meet the conditions, here or below."""
        changed = self._changed[table]
        for one in where:
            if one.op == "==" and isinstance(one.value, str | int | float):
                known = self._values[table].get(one.field)
                if known is None:
                    known = self._values[table][one.field] = {}
                    for id, each in changed.items():
                        _enter(known, id, each, one.field)
                return [changed[id] for id in known.get(one.value, ()) if id in changed]
        return changed.values()

    def _rank(self, table: str, id: str) -> int:
        """The place of a document in the order of creation."""
        prefix = self._tables[table].prefix
        if prefix is not None:
            return number_of(prefix, id) or 0
        if table not in self._ranks:
            ranks = self._ranks[table] = {}
            for known in chain((document["id"] for document in self._below.find(table)), self._changed[table]):
                ranks.setdefault(known, len(ranks))
        return self._ranks[table].get(id, len(self._ranks[table]))


def _enter(known: dict[Any, set[str]], id: str, changed: _Changed, field: str) -> None:
    """Let a document be found by the values of a field that it had and has; what it had in between does no harm."""
    for document in (changed.before, changed.now):
        value = value_at(document, field)
        if isinstance(value, str | int | float):
            known.setdefault(value, set()).add(id)
