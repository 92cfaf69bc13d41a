"""A calendar as a JSON object, for a caller that has no rules: `{"zone", "hours", "closed", "shifts", "breaks"}`.

`zone` is an IANA name. `hours` maps `mon` to `sun` to lists of `[from, to]`, each `HH:MM` with `24:00` for
the end of a day; an interval whose end is not after its start runs past midnight and belongs to its first
day. `closed` lists dates or `[first, last]`, both included; `shifts` and `breaks` map dates to intervals.
`holidays` names countries, as a code or a list of codes.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from svcctl.clock.calendar import Calendar, Interval
from svcctl.foundation.errors import Refusal, nearest

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_KEYS = ("zone", "hours", "closed", "shifts", "breaks", "holidays")

#: So many calendars are kept compiled; one more lets go of the one that was not asked for longest.
_KEPT = 256


@lru_cache(maxsize=_KEPT)
def inline_calendar(text: str) -> Calendar:
    """The calendar of a JSON object, as text. The same text is compiled once. Raises Refusal `bad-input`."""
    import json

    return calendar_of(json.loads(text))


def calendar_of(given: Mapping[str, Any], name: str = "inline") -> Calendar:
    """The calendar that an object describes. Raises Refusal `bad-input` that names the key at fault."""
    known(given, _KEYS, "calendar")
    zone = given.get("zone")
    if not isinstance(zone, str):
        raise Refusal("bad-input", "the calendar has no `zone`", help='write an IANA name: `"zone": "Asia/Shanghai"`')
    hours = _object(given, "hours")
    known(hours, DAYS, "`hours`")
    holidays = given.get("holidays") or []
    codes = [holidays] if isinstance(holidays, str) else holidays
    if not (isinstance(codes, list) and all(isinstance(code, str) for code in codes)):
        raise Refusal("bad-input", "`holidays` is not a country code or a list of them", help='write `["CN"]`')
    return Calendar(
        name,
        zone,
        {DAYS.index(day): _intervals(value, f"hours.{day}") for day, value in hours.items()},
        holidays=codes,
        shifts=_dated(given, "shifts"),
        closed=_closed(given.get("closed") or []),
        breaks=_dated(given, "breaks"),
    )


def known(given: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    """Raise Refusal `bad-input` for a key that has no meaning: left out in silence it would falsify an answer."""
    for key in given:
        if key not in names:
            meant = nearest(key, names)
            hint = f"did you mean `{meant}`?" if meant else f"one of {', '.join(names)}"
            raise Refusal("bad-input", f"there is no `{key}` in {where}", help=hint)


def minute_of(text: object) -> int | None:
    """The minute after midnight that `HH:MM` writes, 1440 for `24:00`; None for anything else."""
    if not isinstance(text, str):
        return None
    hour, colon, minute = text.partition(":")
    if not (colon and 1 <= len(hour) <= 2 and len(minute) == 2 and f"{hour}{minute}".isdecimal() and text.isascii()):
        return None
    number = int(hour) * 60 + int(minute)
    return number if int(minute) < 60 and number <= 1440 else None


def day_of(text: object, where: str) -> date:
    """The date that a text writes. Raises Refusal `bad-input`."""
    try:
        return date.fromisoformat(text if isinstance(text, str) else "")
    except ValueError:
        raise Refusal("bad-input", f"`{text}` in `{where}` is not a date", help="write it like `2026-10-01`") from None


def _object(given: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = given.get(key) or {}
    if not isinstance(value, Mapping):
        raise Refusal("bad-input", f"`{key}` of the calendar is not an object", help=f'write `"{key}": {{...}}`')
    return value


def _dated(given: Mapping[str, Any], key: str) -> dict[date, list[Interval]]:
    return {day_of(day, key): _intervals(value, f"{key}.{day}") for day, value in _object(given, key).items()}


def _intervals(value: object, where: str) -> list[Interval]:
    found = []
    for start, end in _pairs(value, where):
        minutes = minute_of(start), minute_of(end)
        if minutes[0] is None or minutes[1] is None or minutes[0] == 1440:
            raise Refusal(
                "bad-input",
                f"`{start}` to `{end}` in `{where}` are not hours",
                help='write `["09:00", "18:00"]`; hours run from `00:00` to `24:00`',
            )
        found.append((minutes[0], minutes[1]))
    return found


def _closed(value: object) -> list[tuple[date, date]]:
    entries = [[entry, entry] if isinstance(entry, str) else entry for entry in _list(value, "closed")]
    return [(day_of(first, "closed"), day_of(last, "closed")) for first, last in _pairs(entries, "closed")]


def _pairs(value: object, where: str) -> Iterator[tuple[object, object]]:
    for pair in _list(value, where):
        if not (isinstance(pair, list | tuple) and len(pair) == 2):
            raise Refusal("bad-input", f"`{where}` has an entry that is not a pair", help="write `[from, to]`")
        yield pair[0], pair[1]


def _list(value: object, where: str) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise Refusal("bad-input", f"`{where}` is not a list", help="write `[[from, to], ...]`")
    return value
