"""The business calendar: when somebody works, as a value."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from svcctl.clock.statutory import holiday_year
from svcctl.clock.stretch import merged
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import zone_named
from svcctl.foundation.record import Record

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from svcctl.clock.timeline import Timeline

Interval = tuple[int, int]
"""From and to in minutes of wall time after midnight. To is at most 1440, which is `24:00`; where it is
not after from, the interval runs past midnight and still belongs to the day on which it starts."""

Intervals = tuple[Interval, ...]

Kind = Literal["weekday", "shift", "closed", "holiday", "make-up workday"]


class Day(Record):
    """One day of a calendar: its `hours`, by what `kind` of rule it has them, and the `name` of its holiday.

    `projected` says that a holiday or make-up workday comes from no official notice.
    """

    hours: Intervals
    kind: Kind
    name: str = ""
    projected: bool = False


class Calendar:
    """When somebody works, in the wall time of one IANA zone. Immutable; compiled when first asked.

    `weekly` gives the hours of each weekday, 0 for Monday to 6, as a mapping or a sequence of seven;
    `shifts` the hours of single dates; `closed` ranges of dates, both ends included; `breaks` times
    of single dates at which everything is closed; `holidays` the countries whose statutory days are
    kept, as ISO 3166 codes.

    What decides a day, strongest first:

    1. `closed`: no hours, whatever else is written;
    2. `shifts`: these hours, be the day a weekday, a weekend or a statutory holiday;
    3. a statutory holiday of any of the countries: no hours;
    4. a make-up workday: the hours of a regular working day. Notices name no weekday that it stands
       for, so these are Monday's, or those of the first weekday up to Friday that has any;
    5. `weekly`.

    A closed day closes the hours that belong to it, past midnight too; the end of yesterday's night
    shift belongs to yesterday. A break closes its stretch of wall time to every shift. A wall time
    that daylight saving skips is moved forward by the gap; one that comes twice is the first.

    Raises Refusal `bad-input` where a value cannot be used.
    """

    def __init__(
        self,
        id: str,
        zone: str,
        weekly: Mapping[int, Iterable[Interval]] | Sequence[Iterable[Interval]] = (),
        *,
        holidays: Iterable[str] = (),
        shifts: Mapping[date, Iterable[Interval]] | None = None,
        closed: Iterable[tuple[date, date]] = (),
        breaks: Mapping[date, Iterable[Interval]] | None = None,
    ) -> None:
        by_day = weekly if isinstance(weekly, Mapping) else dict(enumerate(weekly))
        if not set(by_day) <= set(range(7)):
            raise Refusal("bad-input", f"calendar `{id}` has hours for a weekday other than 0 to 6")
        self.id = id
        self.zone = zone
        self.weekly: tuple[Intervals, ...] = tuple(_checked(id, by_day.get(day, ())) for day in range(7))
        self.holidays: tuple[str, ...] = tuple(holidays)
        self.shifts: Mapping[date, Intervals] = {
            day: _checked(id, hours) for day, hours in sorted((shifts or {}).items())
        }
        self.closed: tuple[tuple[date, date], ...] = tuple(closed)
        self.breaks: Mapping[date, Intervals] = {
            day: _checked(id, hours) for day, hours in sorted((breaks or {}).items())
        }
        for first, last in self.closed:
            if last < first:
                raise Refusal(
                    "bad-input",
                    f"calendar `{id}` is closed from {first} to {last}, which is earlier",
                    help="write the earlier date first",
                )
        try:
            self._zone = zone_named(zone)
        except Refusal as refusal:
            raise Refusal("bad-input", f"calendar `{id}`: {refusal.message}", help=refusal.help) from None

    @property
    def zone_info(self) -> "ZoneInfo":
        return self._zone

    @cached_property
    def _values(self) -> tuple[object, ...]:
        days = (tuple(self.shifts.items()), tuple(self.breaks.items()))
        return (self.id, self.zone, self.weekly, self.holidays, self.closed, *days)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Calendar) and self._values == other._values)

    def __hash__(self) -> int:
        return hash((self.id, self.zone))

    def __repr__(self) -> str:
        return f"Calendar({self.id!r}, {self.zone!r})"

    @cached_property
    def timeline(self) -> "Timeline":
        """The open time of this calendar as sorted instants, built year by year as it is asked for."""
        from svcctl.clock.timeline import Timeline

        return Timeline(self)

    @cached_property
    def closed_days(self) -> list[tuple[int, int]]:
        """The closed ranges as proleptic ordinals, end exclusive, merged."""
        return merged((first.toordinal(), last.toordinal() + 1) for first, last in self.closed)

    @cached_property
    def _workday_hours(self) -> Intervals:
        return next((hours for hours in self.weekly[:5] if hours), ())

    @cached_property
    def _weekdays(self) -> tuple[Day, ...]:
        return tuple(Day(hours, "weekday") for hours in self.weekly)

    def is_closed(self, ordinal: int) -> bool:
        """Whether `closed` names the day of this proleptic ordinal."""
        place = bisect_right(self.closed_days, (ordinal, ordinal + 10_000_000)) - 1
        return place >= 0 and ordinal < self.closed_days[place][1]

    def day(self, day: date) -> Day:
        """The hours that belong to `day` and why. Raises what `holiday_year` raises."""
        if self.closed and self.is_closed(day.toordinal()):
            return Day((), "closed")
        if day in self.shifts:
            return Day(self.shifts[day], "shift")
        plain = self._weekdays[day.weekday()]
        if not self.holidays:
            return plain
        years = [holiday_year(country, day.year) for country in self.holidays]
        for year in years:
            if day in year.off:
                return Day((), "holiday", year.off[day], not year.official)
        for year in years:
            if day in year.workdays:
                hours = self._workday_hours or plain.hours
                return Day(hours, "make-up workday", year.workdays[day], not year.official)
        return plain


def _checked(id: str, intervals: Iterable[Interval]) -> Intervals:
    checked = tuple((start, end) for start, end in intervals)
    for start, end in checked:
        if not (0 <= start < 1440 and 0 <= end <= 1440):
            raise Refusal(
                "bad-input",
                f"calendar `{id}` has hours from minute {start} to minute {end} of a day",
                help="from is 0 to 1439, to is 0 to 1440",
            )
    return checked
