"""What the connector finds in ERPNext, and what a pull brings."""

from erpnext_connect import erpnext
from stub_erpnext import ErpnextStub

from svcctl.plugin_api import LookupRequest, PullRequest


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
