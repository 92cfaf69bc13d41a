"""SLA clocks: how much of each promised time is used, and when it will be up.

Derived from the ticket's log of states and its pinned targets whenever they are asked for: there is no counter that
could drift. A clock runs from the report on. Staying in a pausing state stops it, but never that of the first
response; so does the time for which nothing was left to do, until the ticket was taken up again. When priority or
service level change, the targets are pinned anew and the clock runs from its original start with every pause.

Two clocks begin again and again: `update` with the oldest message of the customer's that nobody has answered, and
`limit` with each stay in a state for which the flow says how long it may be.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from svcctl.clock.arithmetic import between, due, subtract
from svcctl.clock.calendar import Calendar
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business, Duration, Elapsed, parse_duration
from svcctl.foundation.record import Record, spot
from svcctl.ticket.milestones import (
    STANDARD,
    ClockKind,
    Milestones,
    arrived_at,
    done_at,
    done_intervals,
    intervals_in,
    responded_at,
)
from svcctl.ticket.model import PinnedTarget, Ticket
from svcctl.ticket.waiting import waits

KINDS: tuple[ClockKind, ...] = ("respond", "arrive", "resolve", "update", "limit")

Pause = tuple[datetime, datetime]


class Clock(Record):
    """One promised time as it stands at one instant.

    `sla` is the service level that promised it, or the flow that limits the stay in `state`. `pauses` are the stays in
    pausing states, `reopened` the times from being done until taken up again; the one that goes on ends at that
    instant, and began at `paused_since`. `stopped_at` is when the milestone was reached. `remaining` is what is left
    in seconds of the clock's own time (open time for business durations), negative when it is over, and `used` the
    share of the whole (1 is all of it): both at the stop, if it stopped. A clock that stops at its due instant is in
    time; one that still runs then is `breached`.

    A promise made in another system has no `within` here: it is due at the instant promised there, and `breached` is
    that system's verdict where it came with one. Where only the verdict is known, `due` is None.
    """

    kind: ClockKind
    sla: str
    within: Duration | None
    calendar: str | None
    started: datetime
    due: datetime | None
    pauses: tuple[Pause, ...] = ()
    reopened: tuple[Pause, ...] = ()
    stopped_at: datetime | None = None
    paused_since: datetime | None = None
    breached: bool = False
    remaining: int = 0
    used: Decimal = Decimal(0)
    state: str | None = None
    hours: Calendar | None = spot(default=None, kw_only=True)

    @property
    def paused(self) -> bool:
        return self.paused_since is not None

    @property
    def running(self) -> bool:
        """Whether it neither stopped nor is paused."""
        return self.stopped_at is None and self.paused_since is None

    @property
    def gaps(self) -> tuple[Pause, ...]:
        """All that does not count."""
        return (*self.pauses, *self.reopened)

    def at_share(self, share: Decimal) -> datetime | None:
        """When this share of the time is used, if no further pause comes; a share of 1 is the due instant."""
        if share == 1 or self.due is None:
            return self.due
        whole = between(self.line, self.started, self.due, self.gaps)
        seconds = int((whole * share).to_integral_value(ROUND_CEILING))
        duration = Business(seconds=seconds) if isinstance(self.within, Business) else Elapsed(seconds)
        return due(self.hours, self.started, duration, self.gaps)

    def before_due(self, lead: Duration) -> datetime | None:
        """So long before it is due, and not before its start.

        A lead in the clock's own kind of time is cut out of that time, pauses left out; a lead of the other
        kind is counted back from the due instant.
        """
        return (
            None if self.due is None else max(subtract(self.hours, self.due, lead, self._gaps_of(lead)), self.started)
        )

    def after_due(self, delay: Duration) -> datetime | None:
        """So long after it was due, pauses left out where the delay is in the clock's own kind of time."""
        return None if self.due is None else due(self.hours, self.due, delay, self._gaps_of(delay))

    def as_of(self, instant: datetime) -> "Clock":
        """The clock without the pauses after an instant, as whoever looked then would have taken it to go on."""
        if self.within is None:
            return self
        pauses, reopened = _until(self.pauses, instant), _until(self.reopened, instant)
        return self.replace(
            pauses=pauses, reopened=reopened, due=due(self.hours, self.started, self.within, (*pauses, *reopened))
        )

    @property
    def line(self) -> Calendar | None:
        """The calendar whose open time it counts; None where it counts all time."""
        return self.hours if isinstance(self.within, Business) else None

    def _gaps_of(self, duration: Duration) -> tuple[Pause, ...]:
        return self.gaps if isinstance(duration, Business) == isinstance(self.within, Business) else ()


def derive_clocks(
    ticket: Ticket,
    calendars: Mapping[str, Calendar],
    now: datetime,
    default: Calendar | None = None,
    milestones: Milestones = STANDARD,
) -> tuple[Clock, ...]:
    """The clocks of a ticket at `now`, in the order of `KINDS`.

    `default` is the calendar of targets that name none. There is no `update` clock before the customer has written, and
    of several waits only the last has one. Raises Refusal `unknown-rule` where a target names a calendar that the
    rules no longer have, and what `svcctl.clock.arithmetic.due` raises.
    """
    clocks: list[Clock] = []
    for target in sorted(ticket.targets, key=lambda target: KINDS.index(_kind(target))):
        if not target.within:
            clocks.append(_promised_elsewhere(ticket, target, default, now, milestones))
            continue
        hours = _hours(ticket, target, calendars, default)
        started, stopped_at = ticket.reported_at, _stop(ticket, _kind(target), milestones)
        if target.kind == "update":
            waited = waits(ticket, milestones)
            if not waited:
                continue
            started, stopped_at = waited[-1].asked, waited[-1].answered
        clocks.append(_promised_here(ticket, target, hours, started, stopped_at, now, milestones))
    return (*clocks, *_limits(ticket, default, now, milestones))


def _promised_here(
    ticket: Ticket,
    target: PinnedTarget,
    hours: Calendar | None,
    started: datetime,
    stopped_at: datetime | None,
    now: datetime,
    milestones: Milestones,
) -> Clock:
    kind, within = _kind(target), _within(ticket, target)
    end = max(now if stopped_at is None else stopped_at, started)
    pausing = () if kind == "respond" else tuple(state for state in target.pauses if state not in milestones.done)
    pauses = _until(_since(intervals_in(ticket, pausing, now), started), end)
    reopened = _until(done_intervals(ticket, milestones), end) if kind == "resolve" else ()
    paused = stopped_at is None and ticket.state in pausing
    clock = Clock(
        kind,
        target.sla,
        within,
        hours.id if hours is not None else None,
        started,
        due(hours, started, within, (*pauses, *reopened)),
        pauses,
        reopened,
        stopped_at,
        max(_entered(ticket, pausing), started) if paused else None,
        hours=hours,
    )
    return _measured(clock, end)


def _limits(ticket: Ticket, hours: Calendar | None, now: datetime, milestones: Milestones) -> Iterator[Clock]:
    """The clock of the stay in the present state, if the flow limits it."""
    within = next((within for state, within in milestones.limits if state == ticket.state), None)
    if within is None or not ticket.states:
        return
    started = _entered(ticket, (ticket.state,))
    calendar = hours.id if hours is not None and isinstance(within, Business) else None
    at, flow = due(hours, started, within), ticket.flow or "default"
    clock = Clock("limit", flow, within, calendar, started, at, state=ticket.state, hours=hours)
    yield _measured(clock, max(now, started))


def _promised_elsewhere(
    ticket: Ticket, target: PinnedTarget, hours: Calendar | None, now: datetime, milestones: Milestones
) -> Clock:
    kind = _kind(target)
    stopped_at = _stop(ticket, kind, milestones)
    end = max(now if stopped_at is None else stopped_at, ticket.reported_at)
    bare = Clock(kind, target.sla, None, None, ticket.reported_at, target.due_at, stopped_at=stopped_at, hours=hours)
    clock = _measured(bare, end)
    return clock if target.met is None else clock.replace(breached=not target.met)


def _measured(clock: Clock, end: datetime) -> Clock:
    """The clock with what is used, left and breached at `end`, its stop or now."""
    if clock.due is None:
        return clock
    line = clock.line
    whole = between(line, clock.started, clock.due, clock.gaps)
    used = between(line, clock.started, end, clock.gaps)
    late = between(line, clock.due, end, clock.gaps)
    return clock.replace(
        breached=end > clock.due or (clock.stopped_at is None and end == clock.due),
        remaining=whole - used if end <= clock.due else -late,
        used=(Decimal(used) / whole).quantize(Decimal("0.0001")) if whole else Decimal(int(end >= clock.due)),
    )


def _kind(target: PinnedTarget) -> ClockKind:
    return next(kind for kind in KINDS if kind == target.kind)


def _within(ticket: Ticket, target: PinnedTarget) -> Duration:
    within = parse_duration(target.within)
    if within is None:
        raise Refusal(
            "bad-input", f"ticket {ticket.id}: `{target.within}` of service level `{target.sla}` is no duration"
        )
    return within


def _hours(
    ticket: Ticket, target: PinnedTarget, calendars: Mapping[str, Calendar], default: Calendar | None
) -> Calendar | None:
    if target.calendar is None:
        return default
    if target.calendar not in calendars:
        raise Refusal(
            "unknown-rule",
            f"ticket {ticket.id}: service level `{target.sla}` was promised on calendar `{target.calendar}`, which the "
            "rules do not have",
            help=f"define `calendar {target.calendar}` again, or pin the ticket's targets anew",
        )
    return calendars[target.calendar]


def _stop(ticket: Ticket, kind: ClockKind, milestones: Milestones) -> datetime | None:
    match kind:
        case "respond":
            return responded_at(ticket, milestones)
        case "arrive":
            return arrived_at(ticket, milestones)
        case _:
            return done_at(ticket, milestones)


def _entered(ticket: Ticket, states: tuple[str, ...]) -> datetime:
    """When the stay in `states` that goes on began."""
    begun = ticket.states[-1].at
    for entry in reversed(ticket.states):
        if entry.state not in states:
            break
        begun = entry.at
    return begun


def _since(pauses: tuple[Pause, ...], start: datetime) -> tuple[Pause, ...]:
    return tuple((max(begun, start), stop) for begun, stop in pauses if stop > start)


def _until(pauses: tuple[Pause, ...], end: datetime) -> tuple[Pause, ...]:
    return tuple((start, min(stop, end)) for start, stop in pauses if start < end)
