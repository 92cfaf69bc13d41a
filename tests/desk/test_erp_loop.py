"""ERP in the loop: what a ticket wants of an ERP is queued in the commit of its change, once, and leaves in order."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import pytest

from svcctl.desk import work
from svcctl.desk.delivery import DeliveryResult, deliver_due
from svcctl.desk.erp import asked, erps
from svcctl.desk.erp_intake import Answer, ask_erps
from svcctl.desk.erp_outbox import give_up, take_up
from svcctl.desk.erp_pull import pull
from svcctl.desk.erp_sending import ErpSender
from svcctl.desk.erp_status import out_of_step
from svcctl.desk.intake import open_ticket
from svcctl.desk.settings import load_settings
from svcctl.desk.undoing import undo
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.plugin_api import (
    CONNECTOR_CAPABILITIES,
    Connector,
    Health,
    LookupRequest,
    LookupResult,
    PluginConfig,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
    SecretStr,
)
from svcctl.ticket.event import Document
from svcctl.ticket.model import PlannedPart, Ticket
from tests.desk.floor import Floor, refusal_of

RULES = """
form fault { symptom text required  serial text  batch text required  model text }
flow site {
  new -> assigned -> in_progress -> resolved -> closed
  resolved -> in_progress as reopen  new, assigned, in_progress -> cancelled  closed -> in_progress as reopen
}
"""
SECRET = "hunter2&more"
Behaviour = Callable[[PushRequest], PushResult]


class Stub(Connector):
    """An ERP that does what the test says, and otherwise keeps each key once."""

    class Config(PluginConfig):
        token: SecretStr = SecretStr(SECRET)

    capabilities: ClassVar[frozenset[str]] = CONNECTOR_CAPABILITIES

    def __init__(self, behaviour: Behaviour | None = None) -> None:
        super().__init__(self.Config())
        self.behaviour = behaviour or self.take
        self.ledger: dict[str, PushRequest] = {}
        self.asked: list[LookupRequest] = []

    def take(self, request: PushRequest) -> PushResult:
        known = request.key in self.ledger
        self.ledger.setdefault(request.key, request)
        remote_id = f"E{list(self.ledger).index(request.key) + 1}"
        return PushResult.repeated(remote_id) if known else PushResult.done(remote_id)

    def push(self, request: PushRequest) -> PushResult:
        return self.behaviour(request)

    def lookup(self, request: LookupRequest) -> LookupResult:
        self.asked.append(request)
        if request.kind == "asset":
            return LookupResult(
                {"model": "X200", "batch": "B7", "customer": "C-1", "installed_on": "2026-01-31"}, "row 7"
            )
        if request.kind == "warranty":
            return LookupResult({"until": "2027-01-31T00:00:00+08:00"})
        return LookupResult({"name": "华北建设", "tier": "gold"} if request.id == "C-1" else None)

    def pull(self, request: PullRequest) -> PullResult:
        return PullResult((), "1")

    def check(self) -> Health:
        return Health(True, "fine")


def erp_floor(**settings: Any) -> Floor:
    floor = Floor(RULES)
    known = load_settings(None, {"SVCCTL_WORKSPACE_ZONE": "Asia/Shanghai"})
    floor.workspace.settings = known.replace(erp={"main": {"plugin": "files", "folder": "erp", **settings}})
    floor.save("customer", "C-1", name="华北建设")
    floor.save("asset", "007", customer="C-1", model="X200", batch="B7", warranty_until="2026-12-31")
    floor.save("engineer", "li", name="Li")
    return floor


def fault(floor: Floor, **values: Any) -> str:
    return floor.new(**{"type": "fault", "title": "black", "asset": "007", "fields": {"symptom": "dark"}, **values})


def moved(floor: Floor, id: str, *states: str) -> Ticket:
    for state in states:
        floor.on(id, work.move, state)
    return floor.ticket(id)


def closed(floor: Floor, id: str) -> Ticket:
    return moved(floor, id, "assigned", "in_progress", "resolved", "closed")


def wanted(floor: Floor) -> list[str]:
    """What is wanted of the ERP, in words, that was not given up."""
    found = floor.workspace.store.find("outbox")
    return [doc["subject"] for doc in found if doc["channel"] == "erp.main" and doc["status"] != "dropped"]


def entries(floor: Floor, kind: str) -> list[Document]:
    return [doc for doc in floor.workspace.store.find("outbox") if doc["kind"] == kind]


def planned(floor: Floor, id: str, *parts: PlannedPart) -> Ticket:
    return floor.on(id, work.plan, "replace", "li", floor.now + timedelta(days=1), "it works", None, parts)


def delivered(floor: Floor, erp: Connector, **how: Any) -> list[DeliveryResult]:
    sender = ErpSender(floor.workspace, erp, "main")
    return list(deliver_due(floor.workspace.store, lambda channel: sender, floor.now, actor="cron", **how))


# ---------------------------------------------------------------- what is wanted


def test_a_new_ticket_is_put_on_the_customers_record_and_closed_there() -> None:
    floor = erp_floor()
    id = fault(floor, description="no picture")
    assert entries(floor, "complaint")[0]["record"] == {
        "title": "black",
        "text": "no picture",
        "customer": "C-1",
        "asset": "007",
        "state": "open",
        "opened_at": stored(floor.now),
    }
    opened = floor.now
    floor.later(hours=1)
    floor.on(id, work.set_cause, "short circuit", None, "seal too hard")
    closed(floor, id)
    assert entries(floor, "complaint")[1]["record"] == {
        "title": "black",
        "text": "no picture",
        "customer": "C-1",
        "asset": "007",
        "state": "closed",
        "opened_at": stored(opened),
        "closed_at": stored(floor.now),
        "resolution": "short circuit\nseal too hard",
    }


def test_a_ticket_of_nobody_is_on_no_record() -> None:
    floor = erp_floor()
    floor.new(type="fault", title="a question", fields={"symptom": "none", "batch": "B7"})
    assert wanted(floor) == []


def test_a_plan_reserves_and_what_is_taken_out_of_it_is_given_back() -> None:
    floor, erp = erp_floor(push=["reservation"]), Stub()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1", 2, "main"), PlannedPart("SR-1"))
    planned(floor, id, PlannedPart("SR-1"))
    assert wanted(floor) == ["reserve 2 MB-1 at main", "reserve 1 SR-1", "reserve 1 SR-1"]
    delivered(floor, erp)
    floor.on(id, work.unplan, "A1")
    assert wanted(floor)[3:] == ["give back 2 MB-1 at main", "give back 1 SR-1"]
    delivered(floor, erp)
    reserved = [request.key for request in erp.ledger.values() if request.kind == "reservation"]
    released = [request.record["reservation"] for request in erp.ledger.values() if request.kind == "release"]
    assert released == reserved[:2]
    planned(floor, id, PlannedPart("MB-1"))
    assert [step.id for step in floor.ticket(id).plan] == ["A2", "A3"]
    assert wanted(floor)[5:] == ["reserve 1 MB-1"]


def test_a_reservation_that_never_left_is_dropped_and_not_given_back() -> None:
    floor, erp = erp_floor(push=["reservation"]), Stub()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    floor.on(id, work.unplan, "A1")
    assert wanted(floor) == []
    assert delivered(floor, erp) == []


@pytest.mark.parametrize("last", ["closed", "cancelled"])
def test_the_end_writes_off_what_was_used_and_gives_back_the_rest(last: str) -> None:
    floor, erp = erp_floor(push=["reservation", "part_used"]), Stub()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1", 1, "main"), PlannedPart("SR-1", 4))
    delivered(floor, erp)
    floor.on(id, work.use_part, "MB-1", 1, "old-1", "new-1")
    floor.on(id, work.use_part, "XX-9", 3, None, None, "van")
    assert len(wanted(floor)) == 2
    moved(floor, id, "cancelled") if last == "cancelled" else closed(floor, id)
    assert wanted(floor)[2:] == ["write off 1 MB-1 at main", "write off 3 XX-9 at van", "give back 4 SR-1"]
    board, seal = entries(floor, "reservation")
    assert entries(floor, "part_used")[0]["record"] == {
        "part": "MB-1",
        "quantity": "1",
        "location": "main",
        "old_serial": "old-1",
        "new_serial": "new-1",
        "reservation": board["key"],
        "customer": "C-1",
        "asset": "007",
    }
    assert entries(floor, "release")[0]["record"]["reservation"] == seal["key"]


def test_a_part_takes_no_reservation_that_the_erp_refused_or_never_got() -> None:
    floor = erp_floor(push=["reservation", "part_used"])
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    delivered(floor, Stub(lambda request: PushResult.rejected("no stock")))
    planned(floor, id, PlannedPart("SR-1"))
    for part in ("MB-1", "SR-1"):
        floor.on(id, work.use_part, part, 1)
    closed(floor, id)
    assert ["reservation" in document["record"] for document in entries(floor, "part_used")] == [False, False]
    assert entries(floor, "release") == []


def test_closing_again_wants_only_what_is_new() -> None:
    floor = erp_floor(push=["part_used", "cost", "complaint"])
    id = fault(floor)
    floor.on(id, work.use_part, "MB-1", 1)
    floor.on(id, work.spend, "travel", Decimal("120.50"))
    closed(floor, id)
    before = wanted(floor)
    moved(floor, id, "reopen")
    floor.on(id, work.use_part, "MB-1", 1)
    moved(floor, id, "resolved", "closed")
    assert wanted(floor)[len(before) :] == ["open: black", "write off 1 MB-1", "closed: black"]


def test_what_is_recorded_after_closing_follows() -> None:
    floor = erp_floor(push=["cost"])
    id = fault(floor)
    floor.on(id, work.spend, "travel", Decimal("120.50"))
    closed(floor, id)
    floor.on(id, work.spend, "goodwill", Decimal("30"))
    assert wanted(floor) == ["book travel 120.50 CNY", "book goodwill 30 CNY"]


@pytest.mark.parametrize(
    ("until", "bill", "said", "billed"),
    [
        ("2026-12-31", "out-of-warranty", None, ["book repair 80 CNY"]),
        ("2026-10-01", "out-of-warranty", None, ["bill repair 80 CNY"]),
        ("2026-10-01", "never", None, ["book repair 80 CNY"]),
        ("2026-12-31", "always", None, ["bill repair 80 CNY"]),
        ("2026-12-31", "out-of-warranty", True, ["bill repair 80 CNY"]),
        ("2026-10-01", "out-of-warranty", False, ["book repair 80 CNY"]),
    ],
)
def test_who_pays_is_said_or_follows_from_the_warranty(
    until: str, bill: str, said: bool | None, billed: list[str]
) -> None:
    floor = erp_floor(push=["cost"], bill=bill)
    floor.save("asset", "007", warranty_until=until)
    id = fault(floor)
    floor.on(id, work.spend, "labour", Decimal("80"), None, said)
    closed(floor, id)
    assert wanted(floor) == billed


def test_what_nobody_knows_nobody_bills() -> None:
    floor = erp_floor(push=["cost"])
    id = floor.new(type="fault", customer="C-1", title="x", fields={"symptom": "dark", "batch": "B7"})
    floor.on(id, work.spend, "travel", Decimal("80"))
    closed(floor, id)
    assert wanted(floor) == ["book travel 80 CNY"]


def test_one_voucher_has_all_that_the_same_one_pays() -> None:
    floor = erp_floor(push=["cost"])
    id = fault(floor)
    for kind, currency in (("travel", "CNY"), ("labour", "CNY"), ("parts", "EUR")):
        floor.on(id, work.spend, kind, Decimal("10"), currency)
    closed(floor, id)
    assert wanted(floor) == ["book travel 10, repair 10 CNY", "book parts 10 EUR"]


def test_only_the_flows_and_kinds_of_the_settings_are_pushed() -> None:
    assert wanted_after(erp_floor(push=[])) == []
    assert wanted_after(erp_floor(flows=["other"])) == []
    assert wanted_after(erp_floor(flows=["site"])) != []


def wanted_after(floor: Floor) -> list[str]:
    closed(floor, fault(floor))
    return wanted(floor)


def test_an_undone_change_takes_back_what_it_wanted() -> None:
    floor, erp = erp_floor(push=["reservation", "part_used"]), Stub()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    floor.on(id, undo)
    assert wanted(floor) == []
    floor.on(id, undo)
    delivered(floor, erp)
    floor.later(minutes=1)
    floor.on(id, undo)
    assert wanted(floor) == ["reserve 1 MB-1", "give back 1 MB-1"]


def test_history_that_comes_in_wants_nothing() -> None:
    floor = erp_floor()
    values = {"type": "fault", "title": "old", "asset": "007", "fields": {"symptom": "dark"}}
    floor.do(lambda desk: open_ticket(desk, values, history=lambda flow, at: ()).id)
    assert wanted(floor) == []


# ------------------------------------------------------------------- how it leaves


def test_what_the_erp_took_is_told_on_the_ticket() -> None:
    floor, erp = erp_floor(push=["reservation"]), Stub()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    [result] = delivered(floor, erp)
    assert (result.status, result.to, result.channel) == ("delivered", "erp main", "erp.main")
    [entry] = floor.ticket(id).erp
    assert (entry.kind, entry.outcome, entry.remote_id, entry.what) == ("reservation", "done", "E1", "reserve 1 MB-1")
    assert floor.history(id)[-1].kind == "erp_done"


def test_a_repeat_is_the_same_effect() -> None:
    floor, erp = erp_floor(push=["reservation"]), Stub()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))

    def lost(request: PushRequest) -> PushResult:
        erp.take(request)
        raise TimeoutError(f"token {SECRET}")

    erp.behaviour = lost
    [result] = delivered(floor, erp)
    assert result.status == "unknown"
    assert result.receipt is not None
    assert result.receipt.text == "the connector of `main` failed: TimeoutError: token ***"
    erp.behaviour = erp.take
    floor.later(minutes=2)
    [result] = delivered(floor, erp)
    assert (result.status, len(erp.ledger)) == ("delivered", 1)
    assert floor.ticket(id).erp[-1].remote_id == "E1"


def test_what_one_ticket_wants_leaves_in_order_whatever_fails() -> None:
    floor, erp = erp_floor(push=["reservation"]), Stub()
    id, other = fault(floor), fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    calls: list[str] = []

    def behave(request: PushRequest) -> PushResult:
        calls.append(f"{request.ticket} {request.kind}")
        return PushResult.retry("busy") if len(calls) < 3 else erp.take(request)

    erp.behaviour = behave
    delivered(floor, erp)
    floor.on(id, work.unplan, "A1")
    planned(floor, other, PlannedPart("SR-1"))
    for _ in range(6):
        delivered(floor, erp)
        floor.later(minutes=2)
    of_one = [call.removeprefix(f"{id} ") for call in calls if call.startswith(id)]
    assert of_one == ["reservation", "reservation", "release"]
    assert calls.index(f"{other} reservation") < calls.index(f"{id} release")
    assert [request.kind for request in erp.ledger.values() if request.ticket == id] == ["reservation", "release"]


def test_an_erp_that_refuses_is_told_on_the_ticket() -> None:
    floor = erp_floor(push=["reservation"])
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    delivered(floor, Stub(lambda request: PushResult.rejected(f"no such part, {SECRET}", code="404")))
    [entry] = floor.ticket(id).erp
    assert (entry.outcome, entry.text) == ("rejected", "no such part, ***")


def test_an_erp_may_be_down_for_a_week() -> None:
    floor = erp_floor(push=["complaint"])
    id, began = fault(floor), floor.now
    down = Stub(lambda request: PushResult.retry("maintenance"))
    while not floor.ticket(id).erp:
        floor.now = max(floor.now, *(parse_instant(d["next_at"]) for d in entries(floor, "complaint")))
        delivered(floor, down)
    assert timedelta(days=6) < floor.now - began < timedelta(days=10)
    assert [(entry.outcome, entry.text) for entry in floor.ticket(id).erp] == [("dead", "maintenance")]
    floor.do(lambda desk: take_up(desk.transaction, "M-000001", desk.now, "li"))
    assert [result.status for result in delivered(floor, Stub())] == ["delivered"]


def test_what_is_given_up_is_told_on_the_ticket() -> None:
    floor = erp_floor(push=["complaint"])
    id = fault(floor)
    floor.do(lambda desk: give_up(desk.transaction, "M-000001", desk.now, "li"))
    assert [entry.outcome for entry in floor.ticket(id).erp] == ["dropped"]


def test_what_was_overtaken_is_not_tried_again() -> None:
    floor = erp_floor()
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    delivered(floor, Stub(lambda request: PushResult.rejected("not now")))
    moved(floor, id, "cancelled")
    floor.do(lambda desk: take_up(desk.transaction, "M-000001", desk.now, "li"))
    delivered(floor, Stub())
    refused = refusal_of(lambda: floor.do(lambda desk: take_up(desk.transaction, "M-000001", desk.now, "li")))
    assert refused.code == "illegal-move"
    floor = erp_floor(push=["reservation"])
    id = fault(floor)
    planned(floor, id, PlannedPart("MB-1"))
    delivered(floor, Stub(lambda request: PushResult.unknown("lost")))
    floor.on(id, work.unplan, "A1")
    floor.do(lambda desk: give_up(desk.transaction, "M-000001", desk.now, "li"))
    delivered(floor, Stub())
    refused = refusal_of(lambda: floor.do(lambda desk: take_up(desk.transaction, "M-000001", desk.now, "li")))
    assert refused.message == "M-000001 was overtaken by M-000002 (give back 1 MB-1), so it cannot be tried again"


def test_a_refusal_decides_by_its_code() -> None:
    for code, status in (("plugin-unavailable", "unknown"), ("bad-input", "rejected")):
        floor = erp_floor(push=["complaint"])
        fault(floor)

        def refuse(request: PushRequest, code: str = code) -> PushResult:
            raise Refusal(code, "no")

        assert [result.status for result in delivered(floor, Stub(refuse))] == [status]


def test_what_a_connector_does_not_take_is_dropped_without_a_word() -> None:
    class Less(Stub):
        capabilities: ClassVar[frozenset[str]] = frozenset({"push.cost"})

    floor = erp_floor(push=["complaint"])
    id = fault(floor)
    assert [result.status for result in delivered(floor, Less())] == ["dropped"]
    assert floor.ticket(id).erp == ()


def test_no_result_is_unknown() -> None:
    floor = erp_floor(push=["complaint"])
    fault(floor)
    nothing: Any = None
    [result] = delivered(floor, Stub(lambda request: nothing))
    assert (result.status, result.receipt and result.receipt.code) == ("unknown", "no-receipt")


# ---------------------------------------------------------------------- intake


def answered(floor: Floor, home: Path, **values: Any) -> tuple[str, tuple[Answer, ...]]:
    """A ticket that is taken in with what the files of the ERP say."""
    floor.workspace.home = home
    new = {"type": "fault", "title": "black", "fields": {"symptom": "dark"}, **values}
    answers = ask_erps(floor.workspace, {}, new, floor.now)
    return floor.do(lambda desk: open_ticket(desk, new, answers=answers).id), answers


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "erp").mkdir()
    tables = {
        "assets.csv": "id,model,batch,customer,site,sold_at,warranty_months\n008,X300,B9,C-2,S-9,2026-01-31,12\n",
        "customers.csv": "id,name,tier\nC-2,浦东路桥,gold\n",
        "history.csv": "asset,date,text\n008,2026-05-02,new filter\n",
    }
    for name, text in tables.items():
        (tmp_path / "erp" / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_a_serial_number_says_the_rest(home: Path) -> None:
    floor = erp_floor(zone="Asia/Shanghai")
    id, _ = answered(floor, home, asset="008")
    ticket = floor.ticket(id)
    assert (ticket.customer, ticket.product_model, ticket.batch) == ("C-2", "X300", "B9")
    assert ticket.fields == {"symptom": "dark", "serial": "008", "batch": "B9", "model": "X300"}
    assert [(entry.kind, entry.outcome, entry.text) for entry in ticket.erp] == [("lookup", "found", "assets.csv:2")]
    store = floor.workspace.store
    assert (store.get("customers", "C-2") or {})["tier"] == "gold"
    assert (store.get("assets", "008") or {})["warranty_until"] == "2027-01-30T16:00:00Z"
    kept = store.get("erp_records", "main/asset/008") or {}
    assert (kept["asked_at"], kept["origin"]) == (stored(floor.now), "lookup")
    assert kept["history"] == [{"date": "2026-05-01T16:00:00Z", "text": "new filter"}]
    facts = floor.do(lambda desk: desk.facts(desk.ticket(id))["asset.under_warranty"])
    assert facts is True


def test_the_form_s_serial_is_asked_as_well_and_no_answer_twice(home: Path) -> None:
    floor = erp_floor()
    id, answers = answered(floor, home, fields={"symptom": "dark", "serial": "008"})
    assert (floor.ticket(id).asset, len(answers)) == ("008", 1)
    assert answered(floor, home, asset="008")[1] == ()
    floor.later(hours=25)
    assert len(answered(floor, home, asset="008")[1]) == 1


def test_an_asset_that_neither_knows_is_refused_and_no_serial_asks_nothing(home: Path) -> None:
    floor = erp_floor()
    floor.workspace.home = home
    assert refusal_of(lambda: answered(floor, home, asset="009")).code == "unknown-record"
    assert ask_erps(floor.workspace, {}, {"type": "fault"}, floor.now) == ()


def test_an_erp_may_be_left_out_of_intake(home: Path) -> None:
    floor = erp_floor(intake=False)
    floor.workspace.home = home
    assert ask_erps(floor.workspace, {}, {"asset": "008"}, floor.now) == ()


def test_an_erp_that_is_down_stops_no_intake_and_fills_in_later(home: Path) -> None:
    floor, erp = erp_floor(push=[]), Stub()
    floor.save("site", "S-1", name="north gate")
    (home / "erp").rename(home / "away")
    id, [answer] = answered(floor, home, asset="011")
    assert answer.failed
    assert (floor.ticket(id).asset, floor.ticket(id).batch) == ("011", None)
    assert [(entry.outcome, entry.kind) for entry in floor.ticket(id).erp] == [("failed", "lookup")]
    assert wanted(floor) == ["look up asset 011"]
    _, [again] = answered(floor, home, asset="012")
    assert again.text == "it did not answer a minute ago, and was not asked"
    floor.later(minutes=2)
    delivered(floor, erp)
    ticket = floor.ticket(id)
    assert (ticket.batch, ticket.customer, ticket.product_model) == ("B7", "C-1", "X200")
    assert ticket.erp[-1].outcome == "found"
    asset = floor.workspace.store.get("assets", "011") or {}
    assert asset["warranty_until"] == "2027-01-30T16:00:00Z"
    assert asset["installed_at"] == "2026-01-30T16:00:00Z"
    assert floor.history(id)[-1].kind == "looked_up"


def test_what_was_filled_in_by_hand_stays(home: Path) -> None:
    floor, erp = erp_floor(push=[]), Stub()
    (home / "erp").rename(home / "away")
    id, _ = answered(floor, home, asset="011", batch="mine", fields={"symptom": "dark"})
    delivered(floor, erp)
    assert floor.ticket(id).batch == "mine"


def test_a_plugin_that_is_not_there_stops_no_intake(tmp_path: Path) -> None:
    floor = erp_floor(plugin="no-such")
    id, [answer] = answered(floor, tmp_path, asset="007")
    assert answer.failed
    assert "no-such" in answer.text
    assert floor.ticket(id).customer == "C-1"


# ------------------------------------------------------------------ pull and status


def test_a_pull_brings_changes_once(home: Path) -> None:
    floor = erp_floor()
    floor.workspace.home = home

    def pulled(**how: Any) -> list[tuple[str, str]]:
        return [(item["id"], item["outcome"]) for item in pull(floor.workspace, {}, floor.turn(), "main", **how)]

    assert pulled() == [("C-2", "created"), ("008", "created")]
    assert pulled() == []
    head = floor.workspace.store.get("erp", "main") or {}
    assert head["pulled_at"] == stored(floor.now)
    (home / "erp" / "customers.csv").write_text("id,name,tier\nC-3,new,gold\n")
    assert pulled() == [("C-3", "created"), ("C-2", "gone")]
    assert floor.workspace.store.get("customers", "C-2") is not None
    assert pulled(anew=True) == []


def test_status_shows_what_is_out_of_step(home: Path) -> None:
    floor = erp_floor(push=["complaint", "reservation"])
    floor.workspace.home = home
    list(pull(floor.workspace, {}, floor.turn(), "main"))
    floor.later(hours=2)
    id = fault(floor)
    delivered(floor, Stub(lambda request: PushResult.rejected("no such customer")))
    planned(floor, id, PlannedPart("MB-1"))
    floor.save("asset", "008", batch="mine")
    (home / "erp" / "customers.csv").write_text("id,name\n")
    (home / "erp" / "assets.csv").write_text("id,model,batch\n008,X300,B9\n")
    list(pull(floor.workspace, {}, floor.turn(), "main"))
    floor.save("asset", "008", batch="mine")
    floor.later(hours=1)
    told = [(item["what"], item["id"], item["text"]) for item in out_of_step(floor.workspace, floor.now)]
    assert told == [
        ("pulled", "main", ""),
        ("rejected", "M-000001", "open: black: no such customer"),
        ("pending", "M-000002", "reserve 1 MB-1"),
        ("gone", "customer C-2", "the ERP has no such record"),
        ("differs", "asset 008", "`batch` is `mine`, in the ERP `B9`"),
    ]
    assert next(out_of_step(floor.workspace, floor.now))["age_seconds"] == 3600


def test_a_record_that_cannot_be_taken_stops_no_other(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.desk import erp_pull
    from svcctl.plugin_api import Change

    class Wrong(Stub):
        def pull(self, request: PullRequest) -> PullResult:
            changes = (Change("asset", "A", {"colour": "red"}), Change("asset", "B", {"model": "X"}))
            return PullResult(changes if request.cursor is None else (), "1")

    floor = erp_floor()
    monkeypatch.setattr(erp_pull, "open_connector", lambda *_: Wrong())
    items = list(pull(floor.workspace, {}, floor.turn(), "main"))
    assert [(item["id"], item["outcome"]) for item in items] == [("A", "refused"), ("B", "created")]
    assert [item["what"] for item in out_of_step(floor.workspace, floor.now)] == ["pulled", "refused"]


def test_a_pull_that_was_overtaken_changes_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from svcctl.desk import erp_pull

    class Slow(Stub):
        def pull(self, request: PullRequest) -> PullResult:
            if request.cursor is None:
                monkeypatch.setattr(erp_pull, "open_connector", lambda *_: Stub())
                list(pull(floor.workspace, {}, floor.turn(), "main"))
            return PullResult((), "2")

    floor = erp_floor()
    monkeypatch.setattr(erp_pull, "open_connector", lambda *_: Slow())
    assert refusal_of(lambda: list(pull(floor.workspace, {}, floor.turn(), "main"))).code == "store-busy"
    assert (floor.workspace.store.get("erp", "main") or {})["cursor"] == "1"


# -------------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('push = ["costs"]', "`erp.main.push` has `costs`"),
        ('push = "cost"', "`erp.main.push` must be a list of texts in brackets"),
        ('intake = "no"', "`erp.main.intake` must be `true` or `false`"),
        ('bill = "sometimes"', "`erp.main.bill` has `sometimes`"),
    ],
)
def test_settings_that_cannot_be_are_told(tmp_path: Path, table: str, message: str) -> None:
    (tmp_path / "svcctl.toml").write_text(f'[erp.main]\nplugin = "files"\n{table}\n')
    with pytest.raises(Refusal, match=r"svcctl\.toml") as refused:
        load_settings(tmp_path, {})
    assert refused.value.message.startswith(message)


def test_how_long_an_answer_is_kept_is_elapsed_time() -> None:
    settings: Mapping[str, Any] = {"plugin": "files", "folder": "erp", "keep": "2bd"}
    known = load_settings(None, {}).replace(erp={"main": settings})
    assert refusal_of(lambda: list(erps(known))).message == "`erp.main.keep` is `2bd`"


def test_what_a_connector_raises_has_no_secret() -> None:
    def fail() -> None:
        raise Refusal("plugin-unavailable", f"no answer for {SECRET}", help=f"try {SECRET}")

    refusal = refusal_of(lambda: asked(Stub(), "main", fail))
    assert (refusal.message, refusal.help) == ("no answer for ***", "try ***")
    assert refusal.__context__ is None
