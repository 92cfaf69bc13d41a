"""The sweep: each step once, late after an outage, in order; nothing the second time; one bad ticket stops no other."""

from datetime import timedelta
from typing import Any

import pytest

from svcctl.desk import due, work
from svcctl.desk.sweep import sweep
from svcctl.foundation.instant import stored
from tests.desk.floor import MONDAY, Floor, refusal_of

RULES = """
escalation unanswered {
  while state in [new, triaged, assigned]
  after 30m { remind assignee }
  after 1h  { notify engineer wang  repeat every 30m up to 4 times }
  after 2h  { set priority urgent  tag "late" }
}
"""


@pytest.fixture
def floor() -> Floor:
    floor = Floor(RULES)
    floor.save("engineer", "wang")
    floor.save("engineer", "li")
    return floor


def swept(floor: Floor, **guards: Any) -> list[dict[str, Any]]:
    return list(sweep(floor.workspace, floor.turn("cron", **guards)))


def steps(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(item["ticket"], item["step"]) for item in found]


def test_nothing_is_due_before_its_time(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    floor.later(minutes=29, seconds=59)
    head = floor.workspace.store.head()
    assert swept(floor) == []
    assert floor.workspace.store.head() == head
    floor.later(seconds=1)
    [fired] = swept(floor)
    assert fired == {
        "ticket": id,
        "rule": "unanswered",
        "step": "after-30m",
        "repeat": 0,
        "due_at": "2026-11-23T01:30:00Z",
        "actions": ["remind assignee"],
        "to": ["engineer li"],
    }


def test_the_event_says_who_which_rule_and_why(floor: Floor) -> None:
    id = floor.new()
    floor.later(hours=2)
    swept(floor)
    [event] = [event for event in floor.history(id) if (event.why or {}).get("step") == "after-2h"]
    assert (event.kind, event.actor, event.rule, event.at) == ("escalated", "cron", "unanswered", floor.now)
    assert event.set["priority"] == ("normal", "urgent")
    assert event.why is not None
    assert (event.why["step"], event.why["due_at"]) == ("after-2h", "2026-11-23T03:00:00Z")
    assert event.why["entry"] == stored(MONDAY)


def test_a_second_sweep_at_the_same_instant_does_nothing(floor: Floor) -> None:
    for _ in range(3):
        floor.new()
    floor.later(hours=1)
    assert len(swept(floor)) == 6
    head = floor.workspace.store.head()
    assert swept(floor) == []
    assert floor.workspace.store.head() == head


def test_after_an_outage_each_step_fires_once_in_order_of_due_time(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    floor.later(hours=3)
    found = swept(floor)
    assert steps(found) == [(id, "after-30m"), (id, "after-2h"), (id, "after-1h")]
    assert [item["due_at"] for item in found] == [
        "2026-11-23T01:30:00Z",
        "2026-11-23T03:00:00Z",
        "2026-11-23T04:00:00Z",
    ]
    why = floor.history(id)[-1].why or {}
    assert why["missed"] == 4
    assert swept(floor) == []
    assert floor.ticket(id).wake_at is None


def test_a_sweep_each_minute_and_one_at_each_wake_agree(floor: Floor) -> None:
    id = floor.new()
    often = []
    for _ in range(200):
        floor.later(minutes=1)
        often += [(item["step"], item["repeat"], stored(floor.now)) for item in swept(floor)]
    assert often == [
        ("after-30m", 0, "2026-11-23T01:30:00Z"),
        ("after-1h", 0, "2026-11-23T02:00:00Z"),
        ("after-1h", 1, "2026-11-23T02:30:00Z"),
        ("after-1h", 2, "2026-11-23T03:00:00Z"),
        ("after-2h", 0, "2026-11-23T03:00:00Z"),
        ("after-1h", 3, "2026-11-23T03:30:00Z"),
        ("after-1h", 4, "2026-11-23T04:00:00Z"),
    ]
    assert len(floor.ticket(id).firings) == 7


def test_leaving_the_while_stops_it_and_coming_back_starts_anew(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    floor.later(minutes=30)
    assert len(swept(floor)) == 1
    floor.on(id, work.accept, actor="li")
    floor.later(hours=5)
    assert swept(floor) == []
    floor.on(id, work.decline, "no", actor="li")
    floor.later(minutes=30)
    assert steps(swept(floor)) == [(id, "after-30m")]
    first, second = floor.ticket(id).firings
    assert first.entry != second.entry


def test_a_condition_that_time_ends_does_not_fire_late() -> None:
    floor = Floor('escalation fresh { while age.elapsed < 2h  after 1h { tag "an hour old" } }')
    id = floor.new()
    floor.later(hours=3)
    assert swept(floor) == []
    assert floor.ticket(id).tags == ()
    assert floor.ticket(id).watches == {}


def test_a_step_can_begin_and_end_other_rules() -> None:
    floor = Floor("""
      escalation first { while priority == normal  after 30m { set priority urgent }  after 1h { tag "never" } }
      escalation second { while priority == urgent  after 0m { tag "at once" }  after 10m { tag "later" } }
    """)
    id = floor.new()
    floor.later(hours=2)
    assert steps(swept(floor)) == [(id, "after-30m"), (id, "after-0s")]
    assert floor.ticket(id).tags == ("at once",)
    assert floor.ticket(id).wake_at == floor.now + timedelta(minutes=10)


def test_messages_are_in_the_commit_of_the_firing(floor: Floor) -> None:
    id = floor.new(title="gate")
    floor.later(hours=1)
    swept(floor)
    assert floor.messages() == [
        ("failed", "team triage", f"Nobody found: [{id}] gate"),
        ("notify", "engineer wang", f"[{id}] gate"),
    ]
    last = list(floor.workspace.store.commits())[-1]
    assert [event["table"] for event in last["events"]] == ["tickets", "outbox", "tickets", "outbox"]


def test_an_escalation_can_give_the_ticket_away_and_says_when_it_cannot() -> None:
    floor = Floor("""
      escalation stuck { while assignee is missing  after 1h { assign engineer from team north } }
    """)
    floor.save("team", "north")
    id = floor.new()
    floor.later(hours=1)
    swept(floor)
    assert floor.ticket(id).tags == ("assignment-failed",)
    floor.save("engineer", "li", team="north")
    other = floor.new()
    floor.later(hours=1)
    swept(floor)
    ticket = floor.ticket(other)
    assert (ticket.assignee, ticket.state, ticket.watches) == ("li", "assigned", {})


def test_a_dry_run_shows_everything_and_keeps_nothing(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "COMMIT", 2)
    for _ in range(5):
        floor.new()
    floor.later(minutes=30)
    head = floor.workspace.store.head()
    planned = swept(floor, dry_run=True)
    assert len(planned) == 5
    assert floor.workspace.store.head() == head
    assert floor.messages() == []
    assert swept(floor) == planned


def test_many_tickets_are_swept_in_several_commits(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "COMMIT", 2)
    ids = [floor.new() for _ in range(5)]
    floor.later(minutes=30)
    before = floor.workspace.store.head().sequence
    assert steps(swept(floor)) == [(id, "after-30m") for id in ids]
    assert floor.workspace.store.head().sequence == before + 3


def test_a_repeat_with_the_same_key_returns_the_first_result(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "COMMIT", 2)
    for _ in range(4):
        floor.new()
    floor.later(minutes=30)
    first = swept(floor, key="k", arguments=("sweep",))
    assert len(first) == 4
    floor.later(hours=1)
    head = floor.workspace.store.head()
    assert swept(floor, key="k", arguments=("sweep",)) == first
    assert floor.workspace.store.head() == head
    assert refusal_of(lambda: swept(floor, key="k", arguments=("sweep", "other"))).code == "key-reused"


def test_a_ticket_whose_calendar_is_gone_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "COMMIT", 2)
    late = 'escalation late { after 30m { tag "late"  notify engineer wang } }'
    floor = Floor(
        'calendar night { zone "UTC"  daily 20:00-24:00 } form noise { } '
        f"sla at_night {{ for type == noise  resolve within 2bh on night }} {late}"
    )
    floor.save("engineer", "wang")
    ids = [floor.new(type="noise" if number in (0, 2) else None) for number in range(5)]
    floor.rules(late)
    floor.later(hours=1)
    found = swept(floor)
    refused = [item for item in found if item.get("did") == "refused"]
    assert [item["ticket"] for item in refused] == [ids[0], ids[2]]
    assert {item["error"]["code"] for item in refused} == {"unknown-rule"}
    assert [item["ticket"] for item in found if "rule" in item] == [ids[1], ids[3], ids[4]]
    assert [floor.ticket(id).tags for id in ids] == [(), ("late",), (), ("late",), ("late",)]
    assert len(floor.messages()) == 3
    assert len(floor.history(ids[0])) == 1
    again = swept(floor)
    assert [item["ticket"] for item in again] == [ids[0], ids[2]]


def test_broken_rules_stop_the_sweep_once(floor: Floor, tmp_path: Any) -> None:
    floor.new()
    floor.later(hours=1)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.rules").write_text("calendar {", encoding="utf-8")
    floor.workspace.home = tmp_path
    del floor.workspace.__dict__["rulebook"]
    assert refusal_of(lambda: swept(floor)).code == "rules-broken"
