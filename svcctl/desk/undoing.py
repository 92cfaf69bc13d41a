"""Undoing the last change of a ticket: a new event that brings back what was there before it."""

from typing import Any

from svcctl.decision.flow import legal_moves
from svcctl.desk.desk import Desk
from svcctl.desk.outbox import OUTBOX, drop_message
from svcctl.desk.tables import TICKETS
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.store.contract import Where
from svcctl.ticket.event import Event, value_at

#: What follows from the rest of a ticket, and is worked out anew by every change.
_DERIVED = frozenset({"open", "watches", "policies", "wake_at", "care_since", "care_wake_at"})
#: Events that only say what follows from another one, or what an ERP said.
_UNSEEN = frozenset({"watched", "upgraded", "looked_up", "erp_done", "erp_rejected", "erp_dead", "erp_dropped"})
#: What a rule notes when it has told somebody: that is no change of the ticket, and cannot be taken back.
_NOTED = frozenset({"firings", "care_done"})


def undo(desk: Desk, id: str) -> Event:
    """Take the last change of a ticket back, and tell which it was; messages of it that have not left are dropped.

    Undoing an undoing does the change again. Raises Refusal `unknown-ticket`, and `illegal-move` for the making of the
    ticket, and for what an escalation changed, which the next sweep would change again.
    """
    document = desk.document(id)
    first, *later = desk.transaction.history(TICKETS, id)
    seen = [(revision, event) for revision, event in enumerate(later, 2) if _is_seen(event)]
    if not seen:
        raise Refusal(
            "illegal-move", f"{id} has no change to undo, only its making ({first.kind})", help=_ending(desk, id)
        )
    revision, last = seen[-1]
    if last.kind == "escalated":
        raise Refusal(
            "illegal-move",
            f"the last change of {id} was made by rule `{last.rule}`, which would make it again",
            help="change the rule, or what it looks at; what went before is changed by its own command",
        )
    for message in desk.transaction.find(OUTBOX, Where("ticket", "==", id), Where("status", "==", "pending")):
        if message.get("ticket_revision") == revision and not message["attempts"]:
            drop_message(desk.transaction, message["id"], desk.now, desk.actor, undone=True)
    why = {"kind": last.kind, "at": stored(last.at), "actor": last.actor}
    desk.change(id, "undone", _before(document, last), why=why)
    return last


def _is_seen(event: Event) -> bool:
    """Whether an event changed what people see of a ticket, and not only what was told of it."""
    changed = {path.partition(".")[0] for path in (*event.set, *event.add)}
    return event.kind not in _UNSEEN and not (event.rule and changed <= _NOTED | _DERIVED)


def _ending(desk: Desk, id: str) -> str:
    """How a ticket that should not be there is ended, where its flow has a way."""
    ticket = desk.ticket(id)
    cancelled = desk.rulebook.milestones(ticket.flow).cancel
    moves = legal_moves(desk.rulebook.flow(ticket.flow), ticket.state)
    state = next((state for state, _ in moves if state in cancelled), None)
    return f"`svcctl ticket move {id} {state}` ends it" if state else ""


def _before(document: dict[str, Any], last: Event) -> dict[str, Any]:
    """The values that the event found, by path."""
    found: dict[str, Any] = {}
    for path, (before, after) in last.set.items():
        if path.split(".")[0] not in _DERIVED and value_at(document, path) == after:
            found[path] = before
    for path, items in last.add.items():
        there = value_at(document, path) or []
        if there[len(there) - len(items) :] == list(items):
            found[path] = there[: len(there) - len(items)] or None
    return found
