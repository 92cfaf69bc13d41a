"""The analysis agrees with trying every ticket of a small world, missing values included."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.evaluator import holds
from svcctl.foundation.source import Span
from svcctl.language.analysis.conditions import Conditions, Terms
from svcctl.language.analysis.dispatching import check_dispatching, check_gap
from svcctl.language.analysis.witness import witness
from svcctl.language.blocks import DispatchBlock, DispatchRule
from svcctl.language.printer import print_expression
from svcctl.language.tree import (
    And,
    Comparison,
    Contains,
    Default,
    Expression,
    Field,
    Literal,
    Membership,
    Not,
    Or,
    Presence,
    Tag,
)
from svcctl.language.types import NUMBER, TEXT, TRUTH, Kind, choice, list_of
from svcctl.language.vocabulary import Term

LEVEL = choice("low", "mid", "high", ordered=True)
TERMS = Terms(
    {
        "level": Term(LEVEL, "", True),
        "line": Term(choice(name="line"), "", True),
        "warranty": Term(TRUTH, "", True),
        "opened": Term(NUMBER, "", False, True),
        "text": Term(TEXT, "", False),
        "tags": Term(list_of(Kind.TEXT), "", False),
    }
)
level, line = Field("level", type=LEVEL), Field("line", type=choice(name="line"))
warranty, opened = Field("warranty", type=TRUTH), Field("opened", type=NUMBER)
text, tags = Field("text", type=TEXT), Field("tags", type=list_of(Kind.TEXT))

#: Every ticket that the clauses below can tell apart: `ab` in a text puts `b` there, too.
WORLD: Mapping[str, tuple[Any, ...]] = {
    "level": ("low", "mid", "high", None),
    "line": ("p", "q", "other", None),
    "warranty": (True, False, None),
    "opened": (0, 1, 2, 3),
    "text": ("x", "AB", "b", "c", "ab c", "b c"),
    "tags": ((), ("u",), ("v",), ("u", "v")),
}


def words(values: tuple[str, ...]) -> st.SearchStrategy[Literal]:
    return st.sampled_from([Literal(value, type=TEXT) for value in values])


clauses: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Comparison, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.just(level), words(("low", "high"))),
    st.builds(Comparison, st.sampled_from(["==", "!="]), st.just(line), words(("p", "q"))),
    st.builds(
        Comparison, st.sampled_from(["==", "<", ">="]), st.just(opened), st.sampled_from([Literal(0), Literal(2)])
    ),
    st.builds(lambda word: Comparison("==", word, line), words(("p", "q"))),
    st.builds(
        Comparison,
        st.sampled_from(["==", "!="]),
        st.just(Default(level, Literal("mid", type=LEVEL))),
        words(("low", "mid")),
    ),
    st.builds(Membership, st.just(line), st.just((Literal("p"), Literal("q"))), st.booleans()),
    st.builds(Contains, st.just(text), words(("ab", "b", "c")).map(lambda word: (word,))),
    st.builds(Contains, st.just(text), st.just((Literal("ab"), Literal("c"))), st.sampled_from(["any", "all"])),
    st.builds(Contains, st.just(tags), words(("u", "v")).map(lambda word: (word,))),
    st.builds(Presence, st.sampled_from([level, line, warranty]), st.booleans()),
    st.just(warranty),
)


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    few = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, few), st.builds(Or, few), st.builds(Not, inner))


conditions = st.recursive(clauses, _larger, max_leaves=5)


def tickets(*asked: Expression) -> Iterator[dict[str, Any]]:
    """Every ticket as far as some conditions can tell."""
    shown = "".join(map(print_expression, asked))
    paths = [path for path in WORLD if path in shown]
    for values in product(*(WORLD[path] for path in paths)):
        yield dict(zip(paths, values, strict=True))


def blocks(hit: str, rules: list[Expression]) -> DispatchBlock:
    written = tuple(DispatchRule(f"r{place}", when, (Tag(str(place)),)) for place, when in enumerate(rules))
    return DispatchBlock(id="d", hit=hit, rules=written)  # type: ignore[arg-type]


@given(conditions)
def test_each_region_is_where_the_condition_holds(condition: Expression) -> None:
    reading = Conditions(TERMS)
    plan = reading.read(condition)
    space = reading.seal()
    yes, no = plan()
    seen = set()
    for ticket in tickets(condition):
        truth = holds(condition, ticket)
        at = {place: _cell(axis.label, ticket, axis) for place, axis in enumerate(space.axes)}
        within = [all(at[axis] & mask for axis, mask in box.items()) for box in yes]
        without = [all(at[axis] & mask for axis, mask in box.items()) for box in no]
        assert (any(within), any(without)) == (truth is True, truth is False), ticket
        seen.add(truth)
    assert bool([box for box in yes if space.possible(box)]) == (True in seen)
    for region, truth in ((yes, True), (no, False)):
        for box in region:
            if space.possible(box):
                found = witness(space, box)
                assert found.certain
                facts = {"text": "", "tags": (), "opened": 0, "line": None, "level": None, "warranty": None}
                assert holds(condition, {**facts, **found.values}) is truth


def _cell(label: str, ticket: Mapping[str, Any], axis: Any) -> int:
    path, _, item = label.partition(" contains ")
    if not item:
        bit: int = axis.place(ticket[path])
        return bit
    value = ticket[path]
    word = item.strip('"')
    return 1 if (word in value.casefold() if isinstance(value, str) else word in value) else 2


@settings(max_examples=60)
@given(st.lists(conditions, min_size=1, max_size=4))
def test_unreachable_rules_and_gaps_are_those_of_every_ticket(rules: list[Expression]) -> None:
    block = blocks("first", rules)
    regions, found = check_dispatching(block, TERMS)
    taken, matched, left = set(), set(), False
    for ticket in tickets(*rules):
        matching = [place for place, rule in enumerate(rules) if holds(rule, ticket) is True]
        matched.update(matching)
        taken.update(matching[:1])
        left = left or not matching
    unreachable = {finding.message.split("`")[1] for finding in found if finding.code == "unreachable-rule"}
    assert unreachable == {f"r{place}" for place in matched - taken}
    gaps = check_gap(regions)
    assert bool(gaps) == left
    assert all(gap.example for gap in gaps)


@settings(max_examples=60)
@given(st.lists(conditions, min_size=2, max_size=3))
def test_overlaps_are_those_of_every_ticket(rules: list[Expression]) -> None:
    _, found = check_dispatching(blocks("unique", rules), TERMS)
    pairs: set[tuple[str, ...]] = set()
    for ticket in tickets(*rules):
        matching = [f"r{place}" for place, rule in enumerate(rules) if holds(rule, ticket) is True]
        pairs.update((one, other) for one in matching for other in matching if one < other)
    shown = {tuple(finding.message.split("`")[1:4:2]) for finding in found if finding.code == "overlapping-rules"}
    assert shown == pairs


@given(st.lists(clauses, min_size=2, max_size=3).map(tuple).map(And))
def test_contradictions_are_those_of_every_ticket(condition: Expression) -> None:
    _, found = check_dispatching(blocks("first", [condition]), TERMS)
    possible = any(holds(condition, ticket) is True for ticket in tickets(condition))
    codes = {finding.code for finding in found}
    assert bool(codes & {"contradiction", "never-holds"}) == (not possible)


@settings(max_examples=80)
@given(st.lists(clauses, min_size=2, max_size=3, unique_by=print_expression).map(tuple).map(And))
def test_a_dead_clause_changes_nothing_where_it_is_left_out(condition: And) -> None:
    condition = condition.replace(
        parts=tuple(part.replace(span=Span("t", at, at + 1)) for at, part in enumerate(condition.parts))
    )
    _, found = check_dispatching(blocks("first", [condition]), TERMS)
    for finding in found:
        if finding.code != "dead-clause":
            continue
        rest = And(tuple(part for part in condition.parts if part.span != finding.primary.span))
        assert len(rest.parts) == len(condition.parts) - 1
        for ticket in tickets(condition):
            assert (holds(condition, ticket) is True) == (holds(rest, ticket) is True)


@settings(max_examples=80)
@given(conditions, conditions, st.integers(0, 1), st.integers(0, 1))
def test_under_priority_unreachable_rules_are_those_of_every_ticket(
    one: Expression, other: Expression, first: int, second: int
) -> None:
    written = tuple(
        DispatchRule(f"r{place}", when, (Tag(str(place)),), priority=priority)
        for place, (when, priority) in enumerate(((one, first), (other, second)))
    )
    _, found = check_dispatching(DispatchBlock(id="d", hit="priority", rules=written), TERMS)
    order = sorted(written, key=lambda rule: (-rule.priority, rule.id))
    taken, matched = set(), set()
    for ticket in tickets(one, other):
        matching = [rule.id for rule in order if rule.when is not None and holds(rule.when, ticket) is True]
        matched.update(matching)
        taken.update(matching[:1])
    unreachable = {finding.message.split("`")[1] for finding in found if finding.code == "unreachable-rule"}
    assert unreachable == matched - taken
