from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.foundation.source import Source
from svcctl.language.blocks import DispatchBlock
from svcctl.language.parser import parse_rules
from svcctl.language.printer import print_action, print_expression, print_value
from svcctl.language.tree import (
    Action,
    Aggregate,
    And,
    Arithmetic,
    Comparison,
    Contains,
    Default,
    Expression,
    Literal,
    Matches,
    Membership,
    Name,
    Not,
    Or,
    Presence,
)


def parsed(text: str) -> tuple[Expression | None, tuple[Action, ...]]:
    module, findings = parse_rules(Source("t.rules", f"dispatch d first {{ rule r {{ {text} }} }}"))
    assert not findings, [finding.message for finding in findings]
    (block,) = module.blocks
    assert isinstance(block, DispatchBlock)
    (rule,) = block.rules
    return rule.when, rule.actions


_names = st.sampled_from(["type", "site.region", "hardware_fault", "site-hardware", "现场硬件组"]).map(Name)
_amounts = st.sampled_from([Decimal("45"), Decimal("99.5"), Decimal("-3"), Decimal("0.001"), Decimal("1E+3")])
_literals = st.one_of(
    st.integers(-50, 10**12),
    st.sampled_from([Decimal("2.50"), Decimal("-0.1")]),
    st.booleans(),
    st.builds(Quantity, _amounts, st.sampled_from(["dB", "%", "°C", "CNY", "m³/h"])),
    st.builds(Elapsed, st.sampled_from([0, 30, 90, 5400, 86400, 604800])),
    st.builds(Business, st.sampled_from([60, 3600, 90])),
    st.builds(lambda days: Business(days=days), st.integers(1, 3)),
    st.sampled_from([date(2026, 12, 31), datetime(2026, 11, 23, 1, tzinfo=UTC)]),
).map(lambda value: Literal(value, type=None))
_texts = st.sampled_from(["黑屏", 'say "x"\\', "a\nb\tc", "", "E1|.*"])
_quoted = _texts.map(lambda text: Literal(text, True, type=None))
_leaves = st.one_of(_names, _literals, _quoted, st.builds(Default, _names, st.one_of(_names, _literals)))


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    listed = st.lists(inner, min_size=1, max_size=3).map(tuple)
    one = st.lists(inner, min_size=1, max_size=1).map(tuple)
    return st.one_of(
        st.builds(Not, inner.filter(lambda operand: not isinstance(operand, Not))),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), inner, inner),
        st.builds(Membership, inner, listed, st.booleans()),
        st.builds(Contains, inner, one, st.just("one")),
        st.builds(Contains, inner, listed, st.sampled_from(["any", "all"])),
        st.builds(Matches, inner, _texts),
        st.builds(Presence, inner, st.booleans()),
        st.builds(Aggregate, st.sampled_from(["max", "min", "avg", "sum", "count"]), inner),
        st.builds(Arithmetic, st.sampled_from(["+", "-", "*", "/"]), inner, inner),
    )


@settings(max_examples=200)
@given(st.recursive(_leaves, _larger, max_leaves=5))
def test_what_is_printed_reads_back_as_the_same_tree(expression: Expression) -> None:
    assert parsed(f"when {print_expression(expression)} tag x")[0] == expression


@pytest.mark.parametrize(
    "text",
    [
        "assign engineer from team site-hardware having skill access-control >= 2 where region == site.region and "
        "on_shift prefer fewest open_tickets, nearest to site, highest skill access-control or team site-hardware",
        "assign engineer where (on_shift or on_leave) or manager of assignee",
        "assign engineer li or role lead",
        "set priority high",
        'notify manager of manager of assignee urgent "look at \\"it\\""',
        "remind customer",
        "tag sla-breached",
        'queue "second line"',
        "delegate software-desk",
        "attach 3 similar by product.model",
    ],
)
def test_actions_are_printed_as_they_are_written(text: str) -> None:
    _, actions = parsed(text)
    assert [print_action(action) for action in actions] == [text]


def test_values_of_facts_are_printed_as_a_rule_would_write_them() -> None:
    readings = (Quantity(Decimal("44.50"), "dB"), Decimal("1E+3"), True, "黑", None)
    assert print_value(readings) == '[44.5 dB, 1000, true, "黑", None]'
