"""What was wanted of an ERP leaves in order, once, and what the ERP answers is told on the ticket."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from traceback import format_exception
from typing import Any, ClassVar

from svcctl.desk import planning
from svcctl.desk.erp import asked, looked_up
from svcctl.desk.erp_outbox import give_up, take_up
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant
from svcctl.plugin_api import LookupRequest, LookupResult, PushRequest, PushResult
from svcctl.ticket.model import PlannedPart
from tests.desk.erp_floor import SECRET, Stub, delivered, entries, erp_floor, fault, moved, planned
from tests.desk.floor import refusal_of


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
    floor.on(id, planning.unplan, "A1")
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
    floor.on(id, planning.unplan, "A1")
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


def test_what_a_connector_raises_has_no_secret() -> None:
    def fail() -> None:
        raise Refusal("plugin-unavailable", f"no answer for {SECRET}", help=f"try {SECRET}")

    refusal = refusal_of(lambda: asked(Stub(), "main", object, fail))
    assert (refusal.message, refusal.help) == ("no answer for ***", "try ***")
    assert SECRET not in "".join(format_exception(refusal))


def test_what_is_looked_up_is_told_as_json_has_it() -> None:
    class Typed(Stub):
        def lookup(self, request: LookupRequest) -> LookupResult:
            known: dict[str, Any] = {"day": date(2026, 1, 31), "amount": Decimal("1.20"), "ids": ("a",)}
            return {"C-1": LookupResult(known), "C-2": LookupResult([1])}.get(request.id)  # type: ignore[arg-type,return-value]

    found = looked_up(Typed(), "main", LookupRequest("customer", "C-1"))
    assert found.record == {"day": "2026-01-31", "amount": "1.20", "ids": ["a"]}
    for id, why in (("C-2", "its LookupResult has no record"), ("C-3", "it gave no LookupResult")):
        refused = refusal_of(partial(looked_up, Typed(), "main", LookupRequest("customer", id)))
        assert refused.message == f"the connector of `main` failed: TypeError: {why}"
