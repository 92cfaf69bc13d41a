"""Flows and service levels: states that can be reached, targets that can be met."""

from svcctl.foundation.diagnostic import Label
from svcctl.language.blocks import FlowBlock, SlaBlock, Target
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.findings import respelt, suggestion
from svcctl.language.checks.known import Known
from svcctl.language.checks.times import expect_calendar
from svcctl.language.tree import Node, place_of


def check_flow(known: Known, flow: FlowBlock) -> FlowBlock:
    states = flow.states
    reached = _reached(flow, states[:1])
    for move in flow.moves:
        for state in move.sources:
            if state not in reached:
                reached |= _reached(flow, (state,))
                known.findings.warning(
                    "unreachable-state",
                    f"no move leads to the state `{state}`",
                    place_of(state, move),
                    help=[f"tickets begin in `{states[0]}`"],
                )
    for demand in flow.demands:
        _expect_state(known, flow, demand.state, demand)
        for need in demand.needs:
            _expect_need(known, need, demand)
    for limit in flow.limits:
        _expect_state(known, flow, limit.state, limit)
        expect_calendar(known, limit.within, limit.span)
    for milestone in flow.milestones:
        for state in milestone.states:
            _expect_state(known, flow, state, milestone)
    condition = None if flow.condition is None else Expressions(known, "ticket").condition(flow.condition)
    return flow.replace(condition=condition)


def check_sla(known: Known, sla: SlaBlock) -> SlaBlock:
    seen: dict[str, Target] = {}
    for target in sla.targets:
        first = seen.setdefault(target.kind, target)
        if first is not target:
            known.findings.error(
                "duplicate-target",
                f"`{sla.id}` says twice when to {target.kind}",
                target.span,
                related=[Label(first.span, "first here")],
                help=["leave one of the two out, or write another `sla`"],
            )
        known.expect("calendar", target.calendar, place_of(target.calendar, target))
        expect_calendar(known, target.within, target.span, named=target.calendar, on=True)
    for state in sla.pauses:
        known.expect("state", state, place_of(state, sla))
    condition = None if sla.condition is None else Expressions(known, "ticket").condition(sla.condition)
    return sla.replace(condition=condition)


def _reached(flow: FlowBlock, start: tuple[str, ...]) -> set[str]:
    """The states that a ticket can come to from some, themselves included."""
    onward: dict[str, list[str]] = {}
    for move in flow.moves:
        for state in move.sources:
            onward.setdefault(state, []).extend(move.targets)
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting.extend(onward.get(state, ()))
    return reached


def _expect_state(known: Known, flow: FlowBlock, state: str, node: Node) -> None:
    if state not in flow.states:
        known.findings.error(
            "unknown-state",
            f"flow `{flow.id}` has no state `{state}`",
            place_of(state, node),
            help=suggestion(state, flow.states),
            fix=respelt(state, flow.states, place_of(state, node)),
        )


def _expect_need(known: Known, need: str, node: Node) -> None:
    evidence = known.names("evidence") or ()
    if need in ("acceptance", "evidence") or need.startswith("evidence.") or need in evidence:
        return
    if known.term("ticket", need) is not None:
        return
    if "form" in known.partial:
        return
    known.findings.error(
        "unknown-need",
        f"there is nothing called `{need}` that a move could require",
        place_of(need, node),
        help=suggestion(need, ["acceptance", "evidence", *evidence, *known.scopes["ticket"]]),
    )
