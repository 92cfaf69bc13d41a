"""The tree of every form of expression, and what literals mean."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.foundation.source import Source
from svcctl.language.blocks import SlaBlock
from svcctl.language.parser import parse_rules
from svcctl.language.tree import (
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


def condition_of(text: str) -> Expression:
    module, found = parse_rules(Source("t.rules", f"sla s {{ for {text} }}"))
    assert [finding.message for finding in found] == []
    (block,) = module.blocks
    assert isinstance(block, SlaBlock)
    assert block.condition is not None
    return block.condition


a, b, c = Name("a"), Name("b"), Name("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a or b and c", Or((a, And((b, c))))),
        ("(a or b) and c", And((Or((a, b)), c))),
        ("not a and b", And((Not(a), b))),
        ("not a == b", Not(Comparison("==", a, b))),
        ("a and b and c", And((a, b, c))),
        ("(a and b) and c", And((And((a, b)), c))),
        ("a + b * c < 3", Comparison("<", Arithmetic("+", a, Arithmetic("*", b, c)), Literal(3))),
        ("a - b - c > 0", Comparison(">", Arithmetic("-", Arithmetic("-", a, b), c), Literal(0))),
        ("a - -3 > 0", Comparison(">", Arithmetic("-", a, Literal(-3)), Literal(0))),
        ("a-b == c", Comparison("==", Name("a-b"), c)),
        ("a or default 5 CNY > b", Comparison(">", Default(a, Literal(Quantity(Decimal(5), "CNY"))), b)),
        ("a or default b or c", Or((Default(a, b), c))),
        ("a or default == b", Or((a, Comparison("==", Name("default"), b)))),
        ("a not in [b, 3,]", Membership(a, (b, Literal(3)), True)),
        ('a contains "x"', Contains(a, (Literal("x", True),))),
        ("a contains all [b, c]", Contains(a, (b, c), "all")),
        (r'a matches "E\d+"', Matches(a, r"E\d+")),
        ("a is present and b is missing", And((Presence(a, True), Presence(b, False)))),
        ("count(a) == 3", Comparison("==", Aggregate("count", a), Literal(3))),
        ("when.for.rule == set", Comparison("==", Name("when.for.rule"), Name("set"))),
        ("现场.区域 == 北京-东", Comparison("==", Name("现场.区域"), Name("北京-东"))),
    ],
)
def test_expressions(text: str, tree: Expression) -> None:
    assert condition_of(text) == tree


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3", 3),
        ("2.50", Decimal("2.50")),
        ("-0.5", Decimal("-0.5")),
        ("30s", Elapsed(30)),
        ("1h30m", Elapsed(5400)),
        ("1.5h", Elapsed(5400)),
        ("1w", Elapsed(604800)),
        ("30bm", Business(seconds=1800)),
        ("2bd", Business(days=2)),
        ("45 dB", Quantity(Decimal(45), "dB")),
        ("45dB", Quantity(Decimal(45), "dB")),
        ("45 db", Quantity(Decimal(45), "db")),
        ("99.5 %", Quantity(Decimal("99.5"), "%")),
        ("75%", Quantity(Decimal(75), "%")),
        ("-20 °C", Quantity(Decimal(-20), "°C")),
        ("12 m³/h", Quantity(Decimal(12), "m³/h")),
        ("CNY 5000", Quantity(Decimal(5000), "CNY")),
        ("2026-11-23", date(2026, 11, 23)),
        ("2026-11-23T09:00+08:00", datetime.fromisoformat("2026-11-23T01:00+00:00")),
        ("2026-11-23T09:00Z", datetime.fromisoformat("2026-11-23T09:00+00:00")),
        ("yes", True),
        ("false", False),
        (r'"say \"x\"\n\d\\"', 'say "x"\n\\d\\'),
        ('"（全角）“引号”：，"', "（全角）“引号”：，"),
    ],
)
def test_literals(text: str, value: object) -> None:
    condition = condition_of(f"a == {text} and b")
    assert isinstance(condition, And)
    comparison = condition.parts[0]
    assert isinstance(comparison, Comparison)
    assert isinstance(comparison.right, Literal)
    assert comparison.right == Literal(value, text.startswith('"'))
    assert type(comparison.right.value) is type(value)
