"""The outbox: messages are documents, queued in the commit of the change that wants them said.

A message is `pending` until an attempt takes it (`leased`), and ends `delivered`, `rejected` by the other side,
`dead` after the last attempt, or `dropped` by somebody; or it never leaves, because a silence (`silenced`) or another
escalation (`inhibited`) muted it, or because another message lists it (`grouped`). `unknown` was perhaps delivered, and
is tried again. `next_at` is when it is to be looked at again: due, or its lease over. It is absent once nothing is left
to do.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from svcctl.desk.tables import TICKETS
from svcctl.extension.contract import Message
from svcctl.foundation.digest import sha256
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.store.contract import Reader, Transaction, Where
from svcctl.ticket.document import from_document, to_document
from svcctl.ticket.event import Document, Event, changes

OUTBOX = "outbox"
Status = Literal[
    "pending", "leased", "unknown", "delivered", "rejected", "dead", "dropped", "silenced", "inhibited", "grouped"
]
#: In these something is left to do.
UNDELIVERED = ("pending", "leased", "unknown")


def queue_message(
    transaction: Transaction, message: Message, at: datetime, actor: str, more: Mapping[str, Any] | None = None
) -> Message:
    """Put a message in the outbox, due at once unless `more` says otherwise: what its document holds besides.

    The message with the id and key that it was given.
    """
    id = transaction.next_id(OUTBOX)
    content = to_document(message)
    del content["id"], content["key"]
    # Made of all that the message is, so that messages of two workspaces do not share a key.
    key = sha256(repr([id, *sorted(content.items())]).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    new = {**content, "key": key, "status": "pending", "attempts": 0, "next_at": stored(at), **(more or {})}
    new |= caused_by(transaction, message.ticket)
    record_change(transaction, {"id": id}, "queued", new, at, actor, rule=message.rule)
    return message.replace(id=id, key=key)


def caused_by(transaction: Transaction, ticket: str) -> dict[str, int]:
    """Which change of the ticket an entry that is queued now follows from."""
    document = transaction.get(TICKETS, ticket) if ticket else None
    return {"ticket_revision": document["revision"]} if document else {}


def due_messages(reader: Reader, now: datetime, limit: int | None = None) -> Iterator[Document]:
    """Messages that are due at `now`, those whose lease is over among them; the longest due first."""
    due = Where("status", "in", UNDELIVERED), Where("next_at", "<=", stored(now))
    return reader.find(OUTBOX, *due, order="next_at", limit=limit)


def is_due(document: Document, now: datetime) -> bool:
    """Whether one message is due, as `due_messages` finds it."""
    return document["status"] in UNDELIVERED and document["next_at"] <= stored(now)


def message_number(id: str) -> int:
    """The number of an entry's id, by which they are in order."""
    return int(id.rpartition("-")[2])


def status_at(document: Document, now: datetime) -> str:
    """What an entry is at an instant: one whose lease is over was perhaps delivered, by whoever did not come back."""
    lost = document["status"] == "leased" and document["lease_until"] <= stored(now)
    return "unknown" if lost else str(document["status"])


def retry_message(transaction: Transaction, id: str, at: datetime, actor: str) -> Document:
    """Make a message that ended undelivered due again, with all its attempts before it.

    Raises Refusal `unknown-record`; `illegal-move` where it was delivered or is being sent.
    """
    document = _message(transaction, id)
    if document["status"] in ("delivered", "leased"):
        raise _illegal(document, "tried again")
    return record_change(
        transaction, document, "queued", {"status": "pending", "attempts": 0, "next_at": stored(at)}, at, actor
    )


def drop_message(transaction: Transaction, id: str, at: datetime, actor: str, *, undone: bool = False) -> Document:
    """Give a message up; `undone` says that what wanted it is no longer so.

    Raises Refusal `unknown-record`; `illegal-move` where it was delivered or is being sent.
    """
    document = _message(transaction, id)
    if document["status"] in ("delivered", "leased"):
        raise _illegal(document, "dropped")
    new = {"status": "dropped", "next_at": None, **({"undone": True} if undone else {})}
    return record_change(transaction, document, "dropped", new, at, actor)


def receiver_of(document: Document) -> str:
    """Whom an entry is for, in words: `engineer li`, `erp main`."""
    to = document["to"]
    return f"{to['kind']} {to['id']}"


def message_of(document: Document) -> Message:
    """The message that a document of the outbox holds; one that others were joined to lists them all."""
    message = from_document(Message, {"text": "", **document})
    others = document.get("members", ())
    if not others:
        return message
    subjects = [message.subject, *(other["subject"] for other in others)]
    tickets = {message.ticket, *(other["ticket"] for other in others)}
    about = f" about {len(tickets)} tickets" if len(tickets) > 1 else ""
    subject = f"{len(subjects)} notices{about}: {message.subject}"
    return message.replace(subject=subject, text="\n".join([*subjects, "", message.text]))


def record_change(
    transaction: Transaction,
    document: Document,
    kind: str,
    new: Mapping[str, Any],
    at: datetime,
    actor: str,
    *,
    rule: str | None = None,
    why: Mapping[str, Any] | None = None,
) -> Document:
    """Record an event that brings `new` into a message's document; the document afterwards."""
    event = Event(OUTBOX, document["id"], kind, at, actor, changes(document, new), rule=rule, why=why)
    return transaction.record(event)


def _message(transaction: Transaction, id: str) -> Document:
    document = transaction.get(OUTBOX, id)
    if document is None:
        raise Refusal("unknown-record", f"there is no message `{id}`", help="`svcctl outbox list` shows them")
    return document


def _illegal(document: Document, what: str) -> Refusal:
    return Refusal("illegal-move", f"message {document['id']} is {document['status']}, so it cannot be {what}")
