"""What a ticket wants of an ERP is queued in the commit of its change, once."""

from decimal import Decimal

import pytest

from svcctl.desk import planning, work
from svcctl.desk.intake import open_ticket
from svcctl.desk.undoing import undo
from svcctl.foundation.instant import stored
from svcctl.plugin_api import PushResult
from svcctl.ticket.model import PlannedPart
from tests.desk.erp_floor import Stub, closed, delivered, entries, erp_floor, fault, moved, planned, wanted
from tests.desk.floor import Floor


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
    floor.on(id, planning.unplan, "A1")
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
    floor.on(id, planning.unplan, "A1")
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
