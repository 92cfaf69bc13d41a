"""What a clause asks of one field, in a form that an index can be made of."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from svcctl.decision.evaluator import order_of
from svcctl.decision.values import TURNED, Relation, base_of, compare, has_no_case
from svcctl.foundation.quantity import UNITS, Elapsed, Quantity
from svcctl.foundation.record import Record
from svcctl.language.pattern import compile_pattern
from svcctl.language.tree import (
    Comparison,
    Contains,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Not,
    Or,
    Presence,
)
from svcctl.language.types import Kind


class WordTest(Record):
    """The field is one of `words` (all str, or all bool); with `negated` none of them, but known.

    `order`: the words of an ordered choice; for any other word the test is unknown, so that it has no opposite.
    """

    path: str
    sort: str
    words: frozenset[Any]
    negated: bool = False
    order: frozenset[str] | None = None


class RangeTest(Record):
    """The field lies within bounds; None is no bound, `open` that the bound itself does not count."""

    path: str
    sort: str
    low: Any = None
    low_open: bool = False
    high: Any = None
    high_open: bool = False


class PresenceTest(Record):
    path: str
    present: bool


class TextTest(Record):
    """Some alternative is found in the text of the field; the pieces of one follow each other on a line.

    `folded`: regardless of case; the pieces are folded already.
    """

    path: str
    folded: bool
    alternatives: tuple[tuple[str, ...], ...]


FieldTest = WordTest | RangeTest | PresenceTest | TextTest


def field_test(clause: Expression) -> FieldTest | None:
    """The test of one field that a clause comes to, for values that are no list; None where it is not that simple."""
    match clause:
        case Field(path) if clause.type.kind is Kind.TRUTH:
            return WordTest(path, "truth", frozenset({True}))
        case Not(operand):
            inner = field_test(operand)
            if not isinstance(inner, WordTest) or inner.order is not None:
                return None
            return inner.replace(negated=not inner.negated)
        case Or(parts):
            return _either([field_test(part) for part in parts])
        case Presence(Field(path), present):
            return PresenceTest(path, present)
        case Comparison(op, Field() as field, Literal(value)):
            return _comparison(op, field, value, clause)
        case Comparison(op, Literal(value), Field() as field):
            return _comparison(TURNED[op], field, value, clause)
        case Membership(Field(path) as field, values, negated) if field.type.kind is not Kind.LIST:
            words = [value.value for value in values if isinstance(value, Literal) and isinstance(value.value, str)]
            return WordTest(path, "text", frozenset(words), negated) if words and len(words) == len(values) else None
        case Contains(Field(path) as field, values, mode) if field.type.kind is Kind.TEXT:
            found = [value.value for value in values if isinstance(value, Literal) and isinstance(value.value, str)]
            if not found or len(found) < len(values) or (mode != "any" and len(found) > 1):
                return None
            folded = not all(map(has_no_case, found))
            return TextTest(path, folded, tuple((word.casefold(),) for word in found))
        case Matches(Field(path), pattern):
            alternatives = compile_pattern(pattern).alternatives
            return None if alternatives is None else TextTest(path, False, alternatives)
    return None


def _either(tests: list[FieldTest | None]) -> FieldTest | None:
    """Several tests of words of one field are one."""
    words = [test for test in tests if isinstance(test, WordTest) and not test.negated]
    if len(words) < len(tests) or len({(test.path, test.sort) for test in words}) != 1:
        return None
    union = frozenset(word for test in words for word in test.words)
    orders = [test.order for test in words if test.order is not None]
    return words[0].replace(words=union, order=orders[0].intersection(*orders[1:]) | union if orders else None)


def _comparison(op: Relation, field: Field, value: object, clause: Comparison) -> FieldTest | None:
    if field.type.kind is Kind.LIST:
        return None
    if isinstance(value, str):
        if op in ("==", "!="):
            return WordTest(field.path, "text", frozenset({value}), op == "!=")
        order = order_of(clause.left, clause.right)
        if value not in order:
            return None
        words = frozenset(word for word in order if compare(op, word, value, order))
        return WordTest(field.path, "text", words, order=frozenset(order))
    if isinstance(value, bool):
        return WordTest(field.path, "truth", frozenset({value}), op == "!=") if op in ("==", "!=") else None
    key = sort_key(value)
    if key is None or op == "!=":
        return None
    sort, bound = key
    if op == "==":
        return RangeTest(field.path, sort, bound, False, bound, False)
    if op in (">", ">="):
        return RangeTest(field.path, sort, low=bound, low_open=op == ">")
    return RangeTest(field.path, sort, high=bound, high_open=op == "<")


_KEYS: dict[type, Callable[[Any], tuple[str, Any] | None]] = {
    int: lambda value: ("number", value),
    float: lambda value: ("number", Decimal(repr(value))) if value == value else None,
    Decimal: lambda value: None if value.is_nan() else ("number", value),
    Quantity: lambda value: (
        (value.dimension, base_of(value)) if value.unit in UNITS and not value.amount.is_nan() else None
    ),
    Elapsed: lambda value: ("elapsed", value.seconds),
    datetime: lambda value: ("instant", value) if value.tzinfo else None,
}


def sort_key(value: Any) -> tuple[str, Any] | None:
    """What a value is ordered among, and by what; None where it is nothing that ranges are made of."""
    key = _KEYS.get(value.__class__)
    return key(value) if key else None


def meet(one: FieldTest, other: FieldTest) -> FieldTest | None:
    """The one test that two of the same field come to together, or None where they cannot be joined."""
    if isinstance(one, RangeTest) and isinstance(other, RangeTest) and one.sort == other.sort:
        low = max((one.low, one.low_open), (other.low, other.low_open)) if None not in (one.low, other.low) else None
        high = (
            min((one.high, not one.high_open), (other.high, not other.high_open))
            if None not in (one.high, other.high)
            else None
        )
        lows = low or ((one.low, one.low_open) if other.low is None else (other.low, other.low_open))
        highs = high or ((one.high, not one.high_open) if other.high is None else (other.high, not other.high_open))
        return RangeTest(one.path, one.sort, *lows, highs[0], not highs[1])
    if isinstance(one, WordTest) and isinstance(other, WordTest) and (one.sort, one.order) == (other.sort, other.order):
        if one.negated and other.negated:
            return one.replace(words=one.words | other.words)
        if one.negated or other.negated:
            plain, without = (other, one) if one.negated else (one, other)
            return plain.replace(words=plain.words - without.words)
        return one.replace(words=one.words & other.words)
    return None
