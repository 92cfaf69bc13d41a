"""What the connector finds in K3Cloud, and what a pull brings."""

from kingdee_connect import kingdee
from stub_kingdee import KingdeeStub

from svcctl.plugin_api import LookupRequest, PullRequest
from svcctl.testing.connector import pulled


def test_a_customer_and_an_asset_come_with_all_that_is_known(stub: KingdeeStub) -> None:
    assert kingdee(stub).lookup(LookupRequest("customer", "C-1")).record == {
        "name": "华北建设",
        "tier": "gold",
        "contacts": [{"name": "华北建设", "address": {"phone": "010-55550100"}}],
    }
    assert kingdee(stub).lookup(LookupRequest("asset", "S-1")).record == {
        "model": "P-2",
        "batch": "B7",
        "customer": "C-1",
        "warranty_until": "2027-01-30T16:00:00Z",
        "history": [
            {"date": "2023-01-05", "text": "sold to C-2"},
            {"date": "2024-01-31", "text": "sold to C-1"},
        ],
    }
    assert not kingdee(stub).lookup(LookupRequest("warranty", "S-2")).found


def test_quotes_in_a_name_end_no_filter(stub: KingdeeStub) -> None:
    for id in ("' or 1=1 --", "''", "O'Neil", "\\'", "%"):
        assert not kingdee(stub).lookup(LookupRequest("customer", id)).found


def test_stock_of_more_rows_than_one_query_gives_is_added_up(stub: KingdeeStub) -> None:
    row = {"FMaterialId.FNumber": "P-2", "FStockId.FNumber": "bin", "FBaseQty": 1}
    stub.tables["STK_Inventory"] += [row | {"FID": number} for number in range(10, 10_012)]
    found = kingdee(stub).lookup(LookupRequest("stock", "P-2"))
    assert found.record == {"quantity": "10002", "locations": {"bin": "10002"}}
    assert len(stub.seen) == 2
    assert kingdee(stub).lookup(LookupRequest("stock", "P-1", "van-7")).record == {
        "quantity": "0.5",
        "locations": {"van-7": "0.5"},
    }


def test_a_pull_follows_the_numbers_and_then_the_changes(stub: KingdeeStub) -> None:
    erp = kingdee(stub, page=2)
    changes, cursor = pulled(erp)
    assert [(change.kind, change.id, change.record is None) for change in changes] == [
        ("customer", "C-1", False),
        ("customer", "C-2", True),
        ("asset", "S-1", False),
        ("asset", "S-2", False),
        ("asset", "S-10", False),
    ]
    stub.tables["BD_Customer"][1] |= {"FForbidStatus": "A", "FModifyDate": "2026-11-02T09:00:00"}
    [change] = erp.pull(PullRequest(cursor)).changes
    assert (change.id, change.record) == ("C-2", {"name": "O'Neil"})
