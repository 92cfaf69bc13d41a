"""What pushes leave in YonBIP, and what becomes of those that it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from stub_yonyou import Refused, YonyouStub
from yonyou_connect import yonyou

from svcctl.testing.connector import COST, PART, push


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
