"""What an answer means beyond its status: `Retry-After`, and robots that say no inside of HTTP 200."""

import json
import math
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from svcctl.plugin_api import Receipt


def retry_seconds(headers: Mapping[str, str], now: float) -> int | None:
    """Seconds that `Retry-After` asks for, given as a number or as a date (RFC 9110, 10.2.3).

    A date counts from the answer's own `Date`, so that two clocks need not agree, else from `now` (Unix seconds).
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return int(value)
    until = _unix(value)
    if until is None:
        return None
    since = _unix(headers.get("Date", ""))
    return max(0, math.ceil(until - (now if since is None else since)))


def judge(
    body: bytes | None, path: str, ok_values: Sequence[object], retry_values: Sequence[object], text: str
) -> Receipt:
    """The receipt by the value at a dotted path of a JSON answer; without such a value nobody can tell."""
    if body is None:
        return Receipt.unknown("the answer was cut off", code="no-answer")
    try:
        value: Any = json.loads(body)
    except (ValueError, RecursionError):
        return Receipt.unknown(f"the answer is not JSON: {text}", code="bad-answer")
    for part in path.split("."):
        if not isinstance(value, dict) or part not in value:
            return Receipt.unknown(f"the answer has no `{path}`: {text}", code="bad-answer")
        value = value[part]
    if _one_of(value, ok_values):
        return Receipt.delivered(text=f"{path} is {value}")
    if _one_of(value, retry_values):
        return Receipt.retry(f"asked to come back later: {text}", code=str(value))
    return Receipt.rejected(f"refused: {text}", code=str(value))


def _one_of(value: object, values: Sequence[object]) -> bool:
    """Whether the value is listed; True is not 1, and False is not 0, as in JSON."""
    return any(type(value) is type(each) and value == each for each in values)


def _unix(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
