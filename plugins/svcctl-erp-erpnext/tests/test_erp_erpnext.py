"""The ERPNext connector against a stub of the documented protocol, which is strict."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from erpnext_connect import CONFIG, COST, ENVIRONMENT, erpnext
from stub_erpnext import TOKEN, ErpnextStub
from svcctl_erp_erpnext import ErpnextConnector

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Connector, LookupRequest, PullRequest, PushRequest, Refusal
from svcctl.testing.connector import push
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


@pytest.fixture
def stub() -> Iterator[ErpnextStub]:
    stub = ErpnextStub()
    yield stub
    stub.close()


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: ErpnextStub) -> Connector:
        return erpnext(stub, page=1)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return erpnext("http://127.0.0.1:9")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return TOKEN

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, ErpnextStub)
        live = [
            (doctype, document.get("status"))
            for doctype in ("Stock Entry", "Journal Entry", "Sales Invoice", "Issue", "Warranty Claim")
            for document in stub.tables[doctype].values()
            if document["docstatus"] != 2
        ]
        stock = {bin["name"]: bin["actual_qty"] for bin in stub.tables["Bin"].values()}
        return {**Counter(map(str, live)), **stock}


def test_a_customer_and_an_asset_come_with_all_that_is_known(stub: ErpnextStub) -> None:
    assert erpnext(stub).lookup(LookupRequest("customer", "C-1")).record == {
        "name": "华北建设",
        "tier": "gold",
        "region": "华北",
        "language": "zh",
        "contacts": [{"name": "华北建设", "address": {"phone": "+86 138 0000 0000"}}],
    }
    assert erpnext(stub).lookup(LookupRequest("asset", "S-1")).record == {
        "model": "P-2",
        "batch": "B7",
        "customer": "C-1",
        "warranty_until": "2027-03-31T16:00:00Z",
        "history": [{"date": "2026-03-01", "text": "Closed: [T-000001] 黑屏"}],
    }
    assert not erpnext(stub).lookup(LookupRequest("warranty", "S-3")).found


def test_stock_is_told_by_warehouse(stub: ErpnextStub) -> None:
    found = erpnext(stub).lookup(LookupRequest("stock", "P-1"))
    assert found.record == {"quantity": "100000.5", "locations": {"main": "100000", "van-7": "0.5"}}
    assert erpnext(stub).lookup(LookupRequest("stock", "P-1", "van-7")).record == {
        "quantity": "0.5",
        "locations": {"van-7": "0.5"},
    }
    assert erpnext(stub).lookup(LookupRequest("stock", "P-2")).record == {"quantity": "0", "locations": {}}


def test_a_pull_goes_page_by_page_and_brings_what_changed_since(stub: ErpnextStub) -> None:
    erp = erpnext(stub, page=2)
    changes, cursor, pages = [], None, 0
    while True:
        result = erp.pull(PullRequest(cursor))
        changes += [(change.kind, change.id, change.record is None) for change in result.changes]
        cursor, pages = result.cursor, pages + 1
        if not result.more:
            break
    expected = [("customer", "C-1"), ("customer", "C-2"), ("asset", "S-1"), ("asset", "S-2"), ("asset", "S-3")]
    assert changes == [(kind, id, id == "C-2") for kind, id in expected]
    assert pages == 4
    stub.put("Customer", stub.tables["Customer"]["C-1"] | {"territory": "华东"})
    result = erp.pull(PullRequest(cursor))
    assert [(change.id, change.record and change.record["region"]) for change in result.changes] == [("C-1", "华东")]


def test_a_reservation_is_a_transfer_and_a_release_its_end(stub: ErpnextStub) -> None:
    erp = erpnext(stub)
    record = {"part": "P-1", "quantity": "2.5", "location": "main"}
    done = push(erp, "reservation", record)
    entry = stub.tables["Stock Entry"][str(done.remote_id)]
    assert (entry["remarks"], entry["docstatus"]) == ("T-000042 k1", 1)
    assert (stub.quantity("P-1", "main"), stub.quantity("P-1", "reserved")) == (Decimal("99997.5"), Decimal("2.5"))
    assert push(erp, "release", {**record, "reservation": "k1"}, "k2").outcome == "done"
    assert (stub.quantity("P-1", "main"), stub.quantity("P-1", "reserved")) == (Decimal(100000), Decimal(0))
    assert push(erp, "reservation", record).outcome == "repeated"


def test_fewer_may_be_used_than_were_reserved(stub: ErpnextStub) -> None:
    erp = erpnext(stub)
    push(erp, "reservation", {"part": "P-1", "quantity": "3", "location": "main"})
    used = {"part": "P-1", "quantity": "1", "location": "main", "reservation": "k1", "new_serial": "S-2"}
    done = push(erp, "part_used", {**used, "old_serial": "旧-9", "asset": "S-1"}, "k2")
    assert (stub.quantity("P-1", "main"), stub.quantity("P-1", "reserved")) == (Decimal(99999), Decimal(0))
    [item] = stub.tables["Stock Entry"][str(done.remote_id)]["items"]
    assert item == {
        "item_code": "P-1",
        "qty": 1,
        "s_warehouse": "main",
        "serial_no": "S-2",
        "use_serial_batch_fields": 1,
        "description": "asset S-1, old_serial 旧-9",
    }


def test_what_is_not_there_cannot_be_reserved(stub: ErpnextStub) -> None:
    result = push(erpnext(stub), "reservation", {"part": "P-1", "quantity": "3", "location": "van-7"})
    assert (result.outcome, result.code) == ("rejected", "NegativeStockError")
    assert result.text == "refused: 3 units of P-1 needed in van-7"


def test_inner_cost_is_a_balanced_voucher_and_other_cost_an_invoice(stub: ErpnextStub) -> None:
    done = push(erpnext(stub, cost_center="售后 - AC"), "cost", COST)
    entry = stub.tables["Journal Entry"][str(done.remote_id)]
    assert entry["cheque_no"] == "T-000042 k1"
    assert entry["posting_date"] == "2026-11-02"
    assert entry["accounts"] == [
        {
            "account": "差旅费 - AC",
            "debit_in_account_currency": 120.5,
            "user_remark": "高铁",
            "cost_center": "售后 - AC",
        },
        {
            "account": "其他费用 - AC",
            "debit_in_account_currency": 0.1,
            "user_remark": "parts",
            "cost_center": "售后 - AC",
        },
        {"account": "应付职工薪酬 - AC", "credit_in_account_currency": 120.6},
    ]
    billed = push(erpnext(stub), "cost", {**COST, "billable": True}, "k2")
    invoice = stub.tables["Sales Invoice"][str(billed.remote_id)]
    assert (invoice["docstatus"], invoice["currency"], len(invoice["items"])) == (0, "CNY", 2)


@pytest.mark.parametrize(
    ("config", "record", "code"),
    [
        ({}, {"currency": "EUR"}, "wrong-currency"),
        ({"expense_accounts": {"travel": "差旅费 - AC"}}, {}, "not-configured"),
        ({"service_items": {}}, {"billable": True}, "not-configured"),
        ({}, {"billable": True, "customer": "C-9"}, "LinkValidationError"),
    ],
)
def test_a_cost_that_cannot_be_booked_is_rejected(
    stub: ErpnextStub, config: Mapping[str, Any], record: Mapping[str, Any], code: str
) -> None:
    result = push(erpnext(stub, **config), "cost", {**COST, **record})
    assert (result.outcome, result.code) == ("rejected", code)
    assert not stub.tables["Journal Entry"]
    assert not stub.tables["Sales Invoice"]


def test_a_complaint_says_what_the_ticket_says(stub: ErpnextStub) -> None:
    record = {"title": "黑屏", "text": "a < b\n没有画面", "customer": "C-1", "asset": "S-1", "state": "open"}
    opened = {**record, "opened_at": "2026-11-20T08:00:00Z"}
    made = push(erpnext(stub), "complaint", opened)
    closed = {**opened, "state": "closed", "closed_at": "2026-11-22T09:30:00Z", "resolution": "换屏"}
    push(erpnext(stub), "complaint", closed, "k2")
    [issue] = stub.tables["Issue"].values()
    assert issue["name"] == made.remote_id
    assert issue["subject"] == "[T-000042] 黑屏"
    assert issue["description"] == ("asset: S-1<br><br>a &lt; b<br>没有画面<br><br>→ 换屏<br><br>svcctl: k1, k2")
    assert (issue["status"], issue["resolution_details"]) == ("Closed", "换屏")


def test_a_complaint_may_be_a_warranty_claim(stub: ErpnextStub) -> None:
    erp = erpnext(stub, complaint_doctype="Warranty Claim")
    record = {"title": "黑屏", "customer": "C-1", "asset": "S-1", "state": "open", "opened_at": "2026-11-20T08:00:00Z"}
    made = push(erp, "complaint", record)
    assert push(erp, "complaint", record).outcome == "repeated"
    assert push(erp, "complaint", {**record, "state": "closed", "resolution": "换屏"}, "k2").remote_id == made.remote_id
    claim = stub.tables["Warranty Claim"][str(made.remote_id)]
    assert claim["complaint"] == "[T-000042] 黑屏\n→ 换屏\n\nsvcctl: k1, k2"
    assert (claim["serial_no"], claim["complaint_date"], claim["status"]) == ("S-1", "2026-11-20", "Closed")


def test_a_ticket_number_that_begins_like_another_is_another(stub: ErpnextStub) -> None:
    record = {"title": "x", "state": "open", "opened_at": "2026-11-20T08:00:00Z"}
    for ticket in ("T-1", "T-11", "T_1"):
        assert erpnext(stub).push(PushRequest("complaint", "k1", ticket, record)).outcome == "done"
    assert len(stub.tables["Issue"]) == 3


def test_what_is_not_configured_is_not_declared(stub: ErpnextStub) -> None:
    bare = erpnext(stub, reserved_warehouse=None, credit_account=None)
    assert erpnext(stub).capabilities - bare.capabilities == {"push.reservation", "push.release", "push.cost"}
    assert push(bare, "part_used", {"part": "P-1", "quantity": "1"}).code == "no-location"


@pytest.mark.parametrize(
    ("status", "kind", "outcome"),
    [
        (417, "TimestampMismatchError", "retry"),
        (500, "QueryDeadlockError", "retry"),
        (500, "KeyError", "unknown"),
        (403, "PermissionError", "rejected"),
    ],
)
def test_the_exception_decides(stub: ErpnextStub, status: int, kind: str, outcome: str) -> None:
    from stub_erpnext import Refused

    def refuse(doctype: str, document: Mapping[str, Any], whole: bool) -> None:
        raise Refused(status, kind, "不行")

    stub._validate = refuse  # type: ignore[method-assign]
    result = push(erpnext(stub), "cost", COST)
    assert (result.outcome, result.code) == (outcome, kind)
    assert "不行" in result.text


def test_a_wrong_key_is_told_by_the_check(stub: ErpnextStub) -> None:
    config = read_config(
        ErpnextConnector.Config,
        {"url": stub.url, **CONFIG},
        place="erp.main",
        home=Path(),
        environment={"KEY": "wrong-one", "SECRET": "hunter2"},
    )
    health = ErpnextConnector(config).check()
    assert (health.ok, health.text) == (False, "refused: Invalid API key")


def test_the_check_says_what_the_user_cannot_see(stub: ErpnextStub) -> None:
    assert erpnext(stub).check().text == f"{stub.url} answers `svcctl@example.org`"
    assert "cannot see a company `别家`" in erpnext(stub, company="别家").check().text


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"url": "example.org"}, "url"),
        ({"api_secret": "hunter2"}, "api_secret"),
        ({"zone": "Mars"}, "zone"),
        ({"complaint_doctype": "Task"}, "complaint_doctype"),
        ({"page": 0}, "page"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        erpnext("http://example.org", **wrong)
    assert refused.value.message.startswith(f"`erp.main.{key}`: ")
    assert "hunter2" not in json.dumps(refused.value.details)


def test_it_comes_in_by_its_entry_point(stub: ErpnextStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector("erpnext", {"url": stub.url, **CONFIG}, "erp.main")
    assert connector.lookup(LookupRequest("part", "P-1")).record == {"name": "显示屏", "unit": "Nos"}
    connector.close()
