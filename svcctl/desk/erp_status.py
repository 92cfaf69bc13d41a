"""What is out of step between a workspace and its ERPs, as far as the store knows: nothing is asked."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from svcctl.desk.erp import Erp, erps
from svcctl.desk.erp_pull import ERP
from svcctl.desk.erp_records import ERP_RECORDS, TABLE_OF
from svcctl.desk.outbox import OUTBOX, status_at
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import parse_instant
from svcctl.store.contract import Where
from svcctl.ticket.event import Document

#: Entries of the outbox that did not get through, yet or for good.
UNDONE = ("pending", "leased", "unknown", "rejected", "dead")

Item = dict[str, Any]


def out_of_step(workspace: Workspace, now: datetime, name: str | None = None) -> Iterator[Item]:
    """For each ERP one line on how far it was pulled, then each thing that is out of step: pushes that wait, failed or
    died, records that it gave and svcctl refused or has lost there, and values in which the two differ.
    """
    for erp in erps(workspace.settings):
        if name in (None, erp.name):
            yield _pulled(workspace, erp, now)
            yield from _pushes(workspace, erp, now)
            yield from _records(workspace, erp)


def _pulled(workspace: Workspace, erp: Erp, now: datetime) -> Item:
    known = workspace.store.get(ERP, erp.name) or {}
    at = parse_instant(known["pulled_at"]) if "pulled_at" in known else None
    age = int((now - at).total_seconds()) if at else None
    return {"id": erp.name, "erp": erp.name, "what": "pulled", "at": at, "age_seconds": age, "text": ""}


def _pushes(workspace: Workspace, erp: Erp, now: datetime) -> Iterator[Item]:
    where = Where("channel", "==", erp.channel), Where("status", "in", UNDONE)
    for document in workspace.store.find(OUTBOX, *where):
        said = document.get("receipt", {}).get("text", "")
        yield {
            "id": document["id"],
            "erp": erp.name,
            "what": status_at(document, now),
            "ticket": document["ticket"],
            "at": document["created_at"],
            "attempts": document["attempts"],
            "next_at": document.get("next_at"),
            "text": f"{document['subject']}: {said}" if said else document["subject"],
        }


def _records(workspace: Workspace, erp: Erp) -> Iterator[Item]:
    for said in workspace.store.find(ERP_RECORDS, Where("erp", "==", erp.name)):
        own = workspace.store.get(TABLE_OF.get(said["kind"], ""), said["record"]) if said["kind"] in TABLE_OF else None
        item = {"id": f"{said['kind']} {said['record']}", "erp": erp.name, "at": said.get("asked_at")}
        if "refused" in said:
            yield {**item, "what": "refused", "text": said["refused"]}
        elif not said.get("found"):
            if own is not None:
                yield {**item, "what": "gone", "text": "the ERP has no such record"}
        else:
            yield from ({**item, "what": "differs", "text": text} for text in _differences(said["fields"], own or {}))


def _differences(said: Mapping[str, Any], own: Document) -> Iterator[str]:
    for field, value in said.items():
        if own.get(field) != value:
            yield f"`{field}` is {_shown(own.get(field))}, in the ERP {_shown(value)}"


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"`{value}`"
