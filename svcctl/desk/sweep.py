"""The sweep: one pass over the tickets whose instant has come. Delivery of the messages comes after it."""

from collections.abc import Iterator
from typing import Any

from svcctl.actions.applier import apply_effects
from svcctl.decision.decision import DueStep, Effect
from svcctl.decision.effects import effects_of
from svcctl.decision.escalation import due_steps, next_watches, watching
from svcctl.desk.desk import Desk
from svcctl.desk.dispatching import takers
from svcctl.desk.due import look_at_due
from svcctl.desk.following import follow_rules
from svcctl.desk.outcome import record_outcome
from svcctl.desk.rehearsing import rehearsed
from svcctl.desk.tables import TICKETS
from svcctl.desk.turn import Turn
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import stored
from svcctl.language.printer import print_action
from svcctl.ticket.document import to_document
from svcctl.ticket.model import Firing, Ticket


def sweep(workspace: Workspace, turn: Turn) -> Iterator[dict[str, Any]]:
    """Fire every escalation step that is due at the turn's instant; what fired, ticket by ticket in order of wake time.

    A second sweep at the same instant finds nothing: each ticket's wake time then lies after it. A ticket for which
    it cannot be said what is due (its calendar is gone) stays as it is and comes out as `{"did": "refused", "ticket",
    "error"}`; the others go on. A dry run gives what the sweep then gives. Raises Refusal `rules-broken`.
    """
    workspace, turn = rehearsed(workspace, turn)
    follow_rules(workspace, turn)
    yield from look_at_due(workspace, turn, TICKETS, "wake_at", escalate)


def escalate(desk: Desk, id: str) -> list[dict[str, Any]]:
    """Fire the steps of one ticket that are due, in order. What a step changes can start or stop the others, so they
    are asked for anew after each; no step fires twice, so this ends."""
    fired: list[dict[str, Any]] = []
    while True:
        ticket = desk.ticket(id)
        if ticket.wake_at is None or ticket.wake_at > desk.now:
            return fired
        book, facts = desk.book(ticket), desk.facts(ticket)
        current = next_watches(ticket, desk.now, watching(book, facts)) == ticket.watches
        steps = due_steps(book, facts, desk.clocks(ticket)) if current else ()
        if steps:
            fired.append(_fire(desk, ticket, steps[0]))
        else:
            desk.change(id, "watched")


def _fire(desk: Desk, ticket: Ticket, step: DueStep) -> dict[str, Any]:
    resolved = effects_of(step.actions, desk.facts(ticket), takers(desk, ticket), desk.rulebook.calendar(None))
    effects = [*resolved.effects, *(Effect("failed", path="assign", value=text) for text in resolved.unassigned)]
    outcome = apply_effects(effects, ticket, desk.roster)
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
    if step.superseded:
        why["superseded"] = list(step.superseded)
    add = {**outcome.add, "firings": (firing,)}
    record_outcome(desk, ticket, outcome.replace(add=add), "escalated", step.rule, why)
    return {
        "ticket": ticket.id,
        "rule": step.rule,
        "step": step.step,
        "repeat": step.repeat,
        "due_at": stored(step.due_at),
        "actions": actions,
        "to": [f"{person.kind} {person.id}" for effect in effects for person in effect.to],
    }
