"""What is promised for a ticket: since when and by what, how each clock stands, and asking anew."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from svcctl.clock.arithmetic import is_projected
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.tables import TICKETS
from svcctl.foundation.errors import Refusal, filled
from svcctl.foundation.record import Record
from svcctl.ticket.clocks import Clock
from svcctl.ticket.event import Event
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import Ticket
from svcctl.ticket.segments import Segment, segments_of

if TYPE_CHECKING:  # to show a ticket takes no desk that changes it
    from svcctl.desk.desk import Desk

#: The event by which somebody asks anew what is promised.
REPROMISED = "repromised"


class ClockSheet(Record):
    """One clock with all that led to how it stands: its segments, the event that pinned its target (none for the limit
    of a stay), and the years on the way to its due time whose holidays no official notice fixes."""

    clock: Clock
    segments: tuple[Segment, ...]
    pinned: Event | None
    projected: tuple[int, ...]


def clock_sheets(desk: ReadingDesk, id: str) -> tuple[ClockSheet, ...]:
    """The clocks of a ticket, each with what led to it. Raises Refusal `unknown-ticket`, `rules-broken`."""
    ticket = desk.ticket(id)
    events = tuple(desk.reader.history(TICKETS, id))
    return tuple(
        ClockSheet(clock, segments_of(ticket, clock, desk.now), pinned_by(events, clock.kind), projected_years(clock))
        for clock in desk.clocks(ticket)
    )


def projected_years(clock: Clock) -> tuple[int, ...]:
    """The years on the way to a clock's due time whose holidays no official notice fixes."""
    if clock.line is None or clock.due is None:
        return ()
    return is_projected(clock.line, clock.started, clock.due)


def pinned_by(events: Iterable[Event], kind: str) -> Event | None:
    """The event since which the target of a kind is as it is now; None where there is none."""
    found = None
    for event in events:
        before, after = event.set.get("targets", (None, None))
        if _target(before, kind) != _target(after, kind):
            found = event
    return found


def _target(targets: Any, kind: str) -> Any:
    return next((target for target in targets or () if target["kind"] == kind), None)


def repromise(desk: "Desk", id: str, reason: str) -> Ticket:
    """Ask the service levels as they are now what they promise for a ticket, and pin that, with the reason.

    Every clock keeps its start and its pauses. Raises Refusal `illegal-move` where nothing is left to do, and where
    what is promised is told by the system that the ticket came from; `bad-argument` without a reason.
    """
    ticket = desk.ticket(id)
    reason = filled("reason", reason, "say with --reason why the promises change")
    if not is_open(ticket, desk.rulebook.milestones(ticket.flow)):
        raise Refusal("illegal-move", f"{id} is `{ticket.state}`, so nothing can be promised for it any more")
    told = next((target for target in ticket.targets if not target.within), None)
    if told is not None:
        raise Refusal("illegal-move", f"what is promised for {id} was promised by `{told.sla}`, not by these rules")
    return desk.change(id, REPROMISED, why={"reason": reason})
