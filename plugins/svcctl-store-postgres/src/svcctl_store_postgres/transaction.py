"""A write in progress: changes in memory over what is committed, and a note of everything that was read.

No lock is held while the work runs, but on what it claims. Before it is committed, the writer asks for what is current:
where somebody has changed since what was read here, the work is done again.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain, islice

from svcctl.plugin_api import (
    Document,
    Event,
    Record,
    Where,
    as_read,
    as_recorded,
    canonical,
    copied,
    fold,
    id_of,
    meets,
    order_key,
)
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.reading import Reading, Row
from svcctl_store_postgres.values import loads

Place = tuple[str, str]


class OutdatedError(Exception):
    """Others have changed what this work had read: the documents at `places`, as far as that is known."""

    def __init__(self, places: Collection[Place] = ()) -> None:
        self.places = places


class _Found(Record):
    """A question that was asked, and its answer."""

    table: str
    where: tuple[Where, ...]
    rows: tuple[Row, ...]


class _Counted(Record):
    table: str
    where: tuple[Where, ...]
    without: tuple[int, ...]
    number: int


class PostgresTransaction:
    """See `svcctl.plugin_api.Transaction`. `number` gives fresh numbers of a table; `lock` begins the transaction in
    which claims are held, or is None where nothing is to be kept."""

    def __init__(self, reading: Reading, number: Callable[[str], int], lock: Callable[[], None] | None) -> None:
        self._reading = reading
        self._number = number
        self._lock = lock
        #: The commit up to which everything that was read here is known to hold; None before anything was.
        self._seen: int | None = None
        self._outdated: set[Place] = set()
        self._read: dict[Place, Row | None] = {}
        self._found: dict[str, _Found] = {}
        self._counted: dict[str, _Counted] = {}
        self._given: dict[Place, int] = {}
        self._added: dict[Place, list[Event]] = {}
        self.changed: dict[Place, Row] = {}
        self.events: list[tuple[Place, bytes]] = []

    # ------------------------------------------------------------------ reading

    def get(self, table: str, id: str) -> Document | None:
        row = self.changed.get((table, id)) or self._stored(table, id)
        found = None if row is None else as_read(self._reading.schema(table), row[1])
        return None if found is None else copied(found)

    def find(
        self,
        table: str,
        *where: Where,
        order: str | None = None,
        descending: bool = False,
        limit: int | None = None,
    ) -> Iterator[Document]:
        own = self._own(table)
        # As many more as may turn out to be changed here.
        most = None if limit is None else limit + len(own)
        question = repr((table, where, order, descending, most))
        if question not in self._found:
            self._begin()
            rows = tuple(self._reading.rows(table, where, order, descending, most))
            self._found[question] = _Found(table, where, rows)
        return self._laid_over(table, self._found[question].rows, where, order, descending, limit)

    def claim(
        self, table: str, *where: Where, order: str | None = None, limit: int | None = None
    ) -> Iterator[Document]:
        if self._lock is None:
            return self.find(table, *where, order=order, limit=limit)
        self._begin()
        self._lock()
        most = None if limit is None else limit + len(self._own(table))
        rows = tuple(self._reading.rows(table, where, order, False, most, locking=True))
        if self._reading.schema(table).version == 1:
            self._read.update(((table, document["id"]), (number, document)) for number, document in rows)
        return self._laid_over(table, rows, where, order, False, limit)

    def count(self, table: str, *where: Where) -> int:
        own = self._own(table)
        without = tuple(number for number, _ in own.values())
        question = repr((table, where, without))
        if question not in self._counted:
            self._begin()
            number = self._reading.count(table, where, without=without)
            self._counted[question] = _Counted(table, where, without, number)
        return self._counted[question].number + sum(1 for _ in self._own_meeting(table, where))

    def history(self, table: str, id: str) -> Iterator[Event]:
        self._stored(table, id)
        return chain(self._reading.history(table, id), self._added.get((table, id), ()))

    def _stored(self, table: str, id: str) -> Row | None:
        place = table, id
        if place not in self._read:
            self._begin()
            self._read[place] = self._reading.stored(table, id)
        return self._read[place]

    def _begin(self) -> None:
        if self._seen is None:
            self._seen = self._reading.head().sequence

    def _own(self, table: str) -> dict[str, Row]:
        return {id: row for (of, id), row in self.changed.items() if of == table}

    def _own_meeting(self, table: str, where: Sequence[Where]) -> Iterator[Row]:
        schema = self._reading.schema(table)
        for number, kept in self._own(table).values():
            document = as_read(schema, kept)
            if document is not None and all(meets(document, one) for one in where):
                yield number, document

    def _laid_over(
        self,
        table: str,
        rows: Sequence[Row],
        where: Sequence[Where],
        order: str | None,
        descending: bool,
        limit: int | None,
    ) -> Iterator[Document]:
        """What is committed, with what was changed here in its place."""
        own = self._own(table)
        if own:
            together = [row for row in rows if row[1]["id"] not in own] + list(self._own_meeting(table, where))
            together.sort(
                key=lambda row: (order_key(row[1], order) if order else (), row[0]),
                reverse=descending,
            )
            rows = together
        return iter([copied(document) for _, document in islice(rows, limit)])

    # ----------------------------------------------------------------- changing

    def next_id(self, table: str) -> str:
        prefix = self._reading.schema(table).prefix
        if prefix is None:
            raise ValueError(f"the callers of `{table}` give its ids")
        number = self._number(table)
        id = id_of(prefix, number)
        self._given[table, id] = number
        self._read[table, id] = None
        return id

    def record(self, event: Event) -> Document:
        place = event.table, event.id
        schema = self._reading.schema(event.table)
        known = self.changed.get(place) or self._stored(*place)
        if known is not None:
            number, document = known[0], known[1]
        elif place in self._given:
            number, document = self._given[place], None
        elif schema.prefix is not None:
            raise ValueError(f"{event.table} {event.id}: the id was not given by the store")
        else:
            number, document = self._number(event.table), None
        lines, events = [], []
        for one in as_recorded(schema, document, event):
            lines.append(canonical(one.to_json() | {"number": number}, f"the change of `{event.id}`"))
            events.append(Event.from_json(loads(lines[-1])))
            document = fold(document, events[-1])
        assert document is not None
        self.events += [(place, line) for line in lines]
        self.changed[place] = number, document
        self._added.setdefault(place, []).extend(events)
        copy: Document = copied(document)
        return copy

    # --------------------------------------------------------------- committing

    def before(self, place: Place) -> Row | None:
        """The document of a changed place as it is committed, None for a new one."""
        return self._read[place]

    @property
    def contended(self) -> Collection[Place]:
        """Documents that were too late to be changed here, or to be relied on."""
        return self._outdated | {place for place in self.changed if self._read[place] is not None}

    def expect_current(self, last: int) -> None:
        """Raises OutdatedError where an answer that was given here would be another at `last`, the newest commit."""
        if self._seen is None or self._seen == last:
            return
        if not self._still_holds(self._reading.changed(self._seen)):
            raise OutdatedError(self.contended)
        self._seen = last

    def _still_holds(self, touched: Collection[tuple[str, bytes]]) -> bool:
        """Whether every answer would be the same, now that others have changed the documents `touched`."""
        self._outdated = {(table, id) for table, id in self._read if (table, text_key(id)) in touched}
        if self._outdated:
            return False
        by_table: dict[str, set[bytes]] = {}
        for table, id in touched:
            by_table.setdefault(table, set()).add(id)
        for found in self._found.values():
            ids = by_table.get(found.table)
            if ids and not ids.isdisjoint(text_key(row[1]["id"]) for row in found.rows):
                return False
            if ids and self._reading.any_of(found.table, sorted(ids), found.where):
                return False
        return all(
            counted.number == self._reading.count(counted.table, counted.where, without=counted.without)
            for counted in self._counted.values()
            if counted.table in by_table
        )
