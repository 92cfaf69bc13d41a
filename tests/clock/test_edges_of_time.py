"""Where time has an edge: zones that change, years far away, calendars that never open or never close."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from svcctl.clock.arithmetic import between, due, is_projected, next_close, next_open, subtract
from svcctl.clock.calendar import Calendar
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business, Elapsed
from tests.clock.calendars import ALWAYS, CHINA, OFFICE, WORK, at

# --------------------------------------------------------------------- zones


def test_a_night_shift_through_the_change_to_summer_time_is_an_hour_shorter() -> None:
    night = Calendar("night", "Europe/Berlin", {day: [(22 * 60, 6 * 60)] for day in range(7)})
    evening, morning = at("2026-03-28 22:00", night), at("2026-03-29 06:00", night)
    assert between(night, evening, morning) == 7 * 3600
    assert due(night, evening, Business(7 * 3600)) == morning
    assert between(night, at("2026-10-24 22:00", night), at("2026-10-25 06:00", night)) == 9 * 3600


def test_hours_that_the_clock_skips_move_forward_and_doubled_hours_begin_the_first_time() -> None:
    skipped = Calendar("skipped", "Europe/Berlin", {6: [(2 * 60 + 30, 5 * 60)]})
    assert next_open(skipped, at("2026-03-28 12:00", skipped)) == at("2026-03-29T03:30+02:00")
    doubled = Calendar("doubled", "Europe/Berlin", {6: [(2 * 60 + 30, 5 * 60)]})
    assert next_open(doubled, at("2026-10-24 12:00", doubled)) == at("2026-10-25T02:30+02:00")


def test_hours_inside_a_skipped_hour_are_not_worked_that_day() -> None:
    inside = Calendar("inside", "Europe/Berlin", {6: [(2 * 60 + 40, 3 * 60 + 10)]})
    assert next_open(inside, at("2026-03-28 12:00", inside)) == at("2026-04-05 02:40", inside)


def test_a_day_that_a_zone_left_out() -> None:
    samoa = Calendar("samoa", "Pacific/Apia", {day: [(9 * 60, 17 * 60)] for day in range(7)})
    start, end = at("2011-12-29 09:00", samoa), at("2011-12-31 17:00", samoa)
    assert due(samoa, start, Business(16 * 3600)) <= end


def test_a_change_of_zone_is_another_calendar_over_the_same_instants() -> None:
    moved = Calendar("office", "Asia/Tokyo", OFFICE.weekly)
    start = datetime(2026, 11, 23, 0, tzinfo=UTC)
    assert due(moved, start, Business(3600)) == datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert due(OFFICE, start, Business(3600)) == datetime(2026, 11, 23, 9, tzinfo=UTC)


# --------------------------------------------------------------------- years


def test_single_dates_are_found_from_afar() -> None:
    once = Calendar("once", "UTC", shifts={date(2040, 2, 29): [(600, 660)]})
    start = datetime(2026, 11, 23, tzinfo=UTC)
    assert due(once, start, Business(3600)) == datetime(2040, 2, 29, 11, tzinfo=UTC)
    assert due(once, start, Business(days=1)) == datetime(2040, 2, 29, 10, tzinfo=UTC)
    assert subtract(once, datetime(2050, 1, 1, tzinfo=UTC), Business(3600)).year == 2040
    with pytest.raises(Refusal):
        due(once, start, Business(3601))


def test_leap_days_are_worked_when_they_are_weekdays() -> None:
    assert due(OFFICE, at("2024-02-28 16:00", OFFICE), Business(2 * 3600)) == at("2024-02-29 10:00", OFFICE)
    assert due(OFFICE, at("2100-02-26 16:00", OFFICE), Business(2 * 3600)) == at("2100-03-01 10:00", OFFICE)
    assert due(OFFICE, at("2400-02-28 16:00", OFFICE), Business(2 * 3600)) == at("2400-02-29 10:00", OFFICE)


@pytest.mark.parametrize("year", [1, 1899, 1969, 2101, 2500, 9998])
def test_years_far_away(year: int) -> None:
    start = datetime(year, 6, 1, tzinfo=UTC)
    end = due(OFFICE, start, Business(40 * 3600))
    assert between(OFFICE, start, end) == 40 * 3600
    assert timedelta(days=4) < end - start <= timedelta(days=8)
    assert due(OFFICE, start, Business(days=5)) <= start + timedelta(days=8)


def test_a_span_of_centuries() -> None:
    start, end = datetime(1601, 1, 1, tzinfo=UTC), datetime(2401, 1, 1, tzinfo=UTC)
    utc = Calendar("utc", "UTC", OFFICE.weekly)
    weeks = 2 * 146097 // 7
    assert between(utc, start, end) == weeks * 5 * 8 * 3600
    assert due(utc, start, Business(weeks * 5 * 8 * 3600)) == end - timedelta(hours=7 + 2 * 24)


def test_a_shift_of_the_day_before_yesterday_reaches_into_the_new_year() -> None:
    long = Calendar("long", "Pacific/Honolulu", shifts={date(2026, 12, 30): [(23 * 60, 22 * 60)]})
    start, end = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert between(long, start, end) == 8 * 3600
    assert next_close(long, datetime(2026, 12, 31, 12, tzinfo=UTC)) == end


def test_the_years_that_are_projected() -> None:
    assert is_projected(CHINA, at("2025-05-01"), at("2026-12-31 23:59")) == ()
    assert is_projected(CHINA, at("2026-12-31 23:59"), at("2028-01-01")) == (2027, 2028)
    assert is_projected(OFFICE, at("2026-12-31"), at("2028-01-01")) == ()


# ----------------------------------------------------------------- no answer


NEVER = Calendar("never", "UTC")


@pytest.mark.parametrize(
    "answer",
    [
        lambda start: due(NEVER, start, Business(1)),
        lambda start: due(NEVER, start, Business()),
        lambda start: due(NEVER, start, Business(days=1)),
        lambda start: subtract(NEVER, start, Business(1)),
        lambda start: subtract(NEVER, start, Business(days=1)),
        lambda start: next_open(NEVER, start),
        lambda start: next_close(NEVER, start),
        lambda start: due(
            Calendar("shut", "UTC", OFFICE.weekly, closed=[(date(1, 1, 1), date.max)]), start, Business(1)
        ),
        lambda start: due(Calendar("once", "UTC", shifts={date(2020, 1, 1): WORK}), start, Business(1)),
    ],
)
def test_no_open_time_is_refused(answer: Callable[[datetime], object]) -> None:
    with pytest.raises(Refusal) as refused:
        answer(at("2026-11-23 10:00"))
    assert refused.value.code == "no-open-time"


@pytest.mark.parametrize("duration", [Elapsed(10**12), Elapsed(-1), Business(-1), Business(days=-1)])
def test_durations_without_an_answer(duration: Elapsed | Business) -> None:
    with pytest.raises(Refusal) as refused:
        due(OFFICE, datetime(2026, 1, 1, tzinfo=UTC), duration)
    assert refused.value.code == "bad-input"


def test_business_time_needs_a_calendar() -> None:
    with pytest.raises(Refusal, match="needs a calendar"):
        due(None, datetime(2026, 1, 1, tzinfo=UTC), Business(1))


def test_naive_times_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        due(OFFICE, datetime(2026, 1, 1), Business(1))


def test_round_the_clock_never_closes_but_opens_at_once() -> None:
    start = at("2026-11-23 10:00")
    assert next_close(ALWAYS, start) is None
    assert next_open(ALWAYS, start) == start
    holidays = Calendar("cn24", "Asia/Shanghai", ALWAYS.weekly, holidays=["CN"])
    assert next_close(holidays, at("2026-06-01 10:00")) == at("2026-06-19 00:00")
