"""What an ERP knows of an asset: asked when a ticket comes in, before the store's lock is taken; kept with its origin
and time; and asked again later where the ERP did not answer. An ERP that is down never stops an intake.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.erp import Erp, connected, erps, looked_up
from svcctl.desk.erp_outbox import LOOKUP, in_words, queue_push
from svcctl.desk.erp_records import ErpRecord, admitted, keep
from svcctl.desk.fields import FROM_ASSET
from svcctl.desk.outbox import OUTBOX, UNDELIVERED
from svcctl.desk.records import save_record
from svcctl.desk.tables import TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.extension.connector import Connector, LookupRequest, LookupResult
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record
from svcctl.store.contract import Reader, Where
from svcctl.ticket.model import ErpEntry, Ticket

#: How long intake leaves an ERP alone that did not answer.
REST = timedelta(minutes=1)


class Answer(Record):
    """What an ERP said of an asset at an instant: the record, and its customer's where svcctl did not know that one;
    None where it knows no such asset. `failed`: it did not answer, for the reason in `text`."""

    erp: str
    id: str
    at: datetime
    asset: ErpRecord | None = None
    customer: ErpRecord | None = None
    text: str = ""
    failed: bool = False

    @property
    def outcome(self) -> str:
        return "failed" if self.failed else "unknown" if self.asset is None else "found"


def ask_erps(workspace: Workspace, values: Mapping[str, Any], now: datetime) -> tuple[Answer, ...]:
    """What the ERPs say of the asset that a new ticket names, each in turn until one knows it.

    An answer that was kept lately is not asked for again. Uses the network: not for use within a transaction.
    """
    serial = serial_of(values)
    answers: list[Answer] = []
    for erp in erps(workspace.settings) if serial else ():
        if not erp.intake:
            continue
        kept = workspace.store.get("erp_records", f"{erp.name}/asset/{serial}")
        if kept is not None and now - parse_instant(kept["asked_at"]) < erp.keep:
            if kept["found"]:
                break
            continue
        answer = _asked_now(workspace, erp, str(serial), now)
        if answer is not None:
            answers.append(answer)
            if answer.asset is not None:
                break
    return tuple(answers)


def serial_of(values: Mapping[str, Any]) -> str | None:
    """The serial number that a new ticket names."""
    fields = values.get("fields")
    named = values.get("asset") or (fields.get("serial") if isinstance(fields, Mapping) else None)
    return str(named).strip() or None if named is not None else None


def ask(connector: Connector, name: str, id: str, at: datetime, workspace: Workspace) -> Answer:
    """What a connector says of an asset, with its warranty and, where svcctl knows none, its customer.

    Raises Refusal as the connector does, and `bad-input` for what cannot be kept.
    """

    def look(kind: Any, id: str) -> LookupResult:
        if f"lookup.{kind}" not in connector.capabilities:
            return LookupResult(None)
        return looked_up(connector, name, LookupRequest(kind, id))

    found = look("asset", id)
    if found.record is None:
        return Answer(name, id, at, text=connector.scrub(found.text))
    record = dict(found.record)
    if not record.get("warranty_until"):
        warranty = look("warranty", id).record or {}
        record |= {"warranty_until": warranty["until"]} if warranty.get("until") else {}
    asset = admitted("asset", id, record, workspace.zone)
    owner = asset.fields.get("customer")
    customer = None
    if owner is not None and workspace.store.get("customers", owner) is None:
        known = look("customer", owner).record
        customer = admitted("customer", owner, known, workspace.zone) if known is not None else None
    return Answer(name, id, at, asset, customer, connector.scrub(found.text))


def keep_answers(desk: Desk, answers: Iterable[Answer]) -> tuple[ErpEntry, ...]:
    """Keep what ERPs said, and bring it into svcctl's own records; what the ticket tells of it."""
    entries = []
    for answer in answers:
        entries.append(_entry(answer))
        if answer.failed:
            continue
        owner = answer.asset.fields.get("customer") if answer.asset is not None else None
        if answer.customer is not None:
            keep(desk, answer.erp, "customer", str(owner), answer.customer, answer.at, LOOKUP)
        elif owner is not None and desk.transaction.get("customers", owner) is None:
            save_record(desk, "customer", {"id": owner}, why={"erp": answer.erp})
        keep(desk, answer.erp, "asset", answer.id, answer.asset, answer.at, LOOKUP)
    return tuple(entries)


def ask_later(desk: Desk, ticket: Ticket, answers: Iterable[Answer]) -> None:
    """Queue the look-ups that failed."""
    for answer in answers:
        if answer.failed:
            record = {"kind": "asset", "id": answer.id}
            queue_push(desk.transaction, answer.erp, LOOKUP, ticket.id, record, desk.now, desk.actor)


def fill_later(desk: Desk, id: str, answer: Answer) -> None:
    """Keep an answer that came late, and fill in what the ticket does not have yet."""
    entries = keep_answers(desk, [answer])
    document = desk.transaction.get(TICKETS, id)
    if document is None:
        return
    asset = desk.transaction.get("assets", answer.id) or {}
    new: dict[str, Any] = {}
    if asset:
        new["asset"] = answer.id
        new |= {field: asset[source] for field, source in FROM_ASSET.items() if source in asset}
        site = desk.transaction.get("sites", document.get("site") or asset.get("site") or "") or {}
        new |= {field: site[field] for field in ("region", "customer") if field in site and field not in new}
    absent = {field: value for field, value in new.items() if document.get(field) is None}
    desk.change(id, "looked_up", absent, {"erp": entries})


def _asked_now(workspace: Workspace, erp: Erp, serial: str, now: datetime) -> Answer | None:
    if _is_resting(workspace.store, erp, now):
        return Answer(erp.name, serial, now, text="it did not answer a minute ago, and was not asked", failed=True)
    try:
        with connected(workspace, erp.name) as connector:
            if "lookup.asset" not in connector.capabilities:
                return None
            return ask(connector, erp.name, serial, now, workspace)
    except Refusal as refusal:
        return Answer(erp.name, serial, now, text=refusal.message, failed=True)


def _is_resting(reader: Reader, erp: Erp, now: datetime) -> bool:
    """Whether the ERP did not answer a moment ago: a caller on the phone does not wait for it again."""
    waiting = reader.find(OUTBOX, Where("channel", "==", erp.channel), Where("status", "in", UNDELIVERED))
    since = stored(now - REST)
    return any(document["kind"] == LOOKUP and document["created_at"] > since for document in waiting)


def _entry(answer: Answer) -> ErpEntry:
    what = in_words(LOOKUP, {"kind": "asset", "id": answer.id})
    return ErpEntry(LOOKUP, answer.erp, answer.outcome, answer.at, what, text=answer.text or None)
