"""Generated expressions and the values that they meet."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.language.tree import (
    Aggregate,
    And,
    Arithmetic,
    Comparison,
    Contains,
    Default,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Not,
    Or,
    Presence,
)
from svcctl.language.types import NUMBER, TEXT, TRUTH, Kind, Type, choice, list_of, quantity

LEVELS = choice("low", "medium", "high", ordered=True)
READINGS = Type(Kind.LIST, of=Kind.QUANTITY)
TYPES: dict[str, Type] = {
    "urgency": LEVELS,
    "type": choice(name="type"),
    "title": TEXT,
    "count": NUMBER,
    "ready": TRUTH,
    "tags": list_of(Kind.TEXT),
    "measured.noise": READINGS,
    "weight": quantity("mass"),
    "age": Type(Kind.ELAPSED),
    "at": Type(Kind.INSTANT),
}

words = st.sampled_from(["low", "medium", "high", "fault", "黑屏", "Fault A-1", "", "ß", "SS"])
numbers = st.one_of(
    st.integers(-3, 3),
    st.sampled_from([Decimal("0.1"), Decimal("2.50"), Decimal("-1"), 2**60]),
)
floats = st.sampled_from([0.1, 2.5, -1.0, 0.30000000000000004, float("nan"), float("inf")])
quantities = st.builds(
    Quantity,
    st.sampled_from([Decimal(0), Decimal(1), Decimal("45.5"), Decimal(1000)]),
    st.sampled_from(["kg", "g", "dB", "°C", "K", "parsec"]),
)
durations = st.one_of(
    st.builds(Elapsed, st.sampled_from([0, 60, 3600])),
    st.builds(Business, st.sampled_from([0, 60])),
    st.builds(lambda days: Business(days=days), st.integers(0, 2)),
)
instants = st.sampled_from([datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC), date(2026, 11, 23)])
scalars = st.one_of(words, numbers, quantities, durations, instants, st.booleans())
values = st.one_of(
    st.none(), scalars, floats, st.lists(words, max_size=3).map(tuple), st.lists(quantities, max_size=3).map(tuple)
)


class Known(dict[str, Any]):
    """Facts of which any may be missing."""

    def __missing__(self, path: str) -> Any:
        return None


facts = st.dictionaries(st.sampled_from(sorted(TYPES)), values).map(Known)

fields = st.sampled_from([Field(path, type=kind) for path, kind in TYPES.items()])
literals = scalars.map(lambda value: Literal(value, type=None))
_relations = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    listed = st.lists(literals, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, inner),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Comparison, _relations, inner, inner),
        st.builds(Comparison, _relations, fields, literals),
        st.builds(Membership, inner, listed, st.booleans()),
        st.builds(Contains, inner, listed, st.sampled_from(["one", "any", "all"])),
        st.builds(Matches, inner, st.sampled_from(["黑", "l.w|fault", "^F", "h+$", ""])),
        st.builds(Presence, inner, st.booleans()),
        st.builds(Default, inner, inner),
        st.builds(Aggregate, st.sampled_from(["max", "min", "avg", "sum", "count"]), inner),
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
    )


_any = st.recursive(st.one_of(fields, literals), _larger, max_leaves=12)


@st.composite
def _expressions(draw: st.DrawFn) -> Expression:
    return draw(_any)


expressions = _expressions()
