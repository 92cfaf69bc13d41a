"""Axes: for one thing that conditions ask, the cells into which its values fall, as the conditions can tell them apart.

A missing value is one more cell. Words have a cell each, and one for every other word where the choice is open;
values in an order have one for each threshold and one for each stretch between two. A set of cells is a bit mask.
"""

from bisect import bisect_left
from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context
from enum import Enum
from typing import Any

from svcctl.foundation.quantity import UNITS, Business, Elapsed, Quantity
from svcctl.language.types import Kind, Type

#: Enough digits that amounts in other units compare as they are.
_DIGITS = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[])


class Cell(Enum):
    """Cells that no value stands for."""

    MISSING = "missing"
    OTHER = "any other value"
    UNKNOWN = "unknown"


def sort_key(value: Any) -> tuple[str, Any] | None:
    """What a written value is ordered among, and by what; None for what has no place among others."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Quantity):
        unit = UNITS.get(value.unit)
        if unit is None:
            return None
        return unit.dimension, _DIGITS.add(_DIGITS.multiply(value.amount, unit.factor), unit.offset)
    if isinstance(value, Elapsed):
        return "elapsed", value.seconds
    if isinstance(value, Business):
        return None if value.days else ("business", value.seconds)
    if isinstance(value, datetime):
        return ("instant", value) if value.tzinfo else None
    if isinstance(value, date):
        return "date", value
    return None if isinstance(value, str) else ("number", value)


class Axis:
    """One axis. `full` is the mask of all its cells, `missing` the bit of the missing value (0 where there is none).

    `label` is how the axis is written in a rule: the path of a field, or the text of an expression. `opaque` says
    that its values cannot be made at will: what stands behind it is another field, or a pattern.
    """

    def __init__(self, label: str, *, optional: bool, opaque: bool = False) -> None:
        self.label = label
        self.opaque = opaque
        self.cells: list[Any] = []
        self.full = 0
        self.missing = 0
        self._optional = optional

    def seal(self) -> None:
        """Fix the cells; nothing more can be told apart on this axis."""
        raise NotImplementedError

    def _number(self, cells: list[Any]) -> None:
        if self._optional:
            cells = [*cells, Cell.MISSING]
            self.missing = 1 << len(cells) - 1
        self.cells = cells
        self.full = (1 << len(cells)) - 1

    def place(self, value: Any) -> int:
        """The bit of the cell that a value falls into; 0 where there is none."""
        raise NotImplementedError

    @property
    def other(self) -> int:
        """The bit of every value that is not told apart from others; 0 where there is none."""
        return 1 << self.cells.index(Cell.OTHER) if Cell.OTHER in self.cells else 0


class Words(Axis):
    """Words, texts and truth values: a cell for each that is written somewhere, or that the choice has."""

    def __init__(self, label: str, type: Type, *, optional: bool, names: Collection[str] = ()) -> None:
        super().__init__(label, optional=optional)
        self.order = type.choices if type.ordered else ()
        self.closed = type.kind is Kind.TRUTH or (type.kind is Kind.CHOICE and bool(type.choices))
        self.names = names
        self.quoted = type.kind is Kind.TEXT
        written: tuple[Any, ...] = (True, False) if type.kind is Kind.TRUTH else type.choices
        self._places: dict[Any, int] = {word: place for place, word in enumerate(written)}

    def tell(self, word: Any) -> None:
        """Give a word a cell of its own."""
        self._places.setdefault(word, len(self._places))

    def seal(self) -> None:
        self._number([*self._places] if self.closed else [*self._places, Cell.OTHER])

    def place(self, value: Any) -> int:
        if value is None:
            return self.missing
        place = self._places.get(value) if isinstance(value, str | bool) else None
        return self.other if place is None else 1 << place

    def compared(self, op: str, word: Any) -> tuple[int, int] | None:
        """The cells whose values stand in a relation to a word, and those that do not; None where it has no order."""
        bit = self.place(word)
        known = self.full & ~self.missing
        if op == "==":
            return bit, known & ~bit
        if op == "!=":
            return known & ~bit, bit
        if word not in self.order:
            return None
        rank = self.order.index(word)
        below = sum(self.place(each) for each in self.order[:rank])
        above = sum(self.place(each) for each in self.order[rank + 1 :])
        yes = {"<": below, "<=": below | bit, ">": above, ">=": above | bit}[op]
        return yes, (below | bit | above) & ~yes


class Ranges(Axis):
    """Values in an order. For each sort that is compared (numbers, a dimension, instants), the stretches between the
    thresholds and the thresholds themselves; one more cell for values of other sorts where there may be any.

    `count`: whole numbers from 0 on.
    """

    def __init__(self, label: str, *, optional: bool, opaque: bool, foreign: bool, count: bool) -> None:
        super().__init__(label, optional=optional, opaque=opaque)
        self._foreign = foreign
        self._count = count
        self._cuts: dict[str, set[Any]] = {}
        self.cuts: dict[str, list[Any]] = {}
        self.shown: dict[str, Any] = {}
        self._starts: dict[str, int] = {}

    def tell(self, value: Any) -> None:
        """Make a threshold of a written value."""
        key = sort_key(value)
        if key is not None:
            self._cuts.setdefault(key[0], set()).add(key[1])
            self.shown.setdefault(key[0], value)

    def seal(self) -> None:
        cells: list[Any] = []
        for sort in sorted(self._cuts):
            cuts = self.cuts[sort] = sorted(self._cuts[sort])
            self._starts[sort] = len(cells)
            for place in range(2 * len(cuts) + 1):
                low = cuts[(place - 1) // 2] if place else None
                high = cuts[place // 2] if place < 2 * len(cuts) else None
                cells.append((sort, low, high))
        self._number([*cells, Cell.OTHER] if self._foreign or not cells else cells)
        for place, cell in enumerate(self.cells):
            if isinstance(cell, tuple) and not self._possible(cell[1], cell[2]):
                self.full &= ~(1 << place)

    def _possible(self, low: Any, high: Any) -> bool:
        """Whether any value lies on a threshold (`low == high`) or strictly between two."""
        if not self._count:
            return True
        if high is not None and (high < 0 or (high == 0 and low != 0)):
            return False
        if low is not None and low == high:
            return bool(low == int(low))
        if low is None or high is None:
            return True
        return bool(int(low // 1) + 1 < high)

    def place(self, value: Any) -> int:
        if value is None:
            return self.missing
        key = sort_key(value)
        if key is None or key[0] not in self.cuts:
            return self.other
        sort, number = key
        cuts = self.cuts[sort]
        before = bisect_left(cuts, number)
        return 1 << self._starts[sort] + 2 * before + (before < len(cuts) and cuts[before] == number)

    def compared(self, op: str, value: Any) -> tuple[int, int] | None:
        """The cells whose values stand in a relation to a threshold, and those that do not."""
        key = sort_key(value)
        if key is None:
            return None
        cuts, start = self.cuts[key[0]], self._starts[key[0]]
        whole = ((1 << 2 * len(cuts) + 1) - 1) << start
        bit = 1 << start + 2 * cuts.index(key[1]) + 1
        below = (bit - 1) & whole
        above = whole & ~below & ~bit
        relations = {"==": bit, "!=": below | above, "<": below, "<=": below | bit, ">": above, ">=": above | bit}
        yes = relations[op]
        return yes & self.full, whole & ~yes & self.full


class Atom(Axis):
    """A test that is not looked into: it holds, it does not, or it is unknown.

    `text`: that of a text (`contains` or `matches`, its path, what is searched for), which is known when the text is.
    """

    def __init__(self, label: str, *, optional: bool, opaque: bool, text: tuple[str, str, str] | None = None) -> None:
        super().__init__(label, optional=False, opaque=opaque)
        self.text = text
        self._cells = [True, False, Cell.UNKNOWN] if optional else [True, False]

    def seal(self) -> None:
        self._number(self._cells)

    def place(self, value: Any) -> int:
        return 1 if value is True else 2 if value is False else self.full & 4


class Relation(Axis):
    """How two sides that are both not written out compare: below, equal, above, or unknown."""

    def __init__(self, label: str) -> None:
        super().__init__(label, optional=False, opaque=True)

    def seal(self) -> None:
        self._number(["<", "==", ">", Cell.UNKNOWN])

    def compared(self, op: str) -> tuple[int, int]:
        yes = {"<": 1, "<=": 3, "==": 2, "!=": 5, ">": 4, ">=": 6}[op]
        return yes, 7 & ~yes


Axes = Mapping[str, Axis]
