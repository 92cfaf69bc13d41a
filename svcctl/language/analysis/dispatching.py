"""What is wrong between the rules of a dispatch block: rules that are never reached, overlaps, tickets left over."""

from collections.abc import Sequence

from svcctl.foundation.diagnostic import Diagnostic, Label, Severity
from svcctl.language.analysis.clauses import Read, check_condition, check_limits, not_proven
from svcctl.language.analysis.conditions import Conditions, Terms
from svcctl.language.analysis.cover import Cover
from svcctl.language.analysis.regions import Box, Region, Space, TooManyBoxes, cross, meet
from svcctl.language.analysis.witness import point, witness
from svcctl.language.blocks import DispatchBlock, DispatchRule
from svcctl.language.tree import place_of

#: Rules that are named as taking what another was meant for.
_NAMED = 3
#: Pairs of rules that are reported of one block.
_PAIRS = 20


class BlockRegions:
    """The regions of the rules of a block, in the order in which they are tried.

    `regions[i]` is where rule i holds, None where that has too many boxes to be looked into.
    """

    def __init__(self, block: DispatchBlock, terms: Terms) -> None:
        self.block = block
        self.rules: tuple[DispatchRule, ...] = block.rules
        if block.hit == "priority":
            self.rules = tuple(sorted(block.rules, key=lambda rule: (-rule.priority, rule.id)))
        self.conditions = Conditions(terms)
        self.reads = [Read(self.conditions, rule.when) for rule in self.rules]
        self.space: Space = self.conditions.seal()
        self.findings = check_limits(self.conditions)
        self.regions: list[Region | None] = []
        for rule, read in zip(self.rules, self.reads, strict=True):
            self.regions.append(self._region(rule, read))
        self.cover = Cover(self.space, [region or [] for region in self.regions])

    def _region(self, rule: DispatchRule, read: Read) -> Region | None:
        try:
            outcomes = read.outcomes()
            self.findings += check_condition(self.space, read, outcomes) if len(outcomes) else []
            return [box for box in cross([yes for yes, _ in outcomes]) if self.space.possible(box)]
        except TooManyBoxes:
            self.findings.append(not_proven(f"what rule `{rule.id}` takes", place_of(rule.id, rule)))
            return None

    def taker(self, at: Box) -> str:
        """The rule that takes the ticket of a point, `otherwise` where none does."""
        for _, (rule, region) in enumerate(zip(self.rules, self.regions, strict=True)):
            if any(meet(at, box) is not None for box in region or ()):
                return str(rule.id)
        return "otherwise"


def check_dispatching(block: DispatchBlock, terms: Terms) -> tuple[BlockRegions, list[Diagnostic]]:
    """The regions of a block, and the findings in its conditions and between its rules."""
    regions = BlockRegions(block, terms)
    found = list(regions.findings)
    if block.hit in ("first", "priority"):
        for place in range(len(regions.rules)):
            found += _reached(regions, place)
        found = _one_doubt(found)
    if block.hit in ("unique", "priority"):
        found += _overlaps(regions)
    return regions, found


def _one_doubt(found: list[Diagnostic]) -> list[Diagnostic]:
    """The findings with one note for all that was not proven: what makes one rule too much does so for its like."""
    doubts = [finding for finding in found if finding.code == "not-proven"]
    if len(doubts) < 2:
        return found
    first = doubts[0].replace(message=f"{doubts[0].message}; so it is with {len(doubts) - 1} other rules")
    return [*(finding for finding in found if finding.code != "not-proven"), first]


def _reached(regions: BlockRegions, place: int) -> list[Diagnostic]:
    """A finding where the rules before one take every ticket that it could take."""
    region, cover = regions.regions[place], regions.cover
    if not region:
        return []
    for box in region:
        before = cover.meeting(box, place)
        if not before or cover.escapes(box, before):
            return []
    rule = regions.rules[place]
    try:
        if cover.left(region, place):
            return []
    except TooManyBoxes:
        return [not_proven(f"whether rule `{rule.id}` is ever reached", place_of(rule.id, rule))]
    return [_unreachable(regions, place, region)]


def _unreachable(regions: BlockRegions, place: int, region: Region) -> Diagnostic:
    cover, space, rule = regions.cover, regions.space, regions.rules[place]
    owners: dict[int, None] = {}
    for box in region:
        meeting = list(cover.each(cover.meeting(box, place)))
        alone = next((owner for owner, other in meeting if space.holds(box, other)), None)
        owners.update(dict.fromkeys((owner for owner, _ in meeting) if alone is None else (alone,)))
    takers = [regions.rules[owner] for owner in sorted(owners)]
    at = point(space, region[0])
    taken = next((owner, box) for owner, box in cover.each(cover.meeting(at, place)) if meet(at, box) is not None)
    shown = {axis: at[axis] for axis in {*region[0], *taken[1]}}
    says = "takes every ticket that it could take" if len(takers) == 1 else "takes some of its tickets"
    if rule.when is None or regions.block.hit == "priority":
        help = "give it a higher priority, or leave it out" if regions.block.hit == "priority" else "leave it out"
    else:
        help = f"move it above `{takers[0].id}`"
    return Diagnostic(
        Severity.WARNING,
        "unreachable-rule",
        f"rule `{rule.id}` can never match",
        Label(place_of(rule.id, rule)),
        tuple(Label(place_of(taker.id, taker), says) for taker in takers[:_NAMED]),
        (help,),
        example=(f"{witness(space, shown).text or 'any ticket'} -> {regions.rules[taken[0]].id}",),
    )


def _overlaps(regions: BlockRegions) -> list[Diagnostic]:
    """Two rules that match the same ticket: an error under `unique`, a note where their priorities tie."""
    found: list[Diagnostic] = []
    unique = regions.block.hit == "unique"
    for place, region in enumerate(regions.regions):
        seen: set[int] = set()
        for box in region or ():
            for owner, other in regions.cover.each(regions.cover.meeting(box, place)):
                both = meet(box, other)
                if owner in seen or both is None or not regions.space.possible(both):
                    continue
                if unique or _tie(regions.rules[owner], regions.rules[place]):
                    seen.add(owner)
                    found.append(_overlap(regions, regions.rules[owner], regions.rules[place], both))
                if len(found) == _PAIRS:
                    return found
    return found


def _tie(one: DispatchRule, other: DispatchRule) -> bool:
    return one.priority == other.priority and one.actions != other.actions


def _overlap(regions: BlockRegions, one: DispatchRule, other: DispatchRule, both: Box) -> Diagnostic:
    first, second = sorted((one, other), key=lambda rule: rule.span)
    seen = witness(regions.space, both)
    named = f"rules `{first.id}` and `{second.id}`"
    labels = Label(place_of(second.id, second), "this"), (Label(place_of(first.id, first), "and this"),)
    if regions.block.hit == "priority":
        return Diagnostic(
            Severity.NOTE,
            "priority-tie",
            f"{named} have the same priority and take the same tickets",
            *labels,
            (f"the one that comes first by name decides: `{min(first.id, second.id)}`",),
            example=(seen.text or "any ticket",),
        )
    if not seen.certain:
        return Diagnostic(
            Severity.NOTE,
            "not-proven",
            f"whether {named} can match the same ticket depends on values that cannot be chosen freely",
            *labels,
            example=(seen.text,),
        )
    return Diagnostic(
        Severity.ERROR,
        "overlapping-rules",
        f"{named} match the same tickets, and in dispatch `{regions.block.id}` only one may",
        *labels,
        (f"write `dispatch {regions.block.id} first`, or let one of them leave these tickets out",),
        example=(seen.text or "any ticket",),
    )


def check_gap(regions: BlockRegions) -> list[Diagnostic]:
    """A finding where a block without `otherwise` leaves tickets with nobody, or may do so."""
    block, cover = regions.block, regions.cover
    if block.otherwise is not None:
        return []
    place = place_of(block.id, block)
    under, help = "no rule here takes every ticket that is left", ("end the block with `otherwise { queue triage }`",)
    everything = (1 << len(cover.boxes)) - 1
    beside = cover.beside({}, everything)
    left: Sequence[Box] = [] if beside is None else [beside]
    try:
        if None not in regions.regions and (beside is None or not witness(regions.space, beside).certain):
            left = cover.left([{}])
            if not left:
                return []
    except TooManyBoxes:
        left = []
    seen = next((found for box in left if (found := witness(regions.space, box)).certain), None)
    message = f"dispatch `{block.id}` leaves tickets with nobody"
    if seen is None or None in regions.regions:
        message = f"nothing shows that dispatch `{block.id}` takes every ticket"
    example = () if seen is None or None in regions.regions else (seen.text or "any ticket",)
    return [Diagnostic(Severity.ERROR, "dispatch-gap", message, Label(place, under), help=help, example=example)]
