"""The flow: which moves are legal, what a move demands, and what its states mean."""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from typing import TYPE_CHECKING

from svcctl.decision.book import Book
from svcctl.foundation.errors import Refusal, nearest
from svcctl.language.blocks import FlowBlock, Move
from svcctl.ticket.milestones import STANDARD, Milestones
from svcctl.ticket.model import PlanStep

if TYPE_CHECKING:
    from svcctl.facts.facts import Facts


def _chain(*states: str) -> Iterable[Move]:
    return (Move((source,), (target,)) for source, target in pairwise(states))


_WORK = ("new", "triaged", "assigned", "accepted", "en_route", "on_site", "in_progress")

#: The flow of tickets for which the rules define none. It demands nothing.
DEFAULT_FLOW = FlowBlock(
    id="default",
    moves=(
        *_chain(*_WORK, "resolved", "verified", "closed"),
        Move(("new",), ("assigned",)),
        Move(("assigned", "accepted"), ("triaged",), "decline"),
        Move(("accepted",), ("in_progress",)),
        Move(("resolved",), ("closed",)),
        Move(("in_progress",), ("pending_parts", "pending_customer")),
        Move(("pending_parts", "pending_customer"), ("in_progress",)),
        Move(("resolved", "verified", "closed"), ("in_progress",), "reopen"),
        Move((*_WORK, "pending_parts", "pending_customer"), ("cancelled",), "cancel"),
    ),
)


def flow_for(book: Book, facts: "Facts") -> FlowBlock:
    """The flow of the case of `facts`: the one it already follows, or else the first by id whose condition holds, or
    else the first without a condition, or else the default flow. One whose condition is unknown is not taken."""
    by_id = sorted(book.rules.flows, key=lambda flow: flow.id)
    pinned = facts.case.ticket.flow if facts.case is not None else None
    named = next((flow for flow in by_id if flow.id == pinned), None)
    if named is not None:
        return named
    meant = (flow for flow in by_id if flow.condition is not None and book.test(flow.condition, facts))
    open_to_all = (flow for flow in by_id if flow.condition is None)
    return next(meant, None) or next(open_to_all, DEFAULT_FLOW)


def legal_moves(flow: FlowBlock, state: str) -> tuple[tuple[str, str | None], ...]:
    """The states that a ticket in `state` may move to, each with the move's own name if it has one, in flow order."""
    found: dict[str, str | None] = {}
    for move in flow.moves:
        if state in move.sources:
            for target in move.targets:
                found[target] = found.get(target) or move.name
    return tuple(found.items())


def target_of(flow: FlowBlock, state: str, wanted: str) -> str:
    """The state that a ticket in `state` comes to by the move `wanted`: a state, or the name of a move.

    Raises Refusal `illegal-move` where there is none, saying which there are.
    """
    moves = legal_moves(flow, state)
    target = next((target for target, name in moves if wanted in (target, name)), None)
    if target is not None:
        return target
    known = {*flow.states, *(move.name for move in flow.moves if move.name is not None)}
    can = ", ".join(f"`{target}`" + (f" (`{name}`)" if name else "") for target, name in moves)
    help = f"from `{state}` it can move to {can}" if moves else f"`{state}` is an end of flow `{flow.id}`"
    if wanted not in known:
        meant = nearest(wanted, known)
        message = f"flow `{flow.id}` has no state or move `{wanted}`"
        help = f"did you mean `{meant}`? {help}" if meant else help
    elif wanted == state:
        message = f"the ticket is in `{state}` already"
    else:
        message = f"flow `{flow.id}` has no move from `{state}` to `{wanted}`"
    details = {"state": state, "wanted": wanted, "legal": [target for target, _ in moves]}
    raise Refusal("illegal-move", message, help=help, details=details)


def check_move(
    flow: FlowBlock, state: str, wanted: str, facts: "Facts", accepted: Callable[[], bool]
) -> tuple[str, Mapping[str, str]]:
    """The state that a move leads to, and the needs that it still lacks, with what is missing of each in words; with
    none of these it may be made. Raises what `target_of` raises."""
    target = target_of(flow, state, wanted)
    needs = dict.fromkeys(need for demand in flow.demands if demand.state == target for need in demand.needs)
    found = {need: lacking(need, facts, accepted) for need in needs}
    return target, {need: words for need, words in found.items() if words}


def lacking(need: str, facts: "Facts", accepted: Callable[[], bool]) -> str:
    """What is missing for a need, in words; empty where it is met.

    A need is `acceptance` (`accepted` is asked), `plan` (every step complete), `evidence` (any), `evidence.KIND`,
    or the path of a fact or kind of evidence that must be present.
    """
    ticket = facts.case.ticket if facts.case is not None else None
    if need == "acceptance":
        return "" if accepted() else "the acceptance criteria are not met yet"
    if need == "plan" and ticket is not None:
        return _incomplete(ticket.plan)
    kinds = {evidence.kind for evidence in ticket.evidence} if ticket is not None else set()
    if need == "evidence":
        return "" if kinds else "no evidence is attached"
    scope, _, kind = need.partition(".")
    if scope == "evidence":
        return "" if kind in kinds else f"no evidence of kind `{kind}` is attached"
    value = facts[need]
    if value is None or value == () or (isinstance(value, str) and not value.strip()):
        return "" if need in kinds else f"`{need}` is missing"
    return ""


def _incomplete(plan: tuple[PlanStep, ...]) -> str:
    if not plan:
        return "no action is planned"
    for step in plan:
        words = (("what", step.what), ("who", step.who), ("when", step.when), ("verify", step.verify))
        for name, value in words:
            if not value or (isinstance(value, str) and not value.strip()):
                return f"action `{step.id}` of the plan does not say `{name}`"
    return ""


def milestones_of(flow: FlowBlock) -> Milestones:
    """What the states of a flow mean: the standard names, unless the flow says otherwise.

    A state that lies between being resolved and being closed need not be named: where a ticket can only come to
    it when it is resolved, and go on from it to be closed without further work, it counts as resolved.
    """
    written = {milestone.kind: milestone.states for milestone in flow.milestones}
    limits = tuple((limit.state, limit.within) for limit in flow.limits)
    milestones = STANDARD.replace(**written, limits=limits)
    unresolved = _reached(flow, flow.states[:1], milestones.resolve)
    only_resolved = [state for state in flow.states if state not in unresolved and state not in milestones.done]
    working = tuple(state for state in flow.states if state not in only_resolved)
    between = tuple(
        state
        for state in only_resolved
        if any(
            target in milestones.close
            for target in _reached(flow, (state,), tuple(set(working) - set(milestones.close)))
        )
    )
    return milestones.replace(resolve=(*milestones.resolve, *between))


def _reached(flow: FlowBlock, starts: tuple[str, ...], without: tuple[str, ...]) -> set[str]:
    """The states to which moves lead from `starts`, these included, never going through the states `without`."""
    found: set[str] = set()
    waiting = [state for state in starts if state not in without]
    while waiting:
        state = waiting.pop()
        if state not in found:
            found.add(state)
            waiting += [target for target, _ in legal_moves(flow, state) if target not in without]
    return found
