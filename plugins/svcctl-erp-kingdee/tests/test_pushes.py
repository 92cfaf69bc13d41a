"""What pushes leave in K3Cloud, and what becomes of those that it refuses."""

from collections.abc import Mapping
from typing import Any

import pytest
from kingdee_connect import kingdee
from kingdee_forms import Refused
from stub_kingdee import KingdeeStub

from svcctl.plugin_api import HttpAnswer, HttpClient
from svcctl.testing.connector import COST, PART, push


def test_a_reservation_is_a_transfer_and_a_release_one_back(stub: KingdeeStub) -> None:
    erp = kingdee(stub)
    done = push(erp, "reservation", PART)
    assert stub.models[str(done.remote_id)]["FNote"] == "T-000042 k1"
    assert (str(stub.quantity("P-1", "main")), str(stub.quantity("P-1", "reserved"))) == ("99997.5", "2.5")
    back = push(erp, "release", {**PART, "reservation": "k1"}, "k2")
    assert back.remote_id != done.remote_id
    assert stub.models[str(back.remote_id)]["FNote"] == "T-000042 k2 returns k1"
    assert (str(stub.quantity("P-1", "main")), str(stub.quantity("P-1", "reserved"))) == ("100000.0", "0.0")


def test_what_is_not_there_stays_saved_and_can_be_audited_later_or_taken_back(stub: KingdeeStub) -> None:
    erp = kingdee(stub)
    much = {**PART, "location": "van-7"}
    result = push(erp, "reservation", much)
    assert (result.outcome, result.code) == ("rejected", "11")
    assert (
        result.text
        == "`STK00001` is saved, not audited: refused: FQty 更新库存时出现可以忽略的异常数据: 物料P-1库存不足"
    )
    stub.tables["STK_Inventory"][1]["FBaseQty"] += 100
    assert push(erp, "reservation", much).remote_id == "STK00001"
    assert push(erp, "reservation", {**much, "quantity": "900"}, "k2").outcome == "rejected"
    assert push(erp, "release", {**much, "reservation": "k2"}, "k3").outcome == "done"
    assert [row["FDocumentStatus"] for row in stub.tables["STK_TransferDirect"]] == ["C"]


def test_fewer_may_be_used_than_were_reserved(stub: KingdeeStub) -> None:
    erp = kingdee(stub)
    push(erp, "reservation", PART)
    used = {**PART, "quantity": "1", "reservation": "k1", "new_serial": "新-2", "old_serial": "旧-9", "asset": "S-1"}
    done = push(erp, "part_used", used, "k2")
    assert (str(stub.quantity("P-1", "main")), str(stub.quantity("P-1", "reserved"))) == ("99999.0", "0.0")
    [line] = stub.models[str(done.remote_id)]["FEntity"]
    assert (line["FQty"], line["FSerialSubEntity"]) == (1, [{"FSerialNo": "新-2"}])
    assert line["FEntryNote"] == "asset S-1, old_serial 旧-9"


def test_inner_cost_is_an_audited_voucher_and_other_cost_a_saved_receivable(stub: KingdeeStub) -> None:
    done = push(kingdee(stub), "cost", COST)
    model = stub.models[str(done.remote_id)]
    assert model["FDate"] == "2026-11-02"
    assert [(line["FEXPLANATION"], line.get("FDEBIT"), line.get("FCREDIT")) for line in model["FEntity"]] == [
        ("T-000042 k1 高铁", 120.5, None),
        ("T-000042 k1 parts", 0.1, None),
        ("T-000042 k1", None, 120.6),
    ]
    assert [row["FDocumentStatus"] for row in stub.tables["GL_VOUCHER"]] == ["C"]
    push(kingdee(stub), "cost", {**COST, "billable": True}, "k2")
    assert [row["FDocumentStatus"] for row in stub.tables["AR_receivable"]] == ["A"]


@pytest.mark.parametrize(
    ("config", "record", "code"),
    [
        ({}, {"currency": "EUR"}, "wrong-currency"),
        ({"expense_accounts": {"travel": "5101.01"}}, {}, "not-configured"),
        ({}, {"billable": True, "customer": "C-9"}, "9"),
    ],
)
def test_a_cost_that_cannot_be_booked_is_rejected(
    stub: KingdeeStub, config: Mapping[str, Any], record: Mapping[str, Any], code: str
) -> None:
    result = push(kingdee(stub, **config), "cost", {**COST, **record})
    assert (result.outcome, result.code) == ("rejected", code)


def test_a_complaint_is_a_record_of_the_sites_own_form(stub: KingdeeStub) -> None:
    record = {
        "title": "黑屏",
        "text": "没有画面",
        "customer": "C-1",
        "state": "open",
        "opened_at": "2026-11-20T08:00:00Z",
    }
    made = push(kingdee(stub), "complaint", record)
    closed = {**record, "state": "closed", "closed_at": "2026-11-22T09:30:00Z", "resolution": "换屏"}
    assert push(kingdee(stub), "complaint", closed, "k2").remote_id == made.remote_id
    assert stub.models[str(made.remote_id)] == {
        "FID": 1,
        "F_TICKET": "T-000042",
        "F_TITLE": "黑屏",
        "F_TEXT": "没有画面\n\n→ 换屏",
        "F_CUSTOMER": {"FNumber": "C-1"},
        "F_STATE": "closed",
        "F_RESOLUTION": "换屏",
        "F_KEYS": "svcctl: k1, k2",
    }


@pytest.mark.parametrize(
    ("operation", "code", "outcome"),
    [
        ("ExecuteBillQuery", 13, "retry"),
        ("ExecuteBillQuery", 2, "rejected"),
        ("ExecuteBillQuery", 6, "retry"),
        ("Save", 14, "retry"),
        ("Save", 6, "unknown"),
        ("Save", 11, "rejected"),
        ("View", 13, "unknown"),
        ("Audit", 13, "unknown"),
    ],
)
def test_the_code_within_200_decides(stub: KingdeeStub, operation: str, code: int, outcome: str) -> None:
    stub.refuse[operation] = Refused(code, "不行")
    result = push(kingdee(stub), "cost", COST)
    assert (result.outcome, result.code) == (outcome, str(code))
    assert "不行" in result.text
    stub.refuse.clear()
    assert push(kingdee(stub), "cost", COST).outcome == "done"
    assert len(stub.tables["GL_VOUCHER"]) == 1


@pytest.mark.parametrize("body", ["response_error: 会话信息已丢失", "null", "{}", '{"Result": {"ResponseStatus": 1}}'])
def test_an_answer_that_says_nothing_is_unknown(stub: KingdeeStub, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    erp = kingdee(stub)
    post = HttpClient.request

    def answer(self: HttpClient, method: str, url: str, headers: Mapping[str, str], sent: bytes | None = None) -> Any:
        return HttpAnswer(200, {}, body.encode()) if ".Save." in url else post(self, method, url, headers, sent)

    monkeypatch.setattr(HttpClient, "request", answer)
    assert push(erp, "cost", COST).outcome == "unknown"
