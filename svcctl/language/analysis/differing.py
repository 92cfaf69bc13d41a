"""What two sets of checked rules decide differently, block by block, each with the tickets that it concerns."""

from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from svcctl.foundation.record import Record
from svcctl.language.analysis.conditions import Conditions, Terms
from svcctl.language.analysis.describe import describe_box
from svcctl.language.analysis.partition import Listed, Partition, Takers
from svcctl.language.analysis.regions import Region, Space, TooManyBoxes, cross
from svcctl.language.analysis.witness import witness
from svcctl.language.block import Block
from svcctl.language.blocks import (
    AcceptanceBlock,
    DispatchBlock,
    DispatchRule,
    EscalationBlock,
    FlowBlock,
    Requirement,
    Rules,
    SlaBlock,
)
from svcctl.language.care_block import CareBlock
from svcctl.language.tree import And, Expression

#: Cases that are told of one difference.
_CASES = 6
#: Boxes of a region that are tried for an example.
_TRIED = 24
_NO_RULE = "no rule"


class Difference(Record):
    """Tickets that a block decides otherwise: `before` and `after` say by what, `cases` which tickets, `more` how many
    cases more, `example` one of them. Exact where `proven`; else there may be more tickets, or they were not looked for
    at all (no cases). `key` tells differences of one block apart."""

    kind: str
    block: str
    before: str
    after: str
    key: Hashable
    cases: tuple[str, ...] = ()
    more: int = 0
    example: str = ""
    proven: bool = True

    def over(self, space: Space, region: Region) -> "Difference":
        """The same with its cases, those of a region, and an example: one that can be made, where there is one."""
        cases = tuple(dict.fromkeys(describe_box(space, box) for box in region))
        seen = [witness(space, box) for box in region[:_TRIED]]
        example = next((found for found in seen if found.certain), seen[0]).text or "any ticket"
        return self.replace(cases=cases[:_CASES], more=max(0, len(cases) - _CASES), example=example)


def differences(old: Rules, new: Rules, terms: Mapping[str, Terms]) -> Iterator[Difference]:
    """Every difference, by kind and block. `terms` are those of each scope (`ticket`, `asset`, `acceptance`)."""
    for id, before, after in _paired(old.dispatches, new.dispatches):
        yield from _of_dispatch(id, before, after, terms["ticket"])
    if old.entry != new.entry:
        before, after = str(old.entry or "nothing"), str(new.entry or "nothing")
        yield Difference("dispatch", "where tickets begin", before, after, "entry", ("any ticket",))
    for kind in GATED:
        for id, before, after in _paired(getattr(old, f"{kind}s"), getattr(new, f"{kind}s")):
            subject = str((after or before).subject) if kind == "care" else "ticket"
            yield from _of_gated(kind, id, before, after, terms[subject])
            if kind == "acceptance" and before is not None and after is not None:
                yield from _of_requirements(id, before, after, terms["acceptance"])
    for kind in ("form", "calendar"):
        for id, before, after in _paired(getattr(old, f"{kind}s"), getattr(new, f"{kind}s")):
            if body_of(before) != body_of(after):
                told = (
                    "there" if before else "not there",
                    ("changed" if before else "there") if after else "not there",
                )
                whom = f"type == {id}" if kind == "form" else f"whatever runs on calendar {id}"
                yield Difference(kind, id, *told, "body", (whom,))
    if old.default_calendar != new.default_calendar:
        before, after = str(old.default_calendar or "none"), str(new.default_calendar or "none")
        yield Difference("calendar", "in force", before, after, "body", ("whatever runs on the calendar in force",))


#: Kinds of blocks that are for some tickets, and whether they are for those of which that is unknown, too.
GATED: Mapping[str, bool] = {"flow": False, "sla": False, "escalation": True, "acceptance": True, "care": False}


def gate_of(block: Block | None) -> Expression | None:
    """What must hold of a ticket for a block to be for it; None where nothing must."""
    match block:
        case SlaBlock() | FlowBlock() | AcceptanceBlock():
            parts = [block.condition]
        case EscalationBlock():
            parts = [block.condition, block.during]
        case CareBlock():
            parts = [block.where, block.when]
        case _:
            parts = []
    given = tuple(part for part in parts if part is not None)
    return given[0] if len(given) == 1 else And(given) if given else None


def _paired(old: tuple[Any, ...], new: tuple[Any, ...]) -> Iterator[tuple[str, Any, Any]]:
    """Blocks of one id, None where one of the two is not there."""
    before, after = ({str(block.id): block for block in blocks} for blocks in (old, new))
    for id in sorted({**before, **after}):
        yield id, before.get(id), after.get(id)


def body_of(block: Block | None) -> Block | None:
    """What a block does, whomever it is for."""
    match block:
        case None:
            return None
        case SlaBlock() | FlowBlock():
            return block.replace(title=None, condition=None)
        case EscalationBlock():
            return block.replace(title=None, condition=None, during=None)
        case AcceptanceBlock():
            return block.replace(title=None, condition=None, requirements=())
        case CareBlock():
            return block.replace(title=None, where=None, when=None)
    return block.replace(title=None)


# --------------------------------------------------------------------- dispatch


def listed(block: DispatchBlock | None) -> tuple[Listed, tuple[DispatchRule, ...]]:
    """A dispatch block as a list of rules, and these in the order in which they are tried."""
    if block is None:
        return Listed((), (), _NO_RULE), ()
    rules = block.rules
    if block.hit == "priority":
        rules = tuple(sorted(rules, key=lambda rule: (-rule.priority, rule.id)))
    elif block.hit == "collect":
        rules = tuple(sorted(rules, key=lambda rule: rule.id))
    rest = _NO_RULE if block.otherwise is None else block.otherwise
    doing = tuple(rule.actions for rule in rules)
    return Listed(tuple(rule.when for rule in rules), doing, rest, block.hit == "collect"), rules


def _of_dispatch(
    id: str, before: DispatchBlock | None, after: DispatchBlock | None, terms: Terms
) -> Iterator[Difference]:
    if body_of(before) == body_of(after):
        return
    (old, old_rules), (new, new_rules) = listed(before), listed(after)
    partition = Partition(old, new, terms)
    for part in partition.parts:
        one, other = _named(part.before, old, old_rules), _named(part.after, new, new_rules)
        if one == other:
            one, other = f"{one} as it was", f"{other} as it is"
        key = part.before, part.after
        found = Difference("dispatch", id, one, other, key, proven=partition.proven)
        yield found.over(partition.space, part.region)
    if not partition.proven and not partition.parts:
        yield Difference("dispatch", id, "as it was", "as it is", "not proven", proven=False)


def _named(takers: Takers, rules: Listed, written: tuple[DispatchRule, ...]) -> str:
    if takers:
        return ", ".join(str(written[place].id) for place in takers)
    return _NO_RULE if rules.rest == _NO_RULE else "otherwise"


# ------------------------------------------------------- blocks for some tickets


def _of_gated(kind: str, id: str, before: Block | None, after: Block | None, terms: Terms) -> Iterator[Difference]:
    """Tickets that a block is for no more, or is for now; and where it does something else, those that it is still
    for."""
    if (
        before is not None
        and after is not None
        and gate_of(before) == gate_of(after)
        and body_of(before) == body_of(after)
    ):
        return
    conditions = Conditions(terms)
    plans = [conditions.read(gate_of(block)) for block in (before, after)]
    space = conditions.seal()
    words = {
        "gone": ("for it", "not for it"),
        "new": ("not for it", "for it"),
        "other": ("for it", "for it, otherwise"),
    }
    try:
        regions = []
        for block, plan in zip((before, after), plans, strict=True):
            yes, no = plan() if block is not None else ([], [{}])
            regions.append(space.subtract([{}], no) if GATED[kind] else [box for box in yes if space.possible(box)])
        found = {"gone": space.subtract(regions[0], regions[1]), "new": space.subtract(regions[1], regions[0])}
        if before is not None and after is not None and body_of(before) != body_of(after):
            found["other"] = [box for box in cross(regions) if space.possible(box)]
    except TooManyBoxes:
        yield Difference(kind, id, "as it was", "as it is", "not proven", proven=False)
        return
    for key, region in found.items():
        if region:
            yield Difference(kind, id, *words[key], key).over(space, region)


def _of_requirements(id: str, before: AcceptanceBlock, after: AcceptanceBlock, terms: Terms) -> Iterator[Difference]:
    """Requirements that came, went, or hold of other readings."""
    old, new = ({str(each.id): each for each in block.requirements} for block in (before, after))
    for name in {**old, **new}:
        one, other = old.get(name), new.get(name)
        if one is None or other is None:
            told = ("not asked", "asked") if one is None else ("asked", "not asked")
            yield Difference("acceptance", f"{id}.{name}", *told, "body", ("any reading",))
        elif one.replace(title=None) != other.replace(title=None):
            yield from _of_criterion(f"{id}.{name}", one, other, terms)


def _of_criterion(id: str, one: Requirement, other: Requirement, terms: Terms) -> Iterator[Difference]:
    conditions = Conditions(terms)
    plans = [conditions.read(each.criterion.condition) for each in (one, other)]
    space = conditions.seal()
    try:
        (yes, _), (others, _) = (plan() for plan in plans)
        lost, gained = space.subtract(yes, others), space.subtract(others, yes)
    except TooManyBoxes:
        yield Difference("acceptance", id, "as it was", "as it is", "not proven", proven=False)
        return
    if lost:
        yield Difference("acceptance", id, "good enough", "not good enough", "lost").over(space, lost)
    if gained:
        yield Difference("acceptance", id, "not good enough", "good enough", "gained").over(space, gained)
    plain = [
        each.replace(title=None, criterion=each.criterion.replace(condition=other.criterion.condition))
        for each in (one, other)
    ]
    if plain[0] != plain[1]:
        yield Difference("acceptance", id, "shown as it was", "shown as it is", "body", ("any reading",))
