"""From effects to what changes: new field values, list items and messages. Pure; the desk records them."""

from collections.abc import Iterable, Mapping
from typing import Any

from svcctl.decision.decision import Effect, Person
from svcctl.decision.roster import Roster
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
    the messages, to each person one of a kind; `attach` asks for so many similar tickets by a fact's path;
    `failures` are words for what could not be done, and `unassigned` says whether that left the ticket with nobody.
    """

    new: Mapping[str, Any]
    add: Mapping[str, tuple[Any, ...]]
    notices: tuple[Notice, ...] = ()
    attach: tuple[tuple[str, int], ...] = ()
    failures: tuple[str, ...] = ()
    unassigned: bool = False


def apply_effects(effects: Iterable[Effect], ticket: Ticket, roster: Roster) -> Outcome:
    """The outcome of effects; of two that set one field the later wins."""
    new: dict[str, Any] = {}
    tags: list[str] = []
    notices: dict[tuple[str | None, ...], Notice] = {}
    attach: list[tuple[str, int]] = []
    failures: list[str] = []
    unassigned = False
    for effect in effects:
        if effect.verb == "assign":
            new.update(_assignment(effect.to[0], roster))
        elif effect.verb == "queue":
            new.update(queue=effect.value, assignee=None, team=effect.value if effect.value in roster.teams else None)
        elif effect.verb == "set":
            new[str(effect.path)] = to_document(effect.value)
        elif effect.verb in ("notify", "remind"):
            for person in effect.to:
                notice = Notice(effect.verb, person, effect.value, effect.urgent)
                notices.setdefault((effect.verb, person.kind, person.id, effect.value), notice)
        elif effect.verb == "tag":
            tags.append(effect.value)
        elif effect.verb == "attach":
            attach.append((str(effect.path), int(effect.value)))
        else:
            failures.append(str(effect.value))
            unassigned = unassigned or effect.path == "assign"
    fresh = tuple(tag for tag in dict.fromkeys(tags) if tag not in ticket.tags)
    added = {"tags": fresh} if fresh else {}
    return Outcome(new, added, tuple(notices.values()), tuple(attach), tuple(failures), unassigned)


def _assignment(person: Person, roster: Roster) -> dict[str, Any]:
    if person.kind == "engineer":
        engineer = roster.engineers.get(person.id)
        return {"assignee": person.id, "team": engineer.team if engineer else None, "queue": None}
    return {"assignee": None, "team": person.id, "queue": person.id}
