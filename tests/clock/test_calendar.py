from collections.abc import Callable
from datetime import date

import pytest

from svcctl.clock.calendar import Calendar, Interval
from svcctl.foundation.errors import Refusal

WORK: list[Interval] = [(540, 1020)]
SHORT: list[Interval] = [(600, 720)]
HOLIDAY = date(2026, 10, 1)
MAKE_UP = date(2026, 10, 10)


def cn(
    weekly: dict[int, list[Interval]] | None = None,
    shifts: dict[date, list[Interval]] | None = None,
    closed: list[tuple[date, date]] | None = None,
) -> Calendar:
    return Calendar(
        "cn",
        "Asia/Shanghai",
        dict.fromkeys(range(5), WORK) if weekly is None else weekly,
        holidays=["CN"],
        shifts=shifts,
        closed=closed or (),
    )


def test_a_dated_shift_replaces_the_weekday() -> None:
    assert cn(shifts={date(2026, 11, 23): SHORT}).day(date(2026, 11, 23)).hours == tuple(SHORT)


def test_a_dated_shift_opens_a_statutory_holiday() -> None:
    day = cn(shifts={HOLIDAY: SHORT}).day(HOLIDAY)
    assert (day.hours, day.kind) == (tuple(SHORT), "shift")


@pytest.mark.parametrize("day", [HOLIDAY, MAKE_UP, date(2026, 11, 23)])
def test_a_closed_day_beats_a_shift(day: date) -> None:
    calendar = cn(shifts={day: SHORT}, closed=[(day, day)])
    assert calendar.day(day).kind == "closed"
    assert calendar.day(day).hours == ()


def test_a_closed_range_has_both_its_ends() -> None:
    calendar = cn(closed=[(date(2026, 11, 24), date(2026, 11, 25))])
    kinds = [calendar.day(date(2026, 11, day)).kind for day in (23, 24, 25, 26)]
    assert kinds == ["weekday", "closed", "closed", "weekday"]


def test_a_make_up_workday_has_the_hours_of_monday() -> None:
    weekly = {0: WORK, 1: WORK, 4: SHORT, 5: SHORT}
    assert cn(weekly).day(MAKE_UP).hours == tuple(WORK)


def test_a_make_up_workday_where_monday_is_free_has_those_of_the_first_weekday_with_any() -> None:
    assert cn({2: SHORT, 3: WORK}).day(MAKE_UP).hours == tuple(SHORT)


def test_a_make_up_workday_where_only_weekends_are_worked_changes_nothing() -> None:
    assert cn({5: SHORT, 6: WORK}).day(MAKE_UP).hours == tuple(SHORT)


def test_weekly_hours_may_be_a_sequence_of_days() -> None:
    assert Calendar("a", "UTC", [WORK] * 5) == Calendar("a", "UTC", dict.fromkeys(range(5), WORK))


def test_equal_calendars_are_one_key() -> None:
    assert len({cn(), cn(), cn(closed=[(HOLIDAY, HOLIDAY)])}) == 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: Calendar("a", "Mars/Olympus"),
        lambda: Calendar("a", "UTC", {7: WORK}),
        lambda: Calendar("a", "UTC", [WORK] * 8),
        lambda: Calendar("a", "UTC", {0: [(1440, 60)]}),
        lambda: Calendar("a", "UTC", {0: [(0, 1441)]}),
        lambda: Calendar("a", "UTC", shifts={HOLIDAY: [(-1, 60)]}),
        lambda: Calendar("a", "UTC", closed=[(MAKE_UP, HOLIDAY)]),
    ],
)
def test_values_that_cannot_be_used_are_refused(make: Callable[[], Calendar]) -> None:
    with pytest.raises(Refusal) as refused:
        make()
    assert refused.value.code == "bad-input"
