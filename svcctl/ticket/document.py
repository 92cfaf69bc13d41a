"""Between documents (JSON as stored) and the frozen records of the model.

What the store gives back was validated when it came in, so reading trusts it: fields that a record
does not name are ignored, absent ones take the record's default.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.lazily import Lazily
from svcctl.foundation.record import Record

R = TypeVar("R", bound=Record)
Reader = Callable[[Any], Any]

_readers: dict[type[Record], dict[str, Reader]] = {}


def from_document(kind: type[R], document: Mapping[str, Any]) -> R:
    """The record of a document. Raises KeyError where a field without a default is absent."""
    readers = _readers.get(kind) or _readers.setdefault(kind, _readers_of(kind))
    return kind(**{name: reader(document[name]) for name, reader in readers.items() if name in document})


def to_document(value: Any) -> Any:
    """The JSON form of a record or named tuple, or of anything inside one, without the parts that are None or empty."""
    names: tuple[str, ...] | None = getattr(value, "_fields", None)
    if names is not None:
        fields = ((name, getattr(value, name)) for name in names)
        return {name: to_document(item) for name, item in fields if item is not None and item not in ((), {})}
    if isinstance(value, datetime):
        return stored(value)
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list | Lazily):
        return [to_document(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_document(item) for key, item in value.items()}
    return value


def _readers_of(kind: type[Record]) -> dict[str, Reader]:
    hints = get_type_hints(kind)
    return {name: _reader(hints[name]) for name in kind._fields}


def _reader(hint: Any) -> Reader:
    if isinstance(hint, UnionType):
        hint = next(part for part in get_args(hint) if part is not type(None))
    origin = get_origin(hint)
    if origin is tuple:
        item = _reader(get_args(hint)[0])
        return lambda values: tuple([item(value) for value in values])
    if isinstance(hint, type) and issubclass(hint, Record):
        return lambda document: from_document(hint, document)
    if hint is datetime:
        return parse_instant
    if hint is Decimal:
        return Decimal
    return _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
