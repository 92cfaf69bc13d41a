"""Due times, the open time between two instants, and the way back: all arithmetic with calendars.

Instants go in and come out as aware datetimes in UTC. Meaning:

- An elapsed duration is time on the wall clock minus the pauses; it needs no calendar.
- A business duration in seconds is open time of the calendar, in real elapsed seconds: the night in
  which the clock is set back has one hour more of a night shift.
- The early reading: a duration that is used up exactly at closing time is due at closing time, not
  at the next opening. A duration of zero is due at the next open instant.
- A business duration in days is due on the n-th working day after the start's own, at the start's
  wall time, or at the latest open instant before it on that day, or at the day's opening if the
  wall time is earlier. A working day is a local date with open time that belongs to it; a start in
  the part of a night shift after midnight belongs to the day before.
- Pauses are cut out in calendar time. They may overlap, be unsorted and begin before the start.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from svcctl.clock.calendar import Calendar
from svcctl.clock.statutory import holiday_year
from svcctl.clock.stretch import Stretch, clipped, merged
from svcctl.clock.timeline import Timeline
from svcctl.clock.wall import MICROSECOND, SECOND, instant, micros, wall_instant
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business, Duration, Elapsed

Pause = tuple[datetime, datetime]


class _Line(Protocol):
    """Instants and how much time that counts lies before them; see `svcctl.clock.timeline`."""

    def position(self, at: int, number: int) -> int: ...
    def early(self, position: int) -> int: ...
    def ahead(self, at: int, number: int, amount: int) -> int: ...
    def late(self, position: int) -> int: ...


class _WallClock:
    """The line on which all time counts."""

    def position(self, at: int, number: int) -> int:
        return at

    def early(self, position: int) -> int:
        return position

    def ahead(self, at: int, number: int, amount: int) -> int:
        return at + amount

    late = early


_WALL_CLOCK = _WallClock()


def due(calendar: Calendar | None, start: datetime, duration: Duration, pauses: Sequence[Pause] = ()) -> datetime:
    """The instant at which `duration` has passed since `start`.

    Raises Refusal `no-open-time` where the calendar never opens long enough, `bad-input` for a
    negative duration, a business duration without a calendar, and an answer after the year 9999.
    """
    line, amount = _line(calendar, duration), _amount(duration)
    if not pauses and amount and not _days(duration):
        moment = _utc(start)
        return _instant(line.ahead(micros(moment), moment.year, amount))
    begin = target = _position(line, start)
    day_due = None
    if days := _days(duration):
        day_due = _on_day(_timeline(calendar), start, days)
        target = _position(line, day_due)
    target += amount
    cuts = _cuts(line, pauses, low=begin) if pauses else []
    if target == begin and day_due is None:
        for low, high in cuts:
            if low <= target < high:
                target = high
        return _instant(line.late(target))
    unpaused = target
    for low, high in cuts:
        if low < target:
            target += high - low
    if day_due is not None and target == unpaused and not amount:
        return day_due
    return _instant(line.early(target))


def subtract(calendar: Calendar | None, end: datetime, duration: Duration, pauses: Sequence[Pause] = ()) -> datetime:
    """The latest instant from which `duration` has passed at `end`: the mirror image of `due`.

    A duration that is used up exactly at an opening starts there, not at the closing before it; one
    of zero starts at the last instant up to which the calendar was open. In days: the n-th working
    day before, at the same wall time, or at the next open instant on that day, or at its closing.
    Raises what `due` raises, for the years before 1.
    """
    line, amount = _line(calendar, duration), _amount(duration)
    finish = target = _position(line, end)
    day_start = None
    if days := _days(duration):
        day_start = _on_day(_timeline(calendar), end, -days)
        target = _position(line, day_start)
    target -= amount
    cuts = _cuts(line, pauses, high=finish) if pauses else []
    if target == finish and day_start is None:
        for low, high in reversed(cuts):
            if low < target <= high:
                target = low
        return _instant(line.early(target))
    unpaused = target
    for low, high in reversed(cuts):
        if high > target:
            target -= high - low
    if day_start is not None and target == unpaused and not amount:
        return day_start
    return _instant(line.late(target))


def between(calendar: Calendar | None, start: datetime, end: datetime, pauses: Sequence[Pause] = ()) -> int:
    """The open seconds from `start` to `end` without the pauses, rounded down; 0 where end is before start.

    Without a calendar all time is open.
    """
    if end <= start:
        return 0
    line: _Line = calendar.timeline if calendar else _WALL_CLOCK
    low, high = _position(line, start), _position(line, end)
    paused = clipped(_cuts(line, pauses), low, high) if pauses else []
    return (high - low - sum(last - first for first, last in paused)) // SECOND


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether the calendar is open at an instant. At opening time it is, at closing time it is not."""
    moment = _utc(at)
    return calendar.timeline.is_open(micros(moment), moment.year)


def next_open(calendar: Calendar, at: datetime) -> datetime:
    """`at` where the calendar is open, else its next opening. Raises Refusal `no-open-time`."""
    timeline = calendar.timeline
    return _instant(timeline.late(_position(timeline, at)))


def next_close(calendar: Calendar, at: datetime) -> datetime | None:
    """The end of the open stretch that holds `at`, or of the next one; None where it never closes.

    Raises Refusal `no-open-time` where it never opens.
    """
    opened = next_open(calendar, at)
    closing = calendar.timeline.closing(micros(opened), opened.year)
    return None if closing is None else _instant(closing)


def is_projected(calendar: Calendar, start: datetime, end: datetime) -> tuple[int, ...]:
    """The years from `start` to `end` whose statutory days come from no official notice, in order.

    Empty for a calendar without `holidays`. Years are those of the calendar's zone.
    """
    if not calendar.holidays:
        return ()
    first, last = sorted((start.astimezone(calendar.zone_info).year, end.astimezone(calendar.zone_info).year))
    return tuple(
        year
        for year in range(first, last + 1)
        if not all(holiday_year(country, year).official for country in calendar.holidays)
    )


def _on_day(timeline: Timeline, at: datetime, days: int) -> datetime:
    """The wall time of `at` on another working day, moved into that day's open time."""
    moment = micros(_utc(at))
    local = at.astimezone(timeline.zone)
    date = local.toordinal()
    own = timeline.day_of(moment, date)
    wall = (local.replace(tzinfo=None) - datetime.fromordinal(own)) // MICROSECOND
    workday = timeline.workday(own, days)
    same = wall_instant(timeline.zone, workday, wall)
    stretches = timeline.own(workday)
    if days > 0:
        earlier = [min(same, end) for start, end in stretches if start <= same]
        # Only a shift that outlasts all of the next day's can lead back behind its own instant.
        return _instant(max(earlier[-1] if earlier else stretches[0][0], moment))
    later = [max(same, start) for start, end in stretches if same <= end]
    return _instant(min(later[0] if later else stretches[-1][1], moment))


def _line(calendar: Calendar | None, duration: Duration) -> _Line:
    return _WALL_CLOCK if isinstance(duration, Elapsed) else _timeline(calendar)


def _timeline(calendar: Calendar | None) -> Timeline:
    if calendar is None:
        raise Refusal("bad-input", "a business duration needs a calendar", help="name one with `on CALENDAR`")
    return calendar.timeline


def _amount(duration: Duration) -> int:
    if duration.seconds < 0 or _days(duration) < 0:
        raise Refusal("bad-input", f"a duration of `{duration}` is negative")
    return duration.seconds * SECOND


def _days(duration: Duration) -> int:
    return duration.days if isinstance(duration, Business) else 0


def _cuts(line: _Line, pauses: Iterable[Pause], low: int | None = None, high: int | None = None) -> list[Stretch]:
    """The pauses as positions, merged and clipped."""
    cuts = merged((_position(line, first), _position(line, last)) for first, last in pauses)
    if low is not None:
        cuts = [(max(first, low), last) for first, last in cuts if last > low]
    if high is not None:
        cuts = [(first, min(last, high)) for first, last in cuts if first < high]
    return cuts


def _position(line: _Line, at: datetime) -> int:
    moment = _utc(at)
    return line.position(micros(moment), moment.year)


def _utc(at: datetime) -> datetime:
    return at if at.tzinfo is UTC else instant(micros(at))


def _instant(at: int) -> datetime:
    try:
        return instant(at)
    except OverflowError:
        raise Refusal("bad-input", "the answer lies outside the years 1 to 9999") from None
