"""Which values may stand on the two sides of a comparison."""

from svcctl.foundation.diagnostic import Label
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.language.calendar_block import CalendarBlock
from svcctl.language.checks.findings import alternatives, described
from svcctl.language.checks.known import Known
from svcctl.language.checks.literals import item_type
from svcctl.language.tree import Expression, Field, Literal, Node
from svcctl.language.types import Kind, Type

_TEXTS = frozenset({Kind.TEXT, Kind.CHOICE, Kind.PERSON})
_CLOCKS = frozenset({Kind.ELAPSED, Kind.BUSINESS})
_ORDERED = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.ELAPSED, Kind.BUSINESS, Kind.INSTANT, Kind.DATE})


def same_dimension(left: str, right: str) -> bool:
    """Whether amounts compare: an open dimension goes with any, `money` with every currency."""
    return not left or not right or left == right or left.startswith(right + " ") or right.startswith(left + " ")


def check_comparison(
    known: Known, scope: str, op: str, left: tuple[Expression, Type], right: tuple[Expression, Type]
) -> bool:
    """Whether `left op right` has a meaning; a finding where it has none."""
    (left_node, left_type), (right_node, right_type) = left, right
    one, other = item_type(left_type), item_type(right_type)
    if {one.kind, other.kind} == _CLOCKS:
        _clock_mismatch(known, scope, left, right)
        return False
    if not _go_together(one, other):
        code = "dimension-mismatch" if one.kind is other.kind is Kind.QUANTITY else "type-mismatch"
        known.findings.error(
            code,
            f"{described(one)} compared with {described(other)}",
            left_node.span,
            described(one),
            related=[Label(right_node.span, described(other))],
            help=_advice(one, other),
        )
        return False
    if op not in ("==", "!=", "in") and not _has_order(one, other):
        subject = left_node if isinstance(left_node, Field) else right_node
        name = f"`{subject.path}`" if isinstance(subject, Field) else described(one)
        known.findings.error(
            "not-ordered",
            f"{name} has no order, so `{op}` has no meaning for it",
            subject.span,
            help=["compare with `==`, or write `in [...]`"],
        )
        return False
    return True


def _go_together(left: Type, right: Type) -> bool:
    if left.kind in _TEXTS and right.kind in _TEXTS:
        closed = left.choices and right.choices
        return not closed or not set(left.choices).isdisjoint(right.choices)
    if left.kind is Kind.QUANTITY and right.kind is Kind.QUANTITY:
        return same_dimension(left.dimension, right.dimension)
    if {left.kind, right.kind} == {Kind.QUANTITY, Kind.NUMBER}:
        return not (left.dimension or right.dimension)
    return left.kind is right.kind and left.kind not in (Kind.EVIDENCE, Kind.LIST)


def _has_order(left: Type, right: Type) -> bool:
    if left.kind is Kind.CHOICE and right.kind is Kind.CHOICE:
        return left.ordered and left.choices == right.choices
    return left.kind in _ORDERED


def _advice(left: Type, right: Type) -> list[str]:
    kinds = {left.kind, right.kind}
    if Kind.EVIDENCE in kinds:
        return ["of evidence ask only `is present` or `is missing`"]
    if kinds == {Kind.INSTANT, Kind.DATE}:
        return ["write an instant with its offset, as in `2026-11-23T00:00+08:00`"]
    if kinds == {Kind.QUANTITY}:
        return [f"write an amount of {described(left)}"]
    if Kind.CHOICE in kinds and (choices := left.choices or right.choices):
        return ["write " + alternatives(choices)]
    if kinds == {Kind.TEXT, Kind.NUMBER}:
        return ["write it in quotes if it is text"]
    if Kind.TRUTH in kinds:
        return ["write the condition without a comparison, or with `not` before it"]
    return []


def _clock_mismatch(known: Known, scope: str, left: tuple[Expression, Type], right: tuple[Expression, Type]) -> None:
    calendar = known.default_calendar
    business = "business time" + (f" on calendar `{calendar}`" if calendar else "")
    words = {Kind.ELAPSED: "elapsed time", Kind.BUSINESS: "business time"}
    labels = {Kind.ELAPSED: "elapsed time", Kind.BUSINESS: business}
    first, second = item_type(left[1]).kind, item_type(right[1]).kind
    known.findings.error(
        "clock-mismatch",
        f"{words[first]} compared with {words[second]}",
        left[0].span,
        labels[first],
        related=[Label(right[0].span, labels[second])],
        help=_clock_advice(known, scope, left[0], right[0]),
    )


def _clock_advice(known: Known, scope: str, left: Node, right: Node) -> list[str]:
    """What to write on either side, as far as that can be told."""
    written = next((node for node in (right, left) if isinstance(node, Literal)), None)
    field = next((node for node in (left, right) if isinstance(node, Field)), None)
    advice = []
    match written.value if written is not None else None:
        case Elapsed(seconds=seconds) if seconds % 60 == 0:
            whole = seconds % 3600 == 0
            amount = f"`{seconds // 3600}bh`" if whole else f"`{seconds // 60}bm`"
            advice.append(f"write {amount}{_about_days(known, seconds)}")
        case Business() as duration:
            advice.append(f"write `{Elapsed(duration.seconds + 86400 * duration.days)}`")
    if field is not None:
        stem, _, last = field.path.rpartition(".")
        sibling = f"{stem}.{'elapsed' if last == 'business' else 'business'}"
        if last in ("business", "elapsed") and known.term(scope, sibling) is not None:
            advice.append(f"use `{sibling}`")
    return [", or ".join(advice)] if advice else []


def _about_days(known: Known, seconds: int) -> str:
    """How many working days of the calendar in force so much open time is."""
    calendar = known.blocks["calendar"].get(known.default_calendar or "")
    if not isinstance(calendar, CalendarBlock):
        return ""
    days = {day for week in calendar.weekly for day in week.days}
    minutes = sum(
        (end - start) % 1440 or 1440 for week in calendar.weekly for _ in week.days for start, end in week.intervals
    )
    count = round(seconds / 60 * len(days) / minutes) if minutes else 0
    return f" (about {count} working days)" if count > 1 else ""
