"""Values as Tryton writes them in JSON: what JSON has no type for is an object with `__class__`."""

import base64
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any


def to_json(value: Any) -> bytes:
    """The text of a request. Characters that UTF-8 cannot write are replaced."""
    return json.dumps(value, default=_encoded, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def from_json(text: bytes) -> Any:
    """What an answer says. Numbers with a point are `Decimal`s, so that quantities keep their digits.

    Raises ValueError where it is not JSON, or is nested too deep.
    """
    try:
        return json.loads(text, object_hook=_decoded, parse_float=Decimal)
    except RecursionError:
        raise ValueError("nested too deep") from None


def to_header(value: Any) -> str:
    """The form of domains and contexts in addresses and headers."""
    return base64.urlsafe_b64encode(to_json(value)).decode("ascii")


def _encoded(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, datetime):
        return {
            "__class__": "datetime",
            **{part: getattr(value, part) for part in ("year", "month", "day", "hour", "minute", "second")},
            "microsecond": value.microsecond,
        }
    if isinstance(value, date):
        return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _decoded(value: dict[str, Any]) -> Any:
    kind = value.get("__class__")
    if not isinstance(kind, str):
        return value
    parts: Mapping[str, Any] = {name: part for name, part in value.items() if name != "__class__"}
    try:
        if kind == "Decimal":
            return Decimal(parts["decimal"])
        if kind == "datetime":
            return datetime(**parts)
        if kind == "date":
            return date(**parts)
        if kind == "timedelta":
            return timedelta(seconds=float(parts["seconds"]))
        if kind == "bytes":
            return base64.b64decode(parts["base64"])
    except (KeyError, TypeError, ArithmeticError) as wrong:
        raise ValueError(f"a wrong {kind}: {wrong}") from None
    return value
