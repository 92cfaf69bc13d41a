"""Checked rules as bytes, and back: plain data that cannot execute, marshalled because that loads fastest.

A packed tree is a list of its distinct parts, each after those that it consists of, which it names by their numbers:
most of a rule set is written many times in it. Where a part stands in its file is left out; what decides does not ask.
The classes are named in the bytes, so a class that has gone or changed its fields is noticed.
"""

import marshal
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from svcctl.foundation.digest import sha256
from svcctl.foundation.record import Record, assembled
from svcctl.language.blocks import Rules
from svcctl.language.nodes import NODES
from svcctl.language.types import Kind

#: What a part is where it is no record: its tag comes in place of the number of a class.
_PLAIN, _DECIMAL, _DATE, _INSTANT, _KIND, _TUPLE = range(-6, 0)
_READERS: dict[int, Callable[[str], Any]] = {
    _DECIMAL: Decimal,
    _DATE: date.fromisoformat,
    _INSTANT: datetime.fromisoformat,
    _KIND: Kind,
}
#: Fields that say where something stands.
_PLACES = frozenset({"span", "unread"})
_DIGEST = 32

#: A part: its class or tag, then the numbers of its parts, or else its text or value.
Part = tuple[Any, ...]


def pack_rules(rules: Rules) -> bytes:
    """The bytes of checked rules without their places, behind a digest that tells damage."""
    packer = _Packer()
    packer.pack(rules)
    shapes = [(kind.__name__, kind._fields, tuple(kind._spots)) for kind in packer.kinds]
    payload = marshal.dumps((shapes, [*packer.parts]))
    return sha256(payload).digest() + payload


def unpack_rules(data: bytes) -> Rules | None:
    """The rules of `pack_rules`; None where the bytes are damaged or of another shape of rules."""
    digest, payload = data[:_DIGEST], data[_DIGEST:]
    if sha256(payload).digest() != digest:
        return None
    shapes, parts = marshal.loads(payload)
    kinds: list[type[Record]] = []
    for name, fields, spots in shapes:
        kind = NODES.get(name)
        if kind is None or kind._fields != fields or tuple(kind._spots) != spots:
            return None
        kinds.append(kind)
    rules = _unpacked(kinds, parts)
    return rules if isinstance(rules, Rules) else None


def _packed_names(kind: type[Record]) -> tuple[str, ...]:
    return tuple(name for name in (*kind._fields, *kind._spots) if name not in _PLACES)


class _Packer:
    def __init__(self) -> None:
        self.kinds: dict[type[Record], int] = {}
        self.parts: dict[Part, int] = {}

    def pack(self, value: Any) -> int:
        """The number of the part that a value is."""
        part = self.part(value)
        return self.parts.setdefault(part, len(self.parts))

    def part(self, value: Any) -> Part:
        if isinstance(value, Record):
            kind = type(value)
            number = self.kinds.setdefault(kind, len(self.kinds))
            return number, *(self.pack(value.__dict__[name]) for name in _packed_names(kind))
        if isinstance(value, tuple):
            return _TUPLE, *map(self.pack, value)
        if isinstance(value, Decimal):
            return _DECIMAL, str(value)
        if isinstance(value, datetime):
            return _INSTANT, value.isoformat()
        if isinstance(value, date):
            return _DATE, value.isoformat()
        if isinstance(value, Kind):
            return _KIND, value.value
        if isinstance(value, str):
            return _PLAIN, str(value)
        if value is None or isinstance(value, int | bool):
            return _PLAIN, value, isinstance(value, bool)  # True is another part than 1
        raise TypeError(f"{type(value).__name__} has no packed form")


def _unpacked(kinds: Sequence[type[Record]], parts: Sequence[Part]) -> Any:
    """The last of the parts."""
    names = [_packed_names(kind) for kind in kinds]
    places = [{name: default for name, default in kind._spots.items() if name in _PLACES} for kind in kinds]
    made: list[Any] = []
    for tag, *rest in parts:
        if tag >= 0:
            fields = places[tag].copy()
            fields.update(zip(names[tag], [made[number] for number in rest], strict=True))
            made.append(assembled(kinds[tag], fields))
        elif tag == _TUPLE:
            made.append(tuple([made[number] for number in rest]))
        else:
            made.append(rest[0] if tag == _PLAIN else _READERS[tag](rest[0]))
    return made[-1]
