"""What pushes leave in ERPNext, and what becomes of those that it refuses."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from erpnext_connect import erpnext
from stub_erpnext import ErpnextStub, Refused

from svcctl.plugin_api import PushRequest
from svcctl.testing.connector import COST, push


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
    def refuse(doctype: str, document: Mapping[str, Any], whole: bool) -> None:
        raise Refused(status, kind, "不行")

    stub._validate = refuse  # type: ignore[method-assign]
    result = push(erpnext(stub), "cost", COST)
    assert (result.outcome, result.code) == (outcome, kind)
    assert "不行" in result.text
