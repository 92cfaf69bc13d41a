"""A floor beside an ERP, and the ERP: it does what the test says, and otherwise keeps each key once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from svcctl.desk import planning, work
from svcctl.desk.delivery import DeliveryResult, deliver_due
from svcctl.desk.erp_sending import ErpSender
from svcctl.desk.settings import load_settings
from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    Connector,
    Health,
    LookupRequest,
    LookupResult,
    PluginConfig,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
    SecretStr,
)
from svcctl.ticket.event import Document
from svcctl.ticket.model import PlannedPart, Ticket
from tests.desk.floor import Floor

RULES = """
form fault { symptom text required  serial text  batch text required  model text }
flow site {
  new -> assigned -> in_progress -> resolved -> closed
  resolved -> in_progress as reopen  new, assigned, in_progress -> cancelled  closed -> in_progress as reopen
}
"""
SECRET = "hunter2&more"
Behaviour = Callable[[PushRequest], PushResult]


class Stub(Connector):
    """An ERP that does what the test says, and otherwise keeps each key once."""

    class Config(PluginConfig):
        token: SecretStr = SecretStr(SECRET)

    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        super().__init__(self.Config())
        self.behaviour = behaviour or self.take
        self.ledger: dict[str, PushRequest] = {}
        self.asked: list[LookupRequest] = []

    def take(self, request: PushRequest) -> PushResult:
        known = request.key in self.ledger
        self.ledger.setdefault(request.key, request)
        remote_id = f"E{list(self.ledger).index(request.key) + 1}"
        return PushResult.repeated(remote_id) if known else PushResult.done(remote_id)

    def push(self, request: PushRequest) -> PushResult:
        return self.behaviour(request)

    def lookup(self, request: LookupRequest) -> LookupResult:
        self.asked.append(request)
        if request.kind == "asset":
            return LookupResult(
                {"model": "X200", "batch": "B7", "customer": "C-1", "installed_on": "2026-01-31"}, "row 7"
            )
        if request.kind == "warranty":
            return LookupResult({"until": "2027-01-31T00:00:00+08:00"})
        return LookupResult({"name": "华北建设", "tier": "gold"} if request.id == "C-1" else None)

    def pull(self, request: PullRequest) -> PullResult:
        return PullResult((), "1")

    def check(self) -> Health:
        return Health(True, "fine")


def erp_floor(**settings: Any) -> Floor:
    floor = Floor(RULES)
    known = load_settings(None, {"SVCCTL_WORKSPACE_ZONE": "Asia/Shanghai"})
    floor.workspace.settings = known.replace(erp={"main": {"plugin": "files", "folder": "erp", **settings}})
    floor.save("customer", "C-1", name="华北建设")
    floor.save("asset", "007", customer="C-1", model="X200", batch="B7", warranty_until="2026-12-31")
    floor.save("engineer", "li", name="Li")
    return floor


def fault(floor: Floor, **values: Any) -> str:
    return floor.new(**{"type": "fault", "title": "black", "asset": "007", "fields": {"symptom": "dark"}, **values})


def moved(floor: Floor, id: str, *states: str) -> Ticket:
    for state in states:
        floor.on(id, work.move, state)
    return floor.ticket(id)


def closed(floor: Floor, id: str) -> Ticket:
    return moved(floor, id, "assigned", "in_progress", "resolved", "closed")


def wanted(floor: Floor) -> list[str]:
    """What is wanted of the ERP, in words, that was not given up."""
    found = floor.workspace.store.find("outbox")
    return [doc["subject"] for doc in found if doc["channel"] == "erp.main" and doc["status"] != "dropped"]


def entries(floor: Floor, kind: str) -> list[Document]:
    return [doc for doc in floor.workspace.store.find("outbox") if doc["kind"] == kind]


def planned(floor: Floor, id: str, *parts: PlannedPart) -> Ticket:
    return floor.on(id, planning.plan, "replace", "li", floor.now + timedelta(days=1), "it works", None, parts)


def delivered(floor: Floor, erp: Connector, **how: Any) -> list[DeliveryResult]:
    sender = ErpSender(floor.workspace, erp, "main")
    return list(deliver_due(floor.workspace.store, lambda channel: sender, floor.now, actor="cron", **how))
