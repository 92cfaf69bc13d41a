"""Generated conditions of dispatch rules, of the clauses that they have, and tickets that meet them."""

from decimal import Decimal

from hypothesis import strategies as st

from svcctl.foundation.quantity import Elapsed, Quantity
from svcctl.language.tree import (
    And,
    Comparison,
    Contains,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Not,
    Or,
    Presence,
)
from svcctl.language.types import NUMBER, TEXT
from tests.decision.expressions import TYPES, Known, expressions, facts


def field(path: str) -> Field:
    return Field(path, type=TYPES[path])


def word(text: str) -> Literal:
    return Literal(text, type=TEXT)


def number(value: object) -> Literal:
    return Literal(value, type=NUMBER)


_relations = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
_types = st.sampled_from(["fault", "noise", "software"])
_levels = st.sampled_from(["low", "medium", "high", "unheard-of"])
_numbers = st.sampled_from([0, 1, 3, Decimal("2.5"), Decimal("0.1"), 2**60, Decimal("0.30000000000000004")])
clauses: st.SearchStrategy[Expression] = st.one_of(
    st.builds(lambda op, value: Comparison(op, field("type"), word(value)), st.sampled_from(["==", "!="]), _types),
    st.builds(lambda op, value: Comparison(op, field("urgency"), word(value)), _relations, _levels),
    st.builds(lambda op, value: Comparison(op, field("count"), number(value)), _relations, _numbers),
    st.builds(lambda op, value: Comparison(op, number(value), field("count")), _relations, _numbers),
    st.builds(
        lambda op, value: Comparison(op, field("weight"), Literal(value, type=TYPES["weight"])),
        _relations,
        st.sampled_from([Quantity(Decimal(1), "kg"), Quantity(Decimal(500), "g"), Quantity(Decimal(1), "dB")]),
    ),
    st.builds(
        lambda op, value: Comparison(op, field("age"), Literal(Elapsed(value), type=TYPES["age"])),
        _relations,
        st.sampled_from([0, 60]),
    ),
    st.builds(
        lambda values, negated: Membership(field("type"), tuple(map(word, values)), negated),
        st.lists(_types, min_size=1, max_size=3),
        st.booleans(),
    ),
    st.builds(
        lambda values: Or(tuple(Comparison("==", field("type"), word(value)) for value in values)),
        st.lists(_types, min_size=1, max_size=2),
    ),
    st.just(field("ready")),
    st.builds(Presence, st.sampled_from([field("count"), field("title")]), st.booleans()),
    st.builds(
        lambda words, mode: Contains(field("title"), tuple(map(word, words)), mode),
        st.lists(st.sampled_from(["黑屏", "FAULT", "a"]), min_size=1, max_size=2),
        st.sampled_from(["any", "all"]),
    ),
    st.builds(Matches, st.just(field("title")), st.sampled_from(["黑|a", "F.*A", "l[aeo]w"])),
    st.builds(lambda value: Comparison("==", field("tags"), word(value)), _types),
    expressions,
)
conditions = st.one_of(
    st.none(),
    st.lists(st.one_of(clauses, clauses.map(Not)), min_size=1, max_size=4).map(lambda parts: And(tuple(parts))),
)
_values = {
    "type": st.one_of(_types, st.none(), st.just(7), st.just(("fault", "noise"))),
    "urgency": st.one_of(_levels, st.none()),
    "count": st.one_of(
        _numbers, st.sampled_from([0.1, 2.5, 0.30000000000000004, float("nan"), float("inf"), True]), st.none()
    ),
    "weight": st.sampled_from([None, Quantity(Decimal("0.5"), "kg"), Quantity(Decimal(1), "kg"), Decimal(1)]),
    "age": st.sampled_from([None, Elapsed(0), Elapsed(30), Elapsed(60)]),
    "ready": st.sampled_from([None, True, False, 1]),
    "title": st.sampled_from([None, "", "Fault A at the 黑屏", "law", 3]),
    "tags": st.sampled_from([None, (), ("fault",), ("noise", "software")]),
}
tickets = st.one_of(st.fixed_dictionaries({}, optional=_values).map(Known), facts)
