"""Why a condition came to what it did: its clauses, each with its outcome and the values that it saw."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from svcctl.decision.decision import ClauseTrace, RuleTrace
from svcctl.decision.evaluator import holds
from svcctl.decision.values import all_of
from svcctl.foundation.record import Record, assembled
from svcctl.language.blocks import DispatchRule
from svcctl.language.printer import print_expression, print_value
from svcctl.language.tree import And, Expression, Field

#: Longer values are cut in a trace: it goes with every event that it explains.
_LONGEST_TEXT = 200
_MOST_ITEMS = 20
_SHORT = frozenset({type(None), bool, int, float, Decimal})


def clauses_of(expression: Expression | None) -> tuple[Expression, ...]:
    """What is joined by `and` at the top of a condition, in order; nothing for no condition."""
    if expression is None:
        return ()
    if isinstance(expression, And):
        return tuple(clause for part in expression.parts for clause in clauses_of(part))
    return (expression,)


def fields_of(expression: Expression) -> tuple[str, ...]:
    """The paths that an expression asks for, each once, in order."""
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
        return ClauseTrace(self.text, holds(self.clause, facts), {path: _shortened(facts[path]) for path in self.paths})


def traces_of_held(clauses: Iterable[Written], facts: Mapping[str, Any]) -> tuple[ClauseTrace, ...]:
    """The traces of clauses that are known to hold: most decisions have no others, so this is written for speed."""
    traces = []
    for clause in clauses:
        values = {}
        for path in clause.paths:
            value = facts[path]
            short = len(value) <= _LONGEST_TEXT if value.__class__ is str else value.__class__ in _SHORT
            values[path] = value if short else _shortened(value)
        traces.append(assembled(ClauseTrace, {"text": clause.text, "outcome": True, "values": values}))
    return tuple(traces)


def written_clauses(expression: Expression | None) -> tuple[Written, ...]:
    """Every clause of a condition, in order, as the rules language writes it."""
    return tuple(Written(clause, print_expression(clause), fields_of(clause)) for clause in clauses_of(expression))


def trace_condition(expression: Expression | None, facts: Mapping[str, Any]) -> tuple[ClauseTrace, ...]:
    """Every clause of a condition, in order, with its outcome and the values that it saw."""
    return tuple(written.trace(facts) for written in written_clauses(expression))


def trace_rule(rule: DispatchRule, facts: Mapping[str, Any]) -> RuleTrace:
    """A dispatch rule, whether it matched, and its clauses."""
    clauses = trace_condition(rule.when, facts)
    return RuleTrace(str(rule.id), all_of(clause.outcome for clause in clauses), clauses)


def reason(clause: ClauseTrace) -> str:
    """Why a clause did not hold, in words: `open_tickets < capacity` with what each was."""
    known = [f"{path} is {print_value(value)}" for path, value in clause.values.items() if value is not None]
    missing = [f"{path} is missing" for path, value in clause.values.items() if value is None]
    verdict = "does not hold" if clause.outcome is False else "is unknown"
    seen = ", ".join(known + missing)
    return f"`{clause.text}` {verdict}" + (f": {seen}" if seen else "")


def _shortened(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST_TEXT:
        return value[:_LONGEST_TEXT] + "…"
    if isinstance(value, tuple | list):
        return tuple(_shortened(item) for item in value[:_MOST_ITEMS])
    return value
