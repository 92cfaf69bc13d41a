"""Escalation: which rules watch a ticket, and which of their steps are due.

The instant at which a rule's condition began to hold is kept with the ticket (`watches`), and so is every step that
fired (`firings`); all else is worked out anew. A step has a *base*, the instant at which it first becomes due, and its
repeats follow at fixed distances. It fires at most once for each entry and repeat. Of the steps on one clock that are
past when a rule begins to watch, only the last fires: what the others would say is said by it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from svcctl.clock.arithmetic import due
from svcctl.clock.calendar import Calendar
from svcctl.decision.book import Book
from svcctl.decision.decision import DueStep
from svcctl.decision.values import all_of
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.quantity import Business, Duration, Elapsed
from svcctl.foundation.record import Record
from svcctl.language.block import After
from svcctl.language.blocks import AtShare, BeforeDue, Breached, EscalationBlock, Step, Trigger
from svcctl.language.tree import And, Comparison, Field, Literal, Membership, Or
from svcctl.ticket.clocks import Clock
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import Ticket


class PlannedStep(Record):
    """A step of a watching rule, with its instants: `repeats[0]` is the base, `repeats[k]` its k-th repeat.

    Up to `horizon` it may fall due now: up to the present, or where the clock that it hangs on is `paused` up to the
    start of that pause. `last` is the latest repeat that fired, -1 where none did. `place` is its position in the rule.
    `entry` is when the rule began to watch, or later the clock began, where it begins anew. `superseded` are the steps
    that were past at the entry, too, and never fire because this one does.
    """

    rule: str
    place: int
    name: str
    step: Step
    entry: datetime
    repeats: tuple[datetime, ...]
    horizon: datetime
    paused: bool
    last: int
    superseded: tuple[str, ...] = ()

    @property
    def reached(self) -> int:
        """The latest repeat that may fall due now; -1 where none does."""
        return sum(at <= self.horizon for at in self.repeats) - 1

    @property
    def is_due(self) -> bool:
        return self.reached > self.last


def watching(book: Book, facts: Facts) -> dict[str, bool | None]:
    """Whether each rule watches the case of `facts`: its `for` and its `while` hold.

    A rule without `while` watches as long as the ticket is open. None is unknown: it watches, to be safe.
    """
    return {rule.id: watches(book, rule, facts) for rule in book.rules.escalations}


def watches(book: Book, rule: EscalationBlock, facts: Facts) -> bool | None:
    """Whether one rule watches the case of `facts`; None is unknown."""
    if facts.case is not None and not may_watch(rule, facts.case):
        return False
    return all_of(book.test(part, facts) for part in (rule.condition, rule.during) if part is not None)


def may_watch(rule: EscalationBlock, case: Case) -> bool:
    """Whether a rule may watch the ticket in its state: one on which nothing is left to do only by a `while` that names
    that state, as `while state == resolved` does and `while state != new` does not."""
    if is_open(case.ticket, case.milestones):
        return True
    return rule.during is not None and case.ticket.state in _named_states(rule.during)


def states_watched_done(book: Book) -> frozenset[object]:
    """The states in which a ticket on which nothing is left to do may be watched: those that a `while` names."""
    return frozenset(state for rule in book.rules.escalations for state in _named_states(rule.during))


def _named_states(node: object) -> Iterator[object]:
    match node:
        case Comparison("==", Field("state"), Literal(word)) | Comparison("==", Literal(word), Field("state")):
            yield word
        case Membership(Field("state"), values, False):
            yield from (value.value for value in values if isinstance(value, Literal))
        case And(parts) | Or(parts):
            for part in parts:
                yield from _named_states(part)


def next_watches(ticket: Ticket, now: datetime, watching: Mapping[str, bool | None]) -> dict[str, str]:
    """The ticket's `watches` as they must be at `now`: rules that began to watch enter now, those that ended leave."""
    return {
        rule: ticket.watches.get(rule) or stored(now) for rule, truth in sorted(watching.items()) if truth is not False
    }


def due_steps(book: Book, facts: Facts, clocks: tuple[Clock, ...]) -> tuple[DueStep, ...]:
    """The steps that are due now and have not fired, by the instant at which they fell due, then rule and position.

    The ticket's `watches` must be up to date (`next_watches`). Repeats that were missed merge into the latest.
    """
    found: list[tuple[datetime, str, int, DueStep]] = []
    for rule in book.rules.escalations:
        planned = tuple(plan(rule, _case(facts), clocks))
        flagged = bool(planned) and watches(book, rule, facts) is None
        for item in planned:
            if item.is_due:
                reached = item.reached
                at, missed = item.repeats[reached], reached - item.last - 1
                superseded = item.superseded if item.last < 0 else ()
                step = DueStep(
                    item.rule, item.name, item.entry, reached, at, item.step.actions, flagged, missed, superseded
                )
                found.append((at, item.rule, item.place, step))
    return tuple(step for *_, step in sorted(found, key=lambda row: row[:3]))


def plan(rule: EscalationBlock, case: Case, clocks: tuple[Clock, ...]) -> Iterator[PlannedStep]:
    """The steps of a rule that watches the ticket, with their instants as they are now known.

    Steps on a clock that the ticket does not have, or that has stopped, are left out.
    """
    began = case.ticket.watches.get(rule.id)
    if began is None:
        return
    entry = parse_instant(began)
    by_kind: dict[str, Clock] = {clock.kind: clock for clock in clocks}
    fired: dict[tuple[str, datetime], int] = {}
    for firing in case.ticket.firings:
        if firing.rule == rule.id:
            step_entry = firing.step, firing.entry
            fired[step_entry] = max(firing.repeat, fired.get(step_entry, -1))
    names = step_names(rule.steps)
    stead = _in_stead(rule, names, entry, by_kind)
    for place, (name, step) in enumerate(zip(names, rule.steps, strict=True)):
        clock = None if isinstance(step.trigger, After) else by_kind.get(step.trigger.target)
        base = base_of(step.trigger, entry, case.calendar, clock)
        if base is None or stead.get(name) is None:
            continue
        begun = _begun(entry, clock)
        paused_since = None if clock is None else clock.paused_since
        repeats = tuple(repeats_of(step, max(base, begun), case.calendar))
        horizon, paused = paused_since or case.now, paused_since is not None
        last = fired.get((name, begun), -1)
        yield PlannedStep(rule.id, place, name, step, begun, repeats, horizon, paused, last, stead[name])


def _begun(entry: datetime, clock: Clock | None) -> datetime:
    """When a step began to be watched: with its rule, or later with its clock."""
    return entry if clock is None else max(entry, clock.started)


def _in_stead(
    rule: EscalationBlock, names: tuple[str, ...], entry: datetime, clocks: Mapping[str, Clock]
) -> dict[str, tuple[str, ...]]:
    """Each step that may fire, with those in whose stead it does; the others are left out.

    Asked of the clocks as they were at the entry, so that the answer stays the same however time goes on.
    """
    stead: dict[str, tuple[str, ...]] = dict.fromkeys(names, ())
    past: dict[str, list[tuple[datetime, int]]] = {}
    for place, step in enumerate(rule.steps):
        clock = None if isinstance(step.trigger, After) else clocks.get(step.trigger.target)
        if clock is None or entry <= clock.started:
            continue
        base = base_of(step.trigger, entry, None, clock.as_of(entry))
        if base is not None and base < entry:
            past.setdefault(clock.kind, []).append((base, place))
    for found in past.values():
        *earlier, (_, last) = sorted(found)
        stead[names[last]] = tuple(names[place] for _, place in earlier)
        for _, place in earlier:
            del stead[names[place]]
    return stead


def step_names(steps: tuple[Step, ...]) -> tuple[str, ...]:
    """The names by which firings are recorded: `after-30m`, `resolve-75%`, `1bh-before-resolve`, `resolve-breached`.

    They come from the triggers, so that a step keeps its name when others are written before it; of two steps with
    the same trigger the second is `after-30m#2`.
    """
    names: list[str] = []
    seen: dict[str, int] = {}
    for step in steps:
        name = _name(step.trigger)
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(names)


def _name(trigger: Trigger) -> str:
    match trigger:
        case After(delay):
            return f"after-{delay}"
        case AtShare(share, target):
            return f"{target}-{(share * 100).normalize():f}%"
        case BeforeDue(lead, target, late):
            return f"{lead}-{'after' if late else 'before'}-{target}"
        case Breached(target):
            return f"{target}-breached"


def base_of(trigger: Trigger, entry: datetime, calendar: Calendar | None, clock: Clock | None) -> datetime | None:
    """When a step first becomes due; None where it hangs on a clock that is not there or has stopped."""
    if isinstance(trigger, After):
        return due(calendar, entry, trigger.delay)
    if clock is None or clock.stopped_at is not None:
        return None
    match trigger:
        case AtShare(share):
            return clock.at_share(share)
        case BeforeDue(lead, _, late):
            return clock.after_due(lead) if late else clock.before_due(lead)
        case Breached():
            return clock.due


def repeats_of(step: Step, base: datetime, calendar: Calendar | None) -> Iterator[datetime]:
    """The instants of a step: its base, and its repeats after it."""
    yield base
    if step.repeat is not None:
        for count in range(1, step.repeat.times + 1):
            yield _later(base, step.repeat.every, count, calendar)


def _later(base: datetime, every: Duration, count: int, calendar: Calendar | None) -> datetime:
    if isinstance(every, Elapsed):
        return base + timedelta(seconds=every.seconds * count)
    return due(calendar, base, Business(every.seconds * count, every.days * count))


def _case(facts: Facts) -> Case:
    assert facts.case is not None, "escalations watch a ticket"
    return facts.case
