"""The loop with each ERP over HTTP: whatever fails, however often, each effect is there exactly once in the end."""

import random
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk import planning, work
from svcctl.desk.delivery import deliver_due
from svcctl.desk.erp_sending import ErpSender
from svcctl.desk.settings import load_settings
from svcctl.extension.registry import Registry
from svcctl.plugin_api import (
    Connector,
    Health,
    Limits,
    LookupRequest,
    LookupResult,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
)
from svcctl.ticket.model import PlannedPart
from tests.desk.floor import Floor

PLUGINS = Path(__file__).parents[2] / "plugins"
TICKETS = 12
#: What may happen to a request, but for what needs a person: keys that are wrong, addresses that have moved.
MISHAPS = ("busy", "limited", "dropped", "failed", "lost", "cut", "garbage")
RULES = """
form fault { symptom text required  serial text  batch text required  model text }
flow site { new -> in_progress -> resolved -> closed }
"""


class Mortal(Connector):
    """A connector whose process is now and then killed after it has pushed, before anybody knows."""

    def __init__(self, inner: Connector, chance: random.Random) -> None:
        super().__init__(inner.config)
        self.inner, self.chance = inner, chance
        vars(self)["capabilities"] = inner.capabilities

    @property
    def limits(self) -> Limits:
        return self.inner.limits

    def push(self, request: PushRequest) -> PushResult:
        result = self.inner.push(request)
        if self.chance.random() < 0.05:
            raise RuntimeError("killed")
        return result

    def lookup(self, request: LookupRequest) -> LookupResult:
        return self.inner.lookup(request)

    def pull(self, request: PullRequest) -> PullResult:
        return self.inner.pull(request)

    def check(self) -> Health:
        return self.inner.check()


def work_off(floor: Floor, number: int, deliver: Callable[[], None]) -> None:
    """One ticket from its report to its end: two parts reserved, one used, one given back, two costs."""
    id = floor.new(type="fault", title=f"黑屏 {number}", asset="S-1", fields={"symptom": "dark"})
    parts = (PlannedPart("P-1", 2, "main"), PlannedPart("P-1", 3, "main"))
    floor.on(id, planning.plan, "replace", "li", floor.now + timedelta(days=1), "it works", None, parts)
    deliver()
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.use_part, "P-1", 2, None, None, "main")
    floor.on(id, work.spend, "travel", Decimal("120.50"), None, False)
    floor.on(id, work.spend, "labour", Decimal("80"), None, True)
    for state in ("resolved", "closed"):
        floor.on(id, work.move, state)


def erpnext(stub: Any) -> Mapping[str, Any]:
    entries = [entry for entry in stub.tables["Stock Entry"].values() if entry["docstatus"] == 1]
    return {
        "uses": sum(entry["stock_entry_type"] == "Material Issue" for entry in entries),
        "reserved": stub.quantity("P-1", "reserved"),
        "stock": stub.quantity("P-1", "main"),
        "vouchers": len(stub.tables["Journal Entry"]),
        "bills": len(stub.tables["Sales Invoice"]),
        "closed": sum(issue["status"] == "Closed" for issue in stub.tables["Issue"].values()),
        "complaints": len(stub.tables["Issue"]),
    }


def odoo(stub: Any) -> Mapping[str, Any]:
    moves = stub.odoo.tables["account.move"].values()
    tickets = stub.odoo.tables["helpdesk.ticket"].values()
    return {
        "uses": sum(each["state"] == "done" for each in stub.odoo.tables["stock.picking"].values() if each["id"] != 61),
        "reserved": stub.odoo.quant("main")["reserved_quantity"],
        "stock": stub.odoo.quant("main")["quantity"],
        "vouchers": sum((move["move_type"], move["state"]) == ("entry", "posted") for move in moves),
        "bills": sum(move["move_type"] == "out_invoice" for move in moves),
        "closed": sum(ticket["stage_id"] == 4 for ticket in tickets),
        "complaints": len(tickets),
    }


def kingdee(stub: Any) -> Mapping[str, Any]:
    assert all(row["FDocumentStatus"] == "C" for row in stub.tables["STK_TransferDirect"])
    complaints = [stub.models[row["FBillNo"]] for row in stub.tables["SVC_Complaint"]]
    return {
        "uses": sum(row["FDocumentStatus"] == "C" for row in stub.tables["STK_MisDelivery"]),
        "reserved": stub.quantity("P-1", "reserved"),
        "stock": stub.quantity("P-1", "main"),
        "vouchers": sum(row["FDocumentStatus"] == "C" for row in stub.tables["GL_VOUCHER"]),
        "bills": len(stub.tables["AR_receivable"]),
        "closed": sum(complaint["F_STATE"] == "closed" for complaint in complaints),
        "complaints": len(complaints),
    }


def yonyou(stub: Any) -> Mapping[str, Any]:
    """It takes no complaints."""
    assert all(row["status"] == 1 for row in stub.transfers)
    return {
        "uses": sum(row["status"] for row in stub.issues),
        "reserved": stub.stock["P-1", "reserved"],
        "stock": stub.stock["P-1", "main"],
        "vouchers": len(stub.vouchers),
        "bills": len(stub.receivables),
        "closed": TICKETS,
        "complaints": TICKETS,
    }


@pytest.mark.parametrize("effects", [erpnext, odoo, kingdee, yonyou])
def test_whatever_fails_each_effect_is_there_once(
    effects: Callable[[Any], Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    name = effects.__name__
    chance = random.Random(name)
    monkeypatch.syspath_prepend(PLUGINS / f"svcctl-erp-{name}" / "tests")
    stub = getattr(import_module(f"stub_{name}"), f"{name.capitalize()}Stub")()
    tests = import_module(f"{name}_connect")
    config = {"url": stub.url, **tests.CONFIG, "plugin": name}
    stub.clock = time.time()
    floor = Floor(RULES)
    known = load_settings(None, {"SVCCTL_WORKSPACE_ZONE": "Asia/Shanghai"})
    pushed = ["reservation", "part_used", "cost", *(["complaint"] if name != "yonyou" else [])]
    floor.workspace.settings = known.replace(erp={"main": {**config, "push": pushed}})
    floor.save("customer", "C-1", name="华北建设")
    floor.save("asset", "S-1", customer="C-1", model="P-2", batch="B7")
    floor.save("engineer", "li", name="Li")
    table = {key: value for key, value in config.items() if key != "plugin"}
    connector = Registry(Path(), tests.ENVIRONMENT).connector(name, table, "erp.main")
    sender = ErpSender(floor.workspace, Mortal(connector, chance), "main")
    stub.meet({number: chance.choice(MISHAPS) for number in range(1, 20_000) if chance.random() < 0.05})

    def deliver() -> None:
        list(deliver_due(floor.workspace.store, lambda channel: sender, floor.now, actor="cron"))

    try:
        for number in range(TICKETS):
            work_off(floor, number, deliver)
        for _ in range(80):
            floor.later(hours=2)
            deliver()
        pushes = list(floor.workspace.store.find("outbox"))
        assert sum(push["attempts"] > 1 for push in pushes) > TICKETS // 2, "much has failed, and was tried again"
        left = [doc for doc in pushes if doc["status"] not in ("delivered", "dropped")]
        assert [(doc["subject"], doc["status"], doc.get("error")) for doc in left] == []
        assert effects(stub) == {
            "uses": TICKETS,
            "reserved": 0,
            "stock": 100_000 - 2 * TICKETS,
            "vouchers": TICKETS,
            "bills": TICKETS,
            "closed": TICKETS,
            "complaints": TICKETS,
        }
    finally:
        connector.close()
        stub.close()
