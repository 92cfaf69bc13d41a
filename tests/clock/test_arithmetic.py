"""When a duration is over, forwards and backwards, with pauses: by hours and by days."""

from datetime import timedelta

import pytest

from svcctl.clock.arithmetic import between, due, subtract
from svcctl.clock.calendar import Calendar
from svcctl.foundation.instant import zone_named
from svcctl.foundation.quantity import Business, Elapsed
from tests.clock.calendars import CHINA, OFFICE, at

# --------------------------------------------------------------------- hours


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 09:00", 3, "2026-11-23 12:00"),
        ("2026-11-23 09:00", 7.5, "2026-11-23 18:00"),
        ("2026-11-23 18:00", 1, "2026-11-24 10:00"),
        ("2026-11-23 12:30", 4.5, "2026-11-23 18:00"),
        ("2026-11-27 17:00", 2, "2026-11-30 10:00"),
        ("2026-11-28 10:00", 0.5, "2026-11-30 09:30"),
    ],
)
def test_a_target_that_ends_at_closing_is_due_at_closing(start: str, hours: float, end: str) -> None:
    assert due(CHINA, at(start), Business(int(hours * 3600))) == at(end)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("2026-11-23 10:00", "2026-11-23 10:00"),
        ("2026-11-23 12:00", "2026-11-23 13:30"),
        ("2026-11-27 18:00", "2026-11-30 09:00"),
        ("2026-11-23 07:00", "2026-11-23 09:00"),
    ],
)
def test_a_zero_target_is_due_at_the_next_open_instant(start: str, end: str) -> None:
    assert due(CHINA, at(start), Business()) == at(end)


def test_a_zero_target_waits_for_the_end_of_a_pause() -> None:
    pauses = [(at("2026-11-23 10:30"), at("2026-11-23 12:15")), (at("2026-11-23 09:30"), at("2026-11-23 11:00"))]
    assert due(CHINA, at("2026-11-23 10:00"), Business(), pauses) == at("2026-11-23 13:30")
    assert due(None, at("2026-11-23 10:00"), Elapsed(0), pauses) == at("2026-11-23 12:15")


@pytest.mark.parametrize(
    ("end", "seconds", "start"),
    [
        ("2026-11-24 10:00", 3600, "2026-11-24 09:00"),
        ("2026-11-24 10:00", 3601, "2026-11-23 17:59:59"),
        ("2026-11-28 10:00", 3600, "2026-11-27 17:00"),
        ("2026-11-28 10:00", 0, "2026-11-27 18:00"),
        ("2026-11-24 09:00", 0, "2026-11-23 18:00"),
    ],
)
def test_subtraction_is_the_mirror_image(end: str, seconds: int, start: str) -> None:
    assert subtract(CHINA, at(end), Business(seconds)) == at(start)


# ---------------------------------------------------------------------- days


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2026-11-23 10:00", 2, "2026-11-25 10:00"),
        ("2026-11-23 12:30", 1, "2026-11-24 12:00"),
        ("2026-11-23 20:00", 1, "2026-11-24 18:00"),
        ("2026-11-23 07:00", 1, "2026-11-24 09:00"),
        ("2026-11-27 15:00", 1, "2026-11-30 15:00"),
        ("2026-11-28 15:00", 2, "2026-12-01 15:00"),
        ("2026-09-30 17:00", 1, "2026-10-08 17:00"),
    ],
)
def test_a_business_day_ends_at_the_same_wall_time(start: str, count: int, end: str) -> None:
    assert due(CHINA, at(start), Business(days=count)) == at(end)


@pytest.mark.parametrize(
    ("end", "count", "start"),
    [
        ("2026-11-25 10:00", 2, "2026-11-23 10:00"),
        ("2026-11-24 12:30", 1, "2026-11-23 13:30"),
        ("2026-11-24 07:00", 1, "2026-11-23 09:00"),
        ("2026-11-24 20:00", 1, "2026-11-23 18:00"),
        ("2026-10-08 17:00", 1, "2026-09-30 17:00"),
    ],
)
def test_business_days_backwards(end: str, count: int, start: str) -> None:
    assert subtract(CHINA, at(end), Business(days=count)) == at(start)


def test_a_night_shift_belongs_to_the_evening_it_starts_in() -> None:
    night = Calendar("night", "Asia/Shanghai", {day: [(22 * 60, 6 * 60)] for day in range(5)})
    assert due(night, at("2026-11-28 03:00"), Business(days=1)) == at("2026-12-01 03:00")
    assert due(night, at("2026-11-27 23:00"), Business(days=1)) == at("2026-11-30 23:00")


@pytest.mark.parametrize("count", [1, 30, 260, 261, 262, 1500])
def test_business_days_across_years(count: int) -> None:
    start = at("2026-11-23 10:00", OFFICE)
    for step in (1, -1):
        day, left = start, count
        while left:
            day += timedelta(days=step)
            left -= day.weekday() < 5
        move = due if step > 0 else subtract
        moved = move(OFFICE, start, Business(days=count))
        assert moved.astimezone(zone_named(OFFICE.zone)).date() == day.date()


def test_pauses_push_a_day_count_on_by_the_open_time_they_covered() -> None:
    start = at("2026-11-23 10:00")
    covered = [(at("2026-11-23 17:00"), at("2026-11-24 10:00"))]
    assert due(CHINA, start, Business(days=1), covered) == at("2026-11-24 12:00")
    outside = [(at("2026-11-23 18:00"), at("2026-11-24 09:00"))]
    assert due(CHINA, at("2026-11-23 07:00"), Business(days=1), outside) == at("2026-11-24 09:00")
    back = [(at("2026-11-24 09:00"), at("2026-11-24 11:00"))]
    assert subtract(CHINA, at("2026-11-24 12:00"), Business(days=1), back) == at("2026-11-23 10:00")


# -------------------------------------------------------------------- pauses


def test_a_pause_may_begin_before_the_start() -> None:
    pauses = [(at("2026-11-20 10:00"), at("2026-11-23 11:00"))]
    assert due(CHINA, at("2026-11-23 10:00"), Business(3600), pauses) == at("2026-11-23 12:00")
    assert between(CHINA, at("2026-11-23 10:00"), at("2026-11-23 12:00"), pauses) == 3600


def test_a_pause_outside_open_time_costs_nothing() -> None:
    pauses = [(at("2026-11-23 18:00"), at("2026-11-24 09:00"))]
    assert due(CHINA, at("2026-11-23 17:00"), Business(7200), pauses) == at("2026-11-24 10:00")


def test_a_pause_that_begins_when_the_target_is_used_up_does_not_move_it() -> None:
    pauses = [(at("2026-11-23 11:00"), at("2026-11-23 17:00"))]
    assert due(CHINA, at("2026-11-23 10:00"), Business(3600), pauses) == at("2026-11-23 11:00")


def test_an_end_before_the_start_is_no_time() -> None:
    assert between(CHINA, at("2026-11-24 10:00"), at("2026-11-23 10:00")) == 0
    assert between(None, at("2026-11-24 10:00"), at("2026-11-24 10:00")) == 0
