"""Noise: which notices are muted, which wait for their receiver's hours, and which leave together.

Muted is what an escalation says while a silence holds for the ticket, or while another escalation that `mutes` it is
active: that one watches and has fired. What is muted stays in the outbox, with what muted it. A notice of a rule that
is not urgent is due when its receiver is next on duty; with `notify.group_within` somewhat later, so that others to the
same receiver, on the same channel and alike in `notify.group_by`, can go with it. The words are those of Alertmanager
(https://prometheus.io/docs/alerting/latest/alertmanager/): silence, inhibition, group.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from svcctl.actions.applier import Notice
from svcctl.decision.duty import Duty
from svcctl.desk.desk import Desk
from svcctl.desk.fields import ticket_field
from svcctl.desk.outbox import OUTBOX, due_messages, record_change
from svcctl.desk.settings import Settings
from svcctl.desk.silences import silence_for, silence_without_rules
from svcctl.desk.tables import TICKETS
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.facts.catalog import FACTS
from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.quantity import Elapsed, parse_duration
from svcctl.store.contract import Reader, Where
from svcctl.ticket.document import from_document, to_document
from svcctl.ticket.event import Document
from svcctl.ticket.model import Ticket

#: What notices may be grouped by, besides facts of the ticket.
_OF_NOTICES = ("rule", "kind")
#: When a message is looked at again of which broken rules keep from being told whether a silence holds for it.
UNTOLD = timedelta(minutes=1)


def fate_of(
    desk: Desk, ticket: Ticket, notice: Notice, channel: str, rule: str | None, *, escalated: bool
) -> dict[str, Any]:
    """What a message's document holds besides the message: when it is due, or what muted it."""
    if rule is None or notice.kind == "failed":
        return {}
    if escalated:
        silence = silence_for(desk, ticket)
        muting = None if silence else muting_rule(desk, ticket, rule)
        if silence or muting:
            status = "silenced" if silence else "inhibited"
            return {"status": status, "muted_by": silence or muting, "next_at": None}
    mark = {"escalated": True} if escalated else {}
    if notice.urgent:
        return mark
    absence = Duty(desk.case(ticket), desk.roster, desk.rulebook.calendar(None)).absence(notice.to)
    due = (absence.until if absence is not None else None) or desk.now
    within = group_wait(desk.workspace.settings)
    if within is None:
        return {**mark, "next_at": stored(due)}
    labels = [_label(desk, ticket, notice, rule, path) for path in desk.workspace.settings["notify.group_by"]]
    group = json.dumps([channel, notice.to.kind, notice.to.id, *labels], ensure_ascii=False)
    due = _with_group(desk.transaction, group, desk.now, max(due, desk.now + within))
    return {**mark, "next_at": stored(due), "group": group}


def group_wait(settings: Settings) -> timedelta | None:
    """How long notices wait for others to go with; None where they do not. Raises Refusal `bad-configuration`."""
    text = settings["notify.group_within"]
    if not text:
        return None
    known = {*_OF_NOTICES, *(fact.path for fact in FACTS)}
    for path in settings["notify.group_by"]:
        if path not in known:
            meant = nearest(path, known)
            raise Refusal(
                "bad-configuration",
                f"`notify.group_by` has `{path}`, which is no fact of a ticket",
                help=f"did you mean `{meant}`?" if meant else "such as `rule`, `team` or `site.id`",
            )
    within = parse_duration(text)
    if not isinstance(within, Elapsed):
        raise Refusal("bad-configuration", f"`notify.group_within` is `{text}`", help="write elapsed time such as `5m`")
    return timedelta(seconds=within.seconds)


def muting_rule(desk: Desk, ticket: Ticket, rule: str) -> str | None:
    """The escalation that mutes a rule's notices about a ticket now, with the ticket on which it is active."""
    for other in desk.book(ticket).rules.escalations:
        for mute in other.mutes:
            if rule not in mute.rules:
                continue
            if mute.by is None:
                if is_active(ticket, str(other.id)):
                    return f"{other.id} on {ticket.id}"
                continue
            for document in _alike(desk, ticket, mute.by):
                if other.id in document.get("watches", ()) and is_active(
                    from_document(Ticket, document), str(other.id)
                ):
                    return f"{other.id} on {document['id']}"
    return None


def _alike(desk: Desk, ticket: Ticket, path: str) -> Iterator[Document]:
    """The open tickets in which a fact is as in this one."""
    value = to_document(desk.facts(ticket)[path])
    if value is not None:
        yield from desk.transaction.find(TICKETS, Where(ticket_field(path), "==", value), Where("open", "==", True))


def is_active(ticket: Ticket, rule: str) -> bool:
    """Whether an escalation watches a ticket and has fired since it began to."""
    entry = ticket.watches.get(rule)
    return entry is not None and any(f.rule == rule and stored(f.entry) == entry for f in ticket.firings)


def gather(workspace: Workspace, turn: Turn) -> str:
    """Before messages leave: mute those for which a silence holds by now, and join those that go together.

    Of a group the oldest message goes, and lists the others, which end as `grouped`. Broken rules hold nothing up but
    what nobody can say of whether a silence holds for it: that waits, and what is returned says so.
    """
    store = workspace.store
    if any(_gathers(document) for document in due_messages(store, turn.now)):
        return perform(workspace, turn.replace(key=None), _gather)
    return ""


def _gathers(document: Document) -> bool:
    first = document["status"] == "pending" and document["attempts"] == 0
    return first and ("group" in document or "escalated" in document)


def _silenced(desk: Desk, document: Document) -> tuple[str | None, str]:
    """The silence that holds for what a message is about, or why that cannot be told."""
    if "escalated" not in document:
        return None, ""
    ticket = desk.ticket(document["ticket"])
    try:
        return silence_for(desk, ticket), ""
    except Refusal as broken:
        silence, certain = silence_without_rules(desk, ticket)
        return silence, "" if certain else broken.message


def _gather(desk: Desk) -> str:
    groups: dict[str, list[Document]] = {}
    waiting, because = 0, ""
    for document in list(due_messages(desk.transaction, desk.now)):
        if not _gathers(document):
            continue
        silence, untold = _silenced(desk, document)
        if untold:
            waiting, because = waiting + 1, untold
            held = {"next_at": stored(desk.now + UNTOLD)}
            record_change(desk.transaction, document, "held", held, desk.now, desk.actor)
        elif silence is not None:
            new = {"status": "silenced", "muted_by": silence, "next_at": None}
            record_change(desk.transaction, document, "silenced", new, desk.now, desk.actor)
        elif "group" in document:
            groups.setdefault(document["group"], []).append(document)
    for together in groups.values():
        first, *others = sorted(together, key=lambda document: str(document["id"]))
        for other in others:
            new = {"status": "grouped", "into": first["id"], "next_at": None}
            record_change(desk.transaction, other, "grouped", new, desk.now, desk.actor)
        if others:
            listed = [{name: other[name] for name in ("id", "ticket", "subject")} for other in others]
            record_change(desk.transaction, first, "joined", {"members": listed}, desk.now, desk.actor)
    return f"{waiting} messages wait, for a silence may hold for them: {because}" if waiting else ""


def _with_group(reader: Reader, group: str, now: datetime, due: datetime) -> datetime:
    """When a notice leaves that would be due at `due`: with its group, where that leaves earlier."""
    waiting = reader.find(
        OUTBOX,
        Where("group", "==", group),
        Where("status", "==", "pending"),
        Where("next_at", ">", stored(now)),
        Where("next_at", "<", stored(due)),
        order="next_at",
    )
    fresh = (parse_instant(document["next_at"]) for document in waiting if document["attempts"] == 0)
    return next(fresh, due)


def _label(desk: Desk, ticket: Ticket, notice: Notice, rule: str, path: str) -> Any:
    own: Mapping[str, Any] = {"rule": rule, "kind": notice.kind}
    return own[path] if path in own else to_document(desk.facts(ticket)[path])
