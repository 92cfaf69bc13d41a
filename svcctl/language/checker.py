"""The door of the checks: parsed files in, rules without a name left to look up out."""

from collections.abc import Sequence
from typing import TypeVar, cast

from svcctl.foundation.diagnostic import Diagnostic, Label, in_reading_order
from svcctl.language.blocks import (
    AcceptanceBlock,
    AnyBlock,
    DispatchBlock,
    EscalationBlock,
    FlowBlock,
    FormBlock,
    Module,
    Rules,
    SlaBlock,
)
from svcctl.language.calendar_block import CalendarBlock
from svcctl.language.care_block import CareBlock
from svcctl.language.checks.acceptances import check_acceptance
from svcctl.language.checks.calendars import check_calendar
from svcctl.language.checks.cares import check_care
from svcctl.language.checks.coherence import Coherence
from svcctl.language.checks.dispatches import check_dispatch, check_entry
from svcctl.language.checks.escalations import check_escalation, check_mutes
from svcctl.language.checks.flows import check_flow, check_sla
from svcctl.language.checks.forms import check_form
from svcctl.language.checks.imports import check_imports
from svcctl.language.checks.known import SORTS, Known
from svcctl.language.checks.scenarios import check_test
from svcctl.language.scenario_block import TestBlock
from svcctl.language.tree import place_of
from svcctl.language.vocabulary import Vocabulary

#: What may only seem wrong where part of a block could not be read.
_OF_THE_WHOLE = frozenset(
    {"never-open", "unreachable-state", "unknown-state", "step-order", "bad-sampling", "bad-repeat"}
)

_Kind = TypeVar("_Kind", bound=AnyBlock)


def check_rules(modules: Sequence[Module], vocabulary: Vocabulary) -> tuple[Rules, tuple[Diagnostic, ...]]:
    """Every block that has no mistake, and every mistake and doubt once, in reading order.

    In the blocks that come back each `Name` has become a `Field` or a `Literal` with its type. A block, or a rule of
    a dispatch block, with a mistake is left out, but what it defines still exists for the others. The result does not
    depend on the order of the files.
    """
    modules = sorted(modules, key=lambda module: module.source)
    known = Known(modules, vocabulary)
    check_imports(known.findings, modules)
    coherence = Coherence(known)
    fine: dict[str, list[AnyBlock]] = {sort: [] for sort in SORTS.values()}
    for module in modules:
        for block in module.blocks:
            before = known.findings.errors
            _check_unique(known, block)
            found = len(known.findings.found)
            checked = _check_block(known, block)
            if known.damaged(block):
                known.findings.forget(_OF_THE_WHOLE, found)
            if known.findings.errors == before and not known.damaged(block):
                coherence.look(checked)
            if known.findings.errors == before or isinstance(block, DispatchBlock):
                fine[SORTS[type(block)]].append(checked)
    entry = check_entry(known, coherence)
    check_mutes(known)

    def of(kind: type[_Kind]) -> tuple[_Kind, ...]:
        unique = {block.id: block for block in reversed(fine[SORTS[kind]])}
        return tuple(cast("_Kind", unique[name]) for name in sorted(unique))

    rules = Rules(
        calendars=of(CalendarBlock),
        forms=of(FormBlock),
        flows=of(FlowBlock),
        slas=of(SlaBlock),
        dispatches=of(DispatchBlock),
        escalations=of(EscalationBlock),
        acceptances=of(AcceptanceBlock),
        cares=of(CareBlock),
        tests=of(TestBlock),
        default_calendar=known.default_calendar,
        entry=entry,
    )
    return rules, in_reading_order(known.findings.found)


def _check_unique(known: Known, block: AnyBlock) -> None:
    sort = SORTS[type(block)]
    first = known.blocks[sort][block.id]
    if first is not block:
        known.findings.error(
            "duplicate-id",
            f"there is {'an' if sort[0] in 'ae' or sort == 'sla' else 'a'} {sort} `{block.id}` already",
            place_of(block.id, block),
            related=[Label(place_of(first.id, first), "first here")],
            help=["ids are unique in the whole workspace"],
        )


def _check_block(known: Known, block: AnyBlock) -> AnyBlock:
    match block:
        case CalendarBlock():
            return check_calendar(known, block)
        case FormBlock():
            return check_form(known, block)
        case FlowBlock():
            return check_flow(known, block)
        case SlaBlock():
            return check_sla(known, block)
        case DispatchBlock():
            return check_dispatch(known, block)
        case EscalationBlock():
            return check_escalation(known, block)
        case AcceptanceBlock():
            return check_acceptance(known, block)
        case CareBlock():
            return check_care(known, block)
        case TestBlock():
            return check_test(known, block)
