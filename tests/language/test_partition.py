"""What two lists of rules decide differently is what trying every ticket of a small world shows."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.evaluator import holds
from svcctl.language.analysis.partition import Listed, Partition, common_rules, held
from svcctl.language.analysis.witness import witness
from svcctl.language.tree import Comparison, Expression, Literal
from tests.language.test_analysis_brute_force import TERMS, _cell, conditions, opened, tickets

RULES = st.lists(st.tuples(conditions, st.sampled_from("abc")), max_size=4)


def listed(rules: list[tuple[Expression, str]], rest: str, several: bool) -> Listed:
    return Listed(tuple(when for when, _ in rules), tuple(what for _, what in rules), rest, several)


def decided(rules: list[tuple[Expression, str]], rest: str, several: bool, ticket: dict[str, Any]) -> Any:
    found = [what for when, what in rules if holds(when, ticket) is True]
    return tuple(found if several else found[:1]) if found else rest


@st.composite
def edited(draw: st.DrawFn) -> tuple[list[tuple[Expression, str]], list[tuple[Expression, str]]]:
    """Rules, and the same after a few edits: one dropped, added, changed, or moved."""
    old = draw(RULES)
    new = list(old)
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(0, len(new)))
        what = draw(st.sampled_from(["drop", "add", "move"]))
        if what == "add":
            new.insert(place, (draw(conditions), draw(st.sampled_from("abc"))))
        elif new:
            taken = new.pop(place % len(new))
            if what == "move":
                new.insert(draw(st.integers(0, len(new))), taken)
    return old, new


@settings(max_examples=150)
@given(st.one_of(edited(), st.tuples(RULES, RULES)), st.sampled_from("xy"), st.sampled_from("xy"), st.booleans())
def test_the_regions_are_those_of_every_ticket(
    both: tuple[list[tuple[Expression, str]], list[tuple[Expression, str]]], rest: str, other: str, several: bool
) -> None:
    old, new = both
    one, two = listed(old, rest, several), listed(new, other, several)
    found = Partition(one, two, TERMS)
    assert found.proven
    parts = found.parts
    asked = [when for when, _ in (*old, *new)]
    differing = 0
    for ticket in tickets(*asked):
        before, after = decided(old, rest, several, ticket), decided(new, other, several, ticket)
        at = {place: _cell(axis.label, ticket, axis) for place, axis in enumerate(found.space.axes)}
        part = held(parts, at)
        assert (part is not None) == (before != after), ticket
        if part is not None:
            differing += 1
            assert (one.outcome(part.before), two.outcome(part.after)) == (before, after)
    assert bool(parts) == bool(differing)
    empty = {"text": "", "tags": (), "opened": 0, "line": None, "level": None, "warranty": None}
    for part in parts:
        seen = witness(found.space, part.region[0])
        assert seen.certain
        ticket = {**empty, **seen.values}
        before, after = decided(old, rest, several, ticket), decided(new, other, several, ticket)
        assert (one.outcome(part.before), two.outcome(part.after)) == (before, after)


def rule(number: int) -> tuple[Expression, str]:
    return Comparison("==", opened, Literal(number)), f"do {number}"


@pytest.mark.parametrize(
    ("new", "kept"),
    [([0, 1, 2, 3], 4), ([0, 2, 1, 3], 3), ([3, 0, 1, 2], 3), ([0, 9, 3], 2), ([], 0), ([1, 1], 0)],
)
def test_rules_that_both_lists_have_in_order_are_found(new: list[int], kept: int) -> None:
    one = listed([rule(number) for number in range(4)], "x", False)
    two = listed([rule(number) for number in new], "x", False)
    common = common_rules(one, two)
    assert len(common) == kept
    assert all(one.doing[place] == two.doing[other] for place, other in common)
    assert common == sorted(common)


def test_a_thousand_rules_of_which_one_was_changed_are_compared_by_that_one() -> None:
    many = [rule(number) for number in range(1000)]
    changed = [*many[:500], (many[500][0], "something else"), *many[501:]]
    found = Partition(listed(many, "x", False), listed(changed, "x", False), TERMS)
    assert found.proven
    assert [(part.before, part.after) for part in found.parts] == [((500,), (500,))]
    assert witness(found.space, found.parts[0].region[0]).values == {"opened": 500}


def test_beyond_the_cap_nothing_is_claimed_to_be_all() -> None:
    several = [rule(number) for number in range(1, 14)]
    wide = [(Comparison("!=", opened, Literal(number)), f"do {number}") for number, _ in enumerate(several)]
    old, new = listed([*wide, *several], "x", True), listed([*wide[1:], *several], "x", True)
    found = Partition(old, new, TERMS)
    assert found.parts or not found.proven
