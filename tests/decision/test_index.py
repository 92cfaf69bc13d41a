from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.columns import Doubts
from svcctl.decision.evaluator import holds
from svcctl.decision.index import RuleIndex
from svcctl.language.tree import (
    And,
    Comparison,
    Contains,
    Expression,
    Field,
    Matches,
    Not,
    Presence,
)
from svcctl.language.types import NUMBER, TRUTH, Kind, Type
from tests.decision.conditions import conditions, field, tickets, word
from tests.decision.expressions import LEVELS, Known


@settings(max_examples=300)
@given(st.lists(conditions, max_size=8), st.lists(tickets, min_size=1, max_size=4))
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


_black, _red = (Contains(field("title"), (word(text),)) for text in ("黑屏", "花屏"))
_searches = st.lists(st.sampled_from([_black, _red, Presence(field("type"), True)]), min_size=1, max_size=3)


def test_a_rule_that_searches_twice_for_the_same_counts_once() -> None:
    rules: list[Expression] = [_red, And((_black, _black)), _black, _black, _black, _red]
    assert RuleIndex(rules).first(Known(title="花屏")) == 0
    assert RuleIndex(rules).first(Known(title="none of it")) == -1


@given(st.lists(_searches, min_size=4, max_size=12), st.sampled_from(["", "黑屏", "花屏", "黑屏 花屏", None]))
def test_many_rules_that_search_for_few_words(conditions: list[list[Expression]], title: str | None) -> None:
    known = Known(title=title, type="fault")
    rules = [And(tuple(parts)) for parts in conditions]
    outcomes = [holds(rule, known) for rule in rules]
    index = RuleIndex(rules)
    assert list(index.all(known)) == [place for place, outcome in enumerate(outcomes) if outcome]
    assert index.first(known) == next((place for place, outcome in enumerate(outcomes) if outcome), -1)


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
