"""What is to come for a ticket: foretold, and then seen to come."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from svcctl.desk import foresight, work
from svcctl.desk.foresight import foresee
from svcctl.desk.sweep import sweep
from svcctl.foundation.instant import parse_instant
from tests.desk.floor import Floor, refusal_of

RULES = """
flow site { new -> in_progress <-> pending_parts  in_progress -> resolved -> closed }
sla all { resolve within 4bh  pause in pending_parts }
sla urgent { for priority == urgent  resolve within 3bh  pause in pending_parts }
escalation waiting {
  while state == new
  after 30m { remind assignee  repeat every 30m up to 2 times }
  after 1bh { set priority urgent }
}
escalation risk { at 50% of resolve { tag "half" }  when resolve breached { tag "late" } }
escalation forgotten { while state == resolved  after 3d { tag "not-closed" } }
"""


def coming(floor: Floor, id: str, until: datetime | None = None) -> dict[str, Any]:
    return foresee(floor.workspace, floor.turn(), id, until or floor.now + timedelta(days=30))


def told(found: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (parse_instant(item["at"]).strftime("%d %H:%M"), item.get("step") or item["what"]) for item in found["items"]
    ]


def test_everything_to_come_is_foretold_with_what_follows_from_it() -> None:
    floor = Floor(RULES)
    id = floor.new(priority="normal")
    assert told(coming(floor, id)) == [
        ("23 01:30", "after-30m"),
        ("23 02:00", "after-30m"),
        ("23 02:00", "after-1bh"),
        ("23 02:30", "resolve-50%"),  # of the three hours that are promised once the priority is urgent
        ("23 02:30", "after-30m"),
        ("23 04:00", "resolve-breached"),
        ("23 06:30", "due"),  # as it is promised now
    ]
    assert floor.ticket(id).firings == ()


def test_what_was_foretold_is_what_comes() -> None:
    floor = Floor(RULES)
    id = floor.new(priority="normal")
    foretold = [
        (item["at"], item["rule"], item["step"]) for item in coming(floor, id)["items"] if item["what"] == "fires"
    ]
    fired = []
    for _ in range(400):
        fired += [(done["rule"], done["step"]) for done in sweep(floor.workspace, floor.turn()) if done["ticket"] == id]
        floor.later(minutes=5)
    assert [(rule, step) for _, rule, step in foretold] == fired
    assert coming(floor, id)["items"] == []


def test_nothing_is_foretold_of_what_stands_still() -> None:
    floor = Floor(RULES)
    id = floor.new(priority="normal")
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.move, "pending_parts")
    found = coming(floor, id)
    assert (found["items"], found["paused"], found["cut"]) == ([], ["resolve"], None)


def test_a_ticket_that_is_done_is_looked_after_where_a_rule_says_so() -> None:
    floor = Floor(RULES)
    id = floor.new(priority="normal")
    floor.on(id, work.move, "in_progress")
    floor.on(id, work.move, "resolved")
    assert told(coming(floor, id)) == [("26 01:00", "after-3d")]
    floor.later(days=3)
    assert [done["step"] for done in sweep(floor.workspace, floor.turn())] == ["after-3d"]
    assert floor.ticket(id).tags == ("not-closed",)
    floor.on(id, work.move, "closed")
    assert (floor.ticket(id).watches, floor.ticket(id).wake_at) == ({}, None)


def test_rules_that_never_rest_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresight, "MOST_LOOKS", 20)
    floor = Floor(
        "escalation up { for priority == low  after 1h { set priority high } }"
        " escalation down { for priority == high  after 1h { set priority low } }"
    )
    found = coming(floor, floor.new(priority="low"), floor.now + timedelta(days=365))
    assert len(found["items"]) == 20
    assert found["cut"] is not None


def test_an_unknown_ticket_is_refused() -> None:
    floor = Floor(RULES)
    assert refusal_of(lambda: coming(floor, "T-9")).code == "unknown-ticket"
