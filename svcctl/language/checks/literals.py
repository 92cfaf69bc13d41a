"""Values written out: which type they have, and how one is read beside a field of another type."""

from datetime import date, datetime
from decimal import Decimal

from svcctl.foundation.diagnostic import Fix
from svcctl.foundation.errors import nearest
from svcctl.foundation.quantity import UNITS, Business, Elapsed, Quantity
from svcctl.foundation.source import Span
from svcctl.foundation.written import DURATIONS, UNIT_NAMES
from svcctl.language.checks.findings import described, respelt, suggestion
from svcctl.language.checks.known import Known
from svcctl.language.tree import Literal
from svcctl.language.types import BUSINESS, DATE, ELAPSED, INSTANT, NUMBER, TEXT, TRUTH, Kind, Type
from svcctl.language.types import quantity as quantity_type

#: What people write for other units.
_UNITS = {
    **UNIT_NAMES,
    **dict.fromkeys(("decibel", "decibels"), "dB"),
    **dict.fromkeys(("percent", "pct", "％"), "%"),
    **dict.fromkeys(("C", "celsius", "℃", "度"), "°C"),
    **dict.fromkeys(("yuan", "RMB", "rmb", "￥", "¥"), "CNY"),
    **dict.fromkeys(("dollar", "dollars", "$"), "USD"),
    **dict.fromkeys(("euro", "euros", "€"), "EUR"),
    **dict.fromkeys(("msec", "millisecond", "milliseconds"), "ms"),
    **dict.fromkeys(("millimeter", "millimetre"), "mm"),
    **dict.fromkeys(("meter", "metre"), "m"),
}
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}

#: Where any word may stand if it is one of the names.
WORDS = frozenset({Kind.CHOICE, Kind.PERSON})


def item_type(type: Type) -> Type:
    """The type of one item of a list, and of any other value the type itself."""
    if type.kind is not Kind.LIST or type.of is None:
        return type
    return Type(type.of, choices=type.choices, ordered=type.ordered, dimension=type.dimension, name=type.name)


def literal_type(known: Known, literal: Literal) -> Type | None:
    """The type of a value by itself; None where its unit does not exist, which is then said."""
    match literal.value:
        case bool():
            return TRUTH
        case int() | Decimal():
            return NUMBER
        case Quantity() as amount:
            return quantity_type(amount.dimension) if known_unit(known, amount.unit, literal.span, amount) else None
        case Elapsed():
            return ELAPSED
        case Business():
            return BUSINESS
        case datetime():
            return INSTANT
        case date():
            return DATE
        case _:
            return TEXT


def known_unit(known: Known, unit: str, span: Span, amount: Quantity | None = None) -> bool:
    """Whether there is such a unit; `span` ends with it, and is all of the amount where one is given."""
    if unit in UNITS:
        return True
    place = Span(span.source, max(span.start, span.end - len(unit)), span.end)
    close = _UNITS.get(unit) or nearest(unit, tuple(UNITS))
    under, help = "", []
    fix = Fix(place, close) if close is not None and _is_certain(unit, close) else None
    if unit in DURATIONS and amount is not None:
        help = [f"write `{amount.amount}{DURATIONS[unit]}`"]  # or business time: that is not certain
    elif close is not None:
        under = "units are case-sensitive" if close.casefold() == unit.casefold() else ""
        help = [f"did you mean `{close}` ({UNITS[close].dimension})?"]
    known.findings.error("unknown-unit", f"there is no unit `{unit}`", place, under, help=help, fix=fix)
    return False


def _is_certain(unit: str, close: str) -> bool:
    """Whether a unit can only be another way to write `close`: milli and mega differ by case alone."""
    if unit in DURATIONS:
        return False
    alike = [symbol for symbol in UNITS if symbol.casefold() == unit.casefold()]
    return unit in _UNITS or (alike == [close] and (unit[0] == close[0] or unit[0] not in "mM"))


def fit_literal(known: Known, literal: Literal, wanted: Type, asked: str) -> Literal | None:
    """The value as it is read where a `wanted` is expected, with its type; None where that was a mistake.

    `asked` is what it stands beside (the path of a field), for the message. A value of another type comes back as
    it is: whether the two go together is for the caller to say.
    """
    own = literal_type(known, literal)
    if own is None:
        return None
    value, wanted = literal.value, item_type(wanted)
    if isinstance(value, str) and wanted.kind in WORDS:
        return literal.replace(type=wanted) if fit_word(known, value, wanted, asked, literal.span) else None
    if isinstance(value, Quantity) and wanted.kind is Kind.ELAPSED and own.dimension == "time":
        if value.base % 1 == 0:
            return literal.replace(value=Elapsed(int(value.base)), type=ELAPSED)
    elif isinstance(value, Elapsed) and wanted.kind is Kind.QUANTITY and wanted.dimension in ("", "time"):
        return literal.replace(value=Quantity(Decimal(value.seconds), "s"), type=quantity_type("time"))
    elif own is NUMBER and (unit := _missing_unit(wanted)) is not None:
        known.findings.error(
            "missing-unit",
            f"`{value}` has no unit",
            literal.span,
            f"{described(wanted)} is asked for" if not asked else f"`{asked}` is {described(wanted)}",
            help=[f"write `{value}{unit}`"],
        )
        return None
    return literal.replace(type=own)


def fit_word(known: Known, word: str, wanted: Type, asked: str, span: Span) -> bool:
    """Whether a word is one of those that `wanted` takes; a finding where it is not."""
    allowed = known.allowed(wanted)
    if allowed is None or word in allowed:
        return True
    if wanted.name:
        known.unknown(wanted.name, word, allowed, span)
    else:
        subject = f"`{word}` is not a value of `{asked}`" if asked else f"there is no value `{word}`"
        known.findings.error(
            "unknown-value", subject, span, help=suggestion(word, allowed), fix=respelt(word, allowed, span)
        )
    return False


def truth_word(word: str) -> bool | None:
    """The truth that a word stands for: `yes`, `no`, `true`, `false`."""
    return _TRUTHS.get(word)


def _missing_unit(wanted: Type) -> str | None:
    if wanted.kind is Kind.ELAPSED:
        return "h"
    if wanted.kind is Kind.BUSINESS:
        return "bh"
    if wanted.kind is not Kind.QUANTITY or not wanted.dimension:
        return None
    for symbol, unit in UNITS.items():
        if unit.dimension == wanted.dimension or unit.dimension.startswith(wanted.dimension + " "):
            return f" {symbol}"
    return None
