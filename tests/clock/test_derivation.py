from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from svcctl.clock.arithmetic import due
from svcctl.clock.calendar import Calendar
from svcctl.clock.derivation import Derivation, derive
from svcctl.foundation.quantity import Business, Elapsed
from tests.clock.calendars import WORK, at, calendars, instants

CHINA = Calendar(
    "cn",
    "Asia/Shanghai",
    dict.fromkeys(range(5), WORK),
    holidays=["CN"],
    breaks={date(2026, 11, 23): [(600, 660)]},
)
pauses = st.lists(
    st.tuples(instants, st.integers(0, 9 * 86400)).map(lambda pair: (pair[0], pair[0] + timedelta(seconds=pair[1]))),
    max_size=3,
)


def told(derivation: Derivation) -> list[tuple[str, str, int]]:
    """Kind, day and running total of each step."""
    return [(step.kind, str(step.reason.on)[5:] if step.reason else "", step.total) for step in derivation.steps]


@given(calendars, instants, st.integers(1, 3 * 86400), pauses)
def test_what_counted_adds_up_and_ends_at_the_due_time(
    calendar: Calendar, start: datetime, amount: int, cuts: list[tuple[datetime, datetime]]
) -> None:
    derivation = derive(calendar, start, Business(amount), cuts)
    counted = [step for step in derivation.steps if step.kind == "open"]
    assert derivation.due == due(calendar, start, Business(amount), cuts)
    assert (counted[-1].end, counted[-1].total) == (derivation.due, amount)
    assert {step.total for step in derivation.steps} <= set(range(amount + 1))


@given(calendars, instants, st.integers(1, 20), pauses)
def test_as_many_working_days_are_told_as_were_asked_for(
    calendar: Calendar, start: datetime, count: int, cuts: list[tuple[datetime, datetime]]
) -> None:
    derivation = derive(calendar, start, Business(days=count), cuts)
    numbers = [step.total for step in derivation.steps if step.kind == "working day"]
    assert numbers == list(range(1, count + 1))


def test_a_holiday_is_told_with_its_notice() -> None:
    derivation = derive(CHINA, at("2026-09-30 17:00"), Business(4 * 3600))
    holidays = [step.reason for step in derivation.steps if step.kind == "closed" and step.reason]
    assert [reason.on.day for reason in holidays] == list(range(1, 8))
    assert {(reason.day.name, reason.country) for reason in holidays} == {("国庆节", "CN")}
    assert {notice.number for reason in holidays for notice in reason.notices} == {"国办发明电〔2025〕7号"}
    assert derivation.due == at("2026-10-08 12:00")
    assert derivation.projected == ()


def test_a_make_up_workday_is_told() -> None:
    derivation = derive(CHINA, at("2026-10-09 17:00"), Business(2 * 3600))
    reason = derivation.steps[-1].reason
    assert reason is not None
    assert (reason.day.kind, reason.day.name) == ("make-up workday", "国庆节")


def test_breaks_and_pauses_are_told_in_order() -> None:
    derivation = derive(
        CHINA, at("2026-11-23 09:30"), Business(3600), [(at("2026-11-23 11:15"), at("2026-11-23 11:30"))]
    )
    kinds = [(step.kind, step.seconds, step.total) for step in derivation.steps]
    assert kinds == [
        ("open", 1800, 1800),
        ("break", 3600, 1800),
        ("open", 900, 2700),
        ("paused", 900, 2700),
        ("open", 900, 3600),
    ]


def test_a_night_shift_belongs_to_its_first_day() -> None:
    nights = Calendar("nights", "Europe/Berlin", {5: [(22 * 60, 6 * 60)]})
    start = datetime(2026, 10, 24, 22, tzinfo=UTC)  # midnight before the clock is set back
    derivation = derive(nights, start, Business(7 * 3600))
    assert told(derivation) == [("open", "10-24", 7 * 3600)]
    assert derivation.due == datetime(2026, 10, 25, 5, tzinfo=UTC)


def test_working_days_are_counted_with_the_closed_ones_between() -> None:
    derivation = derive(CHINA, at("2026-11-27 10:00"), Business(days=2))
    assert told(derivation) == [
        ("closed", "11-28", 0),
        ("closed", "11-29", 0),
        ("working day", "11-30", 1),
        ("working day", "12-01", 2),
    ]


def test_elapsed_time_needs_no_reason() -> None:
    pause = (at("2026-11-27 11:00"), at("2026-11-27 12:00"))
    derivation = derive(CHINA, at("2026-11-27 10:00"), Elapsed(7200), [pause])
    assert told(derivation) == [("open", "", 3600), ("paused", "", 3600), ("open", "", 7200)]


def test_years_without_a_notice_are_named() -> None:
    assert derive(CHINA, at("2028-12-30 10:00"), Business(days=3)).projected == (2028, 2029)
