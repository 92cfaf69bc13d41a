"""A due time with all that led to it: as data, and as a table that a person can follow with a calendar in hand."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from itertools import groupby
from typing import Any

from svcctl.clock.derivation import Derivation, Step
from svcctl.clock.reasons import Reason
from svcctl.desk.calendars import NamedCalendar
from svcctl.foundation.instant import exact
from svcctl.report.table import Looks, cell, lay_out, paint

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

#: The marks that Chinese calendars have beside a day: off by law, and worked instead of a weekday off.
OFF, WORKED = "休", "班"


def derivation_item(derivation: Derivation, named: NamedCalendar) -> dict[str, Any]:
    """The derivation as data; times with the offset of the calendar's zone, durations in seconds."""
    zone = derivation.calendar.zone_info
    return {
        "calendar": derivation.calendar.id,
        "zone": derivation.calendar.zone,
        "from": exact(derivation.start, zone),
        "duration": str(derivation.duration),
        "due": exact(derivation.due, zone),
        "projected": list(derivation.projected),
        "steps": [_step(step, named, zone) for step in derivation.steps],
    }


def reason_item(reason: Reason) -> dict[str, Any]:
    """What decided a day, as data."""
    return {
        "date": reason.on.isoformat(),
        "weekday": _WEEKDAYS[reason.on.weekday()],
        "kind": reason.day.kind,
        "holiday": reason.day.name or None,
        "country": reason.country or None,
        "projected": reason.day.projected,
        "notices": [
            {"number": notice.number, "title": notice.title, "issued": notice.issued.isoformat()}
            for notice in reason.notices
        ],
    }


def derivation_page(item: Mapping[str, Any], looks: Looks) -> Iterator[str]:
    """The derivation that an item tells."""
    yield f"{paint(_moment(item['due']), '1', looks)}  {item['duration']} after {_moment(item['from'])}"
    yield f" on calendar `{item['calendar']}` ({item['zone']})\n"
    by_days = any(step["step"] == "working day" for step in item["steps"])
    rows = [
        _row(list(steps), by_days)
        for _, steps in groupby(item["steps"], key=lambda step: _closed_alike(step) or (step["from"], step["to"]))
    ]
    if rows:
        yield "\n"
        titles = ("day", "hours", "counted", "so far", "why", "where")
        yield lay_out(rows, titles, looks, cut=titles.index("why"), right="llrr")
    if by_days:
        yield "\ndue at the same time of day, or at closing where that comes first\n"


def clock(seconds: int) -> str:
    """Seconds as hours and minutes, with seconds where there are any."""
    hours, rest = divmod(seconds, 3600)
    text = f"{hours}:{rest // 60:02}"
    return f"{text}:{rest % 60:02}" if rest % 60 else text


def day_text(day: date) -> str:
    """A day as people read it."""
    return f"{_WEEKDAYS[day.weekday()]} {day}"


def _step(step: Step, named: NamedCalendar, zone: tzinfo) -> dict[str, Any]:
    reason = step.reason
    clauses = named.clauses(reason, breaks=step.kind == "break") if reason else ()
    return {
        "step": step.kind,
        "from": exact(step.start, zone) if step.start else None,
        "to": exact(step.end, zone) if step.end else None,
        "seconds": step.seconds,
        "total": step.total,
        "day": reason_item(reason) if reason else None,
        "clauses": [{"place": clause.place, "text": clause.text} for clause in clauses],
    }


def _closed_alike(step: Mapping[str, Any]) -> str:
    """The same text for closed days that are closed for the same cause, so that a holiday is one row."""
    if step["step"] != "closed":
        return ""
    day = step["day"]
    return repr(("closed", day["kind"], day["holiday"], day["notices"], step["clauses"]))


def _row(steps: Sequence[Mapping[str, Any]], by_days: bool) -> list[str]:
    step, day = steps[0], steps[0]["day"]
    days = [day_text(date.fromisoformat(each["day"]["date"])) for each in steps if each["day"]]
    name = " .. ".join(dict.fromkeys((days[0], days[-1]))) if days else ""
    counted, total = clock(step["seconds"]), "" if by_days else clock(step["total"])
    if step["step"] == "working day":
        counted, total = "", f"day {step['total']}"
    elif step["step"] == "closed":
        counted = total = ""
    elif step["step"] != "open":
        counted = f"({counted})"
    where = ", ".join(clause["place"] for clause in step["clauses"])
    return [name, _hours(step), counted, total, cell(_why(step, day)), where]


def _hours(step: Mapping[str, Any]) -> str:
    if step["from"] is None:
        return ""
    start, end = datetime.fromisoformat(step["from"]), datetime.fromisoformat(step["to"])
    later = (end.date() - start.date()).days
    shift = start.utcoffset() != end.utcoffset()
    return f"{_time(start)}-{_time(end)}{f' +{later}d' if later else ''}{' (clock changed)' if shift else ''}"


def _time(moment: datetime) -> str:
    return moment.strftime("%H:%M:%S" if moment.second else "%H:%M")


def _why(step: Mapping[str, Any], day: Mapping[str, Any] | None) -> str:
    if step["step"] == "paused":
        return "paused"
    if day is None:
        return "time on the wall clock"
    said = "; ".join(clause["text"] for clause in step["clauses"]) or "no hours on this weekday"
    if day["holiday"] is None:
        return said
    mark = OFF if day["kind"] == "holiday" else WORKED
    source = ", ".join(notice["number"] for notice in day["notices"])
    return f"{mark} {day['holiday']} ({'projected' if day['projected'] else source or 'by law'}): {said}"


def _moment(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{_WEEKDAYS[moment.weekday()]} {moment.date()} {_time(moment)}"
