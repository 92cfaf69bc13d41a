"""What is wrong within one condition: clauses that cannot hold, not together, or that say nothing."""

from collections.abc import Sequence
from itertools import chain

from svcctl.foundation.diagnostic import Diagnostic, Label, Severity
from svcctl.foundation.source import Span
from svcctl.language.analysis.conditions import Conditions
from svcctl.language.analysis.outcomes import Outcome, Plan
from svcctl.language.analysis.regions import Region, Space, cross, join
from svcctl.language.tree import And, Expression, Not, Or, Presence


def clauses_of(condition: Expression | None) -> tuple[Expression, ...]:
    """What is joined by `and` at the top of a condition, in order."""
    if condition is None:
        return ()
    if isinstance(condition, And):
        return tuple(chain.from_iterable(clauses_of(part) for part in condition.parts))
    return (condition,)


class Read:
    """A condition that was read: its clauses with their plans, and those of the alternatives of each `or`."""

    def __init__(self, conditions: Conditions, *joined: Expression | None) -> None:
        self.clauses = tuple(chain.from_iterable(clauses_of(condition) for condition in joined))
        self.plans: list[Plan] = [conditions.read(clause) for clause in self.clauses]
        self.alternatives = {
            place: [conditions.read(part) for part in clause.parts]
            for place, clause in enumerate(self.clauses)
            if isinstance(clause, Or)
        }

    def outcomes(self) -> list[Outcome]:
        """The outcome of each clause. Raises TooManyBoxes."""
        return [plan() for plan in self.plans]


def check_condition(space: Space, read: Read, outcomes: Sequence[Outcome]) -> list[Diagnostic]:
    """The findings in a condition. Raises TooManyBoxes."""
    yes = [[box for box in holds if space.possible(box)] for holds, _ in outcomes]
    never = [place for place, region in enumerate(yes) if not region]
    if never:
        return [_never(read.clauses[place].span) for place in never]
    found: list[Diagnostic] = []
    for place, plans in read.alternatives.items():
        clause = read.clauses[place]
        if isinstance(clause, Or):
            found += _alternatives(space, clause, [plan()[0] for plan in plans])
    axes = [{space.texts[axis][0] if axis in space.texts else axis for box in region for axis in box} for region in yes]
    shared = [
        place
        for place, mine in enumerate(axes)
        if not mine or any(mine & theirs for other, theirs in enumerate(axes) if other != place)
    ]
    if not shared:
        return found
    joint = [yes[place] for place in shared]
    if not _possible(space, joint):
        return [*found, _contradiction(space, [read.clauses[place] for place in shared], joint)]
    return found + _dead(space, read, yes, shared)


def _possible(space: Space, regions: Sequence[Region]) -> Region:
    return [box for box in cross(regions) if space.possible(box)]


def _never(span: Span) -> Diagnostic:
    return Diagnostic(
        Severity.WARNING,
        "never-holds",
        "this can never hold",
        Label(span, "no value is like this"),
        help=("look at the limit and the sign, or leave it out",),
    )


def _contradiction(space: Space, clauses: Sequence[Expression], regions: Sequence[Region]) -> Diagnostic:
    """The first clause that cannot hold with those before it, and the one of them that is enough for that."""
    last = next(place for place in range(1, len(clauses) + 1) if not _possible(space, regions[:place])) - 1
    alone = next((place for place in range(last) if not _possible(space, [regions[place], regions[last]])), None)
    others = range(last) if alone is None else (alone,)
    return Diagnostic(
        Severity.WARNING,
        "contradiction",
        "these can never hold together",
        Label(clauses[last].span, "not with what stands before it"),
        tuple(Label(clauses[place].span, "this excludes it" if alone is not None else "") for place in others),
        ("one of them was meant to be something else, or `or` instead of `and`",),
    )


def _dead(space: Space, read: Read, yes: Sequence[Region], shared: Sequence[int]) -> list[Diagnostic]:
    """Clauses that hold wherever the others do; of two that say the same the later one.

    What asks only for presence is a guard: it turns unknown into false, even where the others imply it.
    """
    found = []
    kept = list(shared)
    for place in reversed(shared):
        clause = read.clauses[place]
        others = [yes[other] for other in kept if other != place]
        if _is_guard(clause) or space.subtract(cross(others), yes[place]):
            continue
        kept.remove(place)
        alone = [other for other in kept if not space.subtract(yes[other], yes[place])]
        found.append(
            Diagnostic(
                Severity.WARNING,
                "dead-clause",
                "this says nothing that the others do not" if others else "this always holds",
                Label(clause.span, "holds wherever they do" if others else "holds of every ticket"),
                tuple(Label(read.clauses[other].span, "says it already") for other in alone[:1]),
                ("leave it out",),
            )
        )
    return found


def _is_guard(clause: Expression) -> bool:
    return isinstance(clause.operand if isinstance(clause, Not) else clause, Presence)


def _alternatives(space: Space, clause: Or, regions: Sequence[Region]) -> list[Diagnostic]:
    found = []
    kept = list(range(len(regions)))
    for place in reversed(range(len(regions))):
        span = clause.parts[place].span
        if not [box for box in regions[place] if space.possible(box)]:
            kept.remove(place)
            found.append(_never(span))
        elif not space.subtract(regions[place], join(regions[other] for other in kept if other != place)):
            kept.remove(place)
            found.append(
                Diagnostic(
                    Severity.WARNING,
                    "dead-clause",
                    "this adds nothing to the other alternatives",
                    Label(span, "one of them holds wherever it does"),
                    help=("leave it out",),
                )
            )
    return found


def check_limits(conditions: Conditions) -> list[Diagnostic]:
    """Percentages that no answer of a form can have."""
    return [
        Diagnostic(
            Severity.WARNING,
            "out-of-range",
            f"`{path}` is a percentage, and none is like this",
            Label(span),
            help=("write a limit from 0 % to 100 %",),
        )
        for path, span in conditions.beyond
    ]


def not_proven(what: str, span: Span) -> Diagnostic:
    """A note that the analysis gave up, so that silence is never taken for a proof."""
    return Diagnostic(
        Severity.NOTE,
        "not-proven",
        f"{what}: too many cases to look through",
        Label(span),
        help=("write it in several rules, or with fewer alternatives",),
    )
