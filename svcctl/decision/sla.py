"""Service levels: which times are promised for a ticket."""

from datetime import datetime

from svcctl.clock.arithmetic import due
from svcctl.decision.decision import RuleTrace, Test
from svcctl.decision.evaluator import holds
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.language.blocks import SlaBlock, Target
from svcctl.ticket.clocks import KINDS
from svcctl.ticket.model import PinnedTarget


class Promise(Record):
    """The times promised, at most one of a kind, and the service levels that matched or could not be decided."""

    targets: tuple[PinnedTarget, ...]
    considered: tuple[RuleTrace, ...]


def promise(slas: tuple[SlaBlock, ...], facts: Facts, test: Test = holds) -> Promise:
    """What the service levels promise for the case of `facts`.

    All that match are looked at; of each kind of target the strictest is promised: the one due first, counted from
    the report, then the one with fewer pausing states, then by id. So the order of the blocks never matters. A
    service level whose condition is unknown promises nothing, and `considered` says so. A target that names no calendar
    runs on the one in force for the case. Raises Refusal `unknown-rule` for a calendar that is not defined, and
    what `svcctl.clock.arithmetic.due` raises.
    """
    case = facts.case
    assert case is not None, "service levels are promised for a ticket"
    strictest: dict[str, tuple[tuple[datetime, int, str], PinnedTarget]] = {}
    considered = []
    for sla in slas:
        matched = True if sla.condition is None else test(sla.condition, facts)
        if matched is not False:
            considered.append(RuleTrace(sla.id, matched))
        if not matched:
            continue
        for target in sla.targets:
            at, pinned = _pinned(case, sla, target)
            rank = (at, len(pinned.pauses), sla.id)
            if target.kind not in strictest or rank < strictest[target.kind][0]:
                strictest[target.kind] = (rank, pinned)
    return Promise(
        tuple(strictest[kind][1] for kind in KINDS if kind in strictest),
        tuple(sorted(considered, key=lambda trace: trace.rule)),
    )


def _pinned(case: Case, sla: SlaBlock, target: Target) -> tuple[datetime, PinnedTarget]:
    calendar = case.calendar
    if target.calendar is not None:
        calendar = case.calendars.get(target.calendar)
        if calendar is None:
            raise Refusal(
                "unknown-rule", f"service level `{sla.id}` names calendar `{target.calendar}`, which is not defined"
            )
    pauses = () if target.kind == "respond" else tuple(sorted(set(sla.pauses)))
    at = due(calendar, case.ticket.reported_at, target.within)
    return at, PinnedTarget(target.kind, sla.id, str(target.within), calendar.id if calendar else None, pauses)
