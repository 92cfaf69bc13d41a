"""The K3Cloud connector against a stub of the documented protocol, which checks every signature and field."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from kingdee_connect import CONFIG, COST, ENVIRONMENT, PART, kingdee
from stub_kingdee import APP_ID, BILLS, SECRET, USER, VEILED, KingdeeStub, Refused
from svcctl_erp_kingdee import KingdeeConnector

from svcctl.extension.registry import Registry
from svcctl.plugin_api import Connector, LookupRequest, PullRequest, Refusal
from svcctl.testing.connector import pulled, push
from svcctl.testing.http_connector import HttpConnectorContract
from svcctl.testing.stub import StubServer


@pytest.fixture
def stub() -> Iterator[KingdeeStub]:
    stub = KingdeeStub()
    yield stub
    stub.close()


class TestContract(HttpConnectorContract):
    @pytest.fixture
    def connector(self, stub: KingdeeStub) -> Connector:
        return kingdee(stub, page=2)

    @pytest.fixture
    def unreachable(self) -> Connector:
        return kingdee("http://127.0.0.1:9/k3cloud")

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (SECRET, APP_ID, VEILED)

    def effects(self, stub: StubServer) -> Any:
        assert isinstance(stub, KingdeeStub)
        bills = Counter(f"{form} {row['FDocumentStatus']}" for form in BILLS for row in stub.tables[form])
        stock = {f"{row['FStockId.FNumber']}": row["FBaseQty"] for row in stub.tables["STK_Inventory"]}
        return {**bills, **stock}


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
    found = kingdee(stub, timeout_seconds=10).lookup(LookupRequest("stock", "P-2"))
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
    from svcctl.plugin_api import HttpAnswer, HttpClient

    erp = kingdee(stub)
    post = HttpClient.request

    def answer(self: HttpClient, method: str, url: str, headers: Mapping[str, str], sent: bytes | None = None) -> Any:
        return HttpAnswer(200, {}, body.encode()) if ".Save." in url else post(self, method, url, headers, sent)

    monkeypatch.setattr(HttpClient, "request", answer)
    assert push(erp, "cost", COST).outcome == "unknown"


def test_what_is_not_configured_is_not_declared(stub: KingdeeStub) -> None:
    bare = kingdee(stub, reserved_warehouse=None, account_book=None, complaint_form=None)
    missing = {"push.reservation", "push.release", "push.cost", "push.complaint"}
    assert kingdee(stub).capabilities - bare.capabilities == missing
    assert push(bare, "part_used", {"part": "P-1", "quantity": "1"}).code == "no-location"
    assert push(bare, "part_used", {"part": "P-9", "quantity": "1", "location": "main"}).code == "no-part"


def test_the_check_names_the_organization(stub: KingdeeStub) -> None:
    assert kingdee(stub).check().text == f"{stub.url} answers `{USER}` for 安程科技"
    assert kingdee(stub, organization="999").check().text == "there is no organization `999`"


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"app_id": "231799_hunter2"}, "app_id"),
        ({"app_secret": "hunter2"}, "app_secret"),
        ({"complaint_fields": {"ticket": "F_T"}}, "complaint_fields"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        kingdee("http://example.org", **wrong)
    assert refused.value.message.startswith(f"`erp.main.{key}`: ")
    assert "hunter2" not in refused.value.message


def test_it_comes_in_by_its_entry_point(stub: KingdeeStub) -> None:
    connector = Registry(Path(), ENVIRONMENT).connector("kingdee", {"url": stub.url, **CONFIG}, "erp.main")
    assert isinstance(connector, KingdeeConnector)
    connector.close()
