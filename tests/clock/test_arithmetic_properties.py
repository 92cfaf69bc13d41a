"""What holds for any calendar, instant, duration and pauses."""

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.clock.arithmetic import between, due, is_open, next_close, next_open, subtract
from svcctl.clock.calendar import Calendar, Interval
from svcctl.foundation.quantity import Business, Elapsed
from tests.clock.calendars import ALWAYS, ZONES, calendars, instants

seconds = st.integers(1, 2 * 86400)


def near(start: datetime) -> st.SearchStrategy[list[tuple[datetime, datetime]]]:
    offsets = st.tuples(st.integers(-9 * 86400, 30 * 86400), st.integers(0, 9 * 86400))
    return st.lists(
        offsets.map(lambda pair: (start + timedelta(seconds=pair[0]), start + timedelta(seconds=sum(pair)))),
        max_size=4,
    )


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


@given(calendars, instants, instants, seconds, seconds)
def test_due_is_monotone(calendar: Calendar, start: datetime, other: datetime, amount: int, more: int) -> None:
    assert due(calendar, start, Business(amount)) < due(calendar, start, Business(amount + more))
    assert due(calendar, start, Business(0)) <= due(calendar, start, Business(amount))
    early, late = sorted((start, other))
    assert due(calendar, early, Business(amount)) <= due(calendar, late, Business(amount))
    assert due(calendar, early, Business(0)) <= due(calendar, late, Business(0))


@given(calendars, instants, seconds, seconds, st.data())
def test_splitting_a_duration_changes_nothing(
    calendar: Calendar, start: datetime, first: int, second: int, data: st.DataObject
) -> None:
    pauses = data.draw(near(start))
    halfway = due(calendar, start, Business(first), pauses)
    whole = due(calendar, start, Business(first + second), pauses)
    assert due(calendar, halfway, Business(second), pauses) == whole


@given(calendars, instants, seconds, st.data())
def test_pauses_commute(calendar: Calendar, start: datetime, amount: int, data: st.DataObject) -> None:
    pauses = data.draw(near(start))
    shuffled = data.draw(st.permutations(pauses + pauses[:1]))
    assert due(calendar, start, Business(amount), shuffled) == due(calendar, start, Business(amount), pauses)
    assert due(calendar, start, Elapsed(amount), shuffled) == due(calendar, start, Elapsed(amount), pauses)


@given(instants, seconds, st.data())
def test_elapsed_time_is_business_time_that_never_closes(start: datetime, amount: int, data: st.DataObject) -> None:
    pauses = data.draw(near(start))
    assert due(None, start, Elapsed(amount), pauses) == due(ALWAYS, start, Business(amount), pauses)
    end = start + timedelta(seconds=amount)
    assert between(None, start, end, pauses) == between(ALWAYS, start, end, pauses)


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


@settings(max_examples=30)
@given(st.integers(2103, 9998) | st.integers(2, 1697), st.sampled_from(ZONES))
def test_far_years_are_like_years_compiled_by_themselves(year: int, zone: str) -> None:
    weekly: dict[int, list[Interval]] = {day: [(20 * 60, 2 * 60), (9 * 60, 12 * 60)] for day in (0, 2, 6)}
    plain = Calendar("plain", zone, weekly)
    for other in (*range(1600, 1628), *range(2200, 2228)):
        plain.timeline.year(other)
    compiled = Calendar("dated", zone, weekly, breaks={date(year, 6, 30): [(3 * 60, 4 * 60)]})
    assert plain.timeline.year(year) == compiled.timeline.year(year)
