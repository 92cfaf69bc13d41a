"""From effects to what changes: new field values, list items and messages. Pure; the desk records them."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from svcctl.decision.decision import Effect, Person
from svcctl.foundation.record import Record
from svcctl.ticket.document import to_document
from svcctl.ticket.model import Ticket


class Notice(Record):
    """A message to be queued: `kind` is `notify`, `remind` or `failed`, `text` what the rule says, if it does."""

    kind: str
    to: Person
    text: str | None = None
    urgent: bool = False


class Outcome(Record):
    """What a decision comes to for one ticket.

    `new` maps dotted paths to their values after, `add` list fields to the items appended; `notices` are
    the messages; `attach` asks for so many similar tickets by a fact's path; `failures` are words for what
    could not be done.
    """

    new: Mapping[str, Any]
    add: Mapping[str, tuple[Any, ...]]
    notices: tuple[Notice, ...] = ()
    attach: tuple[tuple[str, int], ...] = ()
    failures: tuple[str, ...] = ()


def apply_effects(effects: Iterable[Effect], ticket: Ticket, team_of: Mapping[str, str | None]) -> Outcome:
    """The outcome of effects; of two that set one field the later wins. `team_of` gives each engineer's team."""
    new: dict[str, Any] = {}
    tags: list[str] = []
    notices: list[Notice] = []
    attach: list[tuple[str, int]] = []
    failures: list[str] = []
    for effect in effects:
        if effect.verb == "assign":
            new.update(_assignment(effect.to[0], team_of))
        elif effect.verb == "queue":
            new.update(queue=effect.value, assignee=None)
        elif effect.verb == "set":
            new[str(effect.path)] = to_document(effect.value)
        elif effect.verb in ("notify", "remind"):
            notices.extend(Notice(effect.verb, person, effect.value, effect.urgent) for person in effect.to)
        elif effect.verb == "tag":
            tags.append(effect.value)
        elif effect.verb == "attach":
            attach.append((str(effect.path), int(effect.value)))
        else:
            failures.append(str(effect.value))
    fresh = tuple(tag for tag in dict.fromkeys(tags) if tag not in ticket.tags)
    return Outcome(new, {"tags": fresh} if fresh else {}, tuple(notices), tuple(attach), tuple(failures))


def _assignment(person: Person, team_of: Mapping[str, str | None]) -> dict[str, Any]:
    if person.kind == "engineer":
        return {"assignee": person.id, "team": team_of.get(person.id), "queue": None}
    return {"assignee": None, "team": person.id, "queue": person.id}


def word_notice(notice: Notice, ticket: Ticket, now: datetime, due: str) -> tuple[str, str]:
    """Subject and text of a message in plain words; `due` is what is next due, or empty."""
    what = ticket.title or ticket.description.strip().split("\n")[0][:60] or (ticket.type or "")
    lead = {"remind": "Reminder: ", "failed": "Nobody found: "}.get(notice.kind, "")
    subject = f"{lead}[{ticket.id}] {what}".rstrip()
    facts = [
        ("state", ticket.state),
        ("priority", ticket.priority),
        ("assignee", ticket.assignee),
        ("team", ticket.team),
        ("site", ticket.site),
        ("asset", ticket.asset),
        ("due", due),
    ]
    lines = [notice.text] if notice.text else []
    lines += [f"{name}: {value}" for name, value in facts if value]
    if ticket.description and ticket.description != what:
        lines += ["", ticket.description]
    return subject, "\n".join(lines)
