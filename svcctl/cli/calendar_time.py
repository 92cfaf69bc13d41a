"""`svcctl calendar due|between|subtract|compute`."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.call import Call
from svcctl.cli.lines import answered, lines_of
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import exact, parse_instant
from svcctl.report.output import Answer, columns

if TYPE_CHECKING:
    from svcctl.clock.arithmetic import Pause
    from svcctl.clock.calendar import Calendar
    from svcctl.foundation.quantity import Duration

_PAUSE = click.option(
    "--pause", "pauses", multiple=True, metavar="FROM..TO", help="Time that does not count; may be repeated."
)
_OFFICIAL = click.option(
    "--require-official", "official", is_flag=True, help="Refuse a result that crosses a year without official notice."
)


def _timed(function: Callable[..., Answer]) -> Callable[..., Answer]:
    return _PAUSE(_OFFICIAL(function))


@verb("calendar due")
@click.argument("name", metavar="CALENDAR")
@click.argument("start")
@click.argument("duration")
@_timed
@click.option("--why", is_flag=True, help="Show every stretch, closed day and pause that led there.")
def due(call: Call, name: str, start: str, duration: str, pauses: tuple[str, ...], official: bool, why: bool) -> Answer:
    """Times without an offset are in the calendar's zone; START may be `now`. DURATION is written as in rules:

    4bh and 30bm of open time, 2bd working days, 4h and 30m on the wall clock.
    """
    from svcctl.clock.arithmetic import due
    from svcctl.desk.calendars import find_calendar

    named = find_calendar(call.workspace, name)
    calendar = named.calendar
    begin, amount, cuts = _moment(call, start, calendar), _duration(duration), _pauses(call, pauses, calendar)
    if why:
        from svcctl.clock.derivation import derive
        from svcctl.report.derivation import derivation_item, derivation_page

        derivation = derive(calendar, begin, amount, cuts)
        item = derivation_item(derivation, named)
        _, notes = _projected(calendar, begin, derivation.due, official, amount)
        return Answer(item, page=lambda looks: derivation_page(item, looks), notes=notes)
    end = due(calendar, begin, amount, cuts)
    return _answer(calendar, {"due": exact(end, calendar.zone_info)}, begin, end, official, amount)


@verb("calendar between")
@click.argument("name", metavar="CALENDAR")
@click.argument("start")
@click.argument("end")
@_timed
def between(call: Call, name: str, start: str, end: str, pauses: tuple[str, ...], official: bool) -> Answer:
    """The open time from START to END without the pauses, in seconds; 0 where END comes first."""
    from svcctl.clock.arithmetic import between
    from svcctl.desk.calendars import find_calendar
    from svcctl.report.derivation import clock

    calendar = find_calendar(call.workspace, name).calendar
    begin, finish = _moment(call, start, calendar), _moment(call, end, calendar)
    seconds = between(calendar, begin, finish, _pauses(call, pauses, calendar))
    return _answer(calendar, {"seconds": seconds, "hours": clock(seconds)}, begin, finish, official)


@verb("calendar subtract")
@click.argument("name", metavar="CALENDAR")
@click.argument("end")
@click.argument("duration")
@_timed
def subtract(call: Call, name: str, end: str, duration: str, pauses: tuple[str, ...], official: bool) -> Answer:
    """The latest START from which DURATION has passed at END: the way back from `due`."""
    from svcctl.clock.arithmetic import subtract
    from svcctl.desk.calendars import find_calendar

    calendar = find_calendar(call.workspace, name).calendar
    finish, amount = _moment(call, end, calendar), _duration(duration)
    begin = subtract(calendar, finish, amount, _pauses(call, pauses, calendar))
    return _answer(calendar, {"start": exact(begin, calendar.zone_info)}, begin, finish, official, amount)


@verb("calendar compute")
@click.argument("file")
@_OFFICIAL
def compute(call: Call, file: str, official: bool) -> Answer:
    """FILE, or stdin for `-`, has one JSON object a line:

    \b
    {"id": 1, "calendar": NAME or {"zone": "Asia/Shanghai",
        "hours": {"mon": [["09:00", "12:00"], ["13:30", "18:00"]], ...},
        "closed": [DATE or [FIRST, LAST]], "shifts": {DATE: [[FROM, TO]]},
        "breaks": {DATE: [[FROM, TO]]}, "holidays": ["CN"]},
     "op": "due", "start": TIME, "seconds": 14400, "pauses": [[FROM, TO]]}

    `op` is `due`, `subtract` (both with `seconds`) or `between` (with `end`). Hours run to `24:00`; where the end is
    not after the start they run past midnight and belong to the first day. Times without an offset are in the
    calendar's zone. The answers come line by line: {"id", "due"}, {"id", "seconds"}, or {"id", "error"}, and exit
    code 4 at the end where there was an error. No workspace is needed unless a calendar is named.
    """
    from json import dumps

    answers = _computed(call, lines_of(file), official)
    shown = columns("id", "due", "seconds", "projected", "error.message")
    return answered(call, answers, lambda answer, looks: dumps(answer, ensure_ascii=False), shown)


def _computed(call: Call, lines: Iterable[str | bytes], official: bool) -> Iterator[dict[str, Any]]:
    from svcctl.clock.compute import compute
    from svcctl.desk.calendars import by_name

    named = by_name(lambda: call.workspace)
    for line in lines:
        if line.strip():
            yield compute(line, named, official=official)


def _answer(
    calendar: "Calendar",
    item: dict[str, Any],
    start: datetime,
    end: datetime,
    official: bool,
    duration: "Duration | None" = None,
) -> Answer:
    years, notes = _projected(calendar, start, end, official, duration)
    shown = next(iter(item.values()))
    item = {"calendar": calendar.id, **item, "projected": list(years)}
    return Answer(item, page=lambda looks: f"{shown}\n", notes=notes)


def _projected(
    calendar: "Calendar", start: datetime, end: datetime, official: bool, duration: "Duration | None"
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The years on the way without an official notice, and what to say of them. Raises Refusal `projected-year`."""
    from svcctl.clock.arithmetic import is_projected
    from svcctl.clock.compute import check_official
    from svcctl.foundation.quantity import Elapsed

    if isinstance(duration, Elapsed):  # time on the wall clock knows no holidays
        return (), ()
    if official:
        check_official(calendar, start, end)
    years = is_projected(calendar, start, end)
    said = f"warning: no official notice fixes the holidays of {', '.join(map(str, years))}; they are projected"
    return years, (said,) if years else ()


def _moment(call: Call, text: str, calendar: "Calendar") -> datetime:
    return call.now if text == "now" else parse_instant(text, calendar.zone_info)


def _duration(text: str) -> "Duration":
    from svcctl.foundation.quantity import parse_duration

    duration = parse_duration(text)
    if duration is None:
        raise Refusal("bad-argument", f"`{text}` is not a duration", help="write it like `4bh`, `2bd`, `30m` or `4h`")
    return duration


def _pauses(call: Call, texts: Iterable[str], calendar: "Calendar") -> "list[Pause]":
    pauses = []
    for text in texts:
        first, dots, last = text.partition("..")
        if not dots:
            raise Refusal("bad-argument", f"`{text}` of --pause has no `..`", help="write FROM..TO")
        pauses.append((_moment(call, first, calendar), _moment(call, last, calendar)))
    return pauses
