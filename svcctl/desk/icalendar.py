"""All-day events of an iCalendar file (RFC 5545).

Lines are unfolded (3.1), an end is exclusive (3.6.1). Of recurrence only plain years are read; whatever else
a rule says is refused rather than guessed.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record

_FOLD = re.compile(rb"\r?\n[ \t]")
_LINE = re.compile(r'([A-Za-z0-9-]+)((?:;[^":;]+=(?:"[^"]*"|[^":;,]*)(?:,(?:"[^"]*"|[^":;,]*))*)*):(.*)', re.DOTALL)
_DATE = re.compile(r"\d{8}", re.ASCII)
_LENGTH = re.compile(r"P(?:(\d+)W|(\d+)D)", re.ASCII)
_ESCAPED = re.compile(r"\\([\\;,nN])")

#: Apple marks days off by law and make-up workdays in its calendars of holidays; events without it are festivals.
_MARK = "X-APPLE-SPECIAL-DAY"
_MARK_OFF, _MARK_WORKED = "WORK-HOLIDAY", "ALTERNATE-WORKDAY"
_WORKED = re.compile(r"^上班|补班|^班|[（(]班[)）]")


class Event(Record):
    """Days in a row, both ends included, with what they are called; `worked` where they are make-up workdays."""

    first: date
    last: date
    name: str
    worked: bool = False


class EventFile(Record):
    """The days of a file and how many events were `left_out` because they have a time of day or were cancelled."""

    events: tuple[Event, ...]
    left_out: int = 0


def read_icalendar(content: bytes, through: int) -> EventFile:
    """The all-day events of a file; one that recurs without an end is read to the end of the year `through`.

    Raises Refusal `bad-input` for what is not iCalendar and for a recurrence that is not plainly yearly.
    """
    try:
        text = _FOLD.sub(b"", content).decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise Refusal("bad-input", f"the file is not UTF-8 text (byte {broken.start})") from None
    found = list(_components(text))
    marked = any(_MARK in properties for properties in found)
    events: list[Event] = []
    left_out = 0
    for properties in found:
        a_day = _DATE.fullmatch(properties.get("DTSTART", "")) and properties.get("STATUS") != "CANCELLED"
        if a_day and (not marked or properties.get(_MARK) in (_MARK_OFF, _MARK_WORKED)):
            events += _occurrences(properties, through)
        else:
            left_out += 1
    return EventFile(tuple(sorted(events, key=lambda event: (event.first, event.last, event.name))), left_out)


def _components(text: str) -> Iterator[dict[str, str]]:
    """The properties of each VEVENT, without those of what is nested in it."""
    path: list[str] = []
    event: dict[str, str] = {}
    for line in filter(None, text.replace("\r", "").split("\n")):
        match = _LINE.fullmatch(line)
        if match is None:
            raise Refusal("bad-input", f"`{line[:60]}` is no line of an iCalendar file", help="lines are `NAME:VALUE`")
        name, value = match[1].upper(), match[3]
        if name == "BEGIN":
            path.append(value.upper())
            if path[-1] == "VEVENT":
                event = {}
        elif name == "END":
            if not path or path.pop() != value.upper():
                raise Refusal("bad-input", f"`{line}` ends what was not begun")
            if value.upper() == "VEVENT":
                yield event
        elif path and path[-1] == "VEVENT":
            event[name] = f"{event[name]},{value}" if name == "EXDATE" and name in event else value
        elif not path:
            raise Refusal("bad-input", "the file does not begin with `BEGIN:VCALENDAR`")
    if path:
        raise Refusal("bad-input", f"the file ends within `{path[-1]}`", help="it may have been cut off")


def _occurrences(event: Mapping[str, str], through: int) -> Iterator[Event]:
    name = _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], event.get("SUMMARY", "")).strip()
    first = _date(event["DTSTART"], name)
    length = _length(event, first, name)
    worked = event.get(_MARK) == _MARK_WORKED or (_MARK not in event and _WORKED.search(name) is not None)
    except_for = {_date(text, name) for text in event.get("EXDATE", "").split(",") if text}
    for day in _yearly(event, first, through, name) if "RRULE" in event else [first]:
        if day not in except_for:
            yield Event(day, day + length, name, worked)


def _yearly(event: Mapping[str, str], first: date, through: int, name: str) -> Iterator[date]:
    """The days of a rule that says no more than once a year on the day of the event."""
    rule = dict(part.upper().split("=", 1) for part in event["RRULE"].split(";") if "=" in part)
    plain = {"FREQ": "YEARLY", "INTERVAL": "1", "BYMONTH": str(first.month), "BYMONTHDAY": str(first.day)}
    odd = [key for key, value in rule.items() if value != plain.get(key) and key not in ("COUNT", "UNTIL", "WKST")]
    if odd or "FREQ" not in rule or "RDATE" in event:
        raise Refusal(
            "bad-input",
            f"`{name}` recurs by `{event['RRULE']}`, which is more than once a year on its day",
            help="write its days by hand, as `closed DATE`, or export the calendar with single days",
        )
    until = _date(rule["UNTIL"][:8], name) if "UNTIL" in rule else date(max(through, first.year), 12, 31)
    count = int(rule["COUNT"]) if rule.get("COUNT", "").isdecimal() else None
    for year in range(first.year, until.year + 1):
        try:
            day = first.replace(year=year)
        except ValueError:  # 29 February: a year without one has no occurrence
            continue
        if day > until or count == 0:
            return
        count = None if count is None else count - 1
        yield day


def _length(event: Mapping[str, str], first: date, name: str) -> timedelta:
    """From the first day to the last."""
    if _DATE.fullmatch(event.get("DTEND", "")):
        return max(_date(event["DTEND"], name) - first - timedelta(days=1), timedelta(0))
    match = _LENGTH.fullmatch(event.get("DURATION", ""))
    days = int(match[1] or 0) * 7 + int(match[2] or 0) if match else 1
    return timedelta(days=max(days - 1, 0))


def _date(text: str, name: str) -> date:
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise Refusal("bad-input", f"`{text}` of `{name}` is not a date", help="write it like `20261001`") from None
