"""Checked blocks as plain JSON, and back: a rule as it was, whatever becomes of its file, its names or its forms.

A node is a mapping of its class and of the fields that differ from their defaults, so that a snapshot outlives fields
that are added later. Places in the text are left out.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from svcctl.foundation.record import Record
from svcctl.language.nodes import NODES
from svcctl.language.types import Kind

_NODE = "node"
_PLAIN: Mapping[str, tuple[type[Any], Callable[[Any], Any]]] = {
    "sort": (Kind, Kind),
    "decimal": (Decimal, Decimal),
    "instant": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
}


def freeze(value: Any) -> Any:
    """A checked block, or anything inside one, as JSON: equal blocks give equal JSON."""
    if isinstance(value, Record):
        fields = {name: getattr(value, name) for name in (*value._fields, *value._spots) if name != "span"}
        defaults = {**value._defaults, **value._spots}
        kept = {name: freeze(item) for name, item in fields.items() if name not in defaults or item != defaults[name]}
        return {_NODE: type(value).__name__, **kept}
    if isinstance(value, tuple):
        return [freeze(item) for item in value]
    for name, (kind, _) in _PLAIN.items():
        if isinstance(value, kind):
            return {name: value.value if isinstance(value, Enum) else str(value)}
    if value is None or isinstance(value, str | int):
        return str(value) if isinstance(value, str) else value
    raise TypeError(f"{type(value).__name__} has no snapshot")


def thaw(frozen: Any) -> Any:
    """What `freeze` was given. Raises KeyError or TypeError for a snapshot that this version cannot read."""
    if isinstance(frozen, list):
        return tuple(thaw(item) for item in frozen)
    if not isinstance(frozen, dict):
        return frozen
    if _NODE in frozen:
        return NODES[frozen[_NODE]](**{name: thaw(item) for name, item in frozen.items() if name != _NODE})
    ((name, value),) = frozen.items()
    return _PLAIN[name][1](value)
