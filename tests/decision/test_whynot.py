"""What why-not tells is the smallest change: no ticket that differs in fewer fields would be decided by the rule."""

from collections.abc import Mapping
from itertools import product
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from svcctl.decision.evaluator import holds
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import compile_rules
from svcctl.decision.whynot import WhyNot, why_not
from svcctl.facts.facts import Facts
from svcctl.language.analysis.conditions import Terms
from svcctl.language.blocks import DispatchBlock, DispatchRule, Rules
from svcctl.language.tree import And, Comparison, Contains, Expression, Field, Literal, Not, Or, Presence, Tag
from svcctl.language.types import NUMBER, TEXT, choice
from svcctl.language.vocabulary import Term

LEVEL = choice("low", "mid", "high", ordered=True)
TERMS = Terms({"level": Term(LEVEL, "", True), "opened": Term(NUMBER, "", True, True), "text": Term(TEXT, "", False)})
level, opened, text = Field("level", type=LEVEL), Field("opened", type=NUMBER), Field("text", type=TEXT)
WORLD: Mapping[str, tuple[Any, ...]] = {
    "level": ("low", "mid", "high", None),
    "opened": (0, 1, 2, 3, None),
    "text": ("x", "black", "screen", "black screen"),
}
clauses: st.SearchStrategy[Expression] = st.one_of(
    st.builds(
        Comparison, st.sampled_from(["==", "!=", "<", ">="]), st.just(level), st.just(Literal("mid", type=LEVEL))
    ),
    st.builds(
        Comparison, st.sampled_from(["==", "<", ">="]), st.just(opened), st.sampled_from([Literal(1), Literal(2)])
    ),
    st.builds(Contains, st.just(text), st.sampled_from([(Literal("black"),), (Literal("screen"),)])),
    st.builds(Presence, st.sampled_from([level, opened]), st.booleans()),
)
conditions = st.recursive(
    clauses,
    lambda inner: (
        st.builds(And, st.tuples(inner, inner)) | st.builds(Or, st.tuples(inner, inner)) | st.builds(Not, inner)
    ),
    max_leaves=4,
)
tickets = st.fixed_dictionaries({path: st.sampled_from(values) for path, values in WORLD.items()})


def asked(rules: list[Expression], ticket: Mapping[str, Any]) -> WhyNot:
    written = tuple(DispatchRule(f"r{place}", when, (Tag("x"),)) for place, when in enumerate(rules))
    book = compile_rules(Rules(dispatches=(DispatchBlock(id="d", hit="first", rules=written),), entry="d"))
    return why_not(book, f"r{len(rules) - 1}", Facts(None, ticket), Roster(), TERMS)


@given(st.lists(conditions, min_size=1, max_size=3), tickets)
def test_no_smaller_change_would_do(rules: list[Expression], ticket: dict[str, Any]) -> None:
    found = asked(rules, ticket)
    distances = []
    for values in product(*WORLD.values()):
        other = dict(zip(WORLD, values, strict=True))
        taker = next((place for place, rule in enumerate(rules) if holds(rule, other) is True), None)
        if taker == len(rules) - 1:
            distances.append(sum(other[path] != ticket[path] for path in WORLD))
    assert found.decided == (min(distances, default=9) == 0)
    if found.changes is None:
        assert distances == []
    else:
        assert len({change.path for change in found.changes}) == min(distances)
        assert all(change.now == ticket[change.path] for change in found.changes)


def test_a_change_is_told_as_a_rule_would_say_it() -> None:
    rule = And((Comparison(">=", opened, Literal(2)), Comparison("==", level, Literal("high", type=LEVEL))))
    found = asked([rule], {"level": None, "opened": 1, "text": ""})
    assert found.changes is not None
    assert [(change.needed, change.now) for change in found.changes] == [("opened >= 2", 1), ("level == high", None)]


def test_what_cannot_be_looked_into_is_named() -> None:
    other = Field("capacity", type=NUMBER)
    found = asked([Comparison("<", opened, other)], {"level": None, "opened": 3, "text": "", "capacity": 2})
    assert found.changes is not None
    [change] = found.changes
    assert change.opaque
    assert change.needed == "capacity > opened"
