"""Wake time: the next instant at which an escalation could do something though nothing but time passes.

A sweep that looks at a ticket only when its instant has come fires exactly what one that looks every minute fires. The
instant is exact for steps and for plain comparisons with a fact that moves with time (`age.elapsed > 2h`); any other
condition on such a fact may change as soon as the fact does, which is early but never late.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from svcctl.clock.arithmetic import due
from svcctl.decision.book import Book
from svcctl.decision.escalation import may_watch, next_watches, plan, watching
from svcctl.decision.evaluator import evaluate
from svcctl.decision.trace import fields_of
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.language.blocks import EscalationBlock
from svcctl.language.tree import And, Comparison, Expression, Field, Not, Or, Presence
from svcctl.ticket.clocks import Clock

_SECOND = timedelta(seconds=1)


def wake_at(book: Book, facts: Facts, clocks: tuple[Clock, ...]) -> datetime | None:
    """The next instant at which a sweep must look at the case of `facts`; None where time alone changes nothing.

    That is now where a rule begins or ceases to watch, or a step is due, that the ticket does not have on record yet;
    after a sweep it lies after now.
    """
    case = _case(facts)
    if next_watches(case.ticket, case.now, watching(book, facts)) != case.ticket.watches:
        return case.now
    return wake_of_watched(book, facts, clocks)


def wake_of_watched(book: Book, facts: Facts, clocks: tuple[Clock, ...]) -> datetime | None:
    """The same for a ticket whose `watches` are up to date (`next_watches`), which then are not asked for again."""
    case = _case(facts)
    planned = [item for rule in book.rules.escalations for item in plan(rule, case, clocks)]
    if any(item.is_due for item in planned):
        return case.now
    conditions = (part for rule in book.rules.escalations if may_watch(rule, case) for part in _condition(rule))
    # A paused clock goes on by an event, which sets the wake time anew.
    steps = (at for item in planned if not item.paused for at in item.repeats[item.last + 1 :])
    return min((at for at in (*steps, *next_changes(book, conditions, facts)) if at > case.now), default=None)


def next_changes(book: Book, conditions: Iterable[Expression], facts: Facts) -> Iterator[datetime]:
    """Instants after now, for each condition none or the first at which time alone could change it."""
    for condition in conditions:
        at = _next_change(book, condition, facts)
        if at is not None:
            yield at


def moving_facts(expression: Expression) -> frozenset[str]:
    """The facts in an expression that change by time alone."""
    return frozenset(fields_of(expression)) & MOVING.keys()


def _condition(rule: EscalationBlock) -> Iterator[Expression]:
    """The `for` and `while` of a rule as one condition, so that where one is settled the other need not wake."""
    parts = tuple(part for part in (rule.condition, rule.during) if part is not None)
    if parts:
        yield And(parts)


def _next_change(book: Book, expression: Expression, facts: Facts) -> datetime | None:
    moving = moving_facts(expression)
    if not moving:
        return None
    match expression:
        case And(parts) | Or(parts):
            settled = isinstance(expression, Or)
            if any(book.test(part, facts) is settled for part in parts if not moving_facts(part)):
                return None
            return min(next_changes(book, parts, facts), default=None)
        case Not(operand):
            return _next_change(book, operand, facts)
        case Presence(Field()):
            return None
        case Comparison(_, Field(path), other) | Comparison(_, other, Field(path)) if not moving_facts(other):
            return _crossing(path, evaluate(other, facts), facts)
    case = _case(facts)
    return min((at for path in moving if (at := MOVING[path](case)) is not None), default=None)


def _crossing(path: str, bound: object, facts: Facts) -> datetime | None:
    """When a moving fact next comes to or passes a bound."""
    case = _case(facts)
    match path, bound:
        case _, None:
            return None
        case "age.elapsed", Elapsed(seconds):
            return _passing(case.ticket.reported_at, seconds, case.now)
        case "state_age", Elapsed(seconds) if case.ticket.states:
            return _passing(case.ticket.states[-1].at, seconds, case.now)
        case "age.business", Business(seconds, 0):
            instants = (_open_since_report(case, seconds), _open_since_report(case, seconds + 1))
            return min((at for at in instants if at is not None and at > case.now), default=None)
    return MOVING[path](case)


def _passing(start: datetime, seconds: int, now: datetime) -> datetime | None:
    """When the whole seconds since `start` come to `seconds`, or else when they pass it."""
    reached = start + timedelta(seconds=seconds)
    return next((at for at in (reached, reached + _SECOND) if at > now), None)


def _next_second(start: datetime, now: datetime) -> datetime:
    """When the whole seconds since `start` change next."""
    passed = max(timedelta(0), now - start) // _SECOND
    return start + timedelta(seconds=passed + 1)


def _age_changes(case: Case) -> datetime | None:
    return _next_second(case.ticket.reported_at, case.now)


def _state_age_changes(case: Case) -> datetime | None:
    return _next_second(case.ticket.states[-1].at, case.now) if case.ticket.states else None


def _business_age_changes(case: Case) -> datetime | None:
    age = Facts(case)["age.business"]
    return None if age is None else _open_since_report(case, age.seconds + 1)


def _open_since_report(case: Case, seconds: int) -> datetime | None:
    """When so much open time has passed since the report; None where it never does."""
    if case.calendar is None or seconds < 0:
        return None
    try:
        return due(case.calendar, case.ticket.reported_at, Business(seconds=seconds))
    except Refusal:
        return None


def _end_of(name: str) -> Callable[[Case], datetime | None]:
    def ends(case: Case) -> datetime | None:
        until: datetime | None = None if case.asset is None else getattr(case.asset, name)
        return until if until is not None and until > case.now else None

    return ends


#: The facts that change by time alone, and when each changes next after now.
MOVING: Mapping[str, Callable[[Case], datetime | None]] = {
    "age.elapsed": _age_changes,
    "age.business": _business_age_changes,
    "state_age": _state_age_changes,
    "asset.under_warranty": _end_of("warranty_until"),
    "asset.under_contract": _end_of("contract_until"),
}


def _case(facts: Facts) -> Case:
    assert facts.case is not None, "a wake time is that of a ticket"
    return facts.case
