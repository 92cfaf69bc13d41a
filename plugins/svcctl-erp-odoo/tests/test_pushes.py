"""What pushes leave in Odoo, and what becomes of those that it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from odoo_connect import odoo
from odoo_models import Refused
from stub_odoo import OdooStub

from svcctl.plugin_api import PushRequest
from svcctl.testing.connector import COST, PART, push


def test_a_reservation_is_a_ready_transfer_and_a_release_its_end(stub: OdooStub) -> None:
    erp = odoo(stub)
    done = push(erp, "reservation", PART)
    [_, picking] = stub.odoo.tables["stock.picking"].values()
    assert (picking["name"], picking["origin"], picking["state"]) == (done.remote_id, "T-000042 k1", "assigned")
    assert stub.odoo.quant("main")["reserved_quantity"] == 2.5
    assert push(erp, "release", {**PART, "reservation": "k1"}, "k2").outcome == "done"
    assert (stub.odoo.quant("main")["reserved_quantity"], picking["state"]) == (0, "cancel")
    assert push(erp, "reservation", PART).outcome == "repeated"


@pytest.mark.parametrize("location", ["WH/van-7", "main"])
def test_what_is_not_there_cannot_be_reserved_and_leaves_nothing(stub: OdooStub, location: str) -> None:
    stub.odoo.quant("main")["quantity"] = 0
    result = push(odoo(stub), "reservation", {**PART, "quantity": "3", "location": location})
    assert (result.outcome, result.code) == ("rejected", "no-stock")
    assert list(stub.odoo.tables["stock.picking"]) == [61]
    assert stub.odoo.quant(location)["reserved_quantity"] == 0


def test_fewer_may_be_used_than_were_reserved(stub: OdooStub) -> None:
    erp = odoo(stub)
    push(erp, "reservation", PART)
    used = {**PART, "quantity": "1", "reservation": "k1", "new_serial": "S-2", "customer": "C-1"}
    done = push(erp, "part_used", used, "k2")
    assert (stub.odoo.quant("main")["quantity"], stub.odoo.quant("main")["reserved_quantity"]) == (99999, 0)
    [_, picking] = [each for each in stub.odoo.tables["stock.picking"].values() if each["state"] == "done"]
    assert (picking["name"], picking["partner_id"]) == (done.remote_id, 10)
    [line] = [line for line in stub.odoo.tables["stock.move.line"].values() if line["move_id"]]
    assert (line["lot_id"], line["quantity"]) == (32, 1)


def test_a_question_that_odoo_asks_is_told(stub: OdooStub) -> None:
    stub.odoo.asks = True
    result = push(odoo(stub), "part_used", PART)
    assert (result.outcome, result.code) == ("rejected", "not-done")
    assert "Odoo opens `stock.backorder.confirmation`" in result.text
    stub.odoo.asks = False
    assert push(odoo(stub), "part_used", PART).outcome == "done"
    assert len(stub.odoo.tables["stock.picking"]) == 2


def test_inner_cost_is_a_posted_entry_and_other_cost_a_draft_of_an_invoice(stub: OdooStub) -> None:
    done = push(odoo(stub), "cost", COST)
    [entry] = stub.odoo.tables["account.move"].values()
    assert (entry["name"], entry["state"], entry["ref"]) == (done.remote_id, "posted", "T-000042 k1")
    assert entry["date"] == "2026-11-02"
    lines = stub.odoo.tables["account.move.line"].values()
    assert [(line["name"], line["account_id"], line["debit"], line["credit"]) for line in lines] == [
        ("高铁", 40, 120.5, False),
        ("parts", 41, 0.1, False),
        ("svcctl", 42, False, 120.6),
    ]
    billed = push(odoo(stub), "cost", {**COST, "billable": True}, "k2")
    invoice = list(stub.odoo.tables["account.move"].values())[-1]
    assert billed.remote_id == f"account.move,{invoice['id']}"
    assert (invoice["state"], invoice["move_type"], invoice["partner_id"]) == ("draft", "out_invoice", 10)


@pytest.mark.parametrize(
    ("config", "record", "code"),
    [
        ({}, {"currency": "EUR"}, "wrong-currency"),
        ({}, {"currency": "XXX", "billable": True}, "wrong-currency"),
        ({"expense_accounts": {"travel": "660105"}}, {}, "not-configured"),
        ({"credit_account": "999999"}, {}, "no-account"),
        ({"journal": "NONE"}, {}, "no-journal"),
        ({}, {"billable": True, "customer": "C-9"}, "no-customer"),
    ],
)
def test_a_cost_that_cannot_be_booked_is_rejected(
    stub: OdooStub, config: Mapping[str, Any], record: Mapping[str, Any], code: str
) -> None:
    result = push(odoo(stub, **config), "cost", {**COST, **record})
    assert (result.outcome, result.code) == ("rejected", code)
    assert not stub.odoo.tables["account.move"]


def test_a_complaint_says_what_the_ticket_says(stub: OdooStub) -> None:
    record = {"title": "黑屏", "text": "a < b\n没有画面", "customer": "C-1", "asset": "S-1", "state": "open"}
    opened = {**record, "opened_at": "2026-11-20T08:00:00Z"}
    made = push(odoo(stub), "complaint", opened)
    closed = {**opened, "state": "closed", "closed_at": "2026-11-22T09:30:00Z", "resolution": "换屏"}
    push(odoo(stub), "complaint", closed, "k2")
    [ticket] = stub.odoo.tables["helpdesk.ticket"].values()
    assert made.remote_id == f"helpdesk.ticket,{ticket['id']}"
    assert ticket["name"] == "[T-000042] 黑屏"
    assert ticket["description"] == (
        "asset: S-1<br>customer: C-1<br>a &lt; b<br>没有画面<br><br>→ 换屏<br><br>svcctl: k1, k2"
    )
    assert (ticket["partner_id"], ticket["stage_id"], ticket["team_id"]) == (10, 4, 1)


def test_a_ticket_number_that_begins_like_another_is_another(stub: OdooStub) -> None:
    record = {"title": "x", "state": "open", "opened_at": "2026-11-20T08:00:00Z"}
    for ticket in ("T-1", "T-11", "T_1"):
        assert odoo(stub).push(PushRequest("complaint", "k1", ticket, record)).outcome == "done"
    assert len(stub.odoo.tables["helpdesk.ticket"]) == 3


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("odoo.exceptions.UserError", "rejected"),
        ("odoo.exceptions.AccessError", "rejected"),
        ("builtins.ValueError", "rejected"),
        ("odoo.exceptions.LockError", "retry"),
        ("psycopg2.errors.SerializationFailure", "retry"),
    ],
)
def test_the_exception_decides_and_its_traceback_stays_out(stub: OdooStub, name: str, outcome: str) -> None:
    stub.refuse["account.move.create"] = Refused(500, name, "不行")
    result = push(odoo(stub), "cost", COST)
    assert (result.outcome, result.code) == (outcome, name.rpartition(".")[2])
    assert "不行" in result.text
    assert "Traceback" not in result.text
    stub.refuse.clear()
    assert push(odoo(stub), "cost", COST).outcome == "done"


def test_a_model_that_is_not_installed_is_said(stub: OdooStub) -> None:
    record = {"title": "x", "state": "open", "opened_at": "2026-11-20T08:00:00Z"}
    result = push(odoo(stub, complaint_model="project.issue"), "complaint", record)
    assert result.outcome == "rejected"
    assert "project.issue" in result.text
