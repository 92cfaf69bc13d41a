"""Wall times of a zone as instants: whole microseconds since 1970 in UTC.

A wall time that the zone skips is moved forward by the gap, one that comes twice is the first
(RFC 5545, section 3.3.5). Days are proleptic ordinals, as `datetime.date` counts them.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000
MINUTE = 60 * SECOND
DAY = 86_400 * SECOND
EPOCH = date(1970, 1, 1).toordinal()

#: Days between the midnights at which offsets are looked up.
_APART = 3

_LAST = date.max.toordinal()
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """An aware datetime as microseconds since 1970."""
    return (at - _ZERO) // MICROSECOND


def instant(micros: int) -> datetime:
    """The datetime, in UTC, of microseconds since 1970. Raises OverflowError outside the years 1 to 9999."""
    return _ZERO + timedelta(microseconds=micros)


def wall_instant(zone: "ZoneInfo", ordinal: int, wall: int) -> int:
    """The instant of a wall time, in microseconds after the midnight of a day."""
    days, wall = divmod(wall, DAY)
    ordinal += days
    moment = datetime.fromordinal(min(ordinal, _LAST)) + timedelta(microseconds=wall)
    return (ordinal - EPOCH) * DAY + wall - _offset(zone, moment)


@lru_cache(maxsize=1024)
def steady_offsets(zone: "ZoneInfo", ordinals: range) -> list[int | None]:
    """For each day the zone's offset until the second midnight after it; None where it may change.

    No zone has two changes within three days, so one that is the same at midnights three days apart
    was never another between them.
    """
    midnights = range(ordinals.start, ordinals.stop + 3 * _APART, _APART)
    offsets = [_offset(zone, datetime.fromordinal(min(midnight, _LAST))) for midnight in midnights]
    windows = zip(offsets[:-2], offsets[1:-1], offsets[2:], strict=True)
    steady = [one if one == two == three else None for one, two, three in windows]
    return [steady[day // _APART] for day in range(len(ordinals))]


def _offset(zone: "ZoneInfo", wall: datetime) -> int:
    """Local minus universal time: in a gap that before it, of two the first."""
    offset = wall.replace(tzinfo=zone).utcoffset()
    return offset // MICROSECOND if offset else 0
