"""What is promised is pinned, and what is pinned changes only when it must."""

from typing import Any

import pytest

from svcctl.desk import work
from svcctl.desk.desk import Desk
from svcctl.desk.promises import ClockSheet, clock_sheets, projected_years, repromise
from svcctl.ticket.clocks import Clock
from tests.desk.floor import Floor, refusal_of

FLOW = """
flow site {
  new -> in_progress <-> pending_parts  in_progress -> resolved -> closed  resolved, closed -> in_progress as reopen
  within 2bh in pending_parts
}
"""
SLAS = """
sla urgent { for priority == urgent  resolve within 2bh  pause in pending_parts }
sla all { respond within 1h  resolve within 4bh on day  update within 1bh  pause in pending_parts }
"""
OTHERS = """
sla all { respond within 1m  arrive within 1m  resolve within 8bh on always  pause in new }
"""


@pytest.fixture
def floor() -> Floor:
    return Floor(FLOW + SLAS)


def clocks(floor: Floor, id: str) -> dict[str, Clock]:
    return {clock.kind: clock for clock in floor.do(lambda desk: desk.clocks(desk.ticket(id)))}


def set_priority(desk: Desk, id: str, priority: str) -> Any:
    return desk.change(id, "set", {"priority": priority})


def test_other_rules_alone_never_change_what_an_open_ticket_was_promised(floor: Floor) -> None:
    id = floor.new(priority="normal")
    before, pinned = clocks(floor, id), floor.ticket(id).targets
    floor.rules(FLOW + OTHERS)
    floor.later(minutes=30)
    assert {kind: clock.due for kind, clock in clocks(floor, id).items()} == {
        kind: clock.due for kind, clock in before.items()
    }
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.comment, "any news?", by_customer=True)
    floor.on(id, lambda desk, id: desk.change(id, "set", {"region": "north", "customer": "c"}))
    assert floor.ticket(id).targets == pinned
    assert floor.new(priority="normal") != id
    assert clocks(floor, "T-000002").keys() == {"respond", "arrive", "resolve"}


def test_a_change_of_priority_asks_anew_and_keeps_start_and_pauses(floor: Floor) -> None:
    id = floor.new(priority="normal")
    floor.later(minutes=30)
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.move, "pending_parts")
    floor.later(hours=1)
    floor.on(id, work.move, "in_progress")
    before = clocks(floor, id)["resolve"]
    floor.on(id, set_priority, "urgent")
    after = clocks(floor, id)["resolve"]
    assert (before.sla, after.sla) == ("all", "urgent")
    assert (after.started, after.pauses) == (before.started, before.pauses)
    assert before.due is not None
    assert after.due is not None
    # Two hours of open time are half an hour, then the pause of one hour, then an hour and a half.
    assert (after.due - after.started).total_seconds() == 3 * 3600
    floor.on(id, set_priority, "normal")
    assert clocks(floor, id)["resolve"].due == before.due


def test_a_promise_is_asked_anew_on_demand_and_the_record_says_why(floor: Floor) -> None:
    id = floor.new(priority="normal")
    floor.later(minutes=10)
    floor.rules(FLOW + OTHERS)
    floor.on(id, repromise, "new contract", actor="wu")
    event = floor.history(id)[-1]
    assert (event.kind, event.actor, event.why) == ("repromised", "wu", {"reason": "new contract"})
    before, after = event.set["targets"]
    assert [target["within"] for target in before] == ["1h", "4bh", "1bh"]
    assert [target["within"] for target in after] == ["1m", "1m", "8bh"]
    found = clocks(floor, id)
    assert found["arrive"].started == floor.ticket(id).reported_at
    assert found["arrive"].paused_since == found["arrive"].started  # `new` pauses by the rules as they are now


def test_what_cannot_be_promised_anew_is_refused(floor: Floor) -> None:
    id = floor.new(priority="normal")
    assert refusal_of(lambda: floor.on(id, repromise, " ")).code == "bad-argument"
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.move, "resolved")
    assert refusal_of(lambda: floor.on(id, repromise, "late")).code == "illegal-move"


def sheets(floor: Floor, id: str) -> dict[str, ClockSheet]:
    return {sheet.clock.kind: sheet for sheet in floor.do(lambda desk: clock_sheets(desk, id))}


def test_a_sheet_says_since_when_a_clock_is_promised_so(floor: Floor) -> None:
    id = floor.new(priority="normal")
    opened = floor.now
    floor.later(minutes=10)
    floor.on(id, set_priority, "urgent")
    found = sheets(floor, id)
    respond, resolve = found["respond"].pinned, found["resolve"].pinned
    assert respond is not None
    assert resolve is not None
    assert (respond.at, resolve.at) == (opened, floor.now)


def test_a_stay_that_the_flow_limits_is_a_clock_that_nothing_pinned(floor: Floor) -> None:
    id = floor.new(priority="normal")
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.move, "pending_parts")
    floor.later(hours=3)
    sheet = sheets(floor, id)["limit"]
    assert (sheet.pinned, sheet.clock.state, sheet.clock.breached) == (None, "pending_parts", True)


def test_years_without_an_official_notice_are_named() -> None:
    floor = Floor(
        'calendar cn { zone "Asia/Shanghai"  mon..fri 09:00-18:00  holidays CN }\nsla s { resolve within 600bd on cn }'
    )
    found = clocks(floor, floor.new())["resolve"]
    assert set(projected_years(found)) >= {2028, 2029}
    assert 2026 not in projected_years(found)
