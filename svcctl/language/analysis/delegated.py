"""Gaps in the blocks that others delegate to: of the tickets that come there, does each find a rule?"""

from collections.abc import Iterator, Mapping

from svcctl.foundation.diagnostic import Diagnostic, Label, Severity
from svcctl.foundation.source import Span
from svcctl.language.analysis.clauses import not_proven
from svcctl.language.analysis.conditions import Terms
from svcctl.language.analysis.dispatching import BlockRegions
from svcctl.language.analysis.regions import TooManyBoxes
from svcctl.language.analysis.witness import witness
from svcctl.language.blocks import DispatchBlock, DispatchRule
from svcctl.language.tree import Action, And, Delegate, Expression, SetField, place_of

#: Ways through delegations that are followed, and those of them that are looked into.
_WAYS, _LOOKS = 4_000, 60


class Way:
    """How a ticket comes to a block: the rules that did not take it, the conditions that held, what was set."""

    def __init__(self, to: str, place: Span, passed: tuple[DispatchRule, ...] = ()) -> None:
        self.to = to
        self.place = place
        self.passed = passed
        self.held: tuple[Expression, ...] = ()
        self.set: frozenset[str] = frozenset()
        self.through: frozenset[str] = frozenset({to})

    def on(self, block: DispatchBlock) -> "Iterator[Way]":
        """The ways that go on from a block."""
        rules = block.rules
        if block.hit == "priority":
            rules = tuple(sorted(rules, key=lambda rule: (-rule.priority, rule.id)))
        for place, rule in enumerate(rules):
            passed = rules[:place] if block.hit in ("first", "priority") else ()
            yield from self._by(rule.actions, passed, rule.when)
        yield from self._by(block.otherwise or (), rules, None)

    def _by(
        self, actions: tuple[Action, ...], passed: tuple[DispatchRule, ...], when: Expression | None
    ) -> "Iterator[Way]":
        for action in actions:
            if isinstance(action, Delegate):
                way = Way(str(action.block), place_of(action.block, action), self.passed + passed)
                way.held = self.held if when is None else (*self.held, when)
                way.through |= self.through
                way.set = self.set | {str(each.path) for each in actions if isinstance(each, SetField)}
                yield way


def check_delegated(entry: DispatchBlock, blocks: Mapping[str, DispatchBlock], terms: Terms) -> list[Diagnostic]:
    """A finding for each block without `otherwise`, not itself the entry, to which a ticket may come that no rule of it
    takes. What a rule sets on the way is taken to be anything."""
    found: dict[str, Diagnostic] = {}
    looks = 0
    ways = [way for way in Way(str(entry.id), entry.span).on(entry) if way.to in blocks]
    for way in ways:
        block = blocks[way.to]
        if block.otherwise is None and way.to not in found and not any(rule.when is None for rule in block.rules):
            looks += 1
            gap = _gap(block, way, terms) if looks <= _LOOKS else None
            found |= {} if gap is None else {way.to: gap}
        if looks > _LOOKS or len(ways) > _WAYS:
            return [*found.values(), not_proven("what the other ways of delegation leave over", way.place)]
        ways += [on for on in way.on(block) if on.to in blocks and on.to not in way.through]
    return list(found.values())


def _gap(block: DispatchBlock, way: Way, terms: Terms) -> Diagnostic | None:
    """That tickets come which no rule before, and none of the block, takes."""
    comes = way.held[0] if len(way.held) == 1 else And(way.held) if way.held else None
    rules = (*way.passed, *block.rules, DispatchRule(block.id, comes, ()))
    regions = BlockRegions(block.replace(hit="first", rules=rules), terms)
    place = len(rules) - 1
    example: tuple[str, ...] = ()
    message = f"nothing shows that dispatch `{block.id}` takes every ticket that comes to it"
    region = regions.regions[place]
    if None not in regions.regions and region is not None and not way.set:
        try:
            left = regions.cover.left(region, place)
            if not left:
                return None
            seen = next((found for box in left if (found := witness(regions.space, box)).certain), None)
            if seen is not None:
                message = f"dispatch `{block.id}` leaves tickets with nobody"
                example = (seen.text or "any ticket",)
        except TooManyBoxes:
            pass
    return Diagnostic(
        Severity.ERROR,
        "dispatch-gap",
        message,
        Label(place_of(block.id, block), "no rule here takes every ticket that comes"),
        (Label(way.place, "by this"),),
        ("end the block with `otherwise { queue triage }`",),
        example=example,
    )
