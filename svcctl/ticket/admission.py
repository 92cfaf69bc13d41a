"""Records from JSON that nobody has checked: every field is of its kind, and a key without a meaning is refused.

The same fields as `document` reads, which trusts what the store gives back.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.record import Record

R = TypeVar("R", bound=Record)
Reader = Callable[[Any, str, tzinfo | None], Any]

_readers: dict[type[Record], dict[str, Reader]] = {}


def admit_record(
    kind: type[R],
    given: Any,
    what: str,
    zone: tzinfo | None = None,
    *,
    also: Iterable[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> R:
    """The record of a JSON object; times without an offset are in `zone`.

    `what` names it in messages. Keys in `also` may stand there, too, and are left to the caller; `defaults` are values,
    as they are, for fields that are not given. Raises Refusal `bad-input` naming the field at fault.
    """
    if not isinstance(given, Mapping):
        raise Refusal("bad-input", f"{what} is not an object")
    readers = _readers.get(kind) or _readers.setdefault(kind, _readers_of(kind))
    values = dict(defaults or {})
    for name, value in given.items():
        reader = readers.get(name)
        if reader is not None:
            values[name] = reader(value, f"{what}: `{name}`", zone)
        elif name not in also:
            meant = nearest(str(name), {*readers, *also})
            help = f"did you mean `{meant}`?" if meant else ""
            raise Refusal("bad-input", f"{what}: there is no field `{name}`", help=help)
    try:
        return kind(**values)
    except TypeError:
        missing = next(name for name in kind._fields if name not in values and name not in kind._defaults)
        raise Refusal("bad-input", f"{what}: `{missing}` is missing") from None


def _readers_of(kind: type[Record]) -> dict[str, Reader]:
    hints = get_type_hints(kind)
    return {name: _reader(hints[name]) for name in kind._fields}


def _reader(hint: Any) -> Reader:
    if isinstance(hint, UnionType):
        inner = _reader(next(part for part in get_args(hint) if part is not type(None)))
        return lambda value, what, zone: None if value is None else inner(value, what, zone)
    origin = get_origin(hint)
    if origin is tuple:
        return _list_reader(get_args(hint))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _mapping_reader(_reader(get_args(hint)[1]))
    if isinstance(hint, type) and issubclass(hint, Record):
        return lambda value, what, zone: admit_record(hint, value, what, zone)
    return _PLAIN[hint]


def _list_reader(hints: tuple[Any, ...]) -> Reader:
    item, length = _reader(hints[0]), None if hints[-1] is Ellipsis else len(hints)

    def read(value: Any, what: str, zone: tzinfo | None) -> Any:
        if not isinstance(value, list | tuple) or (length is not None and len(value) != length):
            raise Refusal("bad-input", f"{what} is not a list" + (f" of {length}" if length else ""))
        return tuple([item(each, what, zone) for each in value])

    return read


def _mapping_reader(item: Reader) -> Reader:
    def read(value: Any, what: str, zone: tzinfo | None) -> Any:
        if not isinstance(value, Mapping):
            raise Refusal("bad-input", f"{what} is not an object")
        return {str(name): item(each, what, zone) for name, each in value.items()}

    return read


def _of_class(kinds: tuple[type, ...], word: str, made: Callable[[Any], Any] | None = None) -> Reader:
    def read(value: Any, what: str, zone: tzinfo | None) -> Any:
        if value.__class__ not in kinds:
            raise Refusal("bad-input", f"{what} must be {word}, not `{value}`")
        return value if made is None else made(value)

    return read


def _instant(value: Any, what: str, zone: tzinfo | None) -> datetime:
    if not isinstance(value, str):
        raise Refusal("bad-input", f"{what} must be a time, not `{value}`")
    return parse_instant(value, zone)


def _decimal(value: Any, what: str, zone: tzinfo | None) -> Decimal:
    try:
        found = Decimal(repr(value) if isinstance(value, float) else value) if not isinstance(value, bool) else None
    except (InvalidOperation, TypeError, ValueError):
        found = None
    if found is None or not found.is_finite():
        raise Refusal("bad-input", f"{what} must be a number, not `{value}`")
    return found


def _anything(value: Any, what: str, zone: tzinfo | None) -> Any:
    """A value that a form or the environment may hold: no objects, and lists of plain values only."""
    items = value if isinstance(value, list | tuple) else (value,)
    if any(isinstance(item, list | tuple | Mapping) for item in items):
        raise Refusal("bad-input", f"{what} holds an object or a list of lists")
    return value


_PLAIN: Mapping[Any, Reader] = {
    str: _of_class((str,), "text"),
    bool: _of_class((bool,), "true or false"),
    int: _of_class((int,), "a whole number"),
    float: _of_class((int, float), "a number", float),
    datetime: _instant,
    Decimal: _decimal,
    Any: _anything,
}
