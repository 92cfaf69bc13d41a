"""The sweep: one pass over the tickets whose instant has come. Delivery of the messages comes after it."""

from collections.abc import Iterator
from typing import Any

from svcctl.actions.applier import apply_effects
from svcctl.decision.decision import DueStep, Effect
from svcctl.decision.effects import effects_of
from svcctl.decision.escalation import due_steps
from svcctl.desk.desk import TICKETS, Desk
from svcctl.desk.dispatching import record_outcome
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import stored
from svcctl.language.printer import print_action
from svcctl.store.contract import Where
from svcctl.ticket.document import to_document
from svcctl.ticket.model import Firing

#: Tickets a commit, so that others get their turn at the lock.
COMMIT_TICKETS = 50


def sweep(workspace: Workspace, turn: Turn) -> Iterator[dict[str, Any]]:
    """Fire every escalation step that is due at the turn's instant; what fired, in order of wake time.

    A second sweep at the same instant finds nothing: each ticket's wake time then lies after it.
    """
    due = Where("wake_at", "<=", stored(turn.now))
    ids = [document["id"] for document in workspace.store.find(TICKETS, due, order="wake_at")]
    for start in range(0, len(ids), COMMIT_TICKETS):
        chunk = ids[start : start + COMMIT_TICKETS]

        def work(desk: Desk, chunk: list[str] = chunk) -> list[dict[str, Any]]:
            return [firing for id in chunk for firing in escalate(desk, id)]

        yield from perform(workspace, turn, work)


def escalate(desk: Desk, id: str) -> list[dict[str, Any]]:
    """Fire the steps of one ticket that are due, in order. What a step changes can start or stop the others, so they
    are asked for anew after each; no step fires twice, so this ends."""
    fired: list[dict[str, Any]] = []
    while True:
        ticket = desk.ticket(id)
        steps = due_steps(desk.rulebook, desk.facts(ticket), desk.clocks(ticket))
        if not steps:
            break
        fired.append(_fire(desk, id, steps[0]))
    if ticket.wake_at is not None and ticket.wake_at <= desk.now:
        desk.change(id, "watched")
    return fired


def _fire(desk: Desk, id: str, step: DueStep) -> dict[str, Any]:
    ticket = desk.ticket(id)
    roster = desk.roster
    resolved = effects_of(step.actions, desk.facts(ticket), roster, desk.rulebook.calendar(None))
    effects = [*resolved.effects, *(Effect("failed", path="assign", value=text) for text in resolved.unassigned)]
    outcome = apply_effects(effects, ticket, {key: person.team for key, person in roster.engineers.items()})
    firing = Firing(step.rule, step.step, step.entry, step.repeat, desk.now)
    actions = [print_action(action) for action in step.actions]
    why: dict[str, Any] = {
        "step": step.step,
        "due_at": stored(step.due_at),
        "entry": stored(step.entry),
        "actions": actions,
        "effects": to_document(effects),
        "choices": to_document(resolved.choices),
    }
    if step.flagged:
        why["unknown"] = True
    if step.missed:
        why["missed"] = step.missed
    add = {**outcome.add, "firings": (firing,)}
    record_outcome(desk, ticket, outcome.replace(add=add), "escalated", step.rule, why)
    return {
        "ticket": id,
        "rule": step.rule,
        "step": step.step,
        "repeat": step.repeat,
        "due_at": stored(step.due_at),
        "actions": actions,
        "to": [f"{person.kind} {person.id}" for effect in effects for person in effect.to],
    }
