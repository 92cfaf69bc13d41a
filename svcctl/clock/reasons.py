"""Why a day of a calendar has the hours it has: the kind of rule, the holiday, the documents that fix it."""

from datetime import date

from svcctl.clock.calendar import Calendar, Day
from svcctl.clock.statutory import Notice, holiday_year, notices_for
from svcctl.foundation.record import Record


class Reason(Record):
    """A `day` with what decided it, the `country` whose law did, and the `notices` that say so."""

    on: date
    day: Day
    country: str = ""
    notices: tuple[Notice, ...] = ()

    @property
    def cause(self) -> tuple[object, ...]:
        """Equal for days that are as they are for the same cause."""
        return (self.day, self.country, self.notices)


def reason_for(calendar: Calendar, on: date) -> Reason:
    """Why the calendar has the hours it has on a day. Raises what `holiday_year` raises."""
    day = calendar.day(on)
    if day.kind not in ("holiday", "make-up workday"):
        return Reason(on, day)
    for country in calendar.holidays:
        year = holiday_year(country, on.year)
        if on in (year.off if day.kind == "holiday" else year.workdays):
            return Reason(on, day, country, notices_for(country, on))
    return Reason(on, day)
