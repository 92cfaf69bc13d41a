"""What a condition means, once for documents in memory and once in SQL over indexed fields.

Both orders are the same: absent, then numbers (false and true are 0 and 1), then text by code points,
then lists and mappings, which compare only for equality. A value that SQLite cannot hold exactly (an
integer beyond 64 bits, a lone surrogate) makes its field inexact, and its conditions a scan.
"""

from collections.abc import Callable, Mapping
from typing import Any

from svcctl.store.contract import Where
from svcctl.ticket.event import Document, value_at

Condition = tuple[str, list[Any]]

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: bool(a < b),
    "<=": lambda a, b: bool(a <= b),
    ">": lambda a, b: bool(a > b),
    ">=": lambda a, b: bool(a >= b),
}
_MOST_ALTERNATIVES = 1000
_CONTAINER = b"{}"


def meets(document: Document, where: Where) -> bool:
    """Whether the document meets one condition."""
    value = value_at(document, where.field)
    match where.op:
        case "==":
            return bool(value == where.value)
        case "!=":
            return bool(value != where.value)
        case "in":
            return value in tuple(where.value)
        case op:
            rank = _rank(value)
            return rank in (1, 2) and rank == _rank(where.value) and _COMPARE[op](value, where.value)


def order_key(document: Document, field: str) -> tuple[int, Any]:
    """Sorts documents by a field: absent, numbers, text, then all else as equals."""
    value = value_at(document, field)
    rank = _rank(value)
    return rank, value if rank in (1, 2) else 0


def column(value: Any) -> Any:
    """The value as SQLite keeps it; lists and mappings as one marker. Not for values that `is_exact` denies."""
    if isinstance(value, list | tuple | Mapping):
        return _CONTAINER
    return int(value) if isinstance(value, bool) else value


def is_exact(value: Any) -> bool:
    """Whether SQLite can hold the value as it is."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return False
    return not isinstance(value, int) or -(2**63) <= value < 2**63


def to_sql(where: Where, name: str) -> Condition | None:
    """The condition on column `name` with its arguments; None where SQL cannot say it exactly."""
    value = where.value
    if where.op == "in":
        return _one_of(tuple(value), name)
    if _rank(value) == 3 or not is_exact(value):
        return None
    if where.op == "==":
        return (f"{name} IS NULL", []) if value is None else (f"{name} = ?", [column(value)])
    if where.op == "!=":
        return (f"{name} IS NOT NULL", []) if value is None else (f"{name} IS NOT ?", [column(value)])
    if value is None:
        return "0", []
    # SQLite orders every number before every text before every blob: each comparison stays in its own kind.
    lowest, above = ("-9e999", "''") if _rank(value) == 1 else ("''", "x''")
    bound = f"{name} < {above}" if where.op in (">", ">=") else f"{name} >= {lowest}"
    return f"{name} {where.op} ? AND {bound}", [column(value)]


def _one_of(values: tuple[Any, ...], name: str) -> Condition | None:
    if len(values) > _MOST_ALTERNATIVES or any(_rank(v) == 3 or not is_exact(v) for v in values):
        return None
    present = [column(value) for value in values if value is not None]
    sql = f"{name} IN ({','.join('?' * len(present))})"
    return (f"({sql} OR {name} IS NULL)" if None in values else sql), present


def _rank(value: Any) -> int:
    if value is None:
        return 0
    if isinstance(value, int | float):
        return 1
    return 2 if isinstance(value, str) else 3
