"""Service levels: which times are promised for a ticket."""

from datetime import datetime

from svcctl.clock.arithmetic import due
from svcctl.decision.book import Book
from svcctl.decision.decision import RuleTrace
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts
from svcctl.foundation.errors import Refusal
from svcctl.language.blocks import SlaBlock, Target
from svcctl.ticket.clocks import KINDS
from svcctl.ticket.model import PinnedTarget


def promise(book: Book, facts: Facts) -> tuple[PinnedTarget, ...]:
    """What the service levels promise for the case of `facts`: at most one target of a kind.

    All that match are looked at; of each kind of target the strictest is promised: the one due first, counted from
    the report, then the one with fewer pausing states, then by id. So the order of the blocks never matters. A
    service level whose condition is unknown promises nothing; `matching_levels` says which. A target that names no
    calendar runs on the one in force for the case. Raises Refusal `unknown-rule` for a calendar that is not
    defined, and what `svcctl.clock.arithmetic.due` raises.
    """
    case = facts.case
    assert case is not None, "service levels are promised for a ticket"
    matched = {trace.rule for trace in matching_levels(book, facts) if trace.matched}
    strictest: dict[str, tuple[tuple[datetime, int, str], PinnedTarget]] = {}
    for sla in book.rules.slas:
        for target in sla.targets if sla.id in matched else ():
            at, pinned = _pinned(case, sla, target)
            rank = (at, len(pinned.pauses), sla.id)
            if target.kind not in strictest or rank < strictest[target.kind][0]:
                strictest[target.kind] = (rank, pinned)
    return tuple(strictest[kind][1] for kind in KINDS if kind in strictest)


def matching_levels(book: Book, facts: Facts) -> tuple[RuleTrace, ...]:
    """The service levels that match, and those of which it is unknown because a value is missing, by id."""
    found = (
        RuleTrace(sla.id, True if sla.condition is None else book.test(sla.condition, facts))
        for sla in sorted(book.rules.slas, key=lambda sla: sla.id)
    )
    return tuple(trace for trace in found if trace.matched is not False)


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
