"""Whether a sweep has anything to do."""

from svcctl.desk.care import care_due
from svcctl.desk.idle import is_idle
from svcctl.desk.sweep import sweep
from tests.desk.care_floor import chiller
from tests.desk.floor import Floor

LATE = 'escalation late { after 30m { tag "late" } }'


def swept(floor: Floor) -> None:
    list(sweep(floor.workspace, floor.turn("cron")))
    list(care_due(floor.workspace, floor.turn("cron")))


def idle(floor: Floor) -> bool:
    return is_idle(floor.workspace, floor.now)


def test_idle_is_what_was_swept_until_an_instant_comes() -> None:
    floor = Floor(LATE)
    assert not idle(floor)
    swept(floor)
    assert idle(floor)
    floor.new()
    assert idle(floor)
    floor.later(minutes=30)
    assert not idle(floor)
    swept(floor)
    assert idle(floor)


def test_not_idle_is_what_has_not_noticed_new_rules() -> None:
    floor = Floor(LATE)
    floor.new()
    swept(floor)
    floor.rules(LATE.replace("30m", "10m"))
    assert not idle(floor)
    swept(floor)
    assert idle(floor)


def test_care_that_has_come_is_something_to_do() -> None:
    floor = chiller()
    floor.sweep()
    assert idle(floor)
    floor.at("2026-07-17T09:00")
    assert not idle(floor)
    floor.sweep()
    assert idle(floor)
