"""Arithmetic: which operands go together, and what comes of them."""

from svcctl.foundation.diagnostic import Label
from svcctl.language.checks.compare import same_dimension
from svcctl.language.checks.findings import described
from svcctl.language.checks.known import Known
from svcctl.language.tree import Arithmetic
from svcctl.language.types import ELAPSED, NUMBER, Kind, Type

_SCALED = frozenset({Kind.QUANTITY, Kind.ELAPSED, Kind.BUSINESS})
_WORDS = {"+": "added to", "-": "less", "*": "multiplied by", "/": "divided by"}


def sum_type(known: Known, node: Arithmetic, left: Type, right: Type) -> Type | None:
    """The type of `left op right`; None with a finding where it has no meaning."""
    result = _added(node.op, left, right) if node.op in "+-" else _scaled(node.op, left, right)
    if result is None:
        code = "type-mismatch"
        if {left.kind, right.kind} == {Kind.ELAPSED, Kind.BUSINESS}:
            code = "clock-mismatch"
        elif left.kind is right.kind is Kind.QUANTITY and node.op in "+-":
            code = "dimension-mismatch"
        known.findings.error(
            code,
            f"{described(left)} {_WORDS[node.op]} {described(right)}",
            node.left.span,
            described(left),
            related=[Label(node.right.span, described(right))],
        )
    return result


def _added(op: str, left: Type, right: Type) -> Type | None:
    if left.kind is Kind.INSTANT and right.kind is Kind.ELAPSED:
        return left
    if left.kind is Kind.INSTANT and right.kind is Kind.INSTANT:
        return ELAPSED if op == "-" else None
    if left.kind is not right.kind:
        return None
    if left.kind is Kind.QUANTITY:
        return (left if left.dimension else right) if same_dimension(left.dimension, right.dimension) else None
    return left if left.kind in (Kind.NUMBER, Kind.ELAPSED, Kind.BUSINESS) else None


def _scaled(op: str, left: Type, right: Type) -> Type | None:
    if right.kind is Kind.NUMBER and (left.kind in _SCALED or left.kind is Kind.NUMBER):
        return left
    if op == "*":
        return right if left.kind is Kind.NUMBER and right.kind in _SCALED else None
    if left.kind is right.kind and left.kind in _SCALED and same_dimension(left.dimension, right.dimension):
        return NUMBER
    return None
