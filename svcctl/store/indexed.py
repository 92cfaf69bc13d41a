"""What events make of the indexed fields, without folding whole documents."""

from collections.abc import Iterable, Mapping
from typing import Any

from svcctl.ticket.event import value_at

#: Fields by their first name.
ByRoot = Mapping[str, tuple[str, ...]]


def by_root(fields: Iterable[str]) -> ByRoot:
    """Fields by their first name: a change of a path can only concern those that begin as it does."""
    found: dict[str, tuple[str, ...]] = {}
    for field in fields:
        root = field.partition(".")[0]
        found[root] = (*found.get(root, ()), field)
    return found


def follow(values: dict[str, Any], fields: ByRoot, event: Mapping[str, Any]) -> None:
    """What an event makes of the fields: it may set one, or set it from above, or make a container of it from below."""
    for path, (_, after) in event.get("set", {}).items():
        for field in fields.get(path.partition(".")[0], ()):
            if path == field:
                values[field] = after
            elif path.startswith(f"{field}."):
                values[field] = {}
            elif field.startswith(f"{path}."):
                values[field] = value_at(after, field[len(path) + 1 :])
    for path in event.get("add", {}):
        for field in fields.get(path.partition(".")[0], ()):
            if path == field or path.startswith(f"{field}."):
                values[field] = {}
