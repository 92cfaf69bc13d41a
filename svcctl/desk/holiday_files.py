"""Files of holidays as clauses of a calendar, for review: what decides is the text in git."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from svcctl.clock.calendar import Intervals
from svcctl.clock.inline import day_of, minute_of
from svcctl.desk.calendars import NamedCalendar, closed_text, hours_text, week_text
from svcctl.desk.icalendar import Event, EventFile, read_icalendar
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import zone_named
from svcctl.foundation.record import Record

_KEYS = '`{"year": 2026, "papers": [...], "days": [{"name", "date", "isOffDay"}]}`'
_DAY = timedelta(days=1)


class Frame(Record):
    """What a file of holidays does not say: the `zone`, the `week` as clauses, the hours of a make-up workday."""

    zone: str
    week: tuple[str, ...]
    workday: Intervals


def frame_like(named: NamedCalendar) -> Frame:
    """The frame of another calendar; a make-up workday has the hours of its first weekday that has any."""
    calendar = named.calendar
    workday = next((hours for hours in calendar.weekly[:5] if hours), ())
    return Frame(calendar.zone, tuple(week_text(clause) for clause in named.block.weekly), workday)


def frame_of(zone: str, hours: str) -> Frame:
    """Monday to Friday with the hours of a text such as `09:00-12:00, 13:30-18:00`. Raises Refusal `bad-argument`."""
    zone_named(zone)
    found = []
    for text in hours.split(","):
        start, _, end = text.strip().partition("-")
        minutes = minute_of(start), minute_of(end)
        if minutes[0] is None or minutes[1] is None or minutes[0] == 1440:
            raise Refusal("bad-argument", f"`{text.strip()}` are not hours", help="write them like `09:00-18:00`")
        found.append((minutes[0], minutes[1]))
    return Frame(zone, (f"mon..fri {hours_text(found)}",), tuple(found))


def read_holidays(path: Path, through: int) -> EventFile:
    """The days of an iCalendar or JSON file. Raises Refusal `unknown-file`, `bad-input`."""
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no file `{path}`")
    content = path.read_bytes()
    found = _from_json(content) if content.lstrip()[:1] in (b"{", b"[") else read_icalendar(content, through)
    off, worked = (set(_days(event for event in found.events if event.worked is flag)) for flag in (False, True))
    if both := sorted(off & worked):
        raise Refusal("bad-input", f"{both[0]} is both a day off and a make-up workday in `{path.name}`")
    return found


def block_text(name: str, frame: Frame, file: EventFile, origin: str) -> str:
    """A calendar block with a clause for each run of days, its name beside it."""
    if any(event.worked for event in file.events) and not frame.workday:
        raise Refusal("bad-input", "a make-up workday has no hours: no weekday has any", help="give --hours")
    clauses = [(f'zone "{frame.zone}"', ""), *((line, "") for line in frame.week)]
    for event in file.events:
        if event.worked:
            dates = list(_days([event]))
            clauses += [(f"on {day} {hours_text(frame.workday)}", event.name) for day in dates]
        else:
            clauses.append((closed_text(event.first, event.last), event.name))
    width = max(len(clause) for clause, _ in clauses)
    lines = [f"  {clause:{width}}  # {' '.join(name.split())}" if name else f"  {clause}" for clause, name in clauses]
    return "\n".join([f"# from {origin}", f"calendar {_name(name)} {{", *lines, "}", ""])


def _name(name: str) -> str:
    plain = name.replace("-", "").replace("_", "")
    return name if plain.isalnum() and not plain[0].isdecimal() else json.dumps(name, ensure_ascii=False)


def _from_json(content: bytes) -> EventFile:
    """The form of public data on China's holidays: an object with `days`, or a list of such objects."""
    try:
        given = json.loads(content)
    except (ValueError, RecursionError) as broken:
        raise Refusal("bad-input", f"the file is not JSON: {broken}", help=f"write {_KEYS}") from None
    years = given if isinstance(given, list) else [given]
    days: dict[date, Event] = {}
    for year in years:
        for day in _list_of_days(year):
            event = _event(day)
            if days.setdefault(event.first, event) != event:
                raise Refusal("bad-input", f"{event.first} is in the file twice, as different things")
    return EventFile(tuple(_runs(days[day] for day in sorted(days))))


def _list_of_days(year: Any) -> list[Any]:
    days = year.get("days") if isinstance(year, dict) else None
    if not isinstance(days, list):
        raise Refusal("bad-input", "the file has no list of `days`", help=f"write {_KEYS}")
    return days


def _event(given: Any) -> Event:
    if not (isinstance(given, dict) and isinstance(given.get("isOffDay"), bool)):
        raise Refusal("bad-input", f"`{given}` does not say `isOffDay`", help=f"write {_KEYS}")
    day = day_of(given.get("date"), "date")
    return Event(day, day, str(given.get("name", "")), not given["isOffDay"])


def _runs(events: Iterable[Event]) -> Iterator[Event]:
    """Days in a row that are the same thing, as one."""
    run: Event | None = None
    for event in events:
        if run and (event.first - run.last, event.name, event.worked) == (_DAY, run.name, run.worked):
            run = run.replace(last=event.last)
            continue
        if run:
            yield run
        run = event
    if run:
        yield run


def _days(events: Iterable[Event]) -> Iterator[date]:
    for event in events:
        yield from (event.first + number * _DAY for number in range((event.last - event.first).days + 1))
