"""What the states of a flow mean: which stop a clock, which end the work; and what the log of states says then."""

from datetime import datetime
from itertools import pairwise
from typing import Literal

from svcctl.foundation.quantity import Duration
from svcctl.foundation.record import Record
from svcctl.ticket.model import Ticket

ClockKind = Literal["respond", "arrive", "resolve", "update", "limit"]


class Milestones(Record):
    """The states at which each milestone is reached, by their names in the flow.

    A later milestone implies the earlier ones: whoever is on site has responded. `cancel` stops every clock, but what
    it stops counts neither as resolved nor, when taken up again, as reopened. `limits` say how long a ticket may stay
    in a state.
    """

    respond: tuple[str, ...] = ("accepted", "en_route")
    arrive: tuple[str, ...] = ("on_site", "in_progress")
    resolve: tuple[str, ...] = ("resolved", "verified")
    close: tuple[str, ...] = ("closed",)
    cancel: tuple[str, ...] = ("cancelled",)
    limits: tuple[tuple[str, Duration], ...] = ()

    @property
    def resolved(self) -> tuple[str, ...]:
        """The states in which the work is done."""
        return (*self.resolve, *self.close)

    @property
    def done(self) -> tuple[str, ...]:
        """The states in which nothing is left to do: resolved, closed or cancelled."""
        return (*self.resolved, *self.cancel)

    def is_open(self, state: str) -> bool:
        """Whether work is left to do in a state: it is neither resolved, closed nor cancelled."""
        return state not in self.done

    def stops(self, kind: ClockKind) -> tuple[str, ...]:
        """The states whose entry stops the clock of this kind."""
        match kind:
            case "respond":
                return (*self.respond, *self.arrive, *self.done)
            case "arrive":
                return (*self.arrive, *self.done)
            case "resolve" | "update":
                return self.done
            case "limit":
                return ()


STANDARD = Milestones()


def is_open(ticket: Ticket, milestones: Milestones = STANDARD) -> bool:
    """Whether work is left to do: it is neither resolved, closed nor cancelled."""
    return milestones.is_open(ticket.state)


def responded_at(ticket: Ticket, milestones: Milestones = STANDARD) -> datetime | None:
    """When somebody first answered: a public comment that is not the customer's, or a state that implies it."""
    taken = _first_entry(ticket, milestones.stops("respond"))
    replies = (comment.at for comment in ticket.comments if comment.public and not comment.by_customer)
    return min((at for at in (taken, next(replies, None)) if at is not None), default=None)


def arrived_at(ticket: Ticket, milestones: Milestones = STANDARD) -> datetime | None:
    """When somebody was first on site, or the work was done without."""
    return _first_entry(ticket, milestones.stops("arrive"))


def resolved_at(ticket: Ticket, milestones: Milestones = STANDARD) -> datetime | None:
    """When the work was last done; None where it never was, or was taken up again since."""
    return _last_entry(ticket, milestones.resolved)


def done_at(ticket: Ticket, milestones: Milestones = STANDARD) -> datetime | None:
    """Since when nothing is left to do: resolved, closed or cancelled; None where there is."""
    return _last_entry(ticket, milestones.done)


def closed_at(ticket: Ticket, milestones: Milestones = STANDARD) -> datetime | None:
    """When it was closed or cancelled; None where it is not."""
    return _last_entry(ticket, (*milestones.close, *milestones.cancel))


def done_intervals(ticket: Ticket, milestones: Milestones = STANDARD) -> tuple[tuple[datetime, datetime], ...]:
    """From and to of each time for which nothing was left to do, until it was taken up again."""
    return intervals_in(ticket, milestones.done)


def reopens(ticket: Ticket, milestones: Milestones = STANDARD) -> int:
    """How often it was taken up again after being resolved or closed."""
    resolved, done = milestones.resolved, milestones.done
    return sum(before.state in resolved and after.state not in done for before, after in pairwise(ticket.states))


def intervals_in(
    ticket: Ticket, states: tuple[str, ...], until: datetime | None = None
) -> tuple[tuple[datetime, datetime], ...]:
    """From and to of each stay in any of `states`, neighbouring ones joined.

    A stay that goes on ends at `until`, or is left out where that is None.
    """
    found: list[tuple[datetime, datetime]] = []
    begun = None
    for entry in ticket.states:
        if entry.state in states:
            begun = begun or entry.at
        elif begun is not None:
            found.append((begun, entry.at))
            begun = None
    if begun is not None and until is not None and begun < until:
        found.append((begun, until))
    return tuple(found)


def _first_entry(ticket: Ticket, states: tuple[str, ...]) -> datetime | None:
    return next((entry.at for entry in ticket.states if entry.state in states), None)


def _last_entry(ticket: Ticket, states: tuple[str, ...]) -> datetime | None:
    at = None
    for entry in ticket.states:
        at = (at or entry.at) if entry.state in states else None
    return at
