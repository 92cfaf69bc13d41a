"""The open time of a calendar on the line of instants, compiled one year at a time.

Instants are microseconds since 1970 in UTC. A *position* is how much open time lies before an
instant, counted from an arbitrary zero of the timeline; arithmetic with open time is addition of
positions, and two binary searches lead from an instant to its position and back.
"""

from array import array
from bisect import bisect_left, bisect_right
from datetime import date
from typing import TYPE_CHECKING

from svcctl.clock.statutory import YEARS, holiday_year
from svcctl.clock.stretch import Stretch, clipped, merged, without
from svcctl.clock.wall import DAY, EPOCH, MINUTE, steady_offsets, wall_instant
from svcctl.clock.year import Year, days_in
from svcctl.foundation.errors import Refusal

if TYPE_CHECKING:
    from svcctl.clock.calendar import Calendar, Intervals

FIRST_YEAR, FINAL_YEAR = 1, 9999

# A shift ends up to two days after the midnight that it belongs to, and offsets reach 16 hours.
_MARGIN = 3

# Zone tables list single changes from 1835 to 2087, and holidays come from `YEARS`. Outside, a year
# without dates of its own depends on nothing but the weekday it starts with and its length.
_SINGULAR = range(YEARS.start - 1, YEARS.stop + 1)


class Timeline:
    """The open time of one calendar. Everything is built when first needed and kept."""

    def __init__(self, calendar: "Calendar") -> None:
        self._calendar = calendar
        self.zone = calendar.zone_info
        self._years: dict[int, Year] = {}
        self._regular: dict[tuple[int, int, bool, bool], Year] = {}
        self._begins = 0
        self._planned: dict[int, list[Stretch]] = {}
        self._weekly = [
            merged((start * MINUTE, end * MINUTE) for start, end in _whole(hours)) for hours in calendar.weekly
        ]
        self._marks: list[int] = []  # the position at the start of each year from `_begins` on
        breaks = (self._stretches(day.toordinal(), hours) for day, hours in calendar.breaks.items())
        self._cuts = merged(stretch for stretches in breaks for stretch in stretches)
        self._dates = sorted(day.toordinal() for day in (*calendar.shifts, *calendar.breaks))
        years = [day.year for day in calendar.shifts]
        last_years = [last.year for _, last in calendar.closed]
        self._settled = max([_SINGULAR.stop, *years, *(day.year for day in calendar.breaks), *last_years]) + 1
        # Beyond these years there is nothing to look for.
        self._low, self._high = FIRST_YEAR, FINAL_YEAR
        if not any(calendar.weekly):
            self._low = max(FIRST_YEAR, min(years, default=FINAL_YEAR + 1) - 1)
            self._high = min(FINAL_YEAR, max(years, default=FIRST_YEAR - 2) + 1)

    # ------------------------------------------------------------ instants and positions

    def position(self, at: int, number: int) -> int:
        """The open time before the instant `at`, which lies in the UTC year `number`."""
        self._cover(number)
        year = self._years[number]
        at -= year.base
        mark = self._marks[number - self._begins]
        place = bisect_right(year.starts, at) - 1
        if place < 0:
            return mark
        return mark + year.before[place] + min(at, year.ends[place]) - year.starts[place]

    def early(self, position: int) -> int:
        """The first instant of a position: a closing time rather than the next opening."""
        while self._marks[-1] < position:
            self._append(self._high)
        while self._marks[0] >= position:
            self._prepend(self._low)
        index = bisect_left(self._marks, position) - 1
        year = self._years[self._begins + index]
        position -= self._marks[index]
        place = bisect_left(year.before, position) - 1
        return year.base + year.starts[place] + position - year.before[place]

    def ahead(self, at: int, number: int, amount: int) -> int:
        """The first instant by which `amount` (not zero) has passed since `at`, in the UTC year `number`.

        The same as `early(position(at, number) + amount)`, which most often stays within one year: then it is
        two searches in that year.
        """
        year = self._years.get(number)
        if year is not None:
            starts, before = year.starts, year.before
            offset = at - year.base
            place = bisect_right(starts, offset) - 1
            if place >= 0:
                end = year.ends[place]
                target = before[place] + (offset if offset < end else end) - starts[place] + amount
                if target <= year.total:
                    place = bisect_left(before, target, place) - 1
                    return year.base + starts[place] + target - before[place]
        return self.early(self.position(at, number) + amount)

    def late(self, position: int) -> int:
        """The last instant of a position: an opening time rather than the closing before it."""
        while self._marks[-1] <= position:
            self._append(self._high)
        while self._marks[0] > position:
            self._prepend(self._low)
        index = bisect_right(self._marks, position) - 1
        year = self._years[self._begins + index]
        position -= self._marks[index]
        place = bisect_right(year.before, position) - 1
        return year.base + year.starts[place] + position - year.before[place]

    def is_open(self, at: int, number: int) -> bool:
        """Whether `at`, in the UTC year `number`, lies in open time; a closing instant does not."""
        year = self.year(number)
        place = bisect_right(year.starts, at - year.base) - 1
        return place >= 0 and at - year.base < year.ends[place]

    def closing(self, at: int, number: int) -> int | None:
        """The end of the open stretch that holds `at`, in the UTC year `number`; None where it never ends."""
        year = self.year(number)
        end = year.base + year.ends[bisect_right(year.starts, at - year.base) - 1]
        while end == year.base + year.length and number < FINAL_YEAR:
            if year.total == year.length and number > self._settled:
                return None
            number += 1
            year = self.year(number)
            if not year.starts or year.starts[0] > 0:
                return end
            end = year.base + year.ends[0]
        return end if end < year.base + year.length else None

    # ------------------------------------------------------------------------ working days

    def own(self, ordinal: int, offset: int | None = None) -> list[Stretch]:
        """The open stretches that belong to the local day of a proleptic ordinal, past midnight too.

        `offset` is the zone's, in microseconds, where it is known to stay the same until they end.
        """
        stretches = self.planned(ordinal, offset)
        if not self._cuts or not stretches:
            return stretches
        first = max(bisect_left(self._cuts, (stretches[0][0],)) - 1, 0)
        last = bisect_left(self._cuts, (stretches[-1][1],))
        return without(stretches, self._cuts[first:last])

    def planned(self, ordinal: int, offset: int | None = None) -> list[Stretch]:
        """What `own` would be if there were no breaks."""
        found = self._planned.get(ordinal)
        if found is None or offset is not None:
            hours = self._calendar.day(date.fromordinal(ordinal)).hours
            found = merged(self._stretches(ordinal, hours, offset)) if hours else []
            if offset is None:
                self._planned[ordinal] = found
        return found

    def day_of(self, at: int, local: int) -> int:
        """`local`, the date of an instant, or the day before if only a shift of that day holds the instant."""
        for ordinal in (local, max(local - 1, 1)):
            if any(start <= at < end for start, end in self.own(ordinal)):
                return ordinal
        return local

    def workday(self, ordinal: int, count: int) -> int:
        """The working day `count` after (before, where negative) the day `ordinal`, which does not count."""
        number = date.fromordinal(ordinal).year
        while count > 0 and number <= self._high:
            year = self.year(number)
            place = bisect_right(year.workdays, ordinal - year.first) + count - 1
            if place < len(year.workdays):
                return year.first + year.workdays[place]
            count = place - len(year.workdays) + 1
            number += 1
        while count < 0 and number >= self._low:
            year = self.year(number)
            place = bisect_left(year.workdays, ordinal - year.first) + count
            if place >= 0:
                return year.first + year.workdays[place]
            count = place
            number -= 1
        raise self._refusal()

    def _stretches(self, ordinal: int, hours: "Intervals", offset: int | None = None) -> list[Stretch]:
        if offset is not None:
            midnight = (ordinal - EPOCH) * DAY - offset
            return [(midnight + start * MINUTE, midnight + end * MINUTE) for start, end in _whole(hours)]
        return [
            (wall_instant(self.zone, ordinal, start * MINUTE), wall_instant(self.zone, ordinal, end * MINUTE))
            for start, end in _whole(hours)
        ]

    # ------------------------------------------------------------------------------- years

    def year(self, number: int) -> Year:
        """The open stretches of a UTC year. Raises Refusal `no-open-time` beyond the years 1 to 9999."""
        year = self._years.get(number)
        if year is None:
            if not FIRST_YEAR <= number <= FINAL_YEAR:
                raise self._refusal()
            year = self._years[number] = self._built(number)
        return year

    def _cover(self, number: int) -> None:
        if not self._marks:
            self._begins = number
            self._marks.append(0)
        while number >= self._begins + len(self._marks) - 1:
            self._append(FINAL_YEAR)
        while number < self._begins:
            self._prepend(FIRST_YEAR)

    def _append(self, high: int) -> None:
        number = self._begins + len(self._marks) - 1
        if number > high:
            raise self._refusal()
        self._marks.append(self._marks[-1] + self.year(number).total)

    def _prepend(self, low: int) -> None:
        number = self._begins - 1
        if number < low:
            raise self._refusal()
        self._marks.insert(0, self._marks[0] - self.year(number).total)
        self._begins = number

    def _refusal(self) -> Refusal:
        return Refusal(
            "no-open-time",
            f"calendar `{self._calendar.id}` has no open time in which the duration could pass",
            help="give it hours on a weekday or on a date, and look for a `closed` range that covers them",
        )

    def _built(self, number: int) -> Year:
        first = date(number, 1, 1).toordinal()
        low, high = first - _MARGIN, first + days_in(number) + _MARGIN
        closed = clipped(self._calendar.closed_days, low, high)
        dated = bisect_left(self._dates, low) < bisect_left(self._dates, high)
        if number in _SINGULAR or dated or (closed and closed[0] != (low, high)):
            return self._compiled(number, first)
        kind = (first % 7, days_in(number), number in range(_SINGULAR.start), bool(closed))
        if kind not in self._regular:
            self._regular[kind] = self._compiled(number, first)
        return self._regular[kind].moved(number)

    def _compiled(self, number: int, first: int) -> Year:
        base, days = (first - EPOCH) * DAY, days_in(number)
        starts, ends, before, workdays = array("q"), array("q"), array("q"), array("l")
        stretches: list[Stretch] = []
        ordinals = range(max(first - _MARGIN, 1), min(first + days + _MARGIN, date.max.toordinal() + 1))
        special = self._special(ordinals)
        for ordinal, offset in zip(ordinals, steady_offsets(self.zone, ordinals), strict=True):
            if offset is None or ordinal in special:
                own = self.own(ordinal, offset)
            else:
                midnight = (ordinal - EPOCH) * DAY - offset
                own = [(midnight + start, midnight + end) for start, end in self._weekly[(ordinal - 1) % 7]]
            if own and first <= ordinal < first + days:
                workdays.append(ordinal - first)
            stretches += own
        total = 0
        for start, end in clipped(merged(stretches), base, base + days * DAY):
            starts.append(start - base)
            ends.append(end - base)
            before.append(total)
            total += end - start
        return Year(base, days * DAY, first, starts, ends, before, total, workdays)

    def _special(self, ordinals: range) -> set[int]:
        """The days on which more than the weekday may say what is open, or how long."""
        low, high = ordinals.start, ordinals.stop
        found: set[int] = set()
        for start, end in clipped(self._calendar.closed_days, low, high):
            found.update(range(start, end))
        for day in self._dates[bisect_left(self._dates, low - _MARGIN) : bisect_left(self._dates, high + _MARGIN)]:
            found.update(range(day - _MARGIN, day + _MARGIN + 1))
        for country in self._calendar.holidays:
            for year in range(date.fromordinal(low).year, date.fromordinal(high - 1).year + 1):
                statutory = holiday_year(country, year)
                found.update(day.toordinal() for day in (*statutory.off, *statutory.workdays))
        return found


def _whole(hours: "Intervals") -> "Intervals":
    """Hours of a day with those that run past midnight counted on."""
    return tuple((start, end if end > start else end + 1440) for start, end in hours)
