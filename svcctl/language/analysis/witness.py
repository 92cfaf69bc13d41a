"""Witnesses: of a box one ticket that lies in it, with plain values."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import count as counting
from typing import Any

from svcctl.foundation.quantity import UNITS, Business, Elapsed, Quantity
from svcctl.foundation.record import Record
from svcctl.language.analysis.axes import Atom, Axis, Cell, Ranges, Relation, Words
from svcctl.language.analysis.regions import Box, Space
from svcctl.language.pattern import compile_pattern
from svcctl.language.printer import print_name, print_value

_TEXTS = ("nothing of the kind", "something else", "anything", "-", "?", "")
_DAY = timedelta(days=1)


class Witness(Record):
    """A ticket: the values of the fields that matter, None for one that it lacks.

    `assumed` are tests that hold of it and of which no values are known that make them so; a ticket that assumes
    nothing can be made.
    """

    values: Mapping[str, Any]
    assumed: tuple[str, ...] = ()
    quoted: frozenset[str] = frozenset()

    @property
    def certain(self) -> bool:
        return not self.assumed

    @property
    def text(self) -> str:
        """The ticket on one line, as an example shows it."""
        shown = (
            f"{path} {print_field(value, path in self.quoted)}" if value is not None else f"{path} is missing"
            for path, value in self.values.items()
        )
        return ", ".join([*shown, *self.assumed])


def print_field(value: Any, quoted: bool) -> str:
    """A value as a ticket is given it in a rule."""
    if isinstance(value, tuple):
        return ", ".join(print_field(item, quoted) for item in value) or "empty"
    return print_name(value) if isinstance(value, str) and not quoted else print_value(value)


def witness(space: Space, box: Box) -> Witness:
    """One ticket of a box, told by the axes that the box constrains."""
    values: dict[str, Any] = {}
    assumed: list[str] = []
    lists: dict[str, list[str]] = {}
    for place in sorted(box):
        axis, mask = space.axes[place], box[place] & space.full[place]
        if mask == space.full[place]:
            continue
        if isinstance(axis, Atom) and axis.text is None and not axis.opaque:
            path, _, item = axis.label.partition(" contains ")
            lists.setdefault(path, []).extend([item.strip('"')] if mask & 1 else [])
        elif isinstance(axis, Atom | Relation):
            if axis.opaque:
                assumed.append(_assumption(axis, mask))
        elif isinstance(axis, Words):
            _choose_word(space, axis, mask, _texts_of(space, box, place), values, assumed)
        elif isinstance(axis, Ranges):
            values[axis.label] = _pick(axis, mask)
            if axis.opaque:
                assumed.append(axis.label)
    for unasked in {space.texts[place][0] for place in space.texts if place in box} - box.keys():
        text_axis = space.axes[unasked]
        if isinstance(text_axis, Words):
            _choose_word(space, text_axis, text_axis.other, _texts_of(space, box, unasked), values, assumed)
    values.update((path, tuple(items)) for path, items in lists.items())
    quoted = frozenset(axis.label for axis in space.axes if isinstance(axis, Words) and axis.quoted)
    aggregates = [axis.label for place, axis in enumerate(space.axes) if place in box and "(" in axis.label]
    if len({label.partition("(")[2] for label in aggregates}) < len(aggregates):
        assumed += aggregates
    return Witness(values, tuple(dict.fromkeys(assumed)), quoted)


def _texts_of(space: Space, box: Box, path: int) -> dict[int, int]:
    """The tests that a box makes of a text."""
    return {place: box[place] for place, (text, *_) in space.texts.items() if text == path and place in box}


def point(space: Space, box: Box) -> Box:
    """One cell of each axis, within a box: those of a witness of it."""
    values = witness(space, box).values
    cells: Box = {}
    for place, axis in enumerate(space.axes):
        cells[place] = _bit(axis, box.get(place, space.full[place]) & space.full[place])
        if place in space.texts:
            path, sort, what = space.texts[place]
            text = values.get(space.axes[path].label)
            if isinstance(text, str):
                cells[place] = 1 if _found(sort, what, text) else 2
        elif isinstance(axis, Words) and isinstance(values.get(axis.label), str):
            cells[place] = axis.place(values[axis.label])
    return cells


def _bit(axis: Axis, mask: int) -> int:
    """The cell to show of those of a mask: one of plain values where there is one."""
    bits = [1 << place for place in range(len(axis.cells)) if mask >> place & 1]
    plain = [bit for bit in bits if not isinstance(axis.cells[bit.bit_length() - 1], Cell)]
    others = [bit for bit in bits if axis.cells[bit.bit_length() - 1] is Cell.OTHER]
    if isinstance(axis, Atom | Relation):
        return 2 if mask & 2 else bits[0]
    return (plain or others or bits)[0]


def _choose_word(
    space: Space, axis: Words, mask: int, texts: Mapping[int, int], values: dict[str, Any], assumed: list[str]
) -> None:
    bit = axis.other if texts and mask & axis.other else _bit(axis, mask)
    cell = axis.cells[bit.bit_length() - 1]
    if cell is Cell.MISSING:
        values[axis.label] = None
    elif cell is not Cell.OTHER:
        values[axis.label] = cell
    elif texts:
        text = _text(space, axis, texts)
        if text is None:
            assumed += [_assumption(space.axes[place], found) for place, found in texts.items()]
        else:
            values[axis.label] = text
    else:
        values[axis.label] = next(word for word in _words(axis) if word not in axis.cells)


def _words(axis: Words) -> Iterator[str]:
    yield from sorted(axis.names)
    yield from _TEXTS[1:2] if axis.quoted else ("another",)
    yield from (f"another-{number}" for number in counting(2))


def _text(space: Space, axis: Words, texts: Mapping[int, int]) -> str | None:
    """A text that holds what it must and nothing that it must not; None where none was found."""
    asked = [(*space.texts[place][1:], mask == 1) for place, mask in texts.items() if mask in (1, 2)]
    pieces: list[str] = []
    for sort, what, held in asked:
        if held and sort == "contains":
            pieces.append(what)
        elif held:
            alternatives = compile_pattern(what).alternatives
            pieces.append("".join(alternatives[0]) if alternatives else what)
    pieces = [each for each in dict.fromkeys(pieces) if not any(each in other for other in pieces if other != each)]
    for attempt in [mark.join(pieces) for mark in (" ", ", ", "; ", "\n")] if pieces else _TEXTS:
        if attempt not in axis.cells and all(_found(sort, what, attempt) == held for sort, what, held in asked):
            return attempt
    return None


def _found(sort: str, what: str, text: str) -> bool:
    return what in text.casefold() if sort == "contains" else bool(compile_pattern(what)(text))


def _assumption(axis: Axis, mask: int) -> str:
    if isinstance(axis, Relation):
        signs = {1: "<", 2: "==", 3: "<=", 4: ">", 5: "!=", 6: ">="}
        left, _, right = axis.label.partition(" <=> ")
        return f"{left} {signs[mask & 7]} {right}" if mask & 7 in signs else f"{axis.label} unknown"
    return axis.label if mask & 1 else f"not ({axis.label})" if mask & 2 else f"({axis.label}) unknown"


def _pick(axis: Ranges, mask: int) -> Any:
    bit = _bit(axis, mask)
    cell = axis.cells[bit.bit_length() - 1]
    if cell is Cell.MISSING:
        return None
    if cell is Cell.OTHER:
        return Quantity(Decimal(1), next(unit for unit, row in UNITS.items() if row.dimension not in axis.cuts))
    sort, low, high = cell
    return between(axis.shown[sort], low, high)


def between(like: Any, low: Any, high: Any) -> Any:
    """A value strictly between two places, or at both where they are the same; written like another one."""
    if isinstance(like, datetime | date):
        if low is not None and high is not None:
            return low + (high - low) / 2
        return high - _DAY if low is None else low + _DAY
    if isinstance(like, Quantity):
        unit = UNITS[like.unit]
        least, most = (None if end is None else (Decimal(end) - unit.offset) / unit.factor for end in (low, high))
        return Quantity(_round(least, most, (Decimal(1),)), like.unit)
    if isinstance(like, Elapsed | Business):
        return type(like)(int(_round(low, high, (Decimal(3600), Decimal(60), Decimal(1)))))
    number = _round(low, high, (Decimal(1),))
    return int(number) if number == number.to_integral_value() else number


def _round(low: Any, high: Any, steps: tuple[Decimal, ...]) -> Decimal:
    """The roundest number between two."""
    if low is not None and low == high:
        return Decimal(low)
    finer = (Decimal(1).scaleb(-digits) for digits in range(1, 30))
    for step in (*steps, *finer):
        if low is None:
            found = ((Decimal(high) / step).to_integral_value(ROUND_FLOOR) - 1) * step
        else:
            found = ((Decimal(low) / step).to_integral_value(ROUND_FLOOR) + 1) * step
        if (
            (high is None or found < high)
            and (low is None or found > low)
            and (low is not None or found >= 0 or step == 1)
        ):
            return found
    return (Decimal(low) + Decimal(high)) / 2
