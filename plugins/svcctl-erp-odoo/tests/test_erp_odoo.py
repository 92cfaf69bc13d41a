"""The Odoo connector by both interfaces against a stub of the documented protocols, which is strict."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from odoo_connect import CONFIG, COST, ENVIRONMENT, PART, odoo
from stub_odoo import KEY, LOGIN, OdooStub, Refused
from svcctl_erp_odoo import OdooConnector

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Connector, LookupRequest, PushRequest, Refusal
from svcctl.testing.connector import pulled, push
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


@pytest.fixture(params=[19, 17])
def stub(request: pytest.FixtureRequest) -> Iterator[OdooStub]:
    stub = OdooStub(request.param)
    yield stub
    stub.close()


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: OdooStub) -> Connector:
        return odoo(stub, page=2)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return odoo("http://127.0.0.1:9")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (KEY,)

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, OdooStub)
        models = ("stock.picking", "account.move", "helpdesk.ticket")
        live = Counter(
            f"{model} {record.get('state')}"
            for model in models
            for record in stub.tables[model].values()
            if record.get("state") != "cancel"
        )
        main = stub.quant("main")
        return {**live, "stock": main["quantity"], "reserved": main["reserved_quantity"]}


def test_a_customer_and_an_asset_come_with_all_that_is_known(stub: OdooStub) -> None:
    assert odoo(stub).lookup(LookupRequest("customer", "C-1")).record == {
        "name": "华北建设",
        "region": "北京",
        "language": "zh",
        "contacts": [{"name": "华北建设", "address": {"phone": "010-55550100"}}],
    }
    assert odoo(stub).lookup(LookupRequest("asset", "S-1")).record == {
        "model": "P-2",
        "customer": "C-1",
        "warranty_until": "2027-01-30T16:00:00Z",
        "history": [{"date": "2024-01-31", "text": "delivered by WH/OUT/00001"}],
    }
    assert not odoo(stub).lookup(LookupRequest("warranty", "S-2")).found


def test_a_field_of_the_sites_own_may_hold_the_warranty(stub: OdooStub) -> None:
    erp = odoo(stub, warranty_field="x_warranty_until")
    assert erp.lookup(LookupRequest("warranty", "S-3")).record == {"until": "2027-03-31T16:00:00Z"}
    found = erp.lookup(LookupRequest("asset", "S-3")).record
    assert found == {"model": "门禁", "warranty_until": "2027-03-31T16:00:00Z"}


def test_stock_is_that_of_the_companys_own_locations(stub: OdooStub) -> None:
    found = odoo(stub).lookup(LookupRequest("stock", "P-1"))
    assert found.record == {"quantity": "100002.5", "locations": {"main": "100000", "WH/van-7": "2.5"}}
    one = odoo(stub).lookup(LookupRequest("stock", "P-1", "WH/van-7"))
    assert one.record == {"quantity": "2.5", "locations": {"WH/van-7": "2.5"}}
    assert odoo(stub).lookup(LookupRequest("stock", "P-2")).record == {"quantity": "0", "locations": {}}


def test_a_pull_brings_partners_with_a_reference_and_serial_numbers(stub: OdooStub) -> None:
    changes, cursor = pulled(odoo(stub, page=2))
    assert [(change.kind, change.id, change.record is None) for change in changes] == [
        ("customer", "C-2", True),
        ("customer", "C-1", False),
        ("asset", "S-1", False),
        ("asset", "S-2", False),
        ("asset", "S-3", False),
    ]
    assert changes[2].record is not None
    assert (changes[2].record["customer"], changes[2].record["warranty_until"]) == ("C-1", "2027-01-30T16:00:00Z")
    stub.put("stock.lot", stub.tables["stock.lot"][32] | {"product_id": 22})
    [change], _ = pulled(odoo(stub, page=2), cursor)
    assert (change.id, change.record) == ("S-2", {"model": "P-2"})


def test_a_reservation_is_a_ready_transfer_and_a_release_its_end(stub: OdooStub) -> None:
    erp = odoo(stub)
    done = push(erp, "reservation", PART)
    [_, picking] = stub.tables["stock.picking"].values()
    assert (picking["name"], picking["origin"], picking["state"]) == (done.remote_id, "T-000042 k1", "assigned")
    assert stub.quant("main")["reserved_quantity"] == 2.5
    assert push(erp, "release", {**PART, "reservation": "k1"}, "k2").outcome == "done"
    assert (stub.quant("main")["reserved_quantity"], picking["state"]) == (0, "cancel")
    assert push(erp, "reservation", PART).outcome == "repeated"


@pytest.mark.parametrize("location", ["WH/van-7", "main"])
def test_what_is_not_there_cannot_be_reserved_and_leaves_nothing(stub: OdooStub, location: str) -> None:
    stub.quant("main")["quantity"] = 0
    result = push(odoo(stub), "reservation", {**PART, "quantity": "3", "location": location})
    assert (result.outcome, result.code) == ("rejected", "no-stock")
    assert list(stub.tables["stock.picking"]) == [61]
    assert stub.quant(location)["reserved_quantity"] == 0


def test_fewer_may_be_used_than_were_reserved(stub: OdooStub) -> None:
    erp = odoo(stub)
    push(erp, "reservation", PART)
    used = {**PART, "quantity": "1", "reservation": "k1", "new_serial": "S-2", "customer": "C-1"}
    done = push(erp, "part_used", used, "k2")
    assert (stub.quant("main")["quantity"], stub.quant("main")["reserved_quantity"]) == (99999, 0)
    [_, picking] = [each for each in stub.tables["stock.picking"].values() if each["state"] == "done"]
    assert (picking["name"], picking["partner_id"]) == (done.remote_id, 10)
    [line] = [line for line in stub.tables["stock.move.line"].values() if line["move_id"]]
    assert (line["lot_id"], line["quantity"]) == (32, 1)


def test_a_question_that_odoo_asks_is_told(stub: OdooStub) -> None:
    stub.asks = True
    result = push(odoo(stub), "part_used", PART)
    assert (result.outcome, result.code) == ("rejected", "not-done")
    assert "Odoo opens `stock.backorder.confirmation`" in result.text
    stub.asks = False
    assert push(odoo(stub), "part_used", PART).outcome == "done"
    assert len(stub.tables["stock.picking"]) == 2


def test_inner_cost_is_a_posted_entry_and_other_cost_a_draft_of_an_invoice(stub: OdooStub) -> None:
    done = push(odoo(stub), "cost", COST)
    [entry] = stub.tables["account.move"].values()
    assert (entry["name"], entry["state"], entry["ref"]) == (done.remote_id, "posted", "T-000042 k1")
    assert entry["date"] == "2026-11-02"
    lines = stub.tables["account.move.line"].values()
    assert [(line["name"], line["account_id"], line["debit"], line["credit"]) for line in lines] == [
        ("高铁", 40, 120.5, False),
        ("parts", 41, 0.1, False),
        ("svcctl", 42, False, 120.6),
    ]
    billed = push(odoo(stub), "cost", {**COST, "billable": True}, "k2")
    invoice = list(stub.tables["account.move"].values())[-1]
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
    assert not stub.tables["account.move"]


def test_a_complaint_says_what_the_ticket_says(stub: OdooStub) -> None:
    record = {"title": "黑屏", "text": "a < b\n没有画面", "customer": "C-1", "asset": "S-1", "state": "open"}
    opened = {**record, "opened_at": "2026-11-20T08:00:00Z"}
    made = push(odoo(stub), "complaint", opened)
    closed = {**opened, "state": "closed", "closed_at": "2026-11-22T09:30:00Z", "resolution": "换屏"}
    push(odoo(stub), "complaint", closed, "k2")
    [ticket] = stub.tables["helpdesk.ticket"].values()
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
    assert len(stub.tables["helpdesk.ticket"]) == 3


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


def test_a_wrong_key_is_told_by_the_check(stub: OdooStub) -> None:
    values = {"url": stub.url, "version": stub.version, **CONFIG}
    read = read_config(OdooConnector.Config, values, place="erp.main", home=Path(), environment={"KEY": "hunter2"})
    health = OdooConnector(read).check()
    assert not health.ok
    assert health.text in ("refused: Invalid apikey", f"Odoo does not let `{LOGIN}` in with this key")


def test_the_check_says_what_the_user_cannot_see(stub: OdooStub) -> None:
    assert odoo(stub).check().text == f"{stub.url} answers for 安程科技"
    assert odoo(stub, company=9).check().text == f"{stub.url} answers, but shows no company 9"


def test_what_is_not_configured_is_not_declared(stub: OdooStub) -> None:
    bare = odoo(stub, picking_type=None, credit_account=None, complaint_model="")
    missing = {"push.reservation", "push.release", "push.part_used", "push.cost", "push.complaint"}
    assert odoo(stub).capabilities - bare.capabilities == missing
    assert push(odoo(stub), "part_used", {"part": "P-1", "quantity": "1"}).code == "no-location"
    assert push(odoo(stub), "part_used", {"part": "P-9", "quantity": "1", "location": "main"}).code == "no-part"
    assert push(odoo(stub), "part_used", {**PART, "location": "nowhere"}).code == "no-location"


@pytest.mark.parametrize(
    ("wrong", "key"),
    [({"api_key": "hunter2"}, "api_key"), ({"version": 16}, "version"), ({"version": 18, "login": None}, "login")],
)
def test_a_wrong_configuration_is_refused(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        odoo("http://example.org", **wrong)
    assert key in refused.value.message
    assert "hunter2" not in refused.value.message


def test_it_comes_in_by_its_entry_point(stub: OdooStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector(
        "odoo", {"url": stub.url, "version": stub.version, **CONFIG}, "erp.main"
    )
    assert connector.lookup(LookupRequest("part", "P-1")).record == {"name": "显示屏", "unit": "件"}
    connector.close()
