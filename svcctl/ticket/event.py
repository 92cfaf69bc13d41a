"""Events: the only way that anything changes. A document is the fold of its events.

A document is plain JSON: a mapping with `id` (text), `revision` (1, 2, ...) and the fields of its table.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record

Document = dict[str, Any]


class FoldError(ValueError):
    """An event does not fit the document: what it says was there before is not there."""


class Event(Record):
    """One change of one document.

    `kind` is a past participle (`created`, `moved`, `commented`); `set` maps a dotted path to its
    value before and after (None is absence); `add` maps a list field to the items appended to it.
    `rule` is the id of the rule that caused it, `why` its recorded reasons.
    """

    table: str
    id: str
    kind: str
    at: datetime
    actor: str
    set: Mapping[str, tuple[Any, Any]] = MappingProxyType({})
    add: Mapping[str, tuple[Any, ...]] = MappingProxyType({})
    rule: str | None = None
    why: Mapping[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """The event as the journal keeps it; empty parts are left out."""
        line: dict[str, Any] = {
            "table": self.table,
            "id": self.id,
            "kind": self.kind,
            "at": stored(self.at),
            "actor": self.actor,
        }
        if self.rule is not None:
            line["rule"] = self.rule
        if self.set:
            line["set"] = {path: [before, after] for path, (before, after) in self.set.items()}
        if self.add:
            line["add"] = {path: list(items) for path, items in self.add.items()}
        if self.why is not None:
            line["why"] = self.why
        return line

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> "Event":
        return cls(
            table=line["table"],
            id=line["id"],
            kind=line["kind"],
            at=parse_instant(line["at"]),
            actor=line["actor"],
            set={path: (before, after) for path, (before, after) in line.get("set", {}).items()},
            add={path: tuple(items) for path, items in line.get("add", {}).items()},
            rule=line.get("rule"),
            why=line.get("why"),
        )


def value_at(document: Mapping[str, Any] | None, path: str) -> Any:
    """The value at a dotted path of mappings, None where there is none."""
    value: Any = document
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def fold(document: Document | None, event: Event) -> Document:
    """The document after the event; the one before is left as it was.

    Raises FoldError where the document is not what the event says it was before.
    """
    after: Document = dict(document) if document is not None else {"id": event.id, "revision": 0}
    for path, (before, value) in event.set.items():
        if value_at(after, path) != before:
            raise FoldError(f"{event.table} {event.id}: `{path}` is {value_at(after, path)!r}, not {before!r}")
        _place(after, path, value)
    for path, items in event.add.items():
        _place(after, path, [*(value_at(after, path) or ()), *items])
    after["revision"] += 1
    return after


def fold_all(events: Iterable[Event]) -> Document | None:
    """The document that a history of events makes; None for an empty history."""
    document = None
    for event in events:
        document = fold(document, event)
    return document


def changes(document: Mapping[str, Any] | None, new: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The `set` part of an event that brings `new` (path -> value) into the document; equal values are left out."""
    found = ((path, value_at(document, path), value) for path, value in new.items())
    return {path: (before, after) for path, before, after in found if before != after}


def _place(document: Document, path: str, value: Any) -> None:
    *parents, last = path.split(".")
    holder = document
    for part in parents:
        holder[part] = dict(holder.get(part) or {})
        holder = holder[part]
    if value is None:
        holder.pop(last, None)
    else:
        holder[last] = value
