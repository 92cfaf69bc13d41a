"""Checked rules as bytes, and back: plain data that cannot execute, marshalled because that loads fastest.

A record becomes a list of its class's number and its fields, other values that marshal does not know a pair of a tag
and their text. The classes are named in the bytes, so a class that has gone or changed its fields is noticed.
"""

import marshal
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.blocks import Rules
from svcctl.language.nodes import NODES
from svcctl.language.tree import Word
from svcctl.language.types import Kind

_WORD, _SPAN, _DECIMAL, _DATE, _INSTANT, _KIND, _TUPLE = range(-7, 0)
_DIGEST = 32


def pack_rules(rules: Rules) -> bytes:
    """The bytes of checked rules, behind a digest that tells damage."""
    packer = _Packer()
    body = packer.pack(rules)
    shapes = [(kind.__name__, kind._fields, tuple(kind._spots)) for kind in packer.kinds]
    payload = marshal.dumps((shapes, packer.sources, body))
    return sha256(payload).digest() + payload


def unpack_rules(data: bytes) -> Rules | None:
    """The rules of `pack_rules`; None where the bytes are damaged or of another shape of rules."""
    digest, payload = data[:_DIGEST], data[_DIGEST:]
    if sha256(payload).digest() != digest:
        return None
    shapes, sources, body = marshal.loads(payload)
    kinds: list[type[Record]] = []
    for name, fields, spots in shapes:
        kind = NODES.get(name)
        if kind is None or kind._fields != fields or tuple(kind._spots) != spots:
            return None
        kinds.append(kind)
    rules = _unpacker(kinds, sources)(body)
    return rules if isinstance(rules, Rules) else None


class _Packer:
    def __init__(self) -> None:
        self.kinds: dict[type[Record], int] = {}
        self.sources: list[str] = []

    def pack(self, value: Any) -> Any:
        if isinstance(value, Record):
            kind = type(value)
            number = self.kinds.setdefault(kind, len(self.kinds))
            names = (*kind._fields, *kind._spots)
            return [number, *(self.pack(value.__dict__[name]) for name in names)]
        if isinstance(value, Word):
            return [_WORD, str(value), self.pack(value.span)]
        if isinstance(value, Span):
            return [_SPAN, self.source(value.source), value.start, value.end]
        if isinstance(value, tuple):
            return [_TUPLE, *(self.pack(item) for item in value)]
        if isinstance(value, Decimal):
            return [_DECIMAL, str(value)]
        if isinstance(value, datetime):
            return [_INSTANT, value.isoformat()]
        if isinstance(value, date):
            return [_DATE, value.isoformat()]
        if isinstance(value, Kind):
            return [_KIND, value.value]
        if value is None or isinstance(value, str | int | bool):
            return value
        raise TypeError(f"{type(value).__name__} has no packed form")

    def source(self, name: str) -> int:
        if name not in self.sources:
            self.sources.append(name)
        return self.sources.index(name)


def _unpacker(kinds: list[type[Record]], sources: list[str]) -> Callable[[Any], Any]:
    names = [(*kind._fields, *kind._spots) for kind in kinds]

    def unpack(value: Any) -> Any:
        if type(value) is not list:
            return value
        tag = value[0]
        if tag >= 0:
            record = object.__new__(kinds[tag])
            record.__dict__.update(zip(names[tag], map(unpack, value[1:]), strict=True))
            return record
        if tag == _TUPLE:
            return tuple(map(unpack, value[1:]))
        if tag == _SPAN:
            return Span(sources[value[1]], value[2], value[3])
        if tag == _WORD:
            return Word(value[1], unpack(value[2]))
        return _PLAIN[tag](value[1])

    return unpack


_PLAIN: dict[int, Callable[[str], Any]] = {
    _DECIMAL: Decimal,
    _DATE: date.fromisoformat,
    _INSTANT: datetime.fromisoformat,
    _KIND: Kind,
}
