"""Silences: for a while, what escalations say about some tickets is recorded and not sent.

A silence is a condition on tickets, checked as those in rules are and kept as it was checked, with an author, a comment
and an end.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal, filled
from svcctl.foundation.instant import stored
from svcctl.foundation.source import Source
from svcctl.language.tree import Expression
from svcctl.store.contract import Reader, Where
from svcctl.ticket.event import Document, Event, changes
from svcctl.ticket.model import Ticket

SILENCES = "silences"
_BEFORE, _AFTER = 'escalation "a silence" { for ', '\n  after 0m { tag "silence" } }'


def add_silence(desk: Desk, condition: str, until: datetime, comment: str, start: datetime | None = None) -> Document:
    """Silence the tickets for which a condition holds, from `start` or now.

    Raises Refusal `bad-argument` for an end that is not to come, no comment, or a condition with a mistake.
    """
    begins = start or desk.now
    if until <= max(begins, desk.now):
        raise Refusal("bad-argument", "the silence would be over before it begins", help="give a later --until")
    comment = filled("comment", comment, "say why, for whoever wonders later")
    from svcctl.language.snapshot import freeze

    new = {
        "condition": condition.strip(),
        "checked": freeze(read_condition(desk.workspace, condition)),
        "author": desk.actor,
        "comment": comment,
        "starts_at": stored(begins),
        "ends_at": stored(until),
    }
    id = desk.transaction.next_id(SILENCES)
    return _record(desk, Event(SILENCES, id, "added", desk.now, desk.actor, changes(None, new)))


def expire_silence(desk: Desk, id: str) -> Document:
    """End a silence now. Raises Refusal `unknown-record`; `illegal-move` where it is over already."""
    document = desk.transaction.get(SILENCES, id)
    if document is None:
        raise Refusal("unknown-record", f"there is no silence `{id}`", help="`svcctl silence list` shows them")
    if document["ends_at"] <= stored(desk.now):
        raise Refusal("illegal-move", f"silence {id} is over already")
    new = changes(document, {"ends_at": stored(desk.now)})
    return _record(desk, Event(SILENCES, id, "expired", desk.now, desk.actor, new))


def _record(desk: Desk, event: Event) -> Document:
    document = desk.transaction.record(event)
    return {**document, "status": _status(document, stored(desk.now))}


def find_silences(reader: Reader, now: datetime, *, over: bool = False) -> Iterator[Document]:
    """Silences that are not over yet, or with `over` all, each with what it is at `now`: active, coming or over."""
    at = stored(now)
    for document in reader.find(SILENCES, *(() if over else (Where("ends_at", ">", at),))):
        yield {**document, "status": _status(document, at)}


def _status(document: Document, at: str) -> str:
    return "over" if document["ends_at"] <= at else "coming" if document["starts_at"] > at else "active"


def silence_for(desk: Desk, ticket: Ticket) -> str | None:
    """The id of a silence that holds for a ticket now. Where its condition is unknown it does not hold."""
    for document in find_silences(desk.transaction, desk.now):
        if document["status"] == "active" and desk.rulebook.test(_checked(document), desk.facts(ticket)) is True:
            return str(document["id"])
    return None


def silence_without_rules(desk: Desk, ticket: Ticket) -> tuple[str | None, bool]:
    """As `silence_for` while the rules are broken, and whether it can be told: not where a silence that holds now asks
    for what only rules answer, such as business hours."""
    from svcctl.decision.rulebook import compile_rules
    from svcctl.language.blocks import Rules

    bare = Workspace(desk.workspace.home, desk.workspace.settings, desk.workspace.store)
    bare.__dict__["rulebook"] = compile_rules(Rules())
    other = ReadingDesk(bare, desk.transaction, desk.now)
    certain = True
    for document in find_silences(desk.transaction, desk.now):
        if document["status"] == "active":
            outcome = other.rulebook.test(_checked(document), other.facts(ticket))
            if outcome is True:
                return str(document["id"]), True
            certain = certain and outcome is not None
    return None, certain


def _checked(document: Document) -> Expression:
    from svcctl.language.snapshot import thaw

    condition: Any = thaw(document["checked"])
    return condition  # type: ignore[no-any-return]


def read_condition(workspace: Workspace, text: str) -> Expression:
    """A condition on tickets, in the words of the rules. Raises Refusal `bad-argument` with the first mistake."""
    from svcctl.desk.rulefiles import check_sources, read_sources

    source = Source("condition", f"{_BEFORE}{text}{_AFTER}")
    sources = read_sources(workspace.home, workspace.settings["rules.paths"])
    calendar = workspace.settings["rules.calendar"] or None
    found = check_sources((*sources, source), workspace.known_names, calendar)
    for mistake in found.diagnostics:
        if mistake.is_error and mistake.primary.span.source == source.name:
            raise Refusal("bad-argument", f"`{text}`: {mistake.message}", help="; ".join(mistake.help))
    blocks = [block for block in found.rules.escalations if block.span.source == source.name]
    if len(blocks) != 1 or blocks[0].condition is None or blocks[0].during is not None or len(blocks[0].steps) != 1:
        raise Refusal("bad-argument", f"`{text}` is not one condition", help="such as `site.id == HQ-02`")
    return blocks[0].condition
