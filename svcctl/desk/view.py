"""Tickets as they stand at one instant: what is stored, and what the rules say of it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from svcctl.decision.flow import legal_moves
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.tables import TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.ticket.clocks import Clock, derive_clocks
from svcctl.ticket.document import from_document
from svcctl.ticket.event import Document
from svcctl.ticket.milestones import Milestones
from svcctl.ticket.model import Ticket

if TYPE_CHECKING:
    from svcctl.decision.decision import Decision


class View(Record):
    """One ticket: its document, the tickets that it is linked to, its clocks, the states that it can go to, and why
    clocks are absent."""

    document: Document
    ticket: Ticket
    linked: Mapping[str, Ticket]
    clocks: tuple[Clock, ...] = ()
    moves: tuple[str, ...] = ()
    problem: str = ""


class Standing(NamedTuple):
    """What figures are made of: a ticket, its clocks, what its flow's states mean, and its customer's tier."""

    ticket: Ticket
    clocks: tuple[Clock, ...]
    milestones: Milestones
    tier: str | None


def view_ticket(desk: ReadingDesk, id: str) -> View:
    """A ticket with what its rules say of it; broken rules do not hide the ticket.

    Raises Refusal `unknown-ticket`.
    """
    document = desk.document(id)
    ticket = from_document(Ticket, document)
    others = {link.ticket: desk.reader.get(TICKETS, link.ticket) for link in ticket.links}
    linked = {other: from_document(Ticket, found) for other, found in others.items() if found is not None}
    try:
        flow = desk.rulebook.flow(ticket.flow)
        moves = tuple(state for state, _ in legal_moves(flow, ticket.state))
        return View(document, ticket, linked, desk.clocks(ticket), moves)
    except Refusal as refusal:
        return View(document, ticket, linked, problem=refusal.message)


def standings(workspace: Workspace, now: datetime) -> Iterator[Standing]:
    """Every ticket with its clocks at `now`. Raises Refusal `rules-broken`."""
    book = workspace.rulebook
    tiers = {customer["id"]: customer.get("tier") for customer in workspace.store.find("customers")}
    calendars = {site["id"]: site.get("calendar") for site in workspace.store.find("sites")}
    for document in workspace.store.find(TICKETS):
        ticket = from_document(Ticket, document)
        milestones = book.milestones(ticket.flow)
        in_force = book.calendar(calendars.get(ticket.site or ""))
        clocks = derive_clocks(ticket, book.calendars, now, in_force, milestones)
        yield Standing(ticket, clocks, milestones, tiers.get(ticket.customer or ""))


def decide_again(desk: ReadingDesk, id: str) -> "Decision":
    """What the dispatch rules would decide about a ticket now; nothing is recorded. Raises Refusal `unknown-ticket`."""
    from svcctl.decision.dispatch import decide
    from svcctl.desk.dispatching import takers

    ticket = desk.ticket(id)
    return decide(desk.rulebook, desk.facts(ticket), takers(desk, ticket))
