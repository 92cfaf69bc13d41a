"""Steps that can never fire, whatever the calendar: by then the rule watches no longer, or the clock has stopped."""

from collections.abc import Iterator, Mapping

from svcctl.decision.flow import DEFAULT_FLOW, milestones_of
from svcctl.decision.rulebook import Rulebook
from svcctl.foundation.diagnostic import Diagnostic, Label, Severity
from svcctl.foundation.quantity import Duration, Elapsed
from svcctl.foundation.record import Record
from svcctl.language.block import After
from svcctl.language.blocks import EscalationBlock, Step
from svcctl.language.tree import And, Comparison, Expression, Field, Literal, Membership
from svcctl.language.types import Kind
from svcctl.ticket.milestones import ClockKind, Milestones

Words = Mapping[str, frozenset[object]]


def never_fires(book: Rulebook, rule: EscalationBlock) -> Iterator[Diagnostic]:
    """The steps of a rule that cannot fire, and the repeats that cannot all happen.

    Of clocks that no ticket can have the checker speaks already.
    """
    both = And(tuple(part for part in (rule.condition, rule.during) if part is not None))
    bound = _oldest(both)
    states = words_of(both).get("state", frozenset())
    for step in rule.steps:
        if isinstance(step.trigger, After):
            if bound is not None:
                yield from _outlived(step, step.trigger.delay, bound)
            continue
        kind = step.trigger.target
        meanings = _meanings(book, states)
        if kind == "limit" and not any(flow.limits for flow in book.rules.flows):
            continue
        if meanings and all(_stopped(kind, states, milestones) for milestones in meanings):
            why = "no flow limits the stay there" if kind == "limit" else f"the clock `{kind}` has stopped by then"
            where = ", ".join(f"`{state}`" for state in sorted(map(str, states)))
            yield Diagnostic(
                Severity.WARNING,
                "never-fires",
                f"this step can never fire: `{rule.id}` watches only in {where}, and {why}",
                Label(step.trigger.span),
                help=("widen the `while`, or hang the step on another clock",),
            )


def words_of(condition: Expression | None) -> Words:
    """By field the words that a condition leaves it, as far as it says so plainly: `==` and `in`, joined by `and`."""
    found: dict[str, frozenset[object]] = {}
    for part in _parts(condition):
        match part:
            case Comparison("==", Field() as field, Literal(value)) | Comparison(
                "==", Literal(value), Field() as field
            ):
                words = frozenset({value})
            case Membership(Field() as field, items, False) if all(isinstance(item, Literal) for item in items):
                words = frozenset(item.value for item in items if isinstance(item, Literal))
            case _:
                continue
        if field.type.kind is not Kind.LIST:  # of a list several words may hold at once
            found[field.path] = found.get(field.path, words) & words
    return found


def excludes(one: Expression | None, other: Expression | None) -> bool:
    """Whether two conditions plainly never hold for the same ticket."""
    mine, theirs = words_of(one), words_of(other)
    return any(mine[path].isdisjoint(theirs[path]) for path in mine.keys() & theirs.keys())


def _parts(condition: Expression | None) -> Iterator[Expression]:
    if isinstance(condition, And):
        for part in condition.parts:
            yield from _parts(part)
    elif condition is not None:
        yield condition


# ------------------------------------------------------------------------- ages


class Oldest(Record):
    """A ticket is watched up to an age of so many seconds, `reached` where that one is still within."""

    seconds: int
    reached: bool

    def lets(self, seconds: int) -> bool:
        """Whether a ticket may be watched that is at least so old."""
        return seconds < self.seconds or (self.reached and seconds == self.seconds)


def _oldest(condition: Expression) -> Oldest | None:
    """The age above which a ticket is certainly no longer watched."""
    found = []
    for part in _parts(condition):
        match part:
            case Comparison("<" | "<=" as op, Field("age.elapsed"), Literal(Elapsed(age))):
                found.append(Oldest(age, op == "<="))
            case Comparison(">" | ">=" as op, Literal(Elapsed(age)), Field("age.elapsed")):
                found.append(Oldest(age, op == ">="))
    return min(found, key=lambda bound: (bound.seconds, bound.reached), default=None)


def _outlived(step: Step, delay: Duration, bound: Oldest) -> Iterator[Diagnostic]:
    """A doubt where the ticket is too old when the step, or a repeat of it, is due."""
    if not bound.lets(_least(delay)):
        yield Diagnostic(
            Severity.WARNING,
            "never-fires",
            f"this step can never fire: the ticket is no longer watched when `{delay}` have passed",
            Label(step.trigger.span),
            help=("write a shorter time, or let the rule watch for longer",),
        )
    elif step.repeat is not None:
        every = _least(step.repeat.every)
        fit = sum(bound.lets(_least(delay) + every * count) for count in range(1, step.repeat.times + 1))
        if fit < step.repeat.times:
            yield Diagnostic(
                Severity.WARNING,
                "repeat-outlives",
                f"of {step.repeat.times} repeats at most {fit} can happen: the ticket is no longer watched after them",
                Label(step.repeat.span),
                help=(f"write `up to {fit} times`" if fit else "leave the repeat out",),
            )


def _least(duration: Duration) -> int:
    """How many seconds pass on the wall clock at least while a duration does."""
    return duration.seconds


# ------------------------------------------------------------------------ states


def _meanings(book: Rulebook, states: frozenset[object]) -> tuple[Milestones, ...]:
    """What the states mean in each flow that has one of them."""
    flows = book.rules.flows or (DEFAULT_FLOW,)
    return tuple(milestones_of(flow) for flow in flows if not states.isdisjoint(flow.states))


def _stopped(kind: ClockKind, states: frozenset[object], milestones: Milestones) -> bool:
    """Whether the clock of a kind cannot run in any of the states."""
    if kind == "limit":
        return states.isdisjoint(state for state, _ in milestones.limits)
    return states <= set(milestones.stops(kind))
