"""A month of a calendar: each day as data, and drawn as a grid that a person can check against a printed one."""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from svcctl.clock.calendar import Calendar
from svcctl.clock.reasons import reason_for
from svcctl.clock.wall import SECOND, instant, steady_offsets
from svcctl.desk.calendars import NamedCalendar
from svcctl.foundation.width import display_width
from svcctl.report.derivation import OFF, WORKED, clock, reason_item
from svcctl.report.table import Looks, padded, paint, shortened

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MARKS = {"holiday": OFF, "make-up workday": WORKED, "closed": "×", "shift": "+"}
_LEGEND = {
    "holiday": "statutory holiday",
    "make-up workday": "make-up workday",
    "closed": "closed by the rules",
    "shift": "hours of this date alone",
}
_PROJECTED = "?"
_COLUMN = 11  # `09:00-12:00`
_GAP = 2


def month_days(named: NamedCalendar, first: date) -> list[dict[str, Any]]:
    """Each day of the month that begins on `first`: what it is and why, its open hours as wall times, and their
    length in seconds, which differs from what the hours say in a night in which the clock changes."""
    _, count = monthrange(first.year, first.month)
    return [_day(named, first + timedelta(days=number)) for number in range(count)]


def month_page(calendar: Calendar, days: Sequence[Mapping[str, Any]], looks: Looks) -> Iterator[str]:
    """The month, Monday first, then what its marks mean, the notices, and its open time."""
    month = str(days[0]["date"])[:7]
    yield f"{paint(f'{calendar.id}  {month}', '1', looks)}  {calendar.zone}\n\n"
    gap = _GAP if looks.width is None or looks.width >= 7 * _COLUMN + 6 * _GAP else 1
    yield paint(_line([f"{name:>3}" for name in _WEEKDAYS], gap), "1", looks)
    blank = [None] * _WEEKDAYS.index(str(days[0]["weekday"]))
    padding: list[Mapping[str, Any] | None] = [*blank, *days]
    for start in range(0, len(padding), 7):
        boxes = [_box(day) for day in padding[start : start + 7]]
        for number in range(max(map(len, boxes))):
            yield _line([box[number] if number < len(box) else "" for box in boxes], gap)
        yield "\n"
    yield from _legend(days)
    worked = [day for day in days if day["open_seconds"]]
    yield f"{len(worked)} working days, {clock(sum(day['open_seconds'] for day in days))} h open\n"


def _day(named: NamedCalendar, on: date) -> dict[str, Any]:
    calendar, ordinal = named.calendar, on.toordinal()
    reason = reason_for(calendar, on)
    stretches = calendar.timeline.own(ordinal)
    walls = [[instant(at).astimezone(calendar.zone_info) for at in stretch] for stretch in stretches]
    steady = steady_offsets(calendar.zone_info, range(ordinal, ordinal + 1))[0] is not None
    return {
        **reason_item(reason),
        "hours": [[_wall(start, on), _wall(end, on)] for start, end in walls],
        "open_seconds": sum(end - start for start, end in stretches) // SECOND,
        "clock_changes": not steady and len({wall.utcoffset() for pair in walls for wall in pair}) > 1,
        "clauses": [{"place": clause.place, "text": clause.text} for clause in named.clauses(reason)],
    }


def _wall(moment: datetime, on: date) -> str:
    """`HH:MM`; midnight at the end of the day is `24:00`."""
    text = moment.strftime("%H:%M")
    return "24:00" if text == "00:00" and moment.date() > on else text


def _box(day: Mapping[str, Any] | None) -> list[str]:
    """The lines of one day."""
    if day is None:
        return [""]
    mark = _MARKS.get(str(day["kind"]), "") + (_PROJECTED if day["projected"] else "")
    box = [f"{int(str(day['date'])[8:]):>3} {mark}"]
    if day["holiday"]:
        box.append(shortened(str(day["holiday"]), _COLUMN))
    box += ["-".join(hours) for hours in day["hours"]]
    if day["clock_changes"]:
        box.append(f"= {clock(day['open_seconds'])}")
    return box


def _line(texts: Sequence[str], gap: int) -> str:
    return (" " * gap).join(padded(text, max(_COLUMN, display_width(text))) for text in texts).rstrip() + "\n"


def _legend(days: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for kind, mark in _MARKS.items():
        told = _ranges([day for day in days if day["kind"] == kind])
        if told:
            yield f"{mark}  {_LEGEND[kind]}: {', '.join(told)}\n"
    if any(day["projected"] for day in days):
        yield f"{_PROJECTED}  projected: there is no official notice for this year\n"
    if any(day["clock_changes"] for day in days):
        yield "=  the clock changes in these hours, so they are longer or shorter than they read\n"
    notices = {notice["number"]: notice for day in days for notice in day["notices"]}
    for notice in notices.values():
        yield f"   {notice['number']} {notice['title']} ({notice['issued']})\n"


def _ranges(days: Sequence[Mapping[str, Any]]) -> list[str]:
    """Days in a row of one name as `1-7 国庆节`."""
    runs: list[tuple[int, int, str]] = []
    for day in days:
        number, name = int(str(day["date"])[8:]), str(day["holiday"] or "")
        if runs and runs[-1][1] == number - 1 and runs[-1][2] == name:
            runs[-1] = (runs[-1][0], number, name)
        else:
            runs.append((number, number, name))
    return [f"{first if first == last else f'{first}-{last}'} {name}".rstrip() for first, last, name in runs]
