"""A clock cut into the stretches of which it is made: which ran, which stood still, and in which state."""

from datetime import datetime
from itertools import pairwise
from typing import Literal

from svcctl.clock.arithmetic import between
from svcctl.foundation.record import Record
from svcctl.ticket.clocks import Clock, Pause
from svcctl.ticket.model import Ticket


class Segment(Record):
    """Part of a clock, for which the ticket stayed in `state`; `seconds` are those of the clock's own time.

    `running` counts. `paused` does not, nor does `reopened`: the time from the end of the work until it was taken up
    again, which is reported apart.
    """

    kind: Literal["running", "paused", "reopened"]
    state: str
    start: datetime
    end: datetime
    seconds: int


def segments_of(ticket: Ticket, clock: Clock, now: datetime) -> tuple[Segment, ...]:
    """The segments of a clock of a ticket, from its start to its stop or now, in order and without gaps."""
    end = clock.stopped_at or now
    edges = {clock.started, end, *(entry.at for entry in ticket.states), *(at for gap in clock.gaps for at in gap)}
    inside = sorted(edge for edge in edges if clock.started <= edge <= end)
    found: list[Segment] = []
    for start, stop in pairwise(inside):
        kind: Literal["running", "paused", "reopened"] = "running"
        if _covered(start, clock.reopened):
            kind = "reopened"
        elif _covered(start, clock.pauses):
            kind = "paused"
        state = _state_at(ticket, start)
        if found and (found[-1].kind, found[-1].state) == (kind, state):
            start = found.pop().start
        found.append(Segment(kind, state, start, stop, between(clock.line, start, stop)))
    return tuple(found)


def _covered(at: datetime, pauses: tuple[Pause, ...]) -> bool:
    return any(start <= at < end for start, end in pauses)


def _state_at(ticket: Ticket, at: datetime) -> str:
    """The state that the ticket was in from an instant on."""
    return next((entry.state for entry in reversed(ticket.states) if entry.at <= at), ticket.state)
