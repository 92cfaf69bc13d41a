"""The desk as one looks at it: tickets at one instant, with all that they speak of."""

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from svcctl.decision.book import Book
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook
from svcctl.desk.kinds import KINDS
from svcctl.desk.people import Load, People
from svcctl.desk.tables import POLICIES, TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Reader
from svcctl.ticket.clocks import Clock, derive_clocks
from svcctl.ticket.document import from_document
from svcctl.ticket.event import Document
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Engineer, Team

if TYPE_CHECKING:  # needed only where rules are asked about a ticket
    from svcctl.facts.case import Case
    from svcctl.facts.facts import Facts

#: The record of a table by its id; None where there is none.
Lookup = Callable[[str, str | None], Any]


class ReadingDesk:
    """Reads tickets at one instant, from a store or from within a transaction."""

    def __init__(self, workspace: Workspace, reader: Reader, now: datetime) -> None:
        self.workspace = workspace
        self.reader = reader
        self.now = now
        self._load = Load(reader)

    @property
    def rulebook(self) -> Rulebook:
        return self.workspace.rulebook

    def document(self, id: str) -> Document:
        """The ticket as stored. Raises Refusal `unknown-ticket`."""
        document = self.reader.get(TICKETS, id)
        if document is None:
            raise Refusal("unknown-ticket", f"there is no ticket `{id}`", help="`svcctl ticket list` shows them")
        return document

    def ticket(self, id: str) -> Ticket:
        return from_document(Ticket, self.document(id))

    def case(self, ticket: Ticket) -> "Case":
        """The ticket with the people and things that it speaks of."""
        currency = self.workspace.settings["workspace.currency"]
        return case_of(ticket, self.now, self.known, self.roster, self.rulebook, currency)

    def book(self, ticket: Ticket) -> Book:
        """The rules by which a ticket is judged: the escalations that run for it are as they were when they began."""
        return self.rulebook.policies.book_of(ticket.policies, self._snapshot)

    def _snapshot(self, digest: str) -> Document | None:
        kept = self.reader.get(POLICIES, digest)
        return None if kept is None else kept["block"]

    def facts(self, ticket: Ticket) -> "Facts":
        from svcctl.facts.facts import collect_facts

        return collect_facts(self.case(ticket))

    def clocks(self, ticket: Ticket) -> tuple[Clock, ...]:
        site, book = self.known("sites", ticket.site), self.rulebook
        calendar = book.calendar(site.calendar if site else None)
        return derive_clocks(ticket, book.calendars, self.now, calendar, book.milestones(ticket.flow))

    def clocks_of(self, case: "Case") -> tuple[Clock, ...]:
        return derive_clocks(case.ticket, case.calendars, self.now, case.calendar, case.milestones)

    @cached_property
    def roster(self) -> Roster:
        """Everyone there is; `load` follows the changes made at this desk."""
        return Roster(People(self.reader, "engineers", Engineer), People(self.reader, "teams", Team), self._load)

    def known(self, table: str, id: str | None) -> Any:
        """The record of an id, None where there is none."""
        document = self.reader.get(table, id) if id else None
        return from_document(KINDS[table], document) if document else None


def case_of(ticket: Ticket, now: datetime, known: Lookup, roster: Roster, book: Rulebook, currency: str) -> "Case":
    """A ticket at an instant with the people and things that it speaks of, as a rulebook sees it."""
    from svcctl.facts.case import Case

    site = known("sites", ticket.site)
    return Case(
        ticket,
        now,
        customer=known("customers", ticket.customer),
        site=site,
        asset=known("assets", ticket.asset),
        assignee=roster.engineers.get(ticket.assignee or ""),
        team=roster.teams.get(ticket.team or ""),
        form=book.form(ticket.type),
        calendar=book.calendar(site.calendar if site else None),
        calendars=book.calendars,
        currency=currency,
        milestones=book.milestones(ticket.flow),
    )


def reading_desk(workspace: Workspace, now: datetime) -> ReadingDesk:
    """A desk to look from at what is stored."""
    return ReadingDesk(workspace, workspace.store, now)
