"""The offsets of zones over days."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from svcctl.clock.wall import MICROSECOND, steady_offsets

#: Of all changes of zones, those of America/Noronha in 2000 lie nearest together: seven days less an hour.
CASES = [
    ("Asia/Shanghai", 1989, 361),
    ("Asia/Shanghai", 2026, 373),
    ("America/New_York", 2026, 361),
    ("Africa/Casablanca", 2026, 355),
    ("Pacific/Apia", 2011, 350),
    ("America/Noronha", 2000, 355),
]


@pytest.mark.parametrize(("name", "year", "least"), CASES)
def test_a_steady_offset_is_that_of_every_hour_until_the_second_midnight(name: str, year: int, least: int) -> None:
    zone = ZoneInfo(name)
    first = date(year, 1, 1).toordinal() - 3
    days = range(first, first + 373)
    offsets = steady_offsets(zone, days)
    assert len(offsets) == len(days)
    for day, offset in zip(days, offsets, strict=True):
        seen = {
            (datetime.fromordinal(day) + timedelta(hours=hour)).replace(tzinfo=zone).utcoffset() for hour in range(49)
        }
        assert offset is None or seen == {offset * MICROSECOND}
    assert sum(offset is not None for offset in offsets) >= least
