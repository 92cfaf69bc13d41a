"""What the connector finds in YonBIP, and what a pull brings."""

from stub_yonyou import YonyouStub
from yonyou_company import many
from yonyou_connect import yonyou

from svcctl.plugin_api import LookupRequest, PullRequest
from svcctl.testing.connector import PART, push


def test_a_customer_and_an_asset_come_with_all_that_is_known(stub: YonyouStub) -> None:
    assert yonyou(stub).lookup(LookupRequest("customer", "C-1")).record == {
        "name": "华北建设",
        "tier": "gold",
        "region": "110000",
        "language": "zh",
        "contacts": [{"name": "李娜", "address": {"phone": "010-55550100", "email": "li@example.cn"}}],
    }
    assert yonyou(stub).lookup(LookupRequest("asset", "S-1")).record == {
        "model": "P-2",
        "batch": "B7",
        "customer": "C-1",
        "warranty_until": "2027-01-30T16:00:00Z",
        "history": [{"date": "2024-01-31", "text": "sold"}],
    }
    assert not yonyou(stub).lookup(LookupRequest("warranty", "S-2")).found


def test_a_list_that_knows_no_case_finds_no_other_part(stub: YonyouStub) -> None:
    assert not yonyou(stub).lookup(LookupRequest("part", "p-1")).found
    assert push(yonyou(stub), "part_used", {**PART, "part": "p-1"}).code == "no-part"


def test_stock_is_told_by_the_codes_of_warehouses(stub: YonyouStub) -> None:
    found = yonyou(stub).lookup(LookupRequest("stock", "P-1"))
    assert found.record == {"quantity": "100000.5", "locations": {"main": "100000", "van-7": "0.5"}}
    one = yonyou(stub).lookup(LookupRequest("stock", "P-1", "van-7"))
    assert one.record == {"quantity": "0.5", "locations": {"van-7": "0.5"}}
    assert yonyou(stub).lookup(LookupRequest("stock", "P-2")).record == {"quantity": "0", "locations": {}}


def test_a_pull_of_several_pages_reads_until_two_readings_agree(stub: YonyouStub) -> None:
    stub.customers += many(1200)
    erp = yonyou(stub)
    result = erp.pull(PullRequest())
    assert (len(result.changes), result.more) == (1202, False)
    assert len(stub.seen) == 1 + 2 * 3
    assert erp.pull(PullRequest(result.cursor)).changes == ()
    stub.customers[0] |= {"regionCode": "310000", "modifyTime": "2026-11-02 10:00:00"}
    [change] = erp.pull(PullRequest(result.cursor)).changes
    assert change.record is not None
    assert (change.id, change.record["region"]) == ("C-1", "310000")
