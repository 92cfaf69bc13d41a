"""Arithmetic by the line: a request as JSON, its answer as a value."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from svcctl.clock.arithmetic import Pause, between, due, is_projected, subtract
from svcctl.clock.calendar import Calendar
from svcctl.clock.inline import inline_calendar, known
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import exact, parse_instant
from svcctl.foundation.quantity import Business

OPERATIONS = ("due", "between", "subtract")
_KEYS = ("id", "calendar", "op", "start", "seconds", "end", "pauses")

Named = Callable[[str], Calendar]


def compute(line: str | bytes, named: Named, *, official: bool = False) -> dict[str, Any]:
    """The answer to one line: `{"id", "due"}`, `{"id", "seconds"}` or `{"id", "error"}`.

    A request is `{"id", "calendar", "op", "start", "seconds" or "end", "pauses"}`. `named` finds a calendar
    that is asked for by name; it may raise Refusal. `due` starts at `start`, `subtract` ends there (or at
    `end`); both answer with `due`, `between` with `seconds`. Times without an offset are in the calendar's
    zone, and answers are written in it. An answer that crosses years without an official notice of holidays
    has them in `projected`; where `official` is asked for, it is an error.
    """
    id: Any = None
    try:
        try:
            request = json.loads(line)
        except (ValueError, RecursionError) as broken:
            raise Refusal("bad-input", f"the line is not JSON: {broken}") from None
        if not isinstance(request, dict):
            raise Refusal("bad-input", "the line is not an object", help='write `{"id": ..., "op": "due", ...}`')
        id = request.get("id")
        return {"id": id, **_answer(request, named, official)}
    except Refusal as refusal:
        return {"id": id, "error": refusal.to_json()}


def check_official(calendar: Calendar, start: datetime, end: datetime) -> None:
    """Raises Refusal `projected-year` where no official notice fixes a year from `start` to `end`."""
    if years := is_projected(calendar, start, end):
        raise Refusal(
            "projected-year",
            f"no official notice fixes the holidays of {', '.join(map(str, years))} on calendar `{calendar.id}`",
            help="leave out --require-official to count on the projected days",
            details={"projected": list(years)},
        )


def _answer(request: dict[str, Any], named: Named, official: bool) -> dict[str, Any]:
    known(request, _KEYS, "a request")
    calendar = _calendar(request.get("calendar"), named)
    op = request.get("op")
    if op == "subtract" and request.get("start") is None:
        start = _instant(request.get("end"), "end", calendar)
    else:
        start = _instant(request.get("start"), "start", calendar)
    pauses = _pauses(request.get("pauses") or (), calendar)
    answer: dict[str, Any]
    if op == "due":
        end = due(calendar, start, _seconds(request), pauses)
        answer = {"due": exact(end, calendar.zone_info)}
    elif op == "subtract":
        end = subtract(calendar, start, _seconds(request), pauses)
        answer = {"due": exact(end, calendar.zone_info)}
    elif op == "between":
        end = _instant(request.get("end"), "end", calendar)
        answer = {"seconds": between(calendar, start, end, pauses)}
    else:
        raise Refusal("bad-input", f"there is no operation `{op}`", help=f"`op` is one of {', '.join(OPERATIONS)}")
    if calendar.holidays and (years := is_projected(calendar, start, end)):
        if official:
            check_official(calendar, start, end)
        answer["projected"] = list(years)
    return answer


def _calendar(given: object, named: Named) -> Calendar:
    if isinstance(given, str):
        return named(given)
    if isinstance(given, dict):
        return inline_calendar(json.dumps(given, sort_keys=True))
    raise Refusal(
        "bad-input", "the request has no `calendar`", help="give the name of one, or an object with its hours"
    )


def _instant(given: object, key: str, calendar: Calendar) -> datetime:
    if not isinstance(given, str):
        raise Refusal("bad-input", f"the request has no `{key}`", help="write it like `2026-11-23T09:00:00+08:00`")
    return parse_instant(given, calendar.zone_info)


def _seconds(request: dict[str, Any]) -> Business:
    seconds = request.get("seconds")
    if isinstance(seconds, float) and seconds.is_integer():
        seconds = int(seconds)
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        raise Refusal("bad-input", "the request has no whole number of `seconds`", help='write `"seconds": 3600`')
    return Business(seconds)


def _pauses(given: object, calendar: Calendar) -> Sequence[Pause]:
    if not isinstance(given, list | tuple) or not all(isinstance(pair, list) and len(pair) == 2 for pair in given):
        raise Refusal("bad-input", "`pauses` is not a list of pairs", help="write `[[from, to], ...]`")
    return [(_instant(first, "pauses", calendar), _instant(last, "pauses", calendar)) for first, last in given]
