"""Where a value that may be missing would turn an answer round unseen.

A comparison with a missing value is unknown, and a rule whose condition is unknown does not match. For
`humidity > 60 %` that is what anyone expects: no reading, no match. But `humidity != 60 %` and
`not (humidity > 60 %)` read as if they held without a reading, and do not. Only these warn: `!=`, `not in` and
everything under `not`, unless the same `and` says `is present`, the same `or` says `is missing`, or a default is given.
"""

from collections.abc import Callable, Iterator

from svcctl.language.tree import (
    Aggregate,
    And,
    Arithmetic,
    Comparison,
    Contains,
    Default,
    Expression,
    Field,
    Matches,
    Membership,
    Not,
    Or,
    Presence,
)


def unguarded(condition: Expression, optional: Callable[[str], bool]) -> Iterator[Field]:
    """The fields of a condition that may be missing and should have been guarded, each path once."""
    seen = set()
    for field in _walk(condition, frozenset(), False):
        if field.path not in seen and optional(field.path):
            seen.add(field.path)
            yield field


def _walk(node: Expression, guarded: frozenset[str], negated: bool) -> Iterator[Field]:
    match node:
        case And(parts=parts) | Or(parts=parts):
            settled = guarded | {path for part in parts if (path := _asked(part, isinstance(node, And)))}
            for part in parts:
                yield from _walk(part, settled, negated)
        case Not(operand=operand):
            yield from _walk(operand, guarded, True)
        case Comparison(op=op, left=left, right=right):
            for side in (left, right):
                yield from _walk(side, guarded, negated or op == "!=")
        case Membership(left=left, negated=outside):
            yield from _walk(left, guarded, negated or outside)
        case Contains(left=operand) | Matches(left=operand) | Aggregate(operand=operand):
            yield from _walk(operand, guarded, negated)
        case Arithmetic(left=left, right=right):
            yield from _walk(left, guarded, negated)
            yield from _walk(right, guarded, negated)
        case Field(path=path) if negated and path not in guarded:
            yield node
        case Presence() | Default():
            pass


def _asked(part: Expression, present: bool) -> str | None:
    """The path whose presence (or absence) `part` asks for."""
    match part:
        case Presence(operand=Field(path=path), present=asked) if asked is present:
            return path
        case Not(operand=Presence(operand=Field(path=path), present=asked)) if asked is not present:
            return path
        case _:
            return None
