"""Start slots: when a ticket could come in, every quarter of an hour of a cycle of a calendar, each case once."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from svcctl.clock.calendar import Calendar

SLOT = timedelta(minutes=15)
#: A year: every weekday beside every holiday, and both changes of the clock.
CYCLE_DAYS = 366
#: Days that look alike from the day before to so many days after are tried once.
_AHEAD = 8
_BEHIND = 1


def start_slots(calendars: tuple[Calendar, ...], first: date) -> Iterator[datetime]:
    """Each quarter of an hour of a year from `first` on, in order, without days on which nothing differs from one that
    was tried: the same open hours, relative to midnight, on all calendars on the days around it."""
    zone = calendars[0].zone_info
    begin = first.toordinal()
    looks = [_look(calendars, begin + number) for number in range(-_BEHIND, CYCLE_DAYS + _AHEAD)]
    seen: set[tuple[object, ...]] = set()
    for number in range(CYCLE_DAYS):
        around = tuple(looks[number : number + _BEHIND + _AHEAD])
        if around in seen:
            continue
        seen.add(around)
        midnight = datetime.combine(date.fromordinal(begin + number), datetime.min.time(), zone).astimezone(UTC)
        following = datetime.combine(date.fromordinal(begin + number + 1), datetime.min.time(), zone).astimezone(UTC)
        while midnight < following:
            yield midnight
            midnight += SLOT


def _look(calendars: tuple[Calendar, ...], ordinal: int) -> tuple[object, ...]:
    """A day as far as time goes: its hours, and how far its zone is from UTC."""
    day = date.fromordinal(ordinal)
    noon = datetime(day.year, day.month, day.day, 12)
    return tuple(
        (calendar.day(day).hours, noon.replace(tzinfo=calendar.zone_info).utcoffset()) for calendar in calendars
    )
