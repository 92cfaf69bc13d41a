"""The days of care: the steps of a cadence from its day, days off, and the instant at which a day's work comes."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from svcctl.clock.arithmetic import subtract
from svcctl.clock.calendar import Calendar
from svcctl.foundation.quantity import Business, Duration
from svcctl.language.care_block import Every

_DAY = 86_400
_LONGEST_BREAK = 366
#: A date some way before the last that there is, so that nothing computed from it overflows.
_LAST = date(9990, 1, 1)


def day_of(value: datetime | date, zone: tzinfo) -> date:
    """The local day of an instant; a date is itself."""
    return value.astimezone(zone).date() if isinstance(value, datetime) else value


def opening(day: date, zone: tzinfo, calendar: Calendar | None) -> datetime:
    """When a day opens for business; a day off at the time at which others do; midnight without a calendar."""
    usual = (hours for hours in calendar.weekly if hours) if calendar is not None else iter(())
    hours = (calendar.day(day).hours if calendar is not None else ()) or next(usual, ())
    minutes = min((start for start, _ in hours), default=0)
    return datetime.combine(day, time(minutes // 60, minutes % 60), zone).astimezone(UTC)


def ahead(day: date, lead: Duration | None, zone: tzinfo, calendar: Calendar | None) -> datetime:
    """When the work of a day comes, `lead` before it; whole days are days of the wall calendar."""
    if isinstance(lead, Business):
        return subtract(calendar, opening(day, zone, calendar), lead)
    seconds = 0 if lead is None else lead.seconds
    if seconds % _DAY == 0:
        return opening(day - timedelta(days=seconds // _DAY), zone, calendar)
    return opening(day, zone, calendar) - timedelta(seconds=seconds)


def workday(day: date, calendar: Calendar | None) -> date:
    """The day itself if anybody works on it, else the last before it on which somebody does."""
    if calendar is None:
        return day
    days = (day - timedelta(days=back) for back in range(_LONGEST_BREAK))
    return next((found for found in days if calendar.day(found).hours), day)


def step(origin: date, timing: Every, count: int) -> date:
    """The day `count` steps after the origin. Months are counted from the origin itself, and where the month has no
    such day it is the month's last: 31 January, 28 February, 31 March."""
    if not timing.months:
        return origin + timedelta(days=timing.days * count)
    year, month = divmod(origin.year * 12 + origin.month - 1 + timing.months * count, 12)
    return date(year, month + 1, min(origin.day, monthrange(year, month + 1)[1]))


def steps(origin: date, timing: Every, since: date, done: date | None) -> Iterator[date]:
    """The days of a cadence that are not before `since`, and after the one that is `done`.

    A day less than half a step after the one that is done is the same occasion, whose origin was corrected.
    """
    if done is not None:
        since = max(since, done + timedelta(days=(timing.months * 30 + timing.days) // 2 + 1))
    span = (_LAST - origin).days
    most = max(0, span // (timing.months * 31 or timing.days))
    counts = range(1, most + 1)
    first = bisect_left(counts, since, key=lambda count: step(origin, timing, count))
    return (step(origin, timing, count) for count in counts[first:])
