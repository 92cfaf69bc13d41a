"""The days of a cadence: months that clamp, days off, and work that comes ahead of its day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from svcctl.decision.care_days import ahead, opening, step, steps, workday
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.language.care_block import Every
from tests.decision.books import CHINA, SHANGHAI, at, book


def test_months_clamp_to_their_end_and_come_back() -> None:
    origin, monthly = date(2027, 1, 31), Every(origin="installed_at", months=1)
    assert [step(origin, monthly, count).isoformat() for count in range(1, 5)] == [
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
        "2027-05-31",
    ]
    assert step(origin, monthly, 13) == date(2028, 2, 29)
    assert step(date(2024, 2, 29), Every(origin="x", months=12), 1) == date(2025, 2, 28)
    assert step(date(2024, 2, 29), Every(origin="x", months=12), 4) == date(2028, 2, 29)


@given(
    st.dates(date(1960, 1, 1), date(2090, 1, 1)),
    st.integers(1, 40),
    st.booleans(),
    st.integers(0, 20_000),
)
def test_steps_are_those_that_a_walk_finds(origin: date, size: int, monthly: bool, after: int) -> None:
    timing = Every(origin="x", months=size) if monthly else Every(origin="x", days=size)
    since = origin + timedelta(days=after)
    count, walked = 1, list[date]()
    while len(walked) < 3:
        if step(origin, timing, count) >= since:
            walked.append(step(origin, timing, count))
        count += 1
    found = steps(origin, timing, since, None)
    assert [next(found) for _ in range(3)] == walked


def test_a_corrected_origin_repeats_nothing() -> None:
    half_yearly = Every(origin="x", months=6)
    found = steps(date(2026, 1, 10), half_yearly, date(2026, 1, 1), done=date(2026, 7, 1))
    assert next(found) == date(2027, 1, 10)


def test_a_day_off_moves_to_the_workday_before() -> None:
    calendar = book(CHINA).calendar("china")
    assert workday(date(2025, 10, 5), calendar) == date(2025, 9, 30)  # National Day and Mid-Autumn, 1 to 8 October
    assert workday(date(2025, 10, 11), calendar) == date(2025, 10, 11)  # a Saturday that is worked (调休)
    assert workday(date(2026, 2, 28), calendar) == date(2026, 2, 28)  # so is this one
    assert workday(date(2026, 3, 1), calendar) == date(2026, 2, 28)
    assert workday(date(2026, 3, 1), None) == date(2026, 3, 1)


def test_work_comes_when_the_day_opens_ahead_by_its_lead() -> None:
    calendar = book(CHINA).calendar("china")
    assert opening(date(2026, 11, 23), SHANGHAI, calendar) == at("2026-11-23T09:00")
    assert opening(date(2026, 11, 22), SHANGHAI, calendar) == at("2026-11-22T09:00")
    assert opening(date(2026, 11, 22), SHANGHAI, None) == at("2026-11-22T00:00")
    assert ahead(date(2026, 11, 23), Elapsed(14 * 86400), SHANGHAI, calendar) == at("2026-11-09T09:00")
    assert ahead(date(2026, 11, 23), Elapsed(7200), SHANGHAI, calendar) == at("2026-11-23T07:00")
    assert ahead(date(2026, 11, 23), Business(days=2), SHANGHAI, calendar) == at("2026-11-19T09:00")
