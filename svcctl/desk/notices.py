"""Notices: what is said about a ticket, queued in the commit of the change that caused it."""

from collections.abc import Mapping
from typing import Any

from svcctl.actions.applier import Notice
from svcctl.actions.wording import Due, language_named
from svcctl.decision.decision import Person
from svcctl.decision.recipients import engineer_person, team_person
from svcctl.desk.desk import Desk
from svcctl.desk.noise import fate_of
from svcctl.desk.outbox import queue_message
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.templates import Context, Worded, kind_and_language, told_of
from svcctl.extension.contract import Message
from svcctl.facts.case import Case
from svcctl.foundation.instant import shown
from svcctl.ticket.model import Ticket


def send_notice(desk: Desk, ticket: Ticket, notice: Notice, rule: str | None, *, escalated: bool = False) -> None:
    """Queue one message about a ticket; what an escalation says (`escalated`) may be muted."""
    worded = _worded(desk, ticket, notice, rule)
    fate = fate_of(desk, ticket, notice, channel_of(desk, notice), rule, escalated=escalated)
    post(desk, ticket.id, notice, worded.subject, worded.text, rule, {**told_of(worded), **(fate or {})})


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


def checked_templates(desk: ReadingDesk, id: str | None = None) -> list[dict[str, Any]]:
    """What each template says of a ticket of which next to nothing is known, and of the ticket `id`; or its problem.

    Raises Refusal `unknown-ticket`.
    """
    bare = Ticket("T-000000", 1, "new", desk.now, desk.now)
    tickets = [bare, *([desk.ticket(id)] if id else [])]
    templates, rows = desk.workspace.templates, []
    for name in templates.names:
        kind, language = kind_and_language(name)
        notice = Notice(kind, Person("engineer", "nobody"))
        for ticket in tickets:
            context = _context(desk, desk.case(ticket), notice, None)
            row = {"id": name, "ticket": ticket.id, "subject": "", "problem": ""}
            try:
                spoken = language_named(language, desk.workspace.settings["notify.language"])
                row["subject"] = templates.render(name, context, spoken)[0]
            except Exception as failed:
                row["problem"] = templates.problem(name, failed)
            rows.append(row)
    return rows


def lead_of(desk: Desk, team: str | None) -> Person:
    """Who answers for a team: its manager, or else the team as a whole; triage where there is none."""
    roster = desk.roster
    known = roster.teams.get(team or "")
    manager = roster.engineers.get(known.manager or "") if known else None
    if manager is not None and manager.active:
        return engineer_person(manager)
    return team_person(team or "triage", roster)


def _worded(desk: Desk, ticket: Ticket, notice: Notice, rule: str | None) -> Worded:
    """A notice in words, as they are now: what was sent is recorded, whatever becomes of the ticket or the template."""
    case = desk.case(ticket)
    of_customer = case.customer.language if case.customer and notice.to.kind == "customer" else None
    own = of_customer or notice.to.address.get("lang")
    language = language_named(own, desk.workspace.settings["notify.language"])
    return desk.workspace.templates.word(_context(desk, case, notice, rule), language)


def _context(desk: ReadingDesk, case: Case, notice: Notice, rule: str | None) -> Context:
    due = _next_due(desk, case.ticket)
    return Context(notice, case.ticket, desk.now, due, rule, case.customer, case.site, case.asset, case.assignee)


def _next_due(desk: ReadingDesk, ticket: Ticket) -> Due | None:
    """The promise that falls due next; None where none is open."""
    promises = (clock for clock in desk.clocks(ticket) if clock.kind != "limit")  # how long a stay may be is no promise
    running = [(clock.due, clock.kind) for clock in promises if clock.stopped_at is None and clock.due]
    if not running:
        return None
    due, kind = min(running)
    return Due(kind, shown(due, desk.workspace.zone))
