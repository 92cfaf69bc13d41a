"""What is doubtful about a calendar: found by looking at its days, not at its text."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from svcctl.clock.calendar import Calendar
from svcctl.clock.reasons import Reason, reason_for
from svcctl.clock.statutory import holiday_year
from svcctl.clock.stretch import merged, without
from svcctl.clock.wall import MINUTE
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record

Grade = Literal["error", "warning", "note"]


class Doubt(Record):
    """One finding: a stable `code`, what is the matter, and the day by which the clause at fault is found.

    An `error` makes the calendar useless, a `warning` is a clause that does not do what it says, a `note`
    something to know.
    """

    grade: Grade
    code: str
    message: str
    reason: Reason | None = None


def verify_calendar(calendar: Calendar, today: date) -> tuple[Doubt, ...]:
    """Everything doubtful from the start of this year to the end of the next, and in every dated clause."""
    return tuple(_doubts(calendar, today))


def _doubts(calendar: Calendar, today: date) -> Iterator[Doubt]:
    for country in calendar.holidays:
        try:
            years = [year for year in (today.year, today.year + 1) if not holiday_year(country, year).official]
        except Refusal as refusal:
            yield Doubt("error", refusal.code, refusal.message)
            return
        for year in years:
            message = f"there is no official notice of the holidays of {year} in `{country}`; they are projected"
            yield Doubt("warning" if year == today.year else "note", "projected-year", message)
    yield from _never_open(calendar, today)
    yield from _dated(calendar, today)
    yield from _days(calendar, today)


def _never_open(calendar: Calendar, today: date) -> Iterator[Doubt]:
    timeline, year = calendar.timeline, today.year
    if not any(calendar.weekly) and not any(calendar.shifts.values()):
        yield Doubt("error", "no-open-time", "it has no open time at all")
    elif not timeline.year(year).total and not timeline.year(year + 1).total:
        yield Doubt("error", "no-open-time", f"it is closed all through {year} and {year + 1}")


def _dated(calendar: Calendar, today: date) -> Iterator[Doubt]:
    """Clauses that name dates."""
    for first, last in calendar.closed:
        if last < date(today.year, 1, 1):
            message = f"{_span(first, last)} is closed, which is past; the clause may go when no open ticket is so old"
            yield Doubt("note", "past-clause", message, reason_for(calendar, last))
    for on in calendar.shifts:
        reason = reason_for(calendar, on)
        if reason.day.kind == "closed":
            yield Doubt("warning", "dead-shift", f"the hours of {on} never apply: the day is closed", reason)
            continue
        for country in calendar.holidays:
            if name := holiday_year(country, on.year).off.get(on):
                yield Doubt("note", "shift-on-holiday", f"{on} is worked though it is {name} in `{country}`", reason)
    for on in calendar.breaks:
        timeline, ordinal = calendar.timeline, on.toordinal()
        near = range(max(ordinal - 1, 1), min(ordinal + 1, date.max.toordinal()) + 1)
        if all(timeline.planned(day) == timeline.own(day) for day in near):
            message = f"the break of {on} interrupts nothing: no hours are open then"
            yield Doubt("warning", "dead-break", message, Reason(on, calendar.day(on)))


def _days(calendar: Calendar, today: date) -> Iterator[Doubt]:
    """Hours of one day against each other, against the night before, and against changes of the clock."""
    told: set[tuple[str, object]] = set()
    before = None
    timeline = calendar.timeline
    dated = {*calendar.shifts, *calendar.breaks}
    span = (date(today.year, 1, 1) + timedelta(days=number) for number in range(-1, 731))
    for on in sorted({*span, *dated, *(day + timedelta(days=1) for day in dated if day < date.max)}):
        ordinal = on.toordinal()
        reason = reason_for(calendar, on)
        planned = timeline.planned(ordinal)
        length = sum(end - start for start, end in planned) // MINUTE
        written = [(start, end if end > start else end + 1440) for start, end in reason.day.hours]
        apart = merged(written)
        union = sum(end - start for start, end in apart)
        if union < sum(end - start for start, end in written) and ("overlap", reason.day.hours) not in told:
            told.add(("overlap", reason.day.hours))
            yield Doubt("warning", "overlapping-hours", f"hours of {on} overlap; they count once", reason)
        if before is not None and before[0] == ordinal - 1 and without(planned, before[1]) != planned:
            key = ("night", (reason.day.hours, before[2]))
            if key not in told:
                told.add(key)
                message = f"hours of {on} overlap those of the night before; they count once"
                yield Doubt("warning", "overlapping-hours", message, reason)
        if length != union:
            yield _changed(on, reason, union, length, len(planned) < len(apart))
        before = (ordinal, planned, reason.day.hours)


def _changed(on: date, reason: Reason, written: int, length: int, swallowed: bool) -> Doubt:
    """The clock changes in the hours of a day."""
    how = f"{abs(written - length)} minutes {'shorter' if length < written else 'longer'} than written"
    if swallowed:
        return Doubt("warning", "swallowed-hours", f"hours of {on} fall into a gap of the clock: {how}", reason)
    return Doubt("note", "clock-change", f"the clock changes in the hours of {on}: {how}", reason)


def _span(first: date, last: date) -> str:
    return str(first) if first == last else f"{first}..{last}"
