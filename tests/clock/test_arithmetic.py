from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.clock.arithmetic import between, due, is_open, is_projected, next_close, next_open, subtract
from svcctl.clock.calendar import Calendar, Interval
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, zone_named
from svcctl.foundation.quantity import Business, Elapsed

WORK: list[Interval] = [(9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60)]
CHINA = Calendar("cn", "Asia/Shanghai", dict.fromkeys(range(5), WORK), holidays=["CN"])
OFFICE = Calendar("office", "Europe/Berlin", {day: [(9 * 60, 17 * 60)] for day in range(5)})
ALWAYS = Calendar("always", "America/New_York", {day: [(0, 1440)] for day in range(7)})
NEVER = Calendar("never", "UTC")
ZONES = [
    "Africa/Cairo",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "Asia/Shanghai",
    "Australia/Lord_Howe",
    "Europe/London",
    "Pacific/Chatham",
    "Pacific/Apia",
]


def at(text: str, calendar: Calendar = CHINA) -> datetime:
    return parse_instant(text, zone_named(calendar.zone))


# ------------------------------------------------------------------------------- properties

unhurried = settings(deadline=None)

intervals = st.lists(
    st.builds(lambda start, length: (start, (start + length) % 1440), st.integers(0, 1439), st.integers(60, 1440)),
    min_size=1,
    max_size=2,
)
days = st.dates(date(2025, 1, 1), date(2026, 12, 31))
calendars = st.builds(
    Calendar,
    st.just("any"),
    st.sampled_from(ZONES),
    st.dictionaries(st.integers(0, 6), intervals, min_size=1),
    holidays=st.sampled_from([(), ("CN",)]),
    shifts=st.dictionaries(days, intervals, max_size=2),
    closed=days.map(lambda day: [(day, day)]),
    breaks=st.dictionaries(days, intervals, max_size=2),
)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))
seconds = st.integers(1, 2 * 86400)


def near(start: datetime) -> st.SearchStrategy[list[tuple[datetime, datetime]]]:
    offsets = st.tuples(st.integers(-9 * 86400, 30 * 86400), st.integers(0, 9 * 86400))
    return st.lists(
        offsets.map(lambda pair: (start + timedelta(seconds=pair[0]), start + timedelta(seconds=sum(pair)))),
        max_size=4,
    )


@unhurried
@given(calendars, instants, seconds, st.data())
def test_the_time_until_due_is_the_duration(
    calendar: Calendar, start: datetime, amount: int, data: st.DataObject
) -> None:
    pauses = data.draw(near(start))
    end = due(calendar, start, Business(amount), pauses)
    assert between(calendar, start, end, pauses) == amount
    assert between(calendar, start, end - timedelta(microseconds=1), pauses) == amount - 1
    began = subtract(calendar, end, Business(amount), pauses)
    assert began >= start
    assert between(calendar, began, end, pauses) == amount


@unhurried
@given(calendars, instants, instants, seconds, seconds)
def test_due_is_monotone(calendar: Calendar, start: datetime, other: datetime, amount: int, more: int) -> None:
    assert due(calendar, start, Business(amount)) < due(calendar, start, Business(amount + more))
    assert due(calendar, start, Business(0)) <= due(calendar, start, Business(amount))
    early, late = sorted((start, other))
    assert due(calendar, early, Business(amount)) <= due(calendar, late, Business(amount))
    assert due(calendar, early, Business(0)) <= due(calendar, late, Business(0))


@unhurried
@given(calendars, instants, seconds, seconds, st.data())
def test_splitting_a_duration_changes_nothing(
    calendar: Calendar, start: datetime, first: int, second: int, data: st.DataObject
) -> None:
    pauses = data.draw(near(start))
    halfway = due(calendar, start, Business(first), pauses)
    whole = due(calendar, start, Business(first + second), pauses)
    assert due(calendar, halfway, Business(second), pauses) == whole


@unhurried
@given(calendars, instants, seconds, st.data())
def test_pauses_commute(calendar: Calendar, start: datetime, amount: int, data: st.DataObject) -> None:
    pauses = data.draw(near(start))
    shuffled = data.draw(st.permutations(pauses + pauses[:1]))
    assert due(calendar, start, Business(amount), shuffled) == due(calendar, start, Business(amount), pauses)
    assert due(calendar, start, Elapsed(amount), shuffled) == due(calendar, start, Elapsed(amount), pauses)


@unhurried
@given(instants, seconds, st.data())
def test_elapsed_time_is_business_time_that_never_closes(start: datetime, amount: int, data: st.DataObject) -> None:
    pauses = data.draw(near(start))
    assert due(None, start, Elapsed(amount), pauses) == due(ALWAYS, start, Business(amount), pauses)
    end = start + timedelta(seconds=amount)
    assert between(None, start, end, pauses) == between(ALWAYS, start, end, pauses)


@unhurried
@given(calendars, instants, st.integers(1, 30), st.data())
def test_a_day_count_ends_in_open_time_of_a_working_day(
    calendar: Calendar, start: datetime, count: int, data: st.DataObject
) -> None:
    end = due(calendar, start, Business(days=count))
    assert end >= start
    assert is_open(calendar, end) or is_open(calendar, end - timedelta(microseconds=1))
    pauses = data.draw(near(start))
    later = due(calendar, start, Business(days=count), pauses)
    assert between(calendar, start, later, pauses) == between(calendar, start, end)


@unhurried
@given(calendars, instants)
def test_openings_and_closings_alternate(calendar: Calendar, start: datetime) -> None:
    opening = next_open(calendar, start)
    assert opening >= start
    assert is_open(calendar, opening)
    assert between(calendar, start, opening) == 0
    closing = next_close(calendar, start)
    if closing is not None:
        assert not is_open(calendar, closing)
        stretch = (closing - opening) // timedelta(seconds=1)
        assert between(calendar, opening, closing) == stretch


@settings(max_examples=30, deadline=None)
@given(st.integers(2103, 9998) | st.integers(2, 1697), st.sampled_from(ZONES))
def test_far_years_are_like_years_compiled_by_themselves(year: int, zone: str) -> None:
    weekly: dict[int, list[Interval]] = {day: [(20 * 60, 2 * 60), (9 * 60, 12 * 60)] for day in (0, 2, 6)}
    plain = Calendar("plain", zone, weekly)
    for other in (*range(1600, 1628), *range(2200, 2228)):
        plain.timeline.year(other)
    compiled = Calendar("dated", zone, weekly, breaks={date(year, 6, 30): [(3 * 60, 4 * 60)]})
    assert plain.timeline.year(year) == compiled.timeline.year(year)


# ---------------------------------------------------------------------------- early reading


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


# ------------------------------------------------------------------------------------- days


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


def test_a_shift_of_the_day_before_yesterday_reaches_into_the_new_year() -> None:
    long = Calendar("long", "Pacific/Honolulu", shifts={date(2026, 12, 30): [(23 * 60, 22 * 60)]})
    start, end = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, 8, tzinfo=UTC)
    assert between(long, start, end) == 8 * 3600
    assert next_close(long, datetime(2026, 12, 31, 12, tzinfo=UTC)) == end


def test_pauses_push_a_day_count_on_by_the_open_time_they_covered() -> None:
    start = at("2026-11-23 10:00")
    covered = [(at("2026-11-23 17:00"), at("2026-11-24 10:00"))]
    assert due(CHINA, start, Business(days=1), covered) == at("2026-11-24 12:00")
    outside = [(at("2026-11-23 18:00"), at("2026-11-24 09:00"))]
    assert due(CHINA, at("2026-11-23 07:00"), Business(days=1), outside) == at("2026-11-24 09:00")
    back = [(at("2026-11-24 09:00"), at("2026-11-24 11:00"))]
    assert subtract(CHINA, at("2026-11-24 12:00"), Business(days=1), back) == at("2026-11-23 10:00")


# ------------------------------------------------------------------------------------ pauses


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


# -------------------------------------------------------------------------- daylight saving


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


# ------------------------------------------------------------------------------ edges of time


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


def test_the_years_that_are_projected() -> None:
    assert is_projected(CHINA, at("2025-05-01"), at("2026-12-31 23:59")) == ()
    assert is_projected(CHINA, at("2026-12-31 23:59"), at("2028-01-01")) == (2027, 2028)
    assert is_projected(OFFICE, at("2026-12-31"), at("2028-01-01")) == ()
