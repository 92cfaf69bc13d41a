"""Why a rule did not decide about a ticket: the smallest change of the ticket after which it would have."""

from collections.abc import Iterator, Mapping
from typing import Any

from svcctl.decision.candidates import candidate_of
from svcctl.decision.dispatch import decide
from svcctl.decision.evaluator import evaluate, holds
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.trace import reason, written_clauses
from svcctl.decision.values import compare, exact
from svcctl.facts.facts import CandidateFacts, Facts
from svcctl.foundation.record import Record
from svcctl.language.analysis.axes import Atom, Ranges, Relation
from svcctl.language.analysis.conditions import Conditions, Terms
from svcctl.language.analysis.describe import describe
from svcctl.language.analysis.dispatching import BlockRegions
from svcctl.language.analysis.regions import Box, Region, Space, TooManyBoxes
from svcctl.language.printer import print_choice
from svcctl.language.tree import Assign, Comparison, EngineerChoice, Expression

#: Engineers of whom is told what they would have needed, for each choice.
_NEAREST = 3


class Change(Record):
    """One thing that would have to be otherwise: what is asked, its value now, and what must hold.

    `opaque`: it cannot be looked into, such as a pattern or another field.
    """

    path: str
    now: Any
    needed: str
    opaque: bool = False


class Lacking(Record):
    """An engineer, and all that keeps a choice from taking them."""

    choice: str
    engineer: str
    lacks: tuple[str, ...]


class WhyNot(Record):
    """The answer. `matched`: its condition holds. `decided`: it did decide, too; else `taken_by` says which rule of its
    block did. `reached`: the ticket comes to its block. `changes` are the fewest that would let it decide; None where
    nothing would. `proven`: no fewer would do, and no rule before it would take the changed ticket.
    """

    rule: str
    block: str
    matched: bool | None
    decided: bool
    reached: bool
    taken_by: str | None
    changes: tuple[Change, ...] | None
    proven: bool = True
    lacking: tuple[Lacking, ...] = ()


def why_not(rulebook: Rulebook, rule: str, facts: Facts, roster: Roster, terms: Terms) -> WhyNot:
    """Why `rule` did not decide about the ticket of `facts`. Raises Refusal `unknown-rule`."""
    written = rulebook.rule(rule)
    block = rulebook.dispatch(rulebook.block_of(rule))
    decision = decide(rulebook, facts, roster)
    reached = block.block.id in (*decision.through, decision.block)
    matched = True if written.when is None else holds(written.when, facts)
    taker = next((block.rules[place].id for place in block.index.all(facts)), None)
    others = block.block.hit in ("first", "priority")
    decided = matched is True and (not others or taker == rule)
    changes, proven = ((), True) if decided else _changes(BlockRegions(block.block, terms), rule, facts, others)
    lacking = tuple(_lacking(rulebook, rule, facts, roster))
    return WhyNot(rule, block.block.id, matched, decided, reached, taker, changes, proven, lacking)


def _changes(regions: BlockRegions, rule: str, facts: Facts, others: bool) -> tuple[tuple[Change, ...] | None, bool]:
    """The fewest changes, and whether they are proven to be the fewest and to be enough."""
    place = next(number for number, each in enumerate(regions.rules) if each.id == rule)
    region = regions.regions[place]
    if region is None:
        return None, False
    proven = None not in regions.regions[:place] or not others
    if others:
        try:
            region = regions.cover.left(region, place)
        except TooManyBoxes:
            proven = False
    at = locate(regions.conditions, regions.space, facts)
    nearest = _nearest(regions.space, region, at)
    if nearest is None:
        return None, proven
    return tuple(_told(regions, nearest, axis, facts) for axis in _apart(regions.space, nearest, at)), proven


def _nearest(space: Space, region: Region, at: Box) -> Box | None:
    """The box for which the fewest fields must change; one that can be looked into before one that cannot."""

    def cost(box: Box) -> tuple[int, int]:
        apart = _apart(space, box, at)
        fields = {space.texts[axis][0] if axis in space.texts else axis for axis in apart}
        return len(fields), sum(space.axes[axis].opaque for axis in apart)

    return min(region, key=cost, default=None)


def _apart(space: Space, box: Box, at: Box) -> list[int]:
    """The axes on which a ticket lies outside a box. That a text must be there goes without saying where something
    must be found in it."""
    apart = [axis for axis in sorted(box) if not box[axis] & at[axis]]
    texts = {space.texts[axis][0] for axis in apart if axis in space.texts}
    return [axis for axis in apart if axis not in texts]


def _told(regions: BlockRegions, box: Box, axis: int, facts: Facts) -> Change:
    found = regions.space.axes[axis]
    path = regions.space.axes[regions.space.texts[axis][0]].label if axis in regions.space.texts else found.label
    expression = regions.conditions.expressions.get(axis)
    plain = expression is None or axis in regions.space.texts
    now = facts[path] if plain else None if expression is None else evaluate(expression, facts)
    opaque = found.opaque or (isinstance(found, Atom) and found.text is not None and found.text[0] == "matches")
    return Change(path, now, describe(found, box[axis] & found.full), opaque)


def locate(conditions: Conditions, space: Space, facts: Mapping[str, Any]) -> Box:
    """The cell of each axis in which a ticket lies; 0 where it lies in none."""
    at: Box = {}
    for place, axis in enumerate(space.axes):
        expression = conditions.expressions.get(place)
        if isinstance(axis, Relation):
            at[place] = _related(expression, facts)
        elif isinstance(axis, Atom):
            at[place] = axis.place(None if expression is None else holds(expression, facts))
        else:
            value = facts[axis.label] if expression is None else evaluate(expression, facts)
            number = exact(value)
            at[place] = axis.place(number if isinstance(axis, Ranges) and number is not None else value)
    return at


def _related(expression: Expression | None, facts: Mapping[str, Any]) -> int:
    if not isinstance(expression, Comparison):
        return 8
    below = holds(expression, facts)
    if below is None:
        return 8
    return 1 if below else 2 if holds(expression.replace(op="=="), facts) else 4


def _lacking(rulebook: Rulebook, rule: str, facts: Facts, roster: Roster) -> Iterator[Lacking]:
    """For each choice among engineers of which nobody qualifies, what the nearest of them lack."""
    calendar = rulebook.calendar(None)
    for action in rulebook.rule(rule).actions:
        for choice in action.choices if isinstance(action, Assign) else ():
            if not isinstance(choice, EngineerChoice):
                continue
            found = []
            for id, engineer in sorted(roster.engineers.items()):
                known = CandidateFacts(facts, candidate_of(engineer, facts, roster, calendar))
                found.append(Lacking(print_choice(choice), id, tuple(_needs(choice, known))))
            if all(each.lacks for each in found):
                yield from sorted(found, key=lambda each: len(each.lacks))[:_NEAREST]


def _needs(choice: EngineerChoice, known: CandidateFacts) -> Iterator[str]:
    """All that keeps an engineer from being taken, not only the first."""
    engineer = known.candidate.engineer
    if choice.team is not None and engineer.team != choice.team:
        yield f"is of team {engineer.team or 'none'}, and must be of {choice.team}"
    if not engineer.active:
        yield "is not active"
    for need in choice.having:
        level = engineer.skills.get(need.skill, 0)
        if not compare(need.op, level, need.level):
            yield f"skill {need.skill} is {level}, and must be {need.op} {need.level}"
    for clause in written_clauses(choice.where):
        trace = clause.trace(known)
        if trace.outcome is not True:
            yield reason(trace)
