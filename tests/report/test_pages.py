"""Tickets, decisions and checklists as pages to read."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from svcctl.foundation.instant import zone_named
from svcctl.report.checklist import checklist_page
from svcctl.report.explanation import explanation_items, explanation_page
from svcctl.report.history import history_story
from svcctl.report.story import history_items, ticket_page
from svcctl.report.table import Looks
from svcctl.report.ticket_clocks import clock_items
from svcctl.ticket.clocks import derive_clocks
from svcctl.ticket.event import Event
from svcctl.ticket.model import Cause, Comment, Cost, Link, Measurement, PinnedTarget, PlanStep, StateEntry, Ticket
from svcctl.ticket.people import Contact

LOOKS = Looks(zone_named("Asia/Shanghai"))
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
TICKET = Ticket(
    "T-000042",
    7,
    "in_progress",
    START,
    START,
    title="工地门禁黑屏",
    description="first line\nsecond \x1b[31mline",
    type="hardware_fault",
    contact=Contact("王", {"phone": "138"}),
    states=(StateEntry("new", START), StateEntry("in_progress", START + timedelta(hours=1))),
    targets=(PinnedTarget("respond", "gold", "30m"), PinnedTarget("resolve", "gold", "48h")),
    comments=(Comment("on our way", START, "li"),),
    measurements=(Measurement("noise", Decimal("43.2"), START, "li", "dB"),),
    costs=(Cost("travel", Decimal("120.50"), "CNY", START, "li"),),
    cause=Cause(root="seals were never checked"),
)


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_a_ticket_reads_from_head_to_links() -> None:
    clocks = derive_clocks(TICKET, {}, START + timedelta(hours=2))
    page = lines(ticket_page(TICKET, clocks, ("resolved", "pending_parts"), START + timedelta(hours=2), LOOKS))
    assert page[0] == "T-000042 工地门禁黑屏 [in_progress]"
    assert "reported 2026-11-23 09:00" in page
    assert "contact 王 (phone=138)" in page
    assert "can go to resolved, pending_parts" in page
    assert "second \\x1b[31mline" in page
    assert "respond 2026-11-23 09:30 late gold" in page
    assert "resolve 2026-11-25 09:00 46h00m left gold" in page
    assert "2026-11-23 09:00 noise 43.2 dB" in page
    assert "2026-11-23 09:00 travel 120.50 CNY" in page
    assert "root seals were never checked" in page
    assert "Parts" not in page


def test_of_linked_tickets_it_tells_what_was_found_and_done() -> None:
    plan = tuple(
        PlanStep(f"A{number}", what, "li", START, "rain") for number, what in enumerate(("new seals", "a roof"))
    )
    before = TICKET.replace(id="T-000007", state="closed", title="又黑屏", plan=plan)
    known = TICKET.replace(links=(Link("similar", "T-000007"), Link("related", "T-000008")))
    page = lines(ticket_page(known, (), (), START, LOOKS, {"T-000007": before}))
    assert page[page.index("Links") + 1] == "kind ticket state title cause plan"
    assert "similar T-000007 closed 又黑屏 seals were never checked new seals; a roof" in page
    assert "related T-000008" in page
    alone = lines(ticket_page(known, (), (), START, LOOKS))
    assert alone[alone.index("Links") + 1] == "kind ticket"


def test_clocks_are_values_for_scripts() -> None:
    respond, resolve = clock_items(derive_clocks(TICKET, {}, START + timedelta(hours=2)))
    assert (respond["breached"], resolve["breached"]) == (True, False)
    assert resolve["remaining_seconds"] == 46 * 3600
    assert resolve["due_at"] == START + timedelta(hours=48)


def test_history_tells_each_change_in_a_line() -> None:
    events = [
        Event("tickets", "T-1", "created", START, "li", {"title": (None, "black"), "wake_at": (None, "x")}),
        Event("tickets", "T-1", "moved", START, "li", {"state": ("new", "closed"), "queue": ("q", None)}),
        Event("tickets", "T-1", "commented", START, "li", add={"comments": ({"text": "hello", "at": "x"},)}),
        Event("tickets", "T-1", "moved", START, "li", {"created_at": (None, "2026-09-23T01:30:00Z")}),
        Event("tickets", "T-1", "escalated", START, "li", add={"firings": ({"entry": "2026-09-23T01:30:00Z"},)}),
        Event("tickets", "T-1", "changed", START, "li", {"title": (None, "2026-09-23T01:30:00Z")}),
    ]
    told = [item["change"] for item in history_items(events, LOOKS.zone)]
    assert told == [
        "title = black",
        "state: new -> closed; queue: q -> nothing",
        "+ comments: text hello",
        "created_at = 2026-09-23 09:30",
        "+ firings: entry 2026-09-23 09:30",
        "title = 2026-09-23T01:30:00Z",
    ]


def test_the_story_keeps_what_was_said_whole() -> None:
    said = "first; flow = 3 l/min; created_at the gate"
    event = Event("tickets", "T-1", "commented", START, "li", add={"comments": ({"text": said},)})
    assert said in "".join(history_story([event], LOOKS))


WHY = {
    "block": "desk",
    "through": ["intake"],
    "rule": "black-screen",
    "considered": [
        {
            "rule": "black-screen",
            "matched": True,
            "clauses": [{"text": "type == fault", "outcome": True, "values": {"type": "fault"}}],
        },
        {
            "rule": "gold",
            "clauses": [
                {"text": "tier == gold", "values": {"customer.tier": None}},
                {"text": "type == fault", "outcome": True, "values": {"type": "fault"}},
            ],
        },
    ],
    "choices": [
        {
            "choice": "engineer from team hardware",
            "refused": [{"engineer": "王建国", "reason": "capacity is 4, and open_tickets is 4"}],
        },
        {"choice": "team hardware", "taken": "hardware", "ranked": ["hardware", "other"]},
    ],
    "effects": [{"verb": "assign", "to": [{"kind": "team", "id": "hardware"}], "urgent": True}],
}


def explained(*, full: bool = False, why: object = WHY) -> list[str]:
    event = {"id": "T-1", "at": "2026-11-23T01:00:00Z", "kind": "dispatched", "rule": "black-screen", "why": why}
    return lines(explanation_page(explanation_items([event, {"id": "T-1", "kind": "moved"}]), LOOKS, full=full))


def test_a_decision_is_told_clause_by_clause() -> None:
    page = explained()
    assert page[0] == "T-1 dispatched 2026-11-23 09:00 by `black-screen`"
    assert page[1] == "dispatch intake -> desk"
    assert "rule black-screen: matched" in page
    assert "yes type == fault type = fault" in page
    assert "rule gold: unknown, which is no match" in page
    assert "unknown tier == gold customer.tier is missing" in page
    assert page.count("yes type == fault type = fault") == 1
    assert "engineer from team hardware: nobody" in page
    assert "not 王建国 capacity is 4, and open_tickets is 4" in page
    assert "team hardware: hardware" in page
    assert "next in line: other" in page
    assert "assign team hardware (urgent)" in page


def test_full_tells_the_clauses_that_held_too() -> None:
    assert explained(full=True).count("yes type == fault type = fault") == 2


def test_an_escalation_is_told_by_what_it_says() -> None:
    why = {"step": "after-30m", "due_at": "2026-11-23T00:30:00Z", "actions": ["remind assignee"], "missed": 2}
    page = explained(why={**why, "unknown": True})
    assert page[1:] == [
        "step after-30m, due 2026-11-23 08:30: remind assignee",
        "its condition was unknown, so it fired to be safe",
        "2 repeats that were missed are merged into it",
    ]


def test_nothing_decided_is_said() -> None:
    assert explanation_page([], LOOKS) == "no rule has decided anything about this ticket\n"


def test_a_checklist_counts_what_holds() -> None:
    check = {"id": "quiet", "title": "Below 45 dB", "kind": "criterion", "text": "max(measured.noise) < 45 dB"}
    item = {
        "id": "T-1",
        "accepted": False,
        "blocks": ["noise"],
        "checks": [check | {"holds": True, "actual": "43 dB"}, check | {"holds": None, "missing": "a reading"}],
    }
    page = lines(checklist_page(item, LOOKS))
    assert page[-1] == "not accepted yet: 1 of 2 hold"
    assert "missing criterion Below 45 dB max(measured.noise) < 45 dB a reading" in page
    empty = checklist_page({**item, "checks": []}, LOOKS)
    assert empty == "T-1: no acceptance rule asks anything of this ticket\n"
