"""Rules and records that change: what waits under the old ones is looked at anew, once."""

from typing import Any

import pytest

from svcctl.desk.following import follow_rules
from svcctl.desk.sweep import sweep
from svcctl.desk.tables import HOLDS_FOR
from tests.desk.floor import Floor

RULES = 'escalation slow { for site.id == plant  after 2bh { tag "slow" } }'


def swept(floor: Floor, **later: float) -> list[Any]:
    floor.later(**later)
    return [(item["ticket"], item["rule"]) for item in sweep(floor.workspace, floor.turn("cron"))]


def test_a_new_rule_is_for_tickets_that_are_open_already() -> None:
    floor = Floor()
    id = floor.new()
    assert floor.ticket(id).wake_at is None
    floor.rules('escalation e { after 30m { tag "late" } }')
    assert swept(floor) == []
    assert swept(floor, minutes=30) == [(id, "e")]


def test_a_new_rule_is_for_what_is_done_and_not_closed_where_its_while_names_that_state() -> None:
    floor = Floor()
    done, closed, _ = floor.new(), floor.new(), floor.new()
    floor.do(lambda desk: desk.change(done, "changed", {"state": "resolved"}))
    floor.do(lambda desk: desk.change(closed, "changed", {"state": "closed"}))
    floor.rules('escalation e { while state in [resolved, closed]  after 30m { tag "late" } }')
    assert swept(floor) == []
    assert swept(floor, minutes=30) == [(done, "e")]


def test_rules_that_are_as_they_were_are_noticed_once() -> None:
    floor = Floor(RULES)
    floor.new()
    floor.rules("# a comment\n" + RULES)
    before = floor.workspace.store.head().sequence
    for _ in range(3):
        assert swept(floor) == []
    assert floor.workspace.store.head().sequence == before + 1
    document = floor.workspace.store.get(*HOLDS_FOR["wake_at"])
    assert document is not None
    assert document["key"].startswith("# a comment")


def test_interrupted_it_is_done_again_and_what_has_noticed_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = Floor()
    ids = [floor.new() for _ in range(5)]
    monkeypatch.setattr("svcctl.desk.following.COMMIT", 2)
    floor.rules('escalation e { after 30m { tag "late" } }')
    commits = 0

    def interrupted(*args: Any, **named: Any) -> Any:
        nonlocal commits
        commits += 1
        if commits == 3:
            raise KeyboardInterrupt
        return write(*args, **named)

    write = floor.workspace.store.write
    monkeypatch.setattr(floor.workspace.store, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        follow_rules(floor.workspace, floor.turn("cron"))
    noticed = {id: len(floor.history(id)) for id in ids}
    assert sorted(noticed.values()) == [1, 2, 2, 2, 2]
    follow_rules(floor.workspace, floor.turn("cron"))
    assert {len(floor.history(id)) for id in ids} == {2}


@pytest.mark.parametrize("calendar", ["always", "day"])
def test_a_site_that_changes_its_hours_moves_what_hangs_on_them(calendar: str) -> None:
    floor = Floor(RULES)
    floor.save("site", "plant", calendar="day" if calendar == "always" else "always")
    floor.later(hours=2)
    id = floor.new(site="plant")
    floor.save("site", "plant", calendar=calendar)
    late = swept(floor, hours=2)
    assert late == ([(id, "slow")] if calendar == "always" else [])
    assert swept(floor, hours=1.5) == ([] if late else [(id, "slow")])


def test_a_warranty_that_is_recorded_late_counts() -> None:
    floor = Floor("escalation out { for asset.under_warranty == false  after 0m { tag expired } }")
    floor.save("asset", "A-1")
    id = floor.new(asset="A-1")
    swept(floor)
    before = len(floor.ticket(id).firings)
    floor.save("asset", "A-1", warranty_until="2026-11-23T10:00+08:00")
    assert swept(floor, minutes=59) == []
    assert swept(floor, minutes=1) == [(id, "out")]
    assert len(floor.ticket(id).firings) == before + 1
