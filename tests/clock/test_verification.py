from datetime import date
from typing import Any

import pytest

from svcctl.clock.calendar import Calendar
from svcctl.clock.verification import verify_calendar

TODAY = date(2026, 11, 23)
WORK = [(540, 1020)]


def codes(weekly: dict[int, Any] | None = None, zone: str = "Asia/Shanghai", **parts: Any) -> set[tuple[str, str]]:
    week = dict.fromkeys(range(5), WORK) if weekly is None else weekly
    return {(doubt.grade, doubt.code) for doubt in verify_calendar(Calendar("c", zone, week, **parts), TODAY)}


def test_a_plain_calendar_is_beyond_doubt() -> None:
    assert codes() == set()


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({"holidays": ["CN"]}, ("note", "projected-year")),
        ({"weekly": {}}, ("error", "no-open-time")),
        ({"closed": [(date(2020, 1, 1), date(2030, 1, 1))]}, ("error", "no-open-time")),
        ({"closed": [(date(2024, 5, 1), date(2024, 5, 3))]}, ("note", "past-clause")),
        ({"shifts": {date(2026, 12, 1): WORK}, "closed": [(date(2026, 12, 1),) * 2]}, ("warning", "dead-shift")),
        ({"shifts": {date(2026, 10, 1): WORK}, "holidays": ["CN"]}, ("note", "shift-on-holiday")),
        ({"breaks": {date(2026, 12, 5): [(600, 660)]}}, ("warning", "dead-break")),
        ({"weekly": {0: [(540, 720), (660, 780)]}}, ("warning", "overlapping-hours")),
        ({"weekly": {0: [(1320, 600)], 1: [(540, 720)]}}, ("warning", "overlapping-hours")),
        ({"weekly": {5: [(1320, 360)]}, "zone": "Europe/Berlin"}, ("note", "clock-change")),
        # 02:10 becomes 03:10 on 28 March 2027, which is after the end of these hours.
        ({"weekly": {6: [(130, 185)]}, "zone": "Europe/Berlin"}, ("warning", "swallowed-hours")),
    ],
)
def test_what_is_doubtful_is_found(parts: dict[str, Any], found: tuple[str, str]) -> None:
    assert found in codes(**parts)


def test_a_break_of_a_night_shift_after_midnight_interrupts_it() -> None:
    assert codes({4: [(1320, 360)]}, breaks={date(2026, 11, 28): [(120, 180)]}) == set()


def test_a_far_date_is_looked_at_too() -> None:
    overlap = [(540, 720), (660, 780)]
    assert codes(shifts={date(2040, 6, 1): overlap}) == {("warning", "overlapping-hours")}


def test_a_country_that_is_not_known_is_an_error() -> None:
    pytest.importorskip("holidays")
    assert ("error", "bad-input") in codes(holidays=["XX"])
