"""The open time of one year."""

from array import array
from datetime import date

from svcctl.clock.wall import DAY, EPOCH
from svcctl.foundation.record import Record


class Year(Record):
    """The open stretches of one UTC year, relative to `base`, its first instant; `length` is its own.

    `before[i]` is the open time of the year before `starts[i]`; `workdays` counts the local days
    that have open time of their own, from 0 for the day `first` (a proleptic ordinal).
    """

    base: int
    length: int
    first: int
    starts: "array[int]"
    ends: "array[int]"
    before: "array[int]"
    total: int
    workdays: "array[int]"

    def moved(self, number: int) -> "Year":
        """The same year at another place."""
        first = date(number, 1, 1).toordinal()
        base = (first - EPOCH) * DAY
        return self.replace(base=base, length=days_in(number) * DAY, first=first)


def days_in(number: int) -> int:
    """The days of a year of the Gregorian calendar."""
    return 365 + (number % 4 == 0 and (number % 100 != 0 or number % 400 == 0))
