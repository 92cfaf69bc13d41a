from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.telling import Telling
from svcctl.language.blocks import DispatchRule
from svcctl.language.tree import And, Contains, Expression, Membership
from tests.decision.conditions import conditions, field, tickets, word
from tests.decision.expressions import Known


@settings(max_examples=300)
@given(conditions, st.lists(tickets, min_size=1, max_size=4))
def test_a_rule_that_is_known_to_match_is_told_of_as_one_that_is_looked_at(
    condition: Expression | None, several: list[Mapping[str, Any]]
) -> None:
    telling = Telling(DispatchRule("r", condition, ()))
    for known in several:
        trace = telling.trace(known)
        if trace.matched:
            assert repr(telling.matched(known)) == repr(trace)


def test_what_a_rule_saw_is_of_its_ticket() -> None:
    condition = And(
        (Membership(field("type"), (word("fault"), word("noise"))), Contains(field("title"), (word("黑屏"),)))
    )
    telling = Telling(DispatchRule("r", condition, ()))
    told = [telling.matched(Known(type=type, title=f"{type} 黑屏")) for type in ("fault", "noise")]
    assert [trace.clauses[0].values for trace in told] == [{"type": "fault"}, {"type": "noise"}]
    assert [trace.clauses[1].values for trace in told] == [{"title": "fault 黑屏"}, {"title": "noise 黑屏"}]


def test_values_are_cut_where_they_are_long() -> None:
    long = "很长" * 200
    telling = Telling(DispatchRule("r", Membership(field("title"), (word(long), word("short"))), ()))
    assert telling.matched(Known(title=long)).clauses[0].values["title"] == long[:200] + "…"
