"""Values as Tryton writes them in JSON: what JSON has no type for is an object with `__class__`."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from svcctl.plugin_api import CallFailed


def encoded(value: Any) -> Any:
    """What JSON can write."""
    if isinstance(value, Mapping):
        return {name: encoded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [encoded(item) for item in value]
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{name: getattr(value, name) for name in names}}
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    return value


def decoded(value: Any) -> Any:
    """What was meant. Raises CallFailed where nobody can tell."""
    try:
        return _decoded(value)
    except (KeyError, TypeError, ValueError, ArithmeticError, RecursionError) as wrong:
        raise CallFailed.rejected(f"Tryton gave a value that is none: {wrong}", "bad-answer") from None


def in_header(value: Any) -> str:
    """The form of domains and contexts in addresses and headers."""
    text = json.dumps(encoded(value), ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode("utf-8", "replace")).decode("ascii")


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("__class__")
    parts = {name: _decoded(part) for name, part in value.items() if name != "__class__" or kind not in _KINDS}
    return _KINDS[kind](parts) if kind in _KINDS else parts


_KINDS: Mapping[Any, Callable[[Mapping[str, Any]], Any]] = {
    "Decimal": lambda parts: Decimal(parts["decimal"]),
    "datetime": lambda parts: datetime(**parts),
    "date": lambda parts: date(**parts),
    "timedelta": lambda parts: timedelta(seconds=float(parts["seconds"])),
    "bytes": lambda parts: base64.b64decode(parts["base64"]),
}
