"""The conditions of every kind of block but dispatch, each looked at by itself."""

from collections.abc import Iterator

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.language.analysis.clauses import Read, check_condition, check_limits, not_proven
from svcctl.language.analysis.conditions import Conditions, Terms
from svcctl.language.analysis.regions import TooManyBoxes
from svcctl.language.blocks import (
    AcceptanceBlock,
    AnyBlock,
    DispatchBlock,
    EscalationBlock,
    FlowBlock,
    SlaBlock,
)
from svcctl.language.care_block import CareBlock
from svcctl.language.tree import Action, Assign, Comparison, EngineerChoice, Expression, Field


def joint_conditions(block: AnyBlock) -> Iterator[tuple[str, tuple[Expression, ...]]]:
    """The conditions of a block that must hold together, each with the scope that it stands in; none of the `when`
    of dispatch rules, which are looked at together."""
    match block:
        case SlaBlock(condition=condition) | FlowBlock(condition=condition):
            yield "ticket", _given(condition)
        case EscalationBlock(condition=condition, during=during):
            yield "ticket", _given(condition, during)
            for step in block.steps:
                yield from _wheres(step.actions)
        case AcceptanceBlock(condition=condition):
            yield "ticket", _given(condition)
            for requirement in block.requirements:
                yield "acceptance", _given(requirement.criterion.condition)
            for approval in block.approvals:
                yield "ticket", _given(approval.when)
        case CareBlock(subject=subject, where=where, when=when):
            yield subject, _given(where, when)
        case DispatchBlock():
            for rule in block.rules:
                yield from _wheres(rule.actions)
            yield from _wheres(block.otherwise or ())


def _given(*conditions: Expression | None) -> tuple[Expression, ...]:
    return tuple(condition for condition in conditions if condition is not None)


def _wheres(actions: tuple[Action, ...]) -> Iterator[tuple[str, tuple[Expression, ...]]]:
    for action in actions:
        for choice in action.choices if isinstance(action, Assign) else ():
            if isinstance(choice, EngineerChoice) and choice.where is not None:
                yield "candidate", (choice.where,)


def check_conditions(joined: tuple[Expression, ...], terms: Terms) -> list[Diagnostic]:
    """The findings in conditions that must hold together."""
    match joined:
        case () | (Comparison(_, Field(), Field()),):  # the most frequent `where` says nothing that could be wrong
            return []
    conditions = Conditions(terms)
    read = Read(conditions, *joined)
    space = conditions.seal()
    limits = check_limits(conditions)
    try:
        return limits + check_condition(space, read, read.outcomes())
    except TooManyBoxes:
        return [not_proven("whether this can hold", joined[0].span)]
