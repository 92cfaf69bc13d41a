"""Dispatch blocks: rules, what they delegate, and where tickets begin."""

from collections.abc import Iterator

from svcctl.foundation.diagnostic import Label
from svcctl.foundation.source import Span
from svcctl.language.blocks import DispatchBlock
from svcctl.language.checks.actions import Actions
from svcctl.language.checks.circles import circles
from svcctl.language.checks.coherence import Coherence
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.findings import alternatives
from svcctl.language.checks.known import Known
from svcctl.language.tree import Delegate, place_of


def check_dispatch(known: Known, block: DispatchBlock) -> DispatchBlock:
    """The block with the rules that have no mistake."""
    actions, conditions = Actions(known, "dispatch"), Expressions(known, "ticket")
    fine = []
    for rule in block.rules:
        before = known.findings.errors
        first = known.rules[rule.id]
        if first is not rule:
            known.findings.error(
                "duplicate-id",
                f"there is a rule `{rule.id}` already",
                place_of(rule.id, rule),
                related=[Label(place_of(first.id, first), "first here")],
                help=["rule ids are unique in the whole workspace"],
            )
        when = None if rule.when is None else conditions.condition(rule.when)
        checked = rule.replace(when=when, actions=actions.check(rule.actions))
        if known.findings.errors == before:
            fine.append(checked)
    otherwise = None if block.otherwise is None else actions.check(block.otherwise)
    return block.replace(rules=tuple(fine), otherwise=otherwise)


def check_entry(known: Known, coherence: Coherence) -> str | None:
    """The dispatch block where every ticket starts; findings where there are several, or it leaves tickets behind."""
    blocks = [block for block in known.each("dispatch") if isinstance(block, DispatchBlock)]
    onward = {str(block.id): [(str(delegate.block), span) for delegate, span in _delegates(block)] for block in blocks}
    for span, names in circles(onward):
        around = " -> ".join(f"`{name}`" for name in names)
        known.findings.error(
            "delegate-cycle",
            f"dispatch `{names[0]}` delegates to itself: {around}",
            span,
            help=["let the last of them decide"],
        )
    reached = {
        str(delegate.block) for block in blocks for delegate, _ in _delegates(block) if delegate.block != block.id
    }
    entries = [block for block in blocks if block.id not in reached]
    if "dispatch" in known.partial:
        return None
    if len(entries) > 1:
        first = entries[0]
        for block in entries[1:]:
            known.findings.error(
                "dispatch-entry",
                f"tickets could start in dispatch {alternatives((first.id, block.id))}",
                place_of(block.id, block),
                "nothing delegates to this",
                related=[Label(place_of(first.id, first), "nor to this")],
                help=[f"delegate to `{block.id}` from a rule of `{first.id}`, or put their rules in one block"],
            )
    if len(entries) != 1:
        return None
    entry = entries[0]
    coherence.expect_no_gap(entry)
    return entry.id


def _delegates(block: DispatchBlock) -> Iterator[tuple[Delegate, Span]]:
    """The delegations of a block, with where they stand."""
    for actions in [*(rule.actions for rule in block.rules), block.otherwise or ()]:
        for action in actions:
            if isinstance(action, Delegate):
                yield action, place_of(action.block, action)
