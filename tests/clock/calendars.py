"""Calendars that tests share: a few to be read beside the test, and any that can be drawn."""

from datetime import UTC, date, datetime

from hypothesis import strategies as st

from svcctl.clock.calendar import Calendar, Interval
from svcctl.foundation.instant import parse_instant, zone_named

WORK: list[Interval] = [(9 * 60, 12 * 60), (13 * 60 + 30, 18 * 60)]
CHINA = Calendar("cn", "Asia/Shanghai", dict.fromkeys(range(5), WORK), holidays=["CN"])
OFFICE = Calendar("office", "Europe/Berlin", {day: [(9 * 60, 17 * 60)] for day in range(5)})
ALWAYS = Calendar("always", "America/New_York", {day: [(0, 1440)] for day in range(7)})
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


def at(text: str, calendar: Calendar = CHINA) -> datetime:
    return parse_instant(text, zone_named(calendar.zone))
