"""A replay as text: what changed for which ticket, and how much in all."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

from svcctl.foundation.instant import parse_instant
from svcctl.report.output import Answer, Column, render
from svcctl.report.table import Looks, brief

if TYPE_CHECKING:
    from svcctl.desk.replaying import Change, Replayed

_TITLES = {"dispatch": "dispatch", "due": "due time", "escalation": "escalation", "acceptance": "acceptance"}
#: Tickets that are named beside a count.
_NAMED = 5


def tally_items(found: "Replayed") -> dict[str, dict[str, int]]:
    """By kind: decisions on record, how many of them the rules in force make alike, and tickets decided otherwise."""
    return {
        kind: {"recorded": tally.recorded, "alike": tally.alike, "changed": tally.tickets}
        for kind, tally in found.tallies.items()
    }


def change_items(found: "Replayed", zone: tzinfo) -> list[dict[str, Any]]:
    """Each change as an item; `told` says in words what was decided, with times in `zone`."""
    return [_item(change, zone) for change in found.changes]


def _item(change: "Change", zone: tzinfo) -> dict[str, Any]:
    sides = ((change.before, change.after), (change.after, change.before))
    before, after = (
        {**side, "told": ", ".join(_told(change.kind, side, other, zone)) or "nothing"} for side, other in sides
    )
    return {"id": change.id, "kind": change.kind, "at": change.at, "before": before, "after": after}


def _told(kind: str, side: Mapping[str, Any], other: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
    """What is worth saying of one side: whatever the other does not have."""
    if "refused" in side:
        yield f"refused: {side['refused']}"
    elif kind == "dispatch":
        yield side["rule"] or "otherwise"
        yield from (_effect(effect) for effect in side["effects"] if effect not in other.get("effects", ()))
    elif kind == "due":
        for target, promised in side.items():
            if promised != other.get(target):
                due = brief(parse_instant(promised["due_at"]), zone) if promised["due_at"] else "never"
                yield f"{target} {due} by {promised['sla']}"
    elif kind == "escalation":
        for step in side["steps"]:
            yield f"{step['rule']} {step['step']} {brief(parse_instant(step['due_at']), zone)}"
    else:
        yield "accepted" if side["accepted"] else f"open: {', '.join(side['open'])}"


def _effect(effect: Mapping[str, Any]) -> str:
    people = " ".join(f"{person['kind']} {person['id']}" for person in effect.get("to", ()))
    words = (effect["verb"], effect.get("path", ""), str(effect.get("value", "")), people)
    return " ".join(word for word in words if word)


def replay_page(whole: Mapping[str, Any], shown: tuple[Column, ...], looks: Looks) -> Iterator[str]:
    """The changes as a table, and the counts below it."""
    changes: Sequence[Mapping[str, Any]] = whole["changes"]
    if changes:
        yield from render(Answer(changes, shown), "table", looks)
        yield "\n"
    until = f" until {brief(whole['until'], looks.zone)}" if whole["until"] else ""
    yield f"{whole['tickets']} tickets{until}\n"
    rows = [
        {"kind": _TITLES[kind], **counts, "ids": _ids(kind, changes)} for kind, counts in whole["decisions"].items()
    ]
    titles = (Column("kind", "what"), Column("recorded", "on record"), Column("alike"), Column("changed"))
    yield from render(Answer(rows, (*titles, Column("ids", "tickets", True))), "table", looks)


def _ids(kind: str, changes: Sequence[Mapping[str, Any]]) -> str:
    ids = list(dict.fromkeys(change["id"] for change in changes if change["kind"] == kind))
    return " ".join(ids[:_NAMED]) + (f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else "")
