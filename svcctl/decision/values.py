"""What comparisons and memberships of the rules language come to on values, missing ones included.

Conditions are three-valued (Kleene, strong): True, False, and None for unknown. A comparison is unknown where
either side is missing or the two cannot be compared: other kinds, other dimensions, working days with working
hours. Numbers are compared exactly; a float counts as the decimal that it prints as.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

from svcctl.foundation.quantity import UNITS, Business, Elapsed, Quantity

Truth = bool | None
Relation = Literal["==", "!=", "<", "<=", ">", ">="]

#: The relation that holds of (b, a) where one holds of (a, b).
TURNED: dict[Relation, Relation] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

#: Sums and quotients have up to sixty digits; nothing raises, what has no value becomes NaN and so unknown.
DIGITS = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[])


def exact(value: Any) -> int | Decimal | None:
    """A number as it is compared; None where `value` is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        value = Decimal(repr(value))
    return value if isinstance(value, Decimal) and not value.is_nan() else None


def negation(truth: Truth) -> Truth:
    return None if truth is None else not truth


def all_of(truths: Iterable[Truth]) -> Truth:
    """Kleene conjunction: False where any is, else unknown where any is."""
    outcome: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            outcome = None
    return outcome


def any_of(truths: Iterable[Truth]) -> Truth:
    """Kleene disjunction: True where any is, else unknown where any is."""
    outcome: Truth = False
    for truth in truths:
        if truth is True:
            return True
        if truth is None:
            outcome = None
    return outcome


def truth_of(value: Any) -> Truth:
    """A value that stands as a condition by itself, such as `on_shift`."""
    return value if value is True or value is False else None


def base_of(quantity: Quantity) -> Decimal:
    """The amount in the base unit, which no amount is too large for."""
    unit = UNITS[quantity.unit]
    return DIGITS.add(DIGITS.multiply(quantity.amount, unit.factor), unit.offset)


def _key(value: Any) -> tuple[str, Any] | None:
    """What sort of value this is for comparison, and what is compared."""
    if isinstance(value, str):
        return "text", value
    if isinstance(value, bool):
        return "truth", value
    number = exact(value)
    if number is not None:
        return "number", number
    if isinstance(value, Quantity):
        if value.amount.is_nan():
            return None
        return (value.dimension, base_of(value)) if value.unit in UNITS else (value.unit, value.amount)
    if isinstance(value, Elapsed):
        return "elapsed", value.seconds
    if isinstance(value, datetime):
        return "instant" if value.tzinfo else "wall", value
    return ("date", value) if isinstance(value, date) else None


def _keys(left: Any, right: Any, choices: tuple[str, ...]) -> tuple[str, Any, Any] | None:
    if isinstance(left, Business) and isinstance(right, Business):
        if (left.days and right.seconds) or (left.seconds and right.days):
            return None
        return "business", left.days + left.seconds, right.days + right.seconds
    mine, theirs = _key(left), _key(right)
    if mine is None or theirs is None or mine[0] != theirs[0]:
        return None
    if choices and mine[0] == "text":
        if left not in choices or right not in choices:
            return None
        return "choice", choices.index(left), choices.index(right)
    return mine[0], mine[1], theirs[1]


def _compare_one(op: Relation, left: Any, right: Any, choices: tuple[str, ...]) -> Truth:
    if op == "!=":
        return negation(_compare_one("==", left, right, choices))
    keys = _keys(left, right, () if op == "==" else choices)
    if keys is None:
        return None
    sort, mine, theirs = keys
    if op == "==":
        return bool(mine == theirs)
    if sort in ("text", "truth"):
        return None
    if op == "<":
        return bool(mine < theirs)
    if op == "<=":
        return bool(mine <= theirs)
    return bool(mine > theirs) if op == ">" else bool(mine >= theirs)


def compare(op: Relation, left: Any, right: Any, choices: tuple[str, ...] = (), every: bool = False) -> Truth:
    """`left op right`.

    Words are ordered by their place in `choices`, and not at all without it. A list equals a value where some item
    does, and differs from it where none does. With `every` it is a list of readings: each must stand in the
    relation, and of no readings nothing is known. So must each item of any list for `<` and its kin.
    """
    if left is None or right is None:
        return None
    if not isinstance(left, tuple | list):
        if isinstance(right, tuple | list):
            return compare(TURNED[op], right, left, choices, every)
        return _compare_one(op, left, right, choices)
    if every or op not in ("==", "!="):
        return all_of(compare(op, item, right, choices, every) for item in left) if left else None
    equal = any_of(compare("==", item, right) for item in left)
    return equal if op == "==" else negation(equal)


def member(left: Any, values: Iterable[Any], every: bool = False) -> Truth:
    """`left in [values]`: of a list some item, of readings (`every`) each of them."""
    if left is None:
        return None
    known = tuple(values)
    if every and isinstance(left, tuple | list):
        return all_of(member(item, known) for item in left) if left else None
    return any_of(compare("==", left, value) for value in known)


def contains(left: Any, values: Iterable[Any], mode: str) -> Truth:
    """`left contains any [values]`: text regardless of case, or an item of a list."""
    if left is None:
        return None
    found = [_holds(left, value) for value in values]
    return any_of(found) if mode == "any" else all_of(found)


def _holds(left: Any, value: Any) -> Truth:
    if isinstance(left, tuple | list):
        return compare("==", left, value)
    if isinstance(left, str) and isinstance(value, str):
        return value.casefold() in left.casefold()
    return None


def has_no_case(word: str) -> bool:
    """Whether a text contains a word as it stands wherever it contains it regardless of case, so that the text need not
    be folded: the word is of Chinese or Japanese characters and their punctuation, and digits. Said of fewer words than
    it is true of."""
    return all("\u2e80" <= character <= "\u9fff" or "0" <= character <= "9" for character in word)
