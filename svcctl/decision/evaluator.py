"""The plain evaluator: a checked expression, walked as it stands. `compiler` must come to the same, only faster."""

from collections.abc import Mapping
from typing import Any

from svcctl.decision.arithmetic import aggregate, arithmetic
from svcctl.decision.values import (
    Truth,
    all_of,
    any_of,
    compare,
    contains,
    member,
    negation,
    truth_of,
)
from svcctl.language.pattern import compile_pattern
from svcctl.language.tree import (
    Aggregate,
    And,
    Arithmetic,
    Comparison,
    Contains,
    Default,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Name,
    Not,
    Or,
    Presence,
)
from svcctl.language.types import Kind, Type


def type_of(expression: Expression) -> Type | None:
    """The type that the checker gave a field or a literal, through `or default`; None for what has none written."""
    if isinstance(expression, Field | Literal):
        return expression.type
    return type_of(expression.operand) if isinstance(expression, Default) else None


def order_of(*expressions: Expression) -> tuple[str, ...]:
    """The words of an ordered choice among the types of the two sides, in their order."""
    types = (type_of(expression) for expression in expressions)
    return next((kind.choices for kind in types if kind is not None and kind.ordered), ())


def is_readings(*expressions: Expression) -> bool:
    """Whether a side is a list of readings, of which a comparison speaks of each."""
    types = (type_of(expression) for expression in expressions)
    return any(kind is not None and kind.kind is Kind.LIST and kind.of is Kind.QUANTITY for kind in types)


def evaluate(expression: Expression, facts: Mapping[str, Any]) -> Any:
    """What an expression comes to; None for a missing value and for an unknown condition.

    `facts[path]` is None for a missing value. Every evaluation ends and looks at each node at most once.
    """
    match expression:
        case Field(path):
            return facts[path]
        case Literal(value):
            return value
        case And(parts):
            return all_of(holds(part, facts) for part in parts)
        case Or(parts):
            return any_of(holds(part, facts) for part in parts)
        case Not(operand):
            return negation(holds(operand, facts))
        case Comparison(op, left, right):
            return compare(
                op, evaluate(left, facts), evaluate(right, facts), order_of(left, right), is_readings(left, right)
            )
        case Membership(left, values, negated):
            within = member(evaluate(left, facts), (evaluate(value, facts) for value in values), is_readings(left))
            return negation(within) if negated else within
        case Contains(left, values, mode):
            return contains(evaluate(left, facts), (evaluate(value, facts) for value in values), mode)
        case Matches(left, pattern):
            return matches(compile_pattern(pattern), evaluate(left, facts))
        case Presence(operand, present):
            return (evaluate(operand, facts) is not None) is present
        case Default(operand, value):
            known = evaluate(operand, facts)
            return evaluate(value, facts) if known is None else known
        case Aggregate(function, operand):
            return aggregate(function, evaluate(operand, facts))
        case Arithmetic(op, left, right):
            return arithmetic(op, evaluate(left, facts), evaluate(right, facts))
        case Name(path):
            raise TypeError(f"`{path}` was never resolved: only checked expressions can be evaluated")


def holds(expression: Expression, facts: Mapping[str, Any]) -> Truth:
    """What a condition comes to: True, False, or None where it is unknown."""
    return truth_of(evaluate(expression, facts))


def matches(found: Any, value: Any) -> Truth:
    """Whether a text, or some item of a list of texts, has a match of a compiled pattern."""
    if isinstance(value, str):
        return bool(found(value))
    if isinstance(value, tuple | list):
        return any_of(matches(found, item) for item in value)
    return None
