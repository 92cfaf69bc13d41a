"""Doubts about when the steps of escalations fire, found by trying every start slot of a year of the real calendars.

A step that can never fire, one that fires before a step that is written above it, steps that are all heard at the same
opening because their notices wait for it: each with a start that shows it.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import combinations, groupby

from svcctl.clock.arithmetic import due, is_open, next_open
from svcctl.clock.calendar import Calendar
from svcctl.decision.escalation import base_of, repeats_of
from svcctl.decision.impossible import excludes, never_fires, words_of
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.starts import start_slots
from svcctl.foundation.diagnostic import Diagnostic, Label, Severity, in_reading_order
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business, Duration
from svcctl.foundation.record import Record
from svcctl.language.block import After
from svcctl.language.blocks import BeforeDue, EscalationBlock, Step
from svcctl.language.tree import Notify
from svcctl.ticket.clocks import Clock
from svcctl.ticket.milestones import ClockKind


class Lane(Record):
    """Steps that count from the same start: `after` the entry, or on one clock as one block promises it."""

    steps: tuple[Step, ...]
    hours: Calendar | None
    kind: ClockKind | None = None
    within: Duration | None = None
    promised_by: str = ""


def temporal_findings(book: Rulebook, first: date) -> tuple[Diagnostic, ...]:
    """Every doubt about the escalations of a rulebook, as it would be for tickets of the year from `first` on."""
    found: list[Diagnostic] = []
    for rule in book.rules.escalations:
        found += never_fires(book, rule)
        alike: set[object] = set()  # promises of the same time: what one shows, the others do
        for lane in lanes_of(book, rule):
            key = (lane.kind, lane.hours.id if lane.hours else None, str(lane.within))
            if key in alike:
                continue
            alike.add(key)
            try:
                found += list(_tried(book, lane, first))
            except Refusal:  # a calendar that never opens long enough: the checks and the desk say so
                continue
    once: dict[tuple[str, object], Diagnostic] = {}
    for finding in found:
        once.setdefault((finding.code, finding.primary.span), finding)
    return in_reading_order(once.values())


def lanes_of(book: Rulebook, rule: EscalationBlock) -> Iterator[Lane]:
    """The lanes of a rule: one for its delays, and one for each clock that may run for a ticket that it watches."""
    hours = book.calendar(None)
    delays = tuple(step for step in rule.steps if isinstance(step.trigger, After))
    if delays:
        yield Lane(delays, hours)
    on_clocks = [step for step in rule.steps if not isinstance(step.trigger, After)]
    for kind, steps in groupby(sorted(on_clocks, key=_clock_of), key=_clock_of):
        mine = tuple(steps)
        for sla in book.rules.slas if kind != "limit" else ():
            if excludes(rule.condition, sla.condition):
                continue
            for target in sla.targets:
                if target.kind == kind:
                    calendar = book.calendar(target.calendar) if target.calendar else hours
                    yield Lane(mine, calendar, target.kind, target.within, f"`{sla.id}`")
        if kind == "limit":
            states = words_of(rule.during).get("state")
            for flow in book.rules.flows:
                for limit in flow.limits:
                    if states is None or limit.state in states:
                        yield Lane(mine, hours, "limit", limit.within, f"flow `{flow.id}`")


def _clock_of(step: Step) -> str:
    return "" if isinstance(step.trigger, After) else step.trigger.target


# ----------------------------------------------------------------------- trying


def _tried(book: Rulebook, lane: Lane, first: date) -> Iterator[Diagnostic]:
    working = book.calendar(None) or lane.hours
    if working is None:
        return
    pairs = set(combinations(range(len(lane.steps)), 2))
    waits = [_waits(step) for step in lane.steps]
    leads = {index for index, step in enumerate(lane.steps) if _is_lead(step)}
    bunched = sum(1 + (step.repeat.times if step.repeat else 0) for step in lane.steps if _waits(step)) < 2
    if bunched and not pairs and not leads:
        return
    for start in _starts(lane, working, first):
        instants = _instants(lane, start, working)
        for earlier, later in sorted(pairs):
            if instants[later][0] < instants[earlier][0]:
                pairs.discard((earlier, later))
                yield _wrong_order(lane, earlier, later, start, instants, working)
        leads = {index for index in leads if instants[index][0] == start}
        heard = None if bunched else _heard_together(instants, waits, working)
        if heard is not None:
            bunched = True
            yield _bunch(lane, start, instants, heard, working)
        if bunched and not pairs and not leads:
            break
    for index in sorted(leads):
        yield _too_long(lane, index)


def _starts(lane: Lane, working: Calendar, first: date) -> Iterator[datetime]:
    """The start slots that can differ for a lane. Where it counts nothing but open time, so do its starts: all those
    of one closed stretch of a day are alike, and where it counts no days, so are all there are."""
    hours = lane.hours or working
    slots = start_slots(tuple(dict.fromkeys((working, hours))), first)
    durations = [duration for step in lane.steps for duration in _durations(step)]
    durations += [lane.within] if lane.within is not None else []
    if not all(isinstance(duration, Business) for duration in durations) or hours != working:
        yield from slots
        return
    before: date | None = None
    for start in slots:
        closed = None if is_open(hours, start) else start.astimezone(hours.zone_info).date()
        if closed is None or closed != before:
            yield start
        before = closed
        if closed is None and not any(isinstance(duration, Business) and duration.days for duration in durations):
            return


def _durations(step: Step) -> Iterator[Duration]:
    match step.trigger:
        case After(delay):
            yield delay
        case BeforeDue(lead):
            yield lead
    if step.repeat is not None:
        yield step.repeat.every


def _is_lead(step: Step) -> bool:
    return isinstance(step.trigger, BeforeDue) and not step.trigger.late


def _instants(lane: Lane, start: datetime, working: Calendar) -> list[tuple[datetime, ...]]:
    """When each step fires, repeats included, for a ticket that comes in at `start`."""
    clock = None
    if lane.kind is not None and lane.within is not None:
        ends = due(lane.hours, start, lane.within)
        clock = Clock(lane.kind, lane.promised_by, lane.within, None, start, ends, hours=lane.hours)
    found = []
    for step in lane.steps:
        base = base_of(step.trigger, start, working, clock)
        found.append(tuple(repeats_of(step, base, working)) if base is not None else ())
    return found


def _waits(step: Step) -> bool:
    """Whether all that a step says waits for working hours."""
    told = [action for action in step.actions if isinstance(action, Notify)]
    return bool(told) and not any(action.urgent for action in told)


def _heard_together(
    instants: Sequence[tuple[datetime, ...]], waits: Sequence[bool], working: Calendar
) -> tuple[datetime, tuple[int, ...]] | None:
    """An opening at which notices of several instants are heard that fell into the closed time before it, and the
    steps that they are of."""
    heard: dict[datetime, list[tuple[int, datetime]]] = {}
    for index, moments in enumerate(instants):
        for at in dict.fromkeys(moments) if waits[index] else ():
            opening = next_open(working, at)
            if opening != at:
                heard.setdefault(opening, []).append((index, at))
    for opening in sorted(heard):
        if len({at for _, at in heard[opening]}) > 1:
            return opening, tuple(dict.fromkeys(index for index, _ in heard[opening]))
    return None


# ----------------------------------------------------------------------- saying


def _wrong_order(
    lane: Lane, earlier: int, later: int, start: datetime, instants: Sequence[tuple[datetime, ...]], working: Calendar
) -> Diagnostic:
    one, other = lane.steps[later], lane.steps[earlier]
    return Diagnostic(
        Severity.WARNING,
        "step-order",
        f"this step can fire before the one above it{_by(lane)}",
        Label(one.trigger.span, f"fires {_at(instants[later][0], working)}"),
        (Label(other.trigger.span, f"fires {_at(instants[earlier][0], working)}"),),
        ("write steps in the order in which they fire, or count both in the same kind of time",),
        example=(_start(start, working),),
    )


def _bunch(
    lane: Lane,
    start: datetime,
    instants: Sequence[tuple[datetime, ...]],
    heard: tuple[datetime, tuple[int, ...]],
    working: Calendar,
) -> Diagnostic:
    opening, steps = heard
    first, *others = steps
    what = "these steps are" if others else "the repeats of this step are"
    return Diagnostic(
        Severity.WARNING,
        "bunched-steps",
        f"{what} all heard when `{working.id}` opens{_by(lane)}",
        Label(lane.steps[first].trigger.span, f"falls due {_at(instants[first][0], working)}"),
        tuple(Label(lane.steps[index].trigger.span, f"{_at(instants[index][0], working)}") for index in others),
        ("count in open time (`30bm`, `4bh`), or say `urgent` where it cannot wait",),
        example=(f"{_start(start, working)}: all are heard {_at(opening, working)}",),
    )


def _too_long(lane: Lane, index: int) -> Diagnostic:
    step = lane.steps[index]
    assert isinstance(step.trigger, BeforeDue)
    return Diagnostic(
        Severity.WARNING,
        "lead-too-long",
        f"`{step.trigger.lead}` before {lane.kind} is never after the start of a target of `{lane.within}`{_by(lane)}",
        Label(step.trigger.span, "fires at once"),
        (),
        ("write a shorter time, or a share: `at 75% of resolve`",),
    )


def _by(lane: Lane) -> str:
    return f", as {lane.promised_by} has it" if lane.promised_by else ""


def _start(start: datetime, working: Calendar) -> str:
    return f"a ticket that comes in {_at(start, working)}"


def _at(moment: datetime, working: Calendar) -> str:
    return moment.astimezone(working.zone_info).strftime("%a %Y-%m-%d %H:%M")
