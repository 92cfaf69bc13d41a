from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.columns import Doubts
from svcctl.decision.evaluator import holds
from svcctl.decision.index import RuleIndex
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
from svcctl.language.types import NUMBER, TEXT, TRUTH, Kind, Type
from tests.decision.expressions import LEVELS, TYPES, Known, expressions, facts


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
tickets = st.fixed_dictionaries({}, optional=_values).map(Known)


@settings(max_examples=300, deadline=None)
@given(st.lists(conditions, max_size=8), st.lists(st.one_of(tickets, facts), min_size=1, max_size=4))
def test_index_agrees_with_looking_at_every_rule(
    rules: list[Expression | None], several: list[Mapping[str, Any]]
) -> None:
    index = RuleIndex(rules)
    for known in several:
        outcomes = [True if rule is None else holds(rule, known) for rule in rules]
        matching = [place for place, outcome in enumerate(outcomes) if outcome is True]
        assert list(index.all(known)) == matching
        assert index.first(known) == (matching[0] if matching else -1)
        unknown = [place for place, outcome in enumerate(outcomes) if outcome is None]
        assert list(index.unknown(known)) == unknown
        doubts = Doubts()
        first = index.first(known, doubts)
        assert first == (matching[0] if matching else -1)
        end = first if matching else len(rules)
        assert list(index.unknown(known, end, doubts)) == [place for place in unknown if place < end]


def test_rules_that_want_a_missing_value_are_unknown() -> None:
    rules: list[Expression] = [
        Comparison("==", field("type"), word("fault")),
        And((Comparison("==", field("type"), word("noise")), Comparison(">=", field("urgency"), word("high")))),
        Contains(field("title"), (word("黑屏"),)),
    ]
    assert list(RuleIndex(rules).unknown(Known(type="noise"))) == [1, 2]


def test_words_that_many_rules_search_for_are_ruled_out_for_all_of_them() -> None:
    fault, noise = (Comparison("==", field("type"), word(type)) for type in ("fault", "noise"))
    black = Contains(field("title"), (word("黑屏"),))
    late = Matches(field("title"), "l[aeo]te")
    rules: list[Expression] = [black, And((fault, black)), black, And((black, late)), And((fault, black)), noise]
    index = RuleIndex(rules)
    assert index.first(Known(type="noise", title="a LATE delivery")) == 5
    assert index.first(Known(type="fault", title="a LATE delivery")) == -1
    assert index.first(Known(type="fault", title="it is 黑屏")) == 0
    doubts = Doubts()
    assert index.first(Known(type="fault"), doubts) == -1
    assert list(index.unknown(Known(type="fault"), len(rules), doubts)) == [0, 1, 2, 3, 4]


def test_a_list_is_looked_at_rule_by_rule() -> None:
    rules = [Comparison("==", field("type"), word("noise")), Comparison("==", field("type"), word("fault"))]
    assert RuleIndex(rules).first(Known(type=("fault",))) == 1


def test_no_opposite_of_an_order_for_words_that_it_does_not_have() -> None:
    rule = Not(Comparison(">=", Field("urgency", type=LEVELS), word("high")))
    assert RuleIndex([rule]).first(Known(urgency="unheard-of")) == -1
    assert RuleIndex([rule]).first(Known(urgency="low")) == 0


def test_what_remains_is_compiled_when_asked_often() -> None:
    rest = Comparison("<", Field("count", type=NUMBER), Field("other", type=NUMBER))
    index = RuleIndex([rest, Field("ready", type=TRUTH), Presence(Field("x", type=Type(Kind.TEXT)), False)])
    answers = {index.first(Known(count=1, other=number, ready=False)) for number in [2] * 30}
    assert answers == {0}
    assert index.first(Known(count=2, other=1, ready=True)) == 1
