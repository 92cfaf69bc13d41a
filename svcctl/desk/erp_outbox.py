"""What is wanted of an ERP as entries of the outbox: made, told in words, kept in order, and told to the ticket."""

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from svcctl.desk.erp import CHANNEL
from svcctl.desk.outbox import (
    OUTBOX,
    UNDELIVERED,
    caused_by,
    drop_message,
    message_number,
    record_change,
    retry_message,
)
from svcctl.desk.tables import TICKETS
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.store.contract import Reader, Transaction, Where
from svcctl.ticket.document import to_document
from svcctl.ticket.event import Document, Event
from svcctl.ticket.model import ErpEntry

#: A look-up that failed at intake, tried again until the ERP answers.
LOOKUP = "lookup"


def queue_push(
    transaction: Transaction,
    erp: str,
    kind: str,
    ticket: str,
    record: Mapping[str, Any],
    at: datetime,
    actor: str,
    **more: Any,
) -> Document:
    """Put something wanted of an ERP in the outbox, due at once; its document. `more` is what svcctl itself remembers.

    The key is chance: two workspaces that share an ERP must not share one, whatever they want of it.
    """
    new = {
        "ticket": ticket,
        "kind": kind,
        "channel": CHANNEL + erp,
        "to": {"kind": "erp", "id": erp},
        "subject": in_words(kind, record),
        "record": dict(record),
        "created_at": stored(at),
        "key": os.urandom(16).hex(),
        "status": "pending",
        "attempts": 0,
        "next_at": stored(at),
        **caused_by(transaction, ticket),
        **more,
    }
    return record_change(transaction, {"id": transaction.next_id(OUTBOX)}, "queued", new, at, actor)


def is_push(document: Mapping[str, Any]) -> bool:
    """Whether an entry of the outbox is for an ERP, and not a message."""
    to: Mapping[str, Any] = document.get("to", {})
    return to.get("kind") == "erp"


def pushes_of(reader: Reader, ticket: str, erp: str) -> Iterator[Document]:
    """What a ticket ever wanted of an ERP and was not undone, in that order."""
    for document in reader.find(OUTBOX, Where("ticket", "==", ticket), Where("channel", "==", CHANNEL + erp)):
        if not document.get("undone"):
            yield document


def waits_for(reader: Reader, document: Document) -> Document | None:
    """What the ticket wanted of the ERP before this, and did not get yet; None where nothing stands before it."""
    if not is_push(document) or document["kind"] == LOOKUP:
        return None
    same = Where("ticket", "==", document["ticket"]), Where("channel", "==", document["channel"])
    for earlier in reader.find(OUTBOX, *same, Where("status", "in", UNDELIVERED)):
        if earlier["kind"] != LOOKUP and message_number(earlier["id"]) < message_number(document["id"]):
            return earlier
    return None


def give_up(transaction: Transaction, id: str, at: datetime, actor: str) -> Document:
    """Give an entry of the outbox up; the ticket is told where it was for an ERP. Raises Refusal as `drop_message`."""
    document = drop_message(transaction, id, at, actor)
    if is_push(document):
        tell_ticket(transaction, document, "dropped", at, actor)
    return document


def take_up(transaction: Transaction, id: str, at: datetime, actor: str) -> Document:
    """Make an entry due again. Raises Refusal as `retry_message`, and `illegal-move` for what was wanted of an ERP and
    has been overtaken since: a part that was given back is not reserved again, a closed ticket not opened."""
    document = transaction.get(OUTBOX, id)
    later = _overtaken_by(transaction, document) if document is not None and is_push(document) else None
    if later is not None:
        raise Refusal(
            "illegal-move",
            f"{id} was overtaken by {later['id']} ({later['subject']}), so it cannot be tried again",
            help=f"`svcctl outbox drop {id}` gives it up",
        )
    return retry_message(transaction, id, at, actor)


def _overtaken_by(reader: Reader, document: Document) -> Document | None:
    """What came through to the ERP later and makes this wrong."""
    for later in pushes_of(reader, document["ticket"], document["to"]["id"]):
        if message_number(later["id"]) <= message_number(document["id"]) or later["status"] != "delivered":
            continue
        if later["record"].get("reservation") == document["key"] or later["kind"] == document["kind"] == "complaint":
            return later
    return None


def tell_ticket(
    transaction: Transaction,
    document: Document,
    outcome: str,
    at: datetime,
    actor: str,
    *,
    remote_id: str | None = None,
) -> None:
    """Record on the ticket what became of something wanted of an ERP, with what the ERP last said."""
    if document["kind"] == LOOKUP or transaction.get(TICKETS, document["ticket"]) is None:
        return
    said = document.get("receipt", {}).get("text") or None if outcome != "done" else None
    entry = ErpEntry(document["kind"], document["to"]["id"], outcome, at, document["subject"], remote_id, said)
    kind = "erp_done" if outcome == "done" else f"erp_{outcome}"
    event = Event(TICKETS, document["ticket"], kind, at, actor, add={"erp": (to_document(entry),)})
    transaction.record(event)


def in_words(kind: str, record: Mapping[str, Any]) -> str:
    """What is wanted, in a line."""
    part = f"{record.get('quantity')} {record.get('part')}"
    at = f" at {record['location']}" if record.get("location") else ""
    match kind:
        case "reservation":
            return f"reserve {part}{at}"
        case "release":
            return f"give back {part}{at}"
        case "part_used":
            return f"write off {part}{at}"
        case "cost":
            amounts = ", ".join(f"{line['kind']} {line['amount']}" for line in record["lines"])
            return f"{'bill' if record['billable'] else 'book'} {amounts} {record['currency']}"
        case "complaint":
            return f"{record['state']}: {record['title']}"
    return f"look up {record['kind']} {record['id']}"
