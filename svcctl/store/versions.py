"""Documents as readers see them: of the newest version, and not at all once they are removed."""

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import TableSchema
from svcctl.store.encoding import copied
from svcctl.ticket.event import Document, Event, changes

#: The fields of a document that belong to the store: its version, absent in the first, and whether it is removed.
VERSION, REMOVED = "schema", "removed"


def is_older(schema: TableSchema, document: Document) -> bool:
    """Whether the document is of a version before the newest. Raises Refusal `store-newer` for one after it."""
    version = document.get(VERSION, 1)
    if version == schema.version:
        return False
    if not isinstance(version, int) or version > schema.version:
        raise Refusal(
            "store-newer",
            f"`{document['id']}` was written by a newer svcctl (version {version}; this one knows {schema.version})",
            help="upgrade svcctl; nothing was changed",
        )
    return True


def as_read(schema: TableSchema, document: Document | None) -> Document | None:
    """The document in its newest version; None where it is removed. Raises Refusal `store-newer`."""
    if document is None or document.get(REMOVED) is True:
        return None
    return _upgraded(schema, document) if is_older(schema, document) else document


def as_recorded(schema: TableSchema, before: Document | None, event: Event) -> tuple[Event, ...]:
    """The event with what the store adds to it: the version of a new document, the upgrade of an old one before it,
    and the return of a removed one."""
    if before is None:
        return (event,) if schema.version == 1 else (_with(event, VERSION, None, schema.version),)
    if before.get(REMOVED) is True and REMOVED not in event.set:
        event = _with(event, REMOVED, True, None)
    if not is_older(schema, before):
        return (event,)
    new = dict.fromkeys(before, None) | _upgraded(schema, before)
    upgrade = Event(event.table, event.id, "upgraded", event.at, event.actor, changes(before, new))
    return (upgrade,) if event.kind == "upgraded" else (upgrade, event)


def removal(document: Document) -> dict[str, tuple[object, object]]:
    """The `set` part of an event that removes a document with all its fields."""
    fields: dict[str, object] = {name: None for name in document if name not in ("id", "revision", VERSION)}
    return changes(document, {**fields, REMOVED: True})


def _with(event: Event, field: str, before: object, after: object) -> Event:
    return event.replace(set={**event.set, field: (before, after)})


def _upgraded(schema: TableSchema, document: Document) -> Document:
    new: Document = copied(document)
    for upgrade in schema.upgrades[new.get(VERSION, 1) - 1 :]:
        new = upgrade(new)
    return {**new, VERSION: schema.version}
