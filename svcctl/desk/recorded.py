"""The recorded history, walked from its first event: what everything was at each of them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook
from svcctl.desk.kinds import KINDS
from svcctl.desk.reading_desk import case_of
from svcctl.desk.tables import TABLES, TICKETS
from svcctl.facts.case import Case
from svcctl.foundation.record import Record
from svcctl.store.contract import Store
from svcctl.store.versions import as_read
from svcctl.ticket.document import from_document
from svcctl.ticket.event import Document, Event, fold
from svcctl.ticket.model import Ticket

#: Products are asked for by care alone, which is not decided again.
_KINDS = {table: kind for table, kind in KINDS.items() if table != "products"}
_PEOPLE = ("engineers", "teams")


class Step(NamedTuple):
    """One event, with the document before it (None where it makes it) and after it (None where it removes it)."""

    event: Event
    before: Document | None
    after: Document | None


class World:
    """Every document as it was at one point of the history, as records."""

    def __init__(self) -> None:
        self.documents: dict[str, dict[str, Document]] = {table: {} for table in _KINDS}
        self.load: dict[str, int] = {}
        self._records: dict[tuple[str, str], Record | None] = {}

    def steps(self, store: Store, told: Callable[[int], None]) -> Iterator[Step]:
        """Each event that concerns tickets or what they speak of, in the order in which they were recorded. While a
        step is looked at, this world is as it was before it. `told` is told each commit that is done."""
        for number, line in enumerate(store.commits(), 1):
            for each in line["events"]:
                if each["table"] in _KINDS:
                    event = Event.from_json(each)
                    stored = self.documents[event.table].get(event.id)
                    folded = fold(stored, event)
                    schema = TABLES[event.table]
                    before, after = as_read(schema, stored), as_read(schema, folded)
                    yield Step(event, before, after)
                    self._become(event, before, folded, after)
            told(number)

    def _become(self, event: Event, before: Document | None, folded: Document, after: Document | None) -> None:
        self.documents[event.table][event.id] = folded
        self._records.pop((event.table, event.id), None)
        if event.table in _PEOPLE:
            self.__dict__.pop("roster", None)
        elif event.table == TICKETS:
            for document, change in ((before, -1), (after, 1)):
                if document and document.get("open") and document.get("assignee"):
                    assignee = document["assignee"]
                    self.load[assignee] = self.load.get(assignee, 0) + change

    def known(self, table: str, id: str | None) -> Any:
        """The record of an id; None where there is none."""
        if not id:
            return None
        key = table, id
        if key not in self._records:
            document = as_read(TABLES[table], self.documents[table].get(id))
            self._records[key] = None if document is None else from_document(_KINDS[table], document)
        return self._records[key]

    @cached_property
    def roster(self) -> Roster:
        """Everyone there is; its `load` is always that of now."""
        engineers = {id: found for id in self.documents["engineers"] if (found := self.known("engineers", id))}
        teams = {id: found for id in self.documents["teams"] if (found := self.known("teams", id))}
        return Roster(engineers, teams, self.load)

    def case(self, book: Rulebook, ticket: Ticket, now: datetime, currency: str) -> Case:
        """A ticket with the people and things that it spoke of, as a rulebook sees it."""
        return case_of(ticket, now, self.known, self.roster, book, currency)
