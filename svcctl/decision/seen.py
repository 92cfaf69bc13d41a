"""Criteria in words: what was asked for, and what was seen."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from svcctl.decision.evaluator import evaluate
from svcctl.facts.facts import Facts
from svcctl.foundation.quantity import Quantity
from svcctl.foundation.record import Record
from svcctl.language.blocks import Criterion
from svcctl.language.printer import print_expression, print_recipient, print_value
from svcctl.language.tree import Aggregate, Expression, Field


def print_criterion(criterion: Criterion) -> str:
    """A criterion as the rules language writes it."""
    parts = [print_expression(criterion.condition)]
    if criterion.over is not None:
        parts.append(f"over {print_time(timedelta(seconds=criterion.over.seconds))}")
    if criterion.coverage is not None:
        parts.append(f"coverage >= {(criterion.coverage * 100).normalize():f} %")
    if criterion.samples is not None:
        parts.append(f"in {criterion.samples} " + (f"batches of {criterion.size}" if criterion.size else "runs"))
    if criterion.by is not None:
        parts.append(f"by {print_recipient(criterion.by)}")
    return " ".join(parts)


def seen_values(condition: Expression, facts: Facts) -> str:
    """What a condition saw: `max 43.2 dB`, `0`, `satisfied`."""
    return ", ".join(dict.fromkeys(_seen(condition, facts)))


def _seen(node: object, facts: Facts) -> Iterator[str]:
    match node:
        case Aggregate(function, operand):
            value = evaluate(node, facts)
            yield f"{function} {_shown(value)}" if value is not None else f"no {print_expression(operand)}"
        case Field(path):
            value = facts[path]
            items = value if isinstance(value, tuple) else () if value is None else (value,)
            yield _span_of(path, items)
        case tuple():
            for item in node:
                yield from _seen(item, facts)
        case Record():
            for name in node._fields:
                yield from _seen(getattr(node, name), facts)


def _span_of(path: str, items: tuple[object, ...]) -> str:
    """The values of a field: each once, the first few of many."""
    different = list(dict.fromkeys(_shown(item) for item in items))
    if not different:
        return f"no {path}"
    return ", ".join(different[:3]) + (" ..." if len(different) > 3 else "")


def _shown(value: object) -> str:
    """For reading: words without quotes, and an average without more digits than anybody wants."""
    match value:
        case str():
            return value
        case Quantity(amount, unit):
            return str(Quantity(round(amount, 3), unit))
        case Decimal():
            return f"{round(value, 3).normalize():f}"
    return print_value(value)


def print_time(time: timedelta) -> str:
    """A time in its two largest units, in days only from two on: `24h`, `23h 50m`, `2d 4h`."""
    seconds = int(time.total_seconds())
    parts = []
    for size, letter in ((86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count = seconds // size if letter != "d" or seconds >= 2 * size else 0
        seconds -= count * size
        if count:
            parts.append(f"{count}{letter}")
    return " ".join(parts[:2]) or "0s"
