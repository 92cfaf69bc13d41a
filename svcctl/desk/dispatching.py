"""Dispatch: the rules decide, the desk records the decision with its reasons and queues its messages."""

from typing import Any

from svcctl.actions.applier import Notice, Outcome, apply_effects, word_notice
from svcctl.decision.decision import Decision, Person
from svcctl.decision.dispatch import decide
from svcctl.decision.roster import Roster
from svcctl.desk.desk import TICKETS, Desk
from svcctl.desk.outbox import queue_message
from svcctl.extension.contract import Message
from svcctl.foundation.instant import shown
from svcctl.store.contract import Where
from svcctl.ticket.document import to_document
from svcctl.ticket.model import Link, Ticket

#: Facts that name a field of ticket documents, so that similar tickets are found by index.
_SIMILAR_BY = {
    "product.model": "product_model",
    "product.line": "product_line",
    "asset.batch": "batch",
    "asset.serial": "asset",
    "customer.id": "customer",
    "site.id": "site",
}


def dispatch_ticket(desk: Desk, id: str) -> Ticket:
    """Let the dispatch rules decide about a ticket, and record what they did and why.

    Whoever has declined the ticket is not asked again. A ticket whose rules found nobody is marked
    with the tag `assignment-failed` and said to the manager of its team, where there is one: never silence.
    """
    ticket = desk.ticket(id)
    declined = {decline.engineer for decline in ticket.declines}
    roster = desk.roster
    if declined:
        staying = {key: person for key, person in roster.engineers.items() if key not in declined}
        roster = Roster(staying, roster.teams, roster.load)
    decision = decide(desk.rulebook, desk.facts(ticket), roster)
    rule = decision.rule or f"{decision.block}/otherwise"
    return apply_decision(desk, ticket, decision, "dispatched", rule)


def apply_decision(desk: Desk, ticket: Ticket, decision: Decision, kind: str, rule: str) -> Ticket:
    """Record a decision as one event with its reasons, and queue its messages in the same commit."""
    roster = desk.roster
    outcome = apply_effects(decision.effects, ticket, {id: person.team for id, person in roster.engineers.items()})
    return record_outcome(desk, ticket, outcome, kind, rule, to_document(decision))


def record_outcome(desk: Desk, ticket: Ticket, outcome: Outcome, kind: str, rule: str, why: Any) -> Ticket:
    """Record an outcome; the ticket goes on to `assigned` or `triaged` where its flow has that state ahead of it."""
    new = dict(outcome.new)
    add = dict(outcome.add)
    links = _similar(desk, ticket, outcome)
    if links:
        add["links"] = links
    if outcome.failures and "assignment-failed" not in ticket.tags:
        add["tags"] = (*add.get("tags", ()), "assignment-failed")
    step = _next_state(desk, ticket, new)
    if step is not None:
        new["state"] = step
    after = desk.change(ticket.id, kind, new, add, rule=rule, why=why)
    notices = list(outcome.notices)
    if outcome.failures:
        notices.append(_failure_notice(desk, after, outcome))
    for notice in notices:
        send_notice(desk, after, notice, rule)
    return after


def send_notice(desk: Desk, ticket: Ticket, notice: Notice, rule: str | None) -> None:
    """Queue one message about a ticket, in the commit of the change that caused it."""
    due = next((clock for clock in desk.clocks(ticket) if clock.stopped_at is None and clock.due), None)
    due_text = f"{due.kind} by {shown(due.due, desk.workspace.zone)}" if due and due.due else ""
    subject, text = word_notice(notice, ticket, desk.now, due_text)
    settings = desk.workspace.settings
    channel = settings["notify.channel"]
    if notice.to.kind == "customer" and settings["notify.customer"]:
        channel = settings["notify.customer"]
    sequence = f"{ticket.id}/{ticket.revision}/{rule or desk.actor}/{notice.kind}/{notice.to.kind}:{notice.to.id}"
    message = Message(
        id="",
        key=sequence,
        ticket=ticket.id,
        kind=notice.kind,
        to=notice.to,
        channel=channel,
        subject=subject,
        text=text,
        urgent=notice.urgent,
        created_at=desk.now,
        rule=rule,
    )
    queue_message(desk.transaction, message, desk.now, desk.actor)


def _failure_notice(desk: Desk, ticket: Ticket, outcome: Outcome) -> Notice:
    roster = desk.roster
    team = roster.teams.get(ticket.team or ticket.queue or "")
    manager = roster.engineers.get(team.manager or "") if team else None
    if manager is not None:
        to = Person("engineer", manager.id, manager.address)
    else:
        to = Person("team", team.id, team.address) if team else Person("team", ticket.queue or "triage")
    return Notice("failed", to, "; ".join(outcome.failures), urgent=True)


def _next_state(desk: Desk, ticket: Ticket, new: dict[str, Any]) -> str | None:
    states = desk.rulebook.flow(ticket.flow).states
    wanted = "assigned" if new.get("assignee") else "triaged"
    early = [state for state in ("triaged", "assigned") if state in states]
    waiting = ticket.state == states[0] or ticket.state in early
    moved = "assignee" in new or "queue" in new or "team" in new
    return wanted if moved and waiting and wanted in states and ticket.state != wanted else None


def _similar(desk: Desk, ticket: Ticket, outcome: Outcome) -> tuple[Link, ...]:
    known = {link.ticket for link in ticket.links} | {ticket.id}
    facts = desk.facts(ticket)
    links: list[Link] = []
    for path, count in outcome.attach:
        value = facts[path]
        if value is None:
            continue
        field = _SIMILAR_BY.get(path, path)
        closed = desk.transaction.find(
            TICKETS,
            Where(field, "==", value),
            Where("open", "==", False),
            order="created_at",
            descending=True,
            limit=count + len(known),
        )
        found = [document["id"] for document in closed if document["id"] not in known][:count]
        links += [Link("similar", id) for id in found]
        known.update(found)
    return tuple(links)
