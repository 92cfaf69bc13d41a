"""What the connector finds in Odoo, and what a pull brings."""

from odoo_connect import odoo
from stub_odoo import OdooStub

from svcctl.plugin_api import LookupRequest
from svcctl.testing.connector import pulled


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
    stub.odoo.put("stock.lot", stub.odoo.tables["stock.lot"][32] | {"product_id": 22})
    [change], _ = pulled(odoo(stub, page=2), cursor)
    assert (change.id, change.record) == ("S-2", {"model": "P-2"})
