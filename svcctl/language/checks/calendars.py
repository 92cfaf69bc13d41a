"""Calendars: hours that do not overlap, in a zone that exists."""

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from itertools import groupby

from svcctl.foundation.diagnostic import Label
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import zone_named
from svcctl.language.calendar_block import Break, CalendarBlock, Interval, Shift, Weekly
from svcctl.language.checks.findings import suggestion
from svcctl.language.checks.known import Known
from svcctl.language.tree import Node, place_of

_DAY = 1440
_WEEK = 7 * _DAY


def check_calendar(known: Known, block: CalendarBlock) -> CalendarBlock:
    if not _zone_exists(block.zone):
        from zoneinfo import available_timezones

        known.findings.error(
            "unknown-zone",
            f"there is no time zone `{block.zone}`",
            place_of(block.zone, block),
            help=suggestion(block.zone, available_timezones()) or ("write an IANA name such as `Asia/Shanghai`",),
        )
    for code in block.holidays:
        known.expect("holidays", code, place_of(code, block))
    _no_overlap(known, _week(block.weekly), wraps=True)
    for dated in (block.shifts, block.breaks):
        _dated(known, dated)
    if not any(week.intervals and week.days for week in block.weekly) and not any(s.intervals for s in block.shifts):
        known.findings.error(
            "never-open",
            f"calendar `{block.id}` has no open time",
            place_of(block.id, block),
            help=["write its hours, as in `mon..fri 09:00-18:00`"],
        )
    return block


@lru_cache
def _zone_exists(name: str) -> bool:
    try:
        zone_named(str(name))
    except Refusal:
        return False
    return True


_Placed = tuple[int, int, Node]


def _week(weekly: Iterable[Weekly]) -> Iterator[_Placed]:
    for entry in weekly:
        for day in entry.days:
            for interval in entry.intervals:
                start, end = _stretch(interval)
                yield day * _DAY + start, day * _DAY + end, entry


def _stretch(interval: Interval) -> Interval:
    """From and to, counted on past midnight where the hours run into the next day."""
    start, end = interval
    return start, end if end > start else end + _DAY


def _dated(known: Known, entries: Iterable[Shift | Break]) -> None:
    day_of: Callable[[Shift | Break], object] = lambda entry: entry.day  # noqa: E731
    for _, same_day in groupby(sorted(entries, key=lambda entry: (entry.day, entry.span)), key=day_of):
        placed = [(*_stretch(interval), entry) for entry in same_day for interval in entry.intervals]
        _no_overlap(known, placed, wraps=False)


def _no_overlap(known: Known, placed: Iterable[_Placed], *, wraps: bool) -> None:
    """A finding at the second of two stretches that overlap, once for each pair of clauses."""
    stretches = sorted(placed, key=lambda stretch: (stretch[0], stretch[1]))
    if wraps and stretches:
        start, end, entry = stretches[0]
        stretches.append((start + _WEEK, end + _WEEK, entry))
    said: set[tuple[int, int]] = set()
    reach: _Placed | None = None
    for stretch in stretches:
        if reach is not None and stretch[0] < reach[1]:
            first, second = sorted((reach[2], stretch[2]), key=lambda node: node.span)
            if (id(first), id(second)) not in said:
                said.add((id(first), id(second)))
                related = [Label(first.span, "these hours")] if first is not second else []
                known.findings.error(
                    "overlapping-hours",
                    "these hours overlap others",
                    second.span,
                    related=related,
                    help=["write every open hour once"],
                )
        if reach is None or stretch[1] > reach[1]:
            reach = stretch
