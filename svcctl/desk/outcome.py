"""Outcomes: what the rules came to for a ticket, recorded as one event with its reasons and its messages."""

from collections.abc import Mapping
from typing import Any

from svcctl.actions.applier import Notice, Outcome
from svcctl.desk.desk import Desk
from svcctl.desk.fields import ticket_field
from svcctl.desk.notices import lead_of, send_notice
from svcctl.desk.tables import TICKETS
from svcctl.store.contract import Where
from svcctl.ticket.document import to_document
from svcctl.ticket.model import Link, Ticket

#: The tag of a ticket for which the rules found nobody; it goes when somebody is found.
UNASSIGNED = "assignment-failed"
_GIVES = frozenset({"assignee", "team", "queue"})


def record_outcome(desk: Desk, ticket: Ticket, outcome: Outcome, kind: str, rule: str | None, why: Any) -> Ticket:
    """Record an outcome as one event with its reasons, and queue its messages in the same commit."""
    flow = flow_of_type(desk, ticket, outcome.new)
    new = {**outcome.new, **flow, **handed_over(desk, ticket.replace(**flow), outcome.new)}
    add = dict(outcome.add)
    links = _similar(desk, ticket, outcome)
    if links:
        add["links"] = links
    if outcome.unassigned and UNASSIGNED not in ticket.tags:
        add["tags"] = (*add.get("tags", ()), UNASSIGNED)
    after = desk.change(ticket.id, kind, new, add, rule=rule, why=why)
    for notice in outcome.notices:
        send_notice(desk, after, notice, rule, escalated=kind == "escalated")
    if outcome.failures:
        lead = lead_of(desk, after.team or after.queue)
        send_notice(desk, after, Notice("failed", lead, "; ".join(outcome.failures), urgent=True), rule)
    return after


def handed_over(desk: Desk, ticket: Ticket, new: Mapping[str, Any]) -> dict[str, Any]:
    """What follows for state and tags when `new` gives a ticket to somebody else or puts it in a queue.

    Until work has begun the ticket goes to `assigned`, or to `triaged` where no engineer has it, if its flow has that
    state: whoever has it now did not accept it yet.
    """
    if new.keys().isdisjoint(_GIVES):
        return {}
    follows: dict[str, Any] = {}
    assignee = new.get("assignee", ticket.assignee)
    flow = desk.rulebook.flow(ticket.flow)
    step = "assigned" if assignee else "triaged"
    waiting: tuple[str, ...] = (flow.states[0], "triaged", "assigned")
    if assignee != ticket.assignee:
        waiting = (*waiting, *desk.rulebook.milestones(ticket.flow).respond)
    if step in flow.states and ticket.state in waiting and ticket.state != step:
        follows["state"] = step
    if UNASSIGNED in ticket.tags and (assignee or new.get("team")):
        follows["tags"] = tuple(tag for tag in ticket.tags if tag != UNASSIGNED) or None
    return follows


def flow_of_type(desk: Desk, ticket: Ticket, new: Mapping[str, Any]) -> dict[str, Any]:
    """The flow of the type that `new` sets, as long as the ticket has been nowhere that this flow does not know."""
    if "type" not in new:
        return {}
    said = {name: new.get(name, getattr(ticket, name)) for name in ("type", "mode", "priority", "channel")}
    flow = desk.flow_of({name: value for name, value in said.items() if value is not None})
    return {"flow": flow.id} if all(entry.state in flow.states for entry in ticket.states) else {}


def _similar(desk: Desk, ticket: Ticket, outcome: Outcome) -> tuple[Link, ...]:
    """Links to the last tickets on which nothing is left to do, the latest first, that are alike."""
    known = {link.ticket for link in ticket.links} | {ticket.id}
    facts = desk.facts(ticket)
    links: list[Link] = []
    for path, count in outcome.attach:
        value = to_document(facts[path])
        if value is None:
            continue
        done = desk.transaction.find(
            TICKETS,
            Where(ticket_field(path), "==", value),
            Where("open", "==", False),
            order="created_at",
            descending=True,
            limit=count + len(known),
        )
        found = [document["id"] for document in done if document["id"] not in known][:count]
        links += [Link("similar", id) for id in found]
        known.update(found)
    return tuple(links)
