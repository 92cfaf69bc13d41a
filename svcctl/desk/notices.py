"""Notices: what is said about a ticket, queued in the commit of the change that caused it."""

from collections.abc import Mapping
from typing import Any

from svcctl.actions.applier import Notice, word_notice
from svcctl.decision.decision import Person
from svcctl.decision.recipients import engineer_person, team_person
from svcctl.desk.desk import Desk
from svcctl.desk.noise import fate_of
from svcctl.desk.outbox import queue_message
from svcctl.extension.contract import Message
from svcctl.foundation.instant import shown
from svcctl.ticket.model import Ticket


def send_notice(desk: Desk, ticket: Ticket, notice: Notice, rule: str | None, *, escalated: bool = False) -> None:
    """Queue one message about a ticket; what an escalation says (`escalated`) may be muted."""
    subject, text = word_notice(notice, ticket, desk.now, _next_due(desk, ticket))
    fate = fate_of(desk, ticket, notice, channel_of(desk, notice), rule, escalated=escalated)
    post(desk, ticket.id, notice, subject, text, rule, fate)


def post(
    desk: Desk,
    ticket: str,
    notice: Notice,
    subject: str,
    text: str,
    rule: str | None,
    fate: Mapping[str, Any] | None = None,
) -> None:
    """Queue one message in these words; `ticket` is empty where it is about none."""
    channel = channel_of(desk, notice)
    message = Message(ticket, notice.kind, notice.to, channel, subject, text, desk.now, notice.urgent, rule)
    queue_message(desk.transaction, message, desk.now, desk.actor, fate)


def channel_of(desk: Desk, notice: Notice) -> str:
    """The channel by which a notice leaves."""
    settings = desk.workspace.settings
    customers: str = settings["notify.customer"] if notice.to.kind == "customer" else ""
    return customers or str(settings["notify.channel"])


def lead_of(desk: Desk, team: str | None) -> Person:
    """Who answers for a team: its manager, or else the team as a whole; triage where there is none."""
    roster = desk.roster
    known = roster.teams.get(team or "")
    manager = roster.engineers.get(known.manager or "") if known else None
    if manager is not None and manager.active:
        return engineer_person(manager)
    return team_person(team or "triage", roster)


def _next_due(desk: Desk, ticket: Ticket) -> str:
    """The promise that falls due next, in words; empty where none is open."""
    running = [(clock.due, clock.kind) for clock in desk.clocks(ticket) if clock.stopped_at is None and clock.due]
    if not running:
        return ""
    due, kind = min(running)
    return f"{kind} by {shown(due, desk.workspace.zone)}"
