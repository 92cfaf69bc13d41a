"""Records: immutable values with named fields, made cheaply.

A frozen slotted dataclass costs about a millisecond of start-up each, because its methods are
generated as source and compiled; a hundred of them would cost more than most commands take. A
`Record` shares the methods of its base class instead, and type checkers treat it as a dataclass.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self, TypeVar, dataclass_transform


def spot(*, default: Any = None, kw_only: bool) -> Any:
    """A field that does not count in comparisons, such as where a node stands in its file.

    `kw_only` must be True; it is written out because type checkers read it there.
    """
    assert kw_only
    return _Spot(default)


_new, _put = object.__new__, object.__setattr__


class _Spot:
    def __init__(self, default: Any) -> None:
        self.default = default


@dataclass_transform(frozen_default=True, field_specifiers=(spot,))
class Record:
    """Subclass with annotated fields, defaults as class values; fields with `spot` come last, by keyword only.

    Equal when of the same class with equal fields; hashable when its fields are.
    """

    _fields: ClassVar[tuple[str, ...]] = ()
    _spots: ClassVar[Mapping[str, Any]] = {}
    _defaults: ClassVar[Mapping[str, Any]] = {}
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, *, kw_only: bool = False) -> None:
        del kw_only  # for type checkers: every field may be given by keyword
        names = [*cls._fields]
        defaults, spots = dict(cls._defaults), dict(cls._spots)
        for name, annotation in cls.__annotations__.items():
            if name.startswith("_") or "ClassVar" in str(annotation):
                continue
            value = cls.__dict__.get(name, Record)
            if isinstance(value, _Spot):
                spots[name] = value.default
                continue
            if name not in names:
                names.append(name)
            if value is not Record:
                defaults[name] = value
        cls._fields, cls._defaults, cls._spots = tuple(names), defaults, spots
        type.__setattr__(cls, "__match_args__", cls._fields)

    def __init__(self, *args: Any, **named: Any) -> None:
        values = self.__dict__
        fields = self._fields
        if len(args) == len(fields) and not named and not self._spots:
            values.update(zip(fields, args, strict=False))
            return
        if len(args) > len(fields):
            raise TypeError(f"{type(self).__name__} takes {len(fields)} values, not {len(args)}")
        values.update(zip(fields, args, strict=False))
        for name in fields[len(args) :]:
            if name in named:
                values[name] = named.pop(name)
            elif name in self._defaults:
                values[name] = self._defaults[name]
            else:
                raise TypeError(f"{type(self).__name__} needs `{name}`")
        for name, default in self._spots.items():
            values[name] = named.pop(name, default)
        if named:
            raise TypeError(f"{type(self).__name__} has no field `{next(iter(named))}`")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: `{name}` cannot be set")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable: `{name}` cannot be removed")

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        return all(mine[name] == theirs[name] for name in self._fields)

    def __hash__(self) -> int:
        values = self.__dict__
        return hash((self.__class__, *(values[name] for name in self._fields)))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._fields)
        return f"{type(self).__name__}({shown})"

    def replace(self, **changed: Any) -> Self:
        """The same record with other values in some fields."""
        unknown = changed.keys() - self.__dict__.keys()
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field `{min(unknown)}`")
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, **changed)
        return copy


R = TypeVar("R", bound=Record)


def assembled(kind: type[R], values: dict[str, Any]) -> R:
    """A record that takes over `values`, one for each field, unchecked: for what is made by the thousands."""
    record = _new(kind)
    _put(record, "__dict__", values)
    return record
