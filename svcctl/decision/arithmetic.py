"""What `+ - * /` and the aggregates of the rules language come to on values, missing ones included: unknown (None)
where a side is missing, or the two do not go together."""

from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from svcctl.decision.values import DIGITS, Relation, base_of, compare, exact
from svcctl.foundation.quantity import UNITS, Business, Elapsed, Quantity


def _clean(number: Decimal) -> Decimal | None:
    return None if number.is_nan() else number


def _calculate(op: str, left: int | Decimal, right: int | Decimal) -> int | Decimal | None:
    if op == "/":
        return None if right == 0 else _clean(DIGITS.divide(Decimal(left), Decimal(right)))
    if isinstance(left, int) and isinstance(right, int):
        return left + right if op == "+" else left - right if op == "-" else left * right
    act = {"+": DIGITS.add, "-": DIGITS.subtract, "*": DIGITS.multiply}[op]
    return _clean(act(Decimal(left), Decimal(right)))


def _whole(number: int | Decimal | None) -> int | None:
    if number is None or isinstance(number, int):
        return number
    return int(number.to_integral_value(ROUND_HALF_EVEN)) if number.is_finite() and number.adjusted() < 15 else None


def arithmetic(op: str, left: Any, right: Any) -> Any:
    """`left op right`; None where a side is missing, the kinds do not go together, or the divisor is zero.

    Durations come to whole seconds, to the nearest even. Quantities of one dimension add up in the unit of the
    left one; those with an offset (°C) only with their own unit.
    """
    mine, theirs = exact(left), exact(right)
    if mine is not None and theirs is not None:
        return _calculate(op, mine, theirs)
    if op == "*" and mine is not None:
        return _scaled(op, right, mine)
    if op in ("*", "/") and theirs is not None:
        return _scaled(op, left, theirs)
    if isinstance(left, Quantity) and isinstance(right, Quantity):
        return _with_units(op, left, right)
    if isinstance(left, Elapsed) and isinstance(right, Elapsed):
        return _calculate(op, left.seconds, right.seconds) if op == "/" else _spans(op, left, right)
    if isinstance(left, Business) and isinstance(right, Business) and op in ("+", "-"):
        return _working(op, left, right)
    if isinstance(left, datetime):
        return _shifted(op, left, right)
    return None


def _scaled(op: str, value: Any, factor: int | Decimal) -> Any:
    if isinstance(value, Quantity):
        amount = _calculate(op, value.amount, factor)
        return None if amount is None else Quantity(Decimal(amount), value.unit)
    if isinstance(value, Elapsed):
        seconds = _whole(_calculate(op, value.seconds, factor))
        return None if seconds is None else Elapsed(seconds)
    if isinstance(value, Business):
        seconds = _whole(_calculate(op, value.seconds, factor))
        days = _calculate(op, value.days, factor)
        whole = _whole(days)
        return None if seconds is None or whole is None or whole != days else Business(seconds, whole)
    return None


def _with_units(op: str, left: Quantity, right: Quantity) -> Any:
    ours, theirs = UNITS.get(left.unit), UNITS.get(right.unit)
    if op == "*" or (
        left.unit != right.unit and (ours is None or theirs is None or ours.dimension != theirs.dimension)
    ):
        return None
    if op == "/":
        pair = (base_of(left), base_of(right)) if ours and theirs else (left.amount, right.amount)
        return _calculate(op, *pair)
    other: int | Decimal | None = right.amount
    if left.unit != right.unit and ours and theirs:
        if ours.offset or theirs.offset:
            return None
        other = _calculate("/", DIGITS.multiply(right.amount, theirs.factor), ours.factor)
    amount = None if other is None else _calculate(op, left.amount, other)
    return None if amount is None else Quantity(Decimal(amount), left.unit)


def _spans(op: str, left: Elapsed, right: Elapsed) -> Elapsed | None:
    if op == "*":
        return None
    return Elapsed(left.seconds + right.seconds if op == "+" else left.seconds - right.seconds)


def _working(op: str, left: Business, right: Business) -> Business | None:
    sign = 1 if op == "+" else -1
    total = Business(left.seconds + sign * right.seconds, left.days + sign * right.days)
    return None if total.seconds and total.days else total


def _shifted(op: str, left: datetime, right: Any) -> Any:
    try:
        if isinstance(right, Elapsed) and op in ("+", "-"):
            return left + timedelta(seconds=right.seconds if op == "+" else -right.seconds)
        if isinstance(right, datetime) and op == "-":
            return Elapsed(int((left - right).total_seconds()))
    except (OverflowError, TypeError):  # past the year 9999, or one of the two without a zone
        return None
    return None


def aggregate(function: str, value: Any) -> Any:
    """`max`, `min`, `avg`, `sum` or `count` of a list; of nothing unknown, but `count` and `sum` are 0."""
    items = () if value is None else tuple(value) if isinstance(value, tuple | list) else (value,)
    if function == "count":
        return len(items)
    if not items:
        return 0 if function == "sum" else None
    best = items[0]
    if function in ("max", "min"):
        wins: Relation = ">" if function == "max" else "<"
        for item in items:
            better = compare(wins, item, best)
            if better is None:
                return None
            best = item if better else best
        return best
    total = best
    for item in items[1:]:
        total = arithmetic("+", total, item)
    return total if function == "sum" else arithmetic("/", total, len(items))
