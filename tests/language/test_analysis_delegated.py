"""Gaps of blocks to which others delegate: by the tickets that come there, and no others."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.evaluator import holds
from svcctl.language.analysis.delegated import check_delegated
from svcctl.language.blocks import DispatchBlock, DispatchRule
from svcctl.language.tree import Delegate, Expression, Tag
from tests.language.test_analysis_brute_force import TERMS, conditions, tickets

Check = Callable[..., tuple[Any, tuple[Any, ...]]]
ENTRY = "dispatch a first {{ {} otherwise {{ queue triage }} }}\n"
TO_B = "rule r {{ when {}  {} delegate b }}"
LEVELS = "rule x { when priority >= high  tag x } rule y { when priority < high  tag y }"


@pytest.mark.parametrize(
    ("entry", "inner", "example"),
    [
        (TO_B.format("reopened > 3", ""), "rule x { when reopened > 5  tag x }", "reopened 4"),
        (TO_B.format("reopened > 3", ""), "rule x { when reopened > 2  tag x }", None),
        (
            "rule q { when reopened <= 5  tag q } " + TO_B.format("reopened > 3", ""),
            "rule x { when reopened > 5  tag x }",
            None,
        ),
        (TO_B.format("reopened > 3", "set priority high "), LEVELS, ""),
        (TO_B.format("reopened > 3", ""), LEVELS, None),
    ],
)
def test_a_block_must_take_what_comes_to_it(check: Check, entry: str, inner: str, example: str | None) -> None:
    _, found = check(ENTRY.format(entry) + f"dispatch b first {{ {inner} }}")
    gaps = [finding for finding in found if finding.code == "dispatch-gap"]
    assert [" ".join(gap.example) for gap in gaps] == ([] if example is None else [example])
    assert all("`b`" in gap.message and gap.is_error for gap in gaps)


def test_what_comes_over_two_blocks_has_passed_both(check: Check) -> None:
    text = ENTRY.format(TO_B.format("reopened > 3", ""))
    middle = "dispatch b first { rule m { when reopened > 9  tag m } otherwise { delegate c } }\n"
    _, found = check(text + middle + "dispatch c first { rule x { when reopened > 3 and reopened < 10  tag x } }")
    assert [finding.code for finding in found if finding.is_error] == []
    _, found = check(text + middle + "dispatch c first { rule x { when reopened > 3 and reopened < 9  tag x } }")
    assert [(finding.code, finding.example) for finding in found if finding.is_error] == [
        ("dispatch-gap", ("reopened 9",))
    ]


def rule(id: str, when: Expression, *actions: Any) -> DispatchRule:
    return DispatchRule(id, when, actions or (Tag(id),))


@settings(max_examples=60)
@given(conditions, conditions, st.lists(conditions, min_size=1, max_size=2), st.sampled_from(["first", "collect"]))
def test_gaps_are_those_of_every_ticket(
    before: Expression, comes: Expression, inner: list[Expression], hit: Any
) -> None:
    entry = DispatchBlock(
        id="a", hit=hit, rules=(rule("p", before), rule("r", comes, Delegate("b"))), otherwise=(Tag("o"),)
    )
    block = DispatchBlock(id="b", hit="first", rules=tuple(rule(f"x{n}", each) for n, each in enumerate(inner)))
    found = check_delegated(entry, {"a": entry, "b": block}, TERMS)
    left = False
    for ticket in tickets(before, comes, *inner):
        passed = hit == "collect" or holds(before, ticket) is not True
        taken = any(holds(each, ticket) is True for each in inner)
        left = left or (passed and holds(comes, ticket) is True and not taken)
    assert bool(found) == left
    assert all(gap.example for gap in found)
