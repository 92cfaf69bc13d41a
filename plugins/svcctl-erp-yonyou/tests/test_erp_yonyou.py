"""The YonBIP connector against a stub of the documented protocol, which checks signatures, tokens and fields."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from stub_yonyou import FIRST, KEY, SECRET, Refused, YonyouStub, many
from svcctl_erp_yonyou import YonyouConnector
from yonyou_connect import CONFIG, COST, ENVIRONMENT, PART, yonyou

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Connector, LookupRequest, PullRequest, Refusal
from svcctl.testing.connector import push
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import Fault, StubServer


@pytest.fixture
def stub() -> Iterator[YonyouStub]:
    stub = YonyouStub()
    yield stub
    stub.close()


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: YonyouStub) -> Connector:
        return yonyou(stub)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return yonyou("http://127.0.0.1:9")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (SECRET, KEY, FIRST)

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, YonyouStub)
        kinds = {"transfers": stub.transfers, "issues": stub.issues, "receivables": stub.receivables}
        counts = {
            f"{name} {status}": sum(row["status"] == status for row in kinds[name])
            for name in kinds
            for status in (0, 1)
        }
        stock = {warehouse: quantity for (_, warehouse), quantity in stub.stock.items()}
        return {**counts, "vouchers": len(stub.vouchers), **stock}


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
    erp = yonyou(stub, timeout_seconds=10)
    result = erp.pull(PullRequest())
    assert (len(result.changes), result.more) == (1202, False)
    assert len(stub.seen) == 1 + 2 * 3
    assert erp.pull(PullRequest(result.cursor)).changes == ()
    stub.customers[0] |= {"regionCode": "310000", "modifyTime": "2026-11-02 10:00:00"}
    [change] = erp.pull(PullRequest(result.cursor)).changes
    assert change.record is not None
    assert (change.id, change.record["region"]) == ("C-1", "310000")


def test_a_token_is_kept_until_it_ends(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    for _ in range(3):
        erp.lookup(LookupRequest("part", "P-1"))
    stub.clock += 7100
    erp.lookup(LookupRequest("part", "P-1"))
    assert len(stub.tokens) == 1
    stub.clock += 60
    erp.lookup(LookupRequest("part", "P-1"))
    assert len(stub.tokens) == 2


def test_a_token_that_was_taken_back_is_replaced_once_and_nothing_is_done_twice(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    erp.lookup(LookupRequest("part", "P-1"))
    stub.tokens.clear()
    stub.tokens["other"] = 0
    assert push(erp, "cost", COST).outcome == "done"
    assert len(stub.vouchers) == 1
    stub.refuse["fi/ficloud/openapi/voucher/addVoucher"] = Refused("310036", "非法token")
    stub.meet({})
    result = push(erp, "cost", COST, "k2")
    assert (result.outcome, result.code) == ("rejected", "310036")
    assert len(stub.seen) == 3, "refused, a token, refused again"


@pytest.mark.parametrize(
    ("fault", "outcome"), [("busy", "retry"), ("lost", "retry"), ("garbage", "retry"), ("denied", "rejected")]
)
def test_a_push_without_a_token_has_no_effect(stub: YonyouStub, fault: Fault, outcome: str) -> None:
    stub.meet({1: fault})
    assert push(yonyou(stub), "cost", COST).outcome == outcome
    assert len(stub.seen) == 1


def test_a_token_goes_in_the_address_only_where_that_is_wanted(stub: YonyouStub) -> None:
    yonyou(stub).lookup(LookupRequest("part", "P-1"))
    yonyou(stub, token_in="address").lookup(LookupRequest("part", "P-1"))
    _, first, _, second = stub.seen
    assert (first.query, first.headers["access_token"]) == ({}, f"{FIRST}0")
    assert (second.query, second.headers.get("access_token")) == ({"access_token": f"{FIRST}1"}, None)


def test_a_wrong_secret_is_told_by_the_check(stub: YonyouStub) -> None:
    values = {"url": stub.url, **CONFIG}
    environment = {"KEY": KEY, "SECRET": "hunter2"}
    read = read_config(YonyouConnector.Config, values, place="erp.main", home=Path(), environment=environment)
    health = YonyouConnector(read, lambda: stub.clock).check()
    assert (health.ok, health.text) == (False, "no access token was given: 签名错误")


def test_a_reservation_is_a_transfer_and_a_release_one_back(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    assert push(erp, "reservation", PART).outcome == "done"
    assert str(stub.stock["P-1", "reserved"]) == "2.5"
    assert push(erp, "release", {**PART, "reservation": "k1"}, "k2").outcome == "done"
    assert [row["memo"] for row in stub.transfers] == ["T-000042 k1", "T-000042 k2 returns k1"]
    assert (str(stub.stock["P-1", "main"]), str(stub.stock["P-1", "reserved"])) == ("100000.0", "0.0")


def test_what_is_not_there_stays_saved_and_can_be_audited_later_or_taken_back(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    much = {**PART, "location": "van-7"}
    result = push(erp, "reservation", much)
    assert (result.outcome, result.code) == ("rejected", "failed")
    assert result.text == "`ZK000001` is saved, not audited: refused: 单据ZK000001: 物料P-1现存量不足"
    stub.stock["P-1", "van-7"] += 100
    assert push(erp, "reservation", much).remote_id == "ZK000001"
    assert push(erp, "reservation", {**much, "quantity": "900"}, "k2").outcome == "rejected"
    assert push(erp, "release", {**much, "reservation": "k2"}, "k3").outcome == "done"
    assert [row["status"] for row in stub.transfers] == [1]


def test_fewer_may_be_used_than_were_reserved(stub: YonyouStub) -> None:
    erp = yonyou(stub)
    push(erp, "reservation", PART)
    used = {**PART, "quantity": "1", "reservation": "k1", "new_serial": "新-2", "old_serial": "旧-9", "asset": "S-1"}
    push(erp, "part_used", used, "k2")
    assert (str(stub.stock["P-1", "main"]), str(stub.stock["P-1", "reserved"])) == ("99999.0", "0.0")
    line = stub.issues[0]["line"]
    assert line["othOutRecordsSNs"] == [{"sn": "新-2", "_status": "Insert"}]
    assert line["memo"] == "asset S-1, old_serial 旧-9"


def test_a_voucher_bears_the_key_and_a_code_of_svcctls_own(stub: YonyouStub) -> None:
    done = push(yonyou(stub, auditor="wang@example.cn"), "cost", COST)
    voucher = stub.vouchers["k1"]
    assert voucher["code"] == done.remote_id
    assert voucher["description"] == "T-000042 k1"
    assert (voucher["makerMobile"], voucher["auditorEmail"]) == ("13800000000", "wang@example.cn")
    assert [(line["description"], line.get("debitOrg"), line.get("creditOrg")) for line in voucher["bodies"]] == [
        ("T-000042 k1 高铁", 120.5, None),
        ("T-000042 k1 parts", 0.1, None),
        ("T-000042 k1", None, 120.6),
    ]


@pytest.mark.parametrize(
    ("config", "record", "code"),
    [
        ({}, {"currency": "EUR"}, "wrong-currency"),
        ({"expense_accounts": {"travel": "5101"}}, {}, "not-configured"),
        ({"credit_account": "9999"}, {}, "404"),
        ({}, {"billable": True, "customer": "C-9"}, "999"),
    ],
)
def test_a_cost_that_cannot_be_booked_is_rejected(
    stub: YonyouStub, config: Mapping[str, Any], record: Mapping[str, Any], code: str
) -> None:
    result = push(yonyou(stub, **config), "cost", {**COST, **record})
    assert (result.outcome, result.code) == ("rejected", code)
    assert not stub.vouchers
    assert not stub.receivables


def test_a_gateway_that_limits_calls_is_asked_later(stub: YonyouStub) -> None:
    stub.refuse["fi/ficloud/openapi/voucher/addVoucher"] = Refused("310046", "API调用触发限流，请稍后重试")
    assert push(yonyou(stub), "cost", COST).outcome == "retry"


def test_a_path_that_nobody_registered_is_said(stub: YonyouStub) -> None:
    with pytest.raises(Refusal) as refused:
        yonyou(stub, asset_path="/yonbip/scm/none/list").lookup(LookupRequest("asset", "S-1"))
    assert "网关上没有注册此API" in refused.value.message


def test_what_is_not_configured_is_not_declared(stub: YonyouStub) -> None:
    bare = yonyou(stub, reserved_warehouse=None, maker=None, asset_path=None)
    missing = {"push.reservation", "push.release", "push.cost", "lookup.asset", "lookup.warranty"}
    assert yonyou(stub).capabilities - bare.capabilities == missing
    assert push(bare, "complaint", {}).code == "not-offered"


@pytest.mark.parametrize(
    ("wrong", "key"), [({"app_secret": "hunter2"}, "app_secret"), ({"asset_path": "yonbip/x"}, "asset_path")]
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        yonyou("http://example.org", **wrong)
    assert refused.value.message.startswith(f"`erp.main.{key}`: ")
    assert "hunter2" not in refused.value.message


def test_it_comes_in_by_its_entry_point(stub: YonyouStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector("yonyou", {"url": stub.url, **CONFIG}, "erp.main")
    assert isinstance(connector, YonyouConnector)
    connector.close()
