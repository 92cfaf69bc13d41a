"""Why a condition came to what it did: its clauses, each with its outcome and the values that it saw."""

from collections.abc import Iterator, Mapping
from typing import Any

from svcctl.decision.decision import ClauseTrace
from svcctl.decision.evaluator import holds
from svcctl.foundation.record import Record
from svcctl.language.printer import print_expression, print_value
from svcctl.language.tree import And, Expression, Field

#: Longer values are cut in a trace: it goes with every event that it explains.
LONGEST_TEXT = 200
_MOST_ITEMS = 20


def clauses_of(expression: Expression | None) -> tuple[Expression, ...]:
    """What is joined by `and` at the top of a condition, in order; nothing for no condition."""
    if expression is None:
        return ()
    if isinstance(expression, And):
        return tuple(clause for part in expression.parts for clause in clauses_of(part))
    return (expression,)


def fields_of(expression: Record) -> tuple[str, ...]:
    """The paths that an expression, or all rules, ask for, each once, in order."""
    return tuple(dict.fromkeys(_paths(expression)))


def _paths(node: object) -> Iterator[str]:
    if isinstance(node, Field):
        yield node.path
    elif isinstance(node, tuple):
        for item in node:
            yield from _paths(item)
    elif isinstance(node, Record):
        for name in node._fields:
            yield from _paths(getattr(node, name))


class Written(Record):
    """A clause with what a trace says of it whatever the ticket: its text and the paths that it asks for."""

    clause: Expression
    text: str
    paths: tuple[str, ...]

    def trace(self, facts: Mapping[str, Any]) -> ClauseTrace:
        return ClauseTrace(self.text, holds(self.clause, facts), {path: shortened(facts[path]) for path in self.paths})


def written_clauses(expression: Expression | None) -> tuple[Written, ...]:
    """Every clause of a condition, in order, as the rules language writes it."""
    return tuple(Written(clause, print_expression(clause), fields_of(clause)) for clause in clauses_of(expression))


def reason(clause: ClauseTrace) -> str:
    """Why a clause did not hold, in words: `open_tickets < capacity` with what each was."""
    known = [f"{path} is {print_value(value)}" for path, value in clause.values.items() if value is not None]
    missing = [f"{path} is missing" for path, value in clause.values.items() if value is None]
    verdict = "does not hold" if clause.outcome is False else "is unknown"
    seen = ", ".join(known + missing)
    return f"`{clause.text}` {verdict}" + (f": {seen}" if seen else "")


def shortened(value: Any) -> Any:
    """A value as a trace keeps it."""
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return value[:LONGEST_TEXT] + "…"
    if isinstance(value, tuple | list):
        return tuple(shortened(item) for item in value[:_MOST_ITEMS])
    return value
