"""Conditions on indexed fields as SQL. What SQL cannot say exactly is left to be checked document by document."""

from collections.abc import Mapping, Sequence
from typing import Any

from svcctl.plugin_api import Record, Where
from svcctl_store_postgres.keys import NUMBER, OTHER, TEXT, is_cut, key

Condition = tuple[str, list[Any]]

_MOST_ALTERNATIVES = 1000


class Asked(Record):
    """What of a question SQL answers: conditions joined by AND, those left to check, and fields that are not NULL."""

    sql: str
    arguments: tuple[Any, ...]
    rest: tuple[Where, ...]
    present: frozenset[str]


def asked(where: Sequence[Where], columns: Mapping[str, str], newest: int) -> Asked:
    """`columns` are those of the indexed fields; `newest` is the version of documents as they are written now: what an
    upgrade makes of an older one is in no column, so each of those is looked at."""
    conditions: list[Condition] = []
    rest: list[Where] = []
    present = set()
    for one in where:
        name = columns.get(one.field)
        condition = to_sql(one, name) if name else None
        if condition is None:
            rest.append(one)
            continue
        conditions.append(condition)
        if one.op in ("<", "<=", ">", ">="):
            present.add(one.field)
    sql = " AND ".join(one for one, _ in conditions) or "TRUE"
    arguments = [argument for _, arguments in conditions for argument in arguments]
    if newest > 1 and conditions:
        return Asked(f"(({sql}) OR version <> %s) AND NOT removed", (*arguments, newest), tuple(where), frozenset())
    return Asked(f"{sql} AND NOT removed", tuple(arguments), tuple(rest), frozenset(present))


def to_sql(where: Where, name: str) -> Condition | None:
    """The condition on the column `name` with its arguments; None where SQL cannot say it exactly."""
    if where.op == "in":
        return _one_of(tuple(where.value), name)
    found = key(where.value)
    if found == OTHER:
        return None
    if where.op == "==":
        return (f"{name} IS NULL", []) if found is None else (f"{name} = %s", [found])
    if where.op == "!=":
        return (f"{name} IS NOT NULL", []) if found is None else (f"{name} IS DISTINCT FROM %s", [found])
    if found is None:
        return "FALSE", []
    if is_cut(found):
        return None
    # Text compares with text and numbers with numbers: each comparison stays within its own kind.
    lowest, above = (NUMBER, TEXT) if found.startswith(NUMBER) else (TEXT, OTHER)
    bound, end = ("<", above) if where.op in (">", ">=") else (">=", lowest)
    return f"({name} {where.op} %s AND {name} {bound} %s)", [found, end]


def _one_of(values: tuple[Any, ...], name: str) -> Condition | None:
    keys = [key(value) for value in values]
    if len(keys) > _MOST_ALTERNATIVES or OTHER in keys:
        return None
    sql = f"{name} = ANY(%s::bytea[])"
    present = [each for each in keys if each is not None]
    return (f"({sql} OR {name} IS NULL)" if None in keys else sql), [present]
