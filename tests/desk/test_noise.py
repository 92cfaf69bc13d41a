"""Noise: held to working hours, stopped by an acknowledgement, muted by other escalations, joined with others."""

from typing import Any

import pytest

from svcctl.desk import work
from svcctl.desk.settings import Settings
from svcctl.foundation.instant import parse_instant, stored
from tests.desk.floor import SHANGHAI, Floor, refusal_of
from tests.desk.noise_floor import floor_with, given, leaving, outbox, swept


def clock(text: str) -> str:
    return stored(parse_instant(f"2026-11-{text}", SHANGHAI))


def absent(floor: Floor, id: str) -> list[Any]:
    """Who was not on duty, in the order of the events that say so."""
    effects = [effect for event in floor.history(id) for effect in (event.why or {}).get("effects", ())]
    return [(entry["who"], entry["reason"]) for effect in effects for entry in effect.get("absent", ())]


# --------------------------------------------------------------------- hours


def test_in_working_hours_everyone_is_told_at_once() -> None:
    floor = floor_with()
    id = given(floor)
    swept(floor, hours=1)
    assert outbox(floor) == [("li", "pending", clock("23T10:00")), ("wang", "pending", clock("23T10:00"))]
    assert absent(floor, id) == []


def test_after_hours_a_reminder_waits_and_what_is_urgent_goes_up() -> None:
    floor = floor_with()
    floor.later(hours=9)
    id = given(floor)
    swept(floor, hours=1)
    assert outbox(floor) == [
        ("li", "pending", clock("24T09:00")),
        ("wang", "pending", clock("23T19:00")),
        ("song", "pending", clock("23T19:00")),
    ]
    assert absent(floor, id) == [("engineer li", "off shift"), ("engineer wang", "off shift")]


def test_whoever_is_on_leave_is_passed_over_and_it_is_said() -> None:
    away = {"leave": [{"start": "2026-11-20T00:00+08:00", "end": "2026-11-25T00:00+08:00"}]}
    floor = floor_with(li=away)
    id = given(floor)
    swept(floor, minutes=30)
    assert outbox(floor) == [("wang", "pending", clock("23T09:30"))]
    assert absent(floor, id) == [("engineer li", "on leave")]


def test_a_team_keeps_its_own_hours_and_a_customer_those_of_the_site() -> None:
    floor = floor_with("escalation e { after 0m { notify customer  notify team desk  notify team north } }")
    floor.save("team", "desk", calendar="always")
    floor.save("customer", "acme")
    floor.save("site", "plant", calendar="always")
    floor.later(hours=12)
    floor.new(customer="acme")
    floor.new(customer="acme", site="plant")
    swept(floor)
    night, morning = clock("23T21:00"), clock("24T09:00")
    assert [due for _, _, due in outbox(floor)] == [morning, night, morning, night, night, morning]


def test_dispatch_keeps_hours_too_but_what_people_do_by_hand_goes_at_once() -> None:
    floor = floor_with("dispatch intake first { rule all { assign engineer li  notify assignee } otherwise { tag x } }")
    floor.later(hours=12)
    id = floor.new(dispatch=True)
    assert outbox(floor) == [("li", "pending", clock("24T09:00"))]
    floor.on(id, work.assign, "wang")
    assert [message.to.id for message in leaving(floor)] == ["wang"]


# ------------------------------------------------------------- acknowledging


def test_an_acknowledgement_stops_what_asks_for_it_until_the_state_changes() -> None:
    floor = floor_with()
    id = given(floor)
    swept(floor, minutes=30)
    floor.on(id, work.acknowledge, actor="li")
    acknowledged = floor.ticket(id).acknowledged
    assert acknowledged is not None
    assert (acknowledged.actor, acknowledged.at) == ("li", floor.now)
    assert swept(floor, hours=5) == []
    floor.on(id, work.decline, "no", actor="li")
    assert floor.ticket(id).acknowledged is None
    assert [item["step"] for item in swept(floor, minutes=30)] == ["after-30m"]


@pytest.mark.parametrize(
    ("actor", "may"), [("li", True), ("wang", True), ("song", True), ("desk", True), ("zhao", False)]
)
def test_only_those_who_answer_for_it_acknowledge(actor: str, may: bool) -> None:
    floor = floor_with()
    floor.save("engineer", "zhao")
    id = given(floor)
    if may:
        floor.on(id, work.acknowledge, actor=actor)
    else:
        assert refusal_of(lambda: floor.on(id, work.acknowledge, actor=actor)).code == "illegal-move"
    assert (floor.ticket(id).acknowledged is not None) is may


def test_a_pause_is_a_fact_that_stops_what_asks_for_it() -> None:
    floor = floor_with(
        'sla s { resolve within 8h  pause in pending_parts } escalation e { while not paused  after 2h { tag "late" } }'
    )
    id = given(floor)
    for state in ("accepted", "in_progress", "pending_parts"):
        floor.on(id, work.move, state)
    assert swept(floor, hours=3) == []
    floor.on(id, work.move, "in_progress")
    assert [item["step"] for item in swept(floor, hours=2)] == ["after-2h"]


# ---------------------------------------------------------------- inhibition


def test_a_higher_escalation_mutes_a_lower_one_of_the_ticket() -> None:
    floor = floor_with("""
      escalation low  { after 30m { notify engineer li  repeat every 30m up to 4 times } }
      escalation high { mutes low  after 1h { notify engineer wang } }
    """)
    id = given(floor)
    for _ in range(4):
        swept(floor, minutes=30)
    assert [(who, status) for who, status, _ in outbox(floor)] == [
        ("li", "pending"),
        ("wang", "pending"),
        ("li", "inhibited"),
        ("li", "inhibited"),
        ("li", "inhibited"),
    ]
    muted = [m["muted_by"] for m in floor.workspace.store.find("outbox") if m["status"] == "inhibited"]
    assert set(muted) == {f"high on {id}"}
    assert len(floor.ticket(id).firings) == 5


def test_one_outage_mutes_the_tickets_of_its_site() -> None:
    floor = floor_with("""
      form outage { }  form fault { }
      escalation outage { for type == outage  mutes fault by site.id  after 0m { notify engineer wang } }
      escalation fault  { for type == fault  after 30m { notify engineer li } }
    """)
    for name in ("plant", "mall"):
        floor.save("site", name)
    floor.new(type="outage", site="plant")
    swept(floor)
    here, there = floor.new(type="fault", site="plant"), floor.new(type="fault", site="mall")
    nowhere = floor.new(type="fault")
    swept(floor, minutes=30)
    found = {m["ticket"]: m["status"] for m in floor.workspace.store.find("outbox") if m["rule"] == "fault"}
    assert found == {here: "inhibited", there: "pending", nowhere: "pending"}


# ------------------------------------------------------------------ grouping


def grouping(floor: Floor, within: str = "5m", by: list[str] | None = None) -> None:
    known = floor.workspace.settings
    values = {**known.values, "notify.group_within": within, "notify.group_by": by or ["rule"]}
    floor.workspace.settings = Settings(values, known.origin, known.channels, known.erp)


def test_what_comes_within_the_window_leaves_as_one_message() -> None:
    floor = floor_with()
    grouping(floor)
    ids = []
    for _ in range(3):
        ids.append(given(floor))
        floor.later(minutes=1)
    for _ in range(31):
        assert leaving(floor) == []
        swept(floor, minutes=1)
    floor.later(minutes=1)
    (message,) = leaving(floor)
    assert message.subject.startswith("3 notices about 3 tickets")
    assert all(id in message.text for id in ids)
    assert sorted(status for _, status, _ in outbox(floor)) == ["grouped", "grouped", "pending"]
    assert leaving(floor) == [message]


def test_what_differs_in_a_label_or_is_urgent_leaves_alone() -> None:
    floor = floor_with()
    grouping(floor, by=["rule", "priority"])
    for priority in ("high", "low"):
        given(floor, priority=priority)
    swept(floor, minutes=30)
    assert leaving(floor) == []
    floor.later(minutes=5)
    assert len(leaving(floor)) == 2
    swept(floor, minutes=25)
    assert [message.to.id for message in leaving(floor)].count("wang") == 2


def test_what_waited_for_the_morning_leaves_as_one_message() -> None:
    floor = floor_with()
    grouping(floor)
    floor.later(hours=9)
    for _ in range(4):
        given(floor)
        swept(floor, minutes=30)
    floor.now = parse_instant("2026-11-24T09:00", SHANGHAI)
    assert [message.subject[:9] for message in leaving(floor) if message.to.id == "li"] == ["4 notices"]


@pytest.mark.parametrize(("within", "by"), [("5bh", ["rule"]), ("soon", ["rule"]), ("5m", ["pririty"])])
def test_settings_that_cannot_be_are_told(within: str, by: list[str]) -> None:
    floor = floor_with()
    grouping(floor, within, by)
    given(floor)
    assert [item["error"]["code"] for item in swept(floor, minutes=30)] == ["bad-configuration"]
