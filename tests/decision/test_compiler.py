from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from svcctl.decision.compiler import compile_condition, compile_value
from svcctl.decision.evaluator import evaluate, holds
from svcctl.language.tree import And, Comparison, Expression, Field, Literal, Name, Not
from svcctl.language.types import NUMBER, TEXT
from tests.decision.expressions import Known, expressions, facts


def same(one: Any, other: Any) -> bool:
    """Equal and of one class; what is not a number is the same as itself."""
    return type(one) is type(other) and (one == other or (one != one and other != other) or repr(one) == repr(other))


@settings(max_examples=400)
@given(expressions, facts)
def test_compiled_agrees_with_the_plain_walk(expression: Expression, known: Mapping[str, Any]) -> None:
    assert same(compile_value(expression)(known), evaluate(expression, known))
    assert compile_condition(expression)(known) is holds(expression, known)


def test_no_condition_always_holds() -> None:
    assert compile_condition(None)(Known()) is True


def test_text_of_a_rule_is_never_run() -> None:
    nasty = "'); raise SystemExit #\n"
    condition = compile_condition(Comparison("==", Field(nasty, type=TEXT), Literal(nasty, type=TEXT)))
    assert condition(Known({nasty: nasty})) is True
    assert condition(Known()) is None


def test_deep_trees_are_compiled() -> None:
    expression: Expression = Comparison("==", Field("count", type=NUMBER), Literal(1, type=NUMBER))
    for _ in range(150):
        expression = Not(And((expression,)))
    assert compile_condition(expression)(Known(count=1)) is True


def test_a_float_is_the_decimal_that_it_prints_as() -> None:
    exactly = compile_condition(Comparison("==", Field("count", type=NUMBER), Literal(Decimal("0.1"), type=NUMBER)))
    assert exactly(Known(count=0.1)) is True
    assert exactly(Known(count=float("nan"))) is None


def test_unresolved_names_are_a_bug() -> None:
    with pytest.raises(TypeError, match="never resolved"):
        compile_condition(Name("urgent"))
