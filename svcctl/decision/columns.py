"""The columns of an index: for one field, which rules each of its values admits. Masks are plain numbers."""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from svcctl.decision.clauses import PresenceTest, RangeTest, WordTest, sort_key
from svcctl.decision.generated import Constants
from svcctl.foundation.quantity import Business, Elapsed, Quantity

#: Values of other classes than these (lists above all) are left to the evaluator.
_SCALARS = frozenset({type(None), str, bool, int, float, Decimal, Quantity, Elapsed, Business, datetime, date})

#: Said of a value that a column cannot compare with what the rules ask.
_LACKING = "if d is not None: d.lacking = True"

#: Whole numbers have their masks looked up where the thresholds span no more than so many.
_COUNTED = 64


class Doubts(list[int]):
    """What kept a search from being certain: the places of conditions that are unknown, and whether values are
    `lacking` that columns ask for. Where none is, what the columns do not admit is known to fail."""

    lacking = False


class WordColumn:
    """Words, or truth values: `masks` by value, `other` for any other value, `free` for none at all."""

    def __init__(self, path: str, sort: str, cells: Sequence[tuple[int, WordTest]], everything: int) -> None:
        self.path = path
        self.kind: type = bool if sort == "truth" else str
        asked = exempt = 0
        named: dict[Any, int] = {}
        for bit, test in cells:
            asked |= bit
            exempt |= bit if test.negated else 0
            for word in test.words:
                named[word] = named.get(word, 0) | bit
        self.everything = everything
        self.free = everything & ~asked
        self.other = self.free | exempt
        self.masks = {word: self.other ^ mask for word, mask in named.items()}
        self.orders: dict[frozenset[str], int] = {}
        for bit, test in cells:
            if test.order is not None:
                self.orders[test.order] = self.orders.get(test.order, 0) | bit

    def possible(self, value: Any) -> int:
        """The rules of which this field does not say that they fail."""
        if value.__class__ is not self.kind:
            return self.everything
        mask = self.masks.get(value, self.other)
        for order, asked in self.orders.items():
            if value not in order:
                mask |= asked
        return mask

    def emit(self, names: Constants, take: str = "m &=") -> list[str]:
        masks, other, kind = names(self.masks), names(self.other), names(self.kind)
        scalar = f"elif v.__class__ in {names(_SCALARS)}:"
        lacking = [scalar, f" {take} {names(self.free)}", f" {_LACKING}", "else: return None"]
        if self.kind is bool:  # 1 is not true
            return [f"if v.__class__ is {kind}: {take} {names(self.masks.get)}(v, {other})", *lacking]
        beyond = [f"if {' or '.join(f'v not in {names(order)}' for order in self.orders)}:", f" {_LACKING}"]
        return [
            f"if v in {masks}: {take} {masks}[v]",
            f"elif v.__class__ is {kind}: {take} {other}",
            *lacking,
            *(beyond if self.orders else ()),
        ]

    def emit_possible(self, names: Constants) -> list[str]:
        if self.orders:
            return [f"m &= {names(self.possible)}(v)"]
        return [f"if v.__class__ is {names(self.kind)}: m &= {names(self.masks.get)}(v, {names(self.other)})"]


class RangeColumn:
    """Values in an order: `cuts` are the thresholds, `masks` those of the stretches between and at them, from below
    the first cut: stretch 2i lies below cut i, stretch 2i + 1 is cut i itself."""

    def __init__(self, path: str, sort: str, cells: Sequence[tuple[int, RangeTest]], everything: int) -> None:
        self.path = path
        self.sort = sort
        bounds = {bound for _, test in cells for bound in (test.low, test.high) if bound is not None}
        self.cuts: list[Any] = sorted(bounds)
        place = {cut: number for number, cut in enumerate(self.cuts)}
        turns = [0] * (2 * len(self.cuts) + 2)
        asked = 0
        for bit, test in cells:
            asked |= bit
            low = 0 if test.low is None else 2 * place[test.low] + 1 + test.low_open
            high = 2 * len(self.cuts) if test.high is None else 2 * place[test.high] + 1 - test.high_open
            if low <= high:
                turns[low] ^= bit
                turns[high + 1] ^= bit
        self.everything = everything
        self.free = everything & ~asked
        self.masks: list[int] = []
        mask = self.free
        for turn in turns[:-1]:
            mask ^= turn
            self.masks.append(mask)

    def mask(self, value: Any) -> int:
        """The rules that a value admits; what cannot be compared with the thresholds admits those that ask nothing."""
        key = sort_key(value)
        if key is None or key[0] != self.sort:
            return self.free
        place = bisect_left(self.cuts, key[1])
        return self.masks[2 * place + (place < len(self.cuts) and self.cuts[place] == key[1])]

    def possible(self, value: Any) -> int:
        """The rules of which this field does not say that they fail."""
        key = sort_key(value)
        return self.mask(value) if key is not None and key[0] == self.sort else self.everything

    def emit(self, names: Constants, take: str = "m &=") -> list[str]:
        slow = [
            f"if v.__class__ in {names(_SCALARS)}:",
            f" x = {names(self.mask)}(v)",
            f" {take} x",
            f" if x is {names(self.free)} and d is not None: d.lacking = True",
            "else: return None",
        ]
        fast = self._fast(names, take)
        return slow if not fast else [*fast, "el" + slow[0], *slow[1:]]

    def emit_possible(self, names: Constants) -> list[str]:
        slow, fast = f"m &= {names(self.possible)}(v)", self._fast(names)
        return [slow] if not fast else [*fast, f"else: {slow}"]

    def _fast(self, names: Constants, take: str = "m &=") -> list[str]:
        """What is done where an int or a float can be compared with the thresholds as it is; nothing where none can."""
        fast = _float_cuts(self.cuts) if self.sort == "number" else None
        if fast is None:
            return []
        cuts, masks, bisect = names(fast), names((*self.masks, self.masks[-1])), names(bisect_left)
        between = [
            f" i = {bisect}({cuts}, v)",
            f" {take} {masks}[i + i + ({cuts}[i] == v)]",
        ]
        low, high = int(self.cuts[0]) - 1, int(self.cuts[-1]) + 2
        lines = [
            f"if v.__class__ is {names(float)} and v == v:",
            *between,
            f"elif v.__class__ is {names(int)}:",
            *between,
        ]
        if high - low > _COUNTED:
            return lines
        counted = {value: self.mask(value) for value in range(low, high)}
        return [
            f"if v.__class__ is {names(int)} and v in {names(counted)}: {take} {names(counted)}[v]",
            "el" + lines[0],
            *lines[1:],
        ]


class PresenceColumn:
    """Whether there is a value at all."""

    def __init__(self, path: str, cells: Sequence[tuple[int, PresenceTest]], everything: int) -> None:
        self.path = path
        needs = lacks = 0
        for bit, test in cells:
            if test.present:
                needs |= bit
            else:
                lacks |= bit
        self.present = everything & ~lacks
        self.missing = everything & ~needs

    def possible(self, value: Any) -> int:
        """The rules of which this field does not say that they fail."""
        return self.missing if value is None else self.present

    def emit(self, names: Constants, take: str = "m &=") -> list[str]:
        return [f"{take} {names(self.missing)} if v is None else {names(self.present)}"]

    def emit_possible(self, names: Constants) -> list[str]:
        return self.emit(names)


Column = WordColumn | RangeColumn | PresenceColumn


def admitting(columns: Sequence[Column], everything: int) -> Callable[[Mapping[str, Any], Doubts | None], int | None]:
    """A function from facts to the mask of the rules that every column admits; None where a value is of a sort that
    columns cannot answer for. Doubts, where given, are told of what is lacking.

    It is generated for the columns at hand.
    """
    if not columns:
        return lambda facts, doubts: everything
    names = Constants()
    lines = _asking(columns, names, lambda column, take: column.emit(names, take), "m =")
    # What cannot be looked up is no scalar either.
    lines = ["try:", *(f" {line}" for line in lines), f"except {names(TypeError)}: return None"]
    return cast(Callable[[Mapping[str, Any], Doubts | None], int | None], names.function("f, d", lines, "m"))


def not_excluding(columns: Sequence[Column], everything: int) -> Callable[[Mapping[str, Any]], int]:
    """A function from facts to the mask of the rules of which no column says that they fail."""
    names = Constants()
    lines = _asking(columns, names, lambda column, _: column.emit_possible(names), "")
    return cast(Callable[[Mapping[str, Any]], int], names.function("f", [f"m = {names(everything)}", *lines], "m"))


def _asking(
    columns: Sequence[Column], names: Constants, emitted: Callable[[Column, str], list[str]], take: str
) -> list[str]:
    """The lines that ask columns, words first: once nothing is left, nothing more is asked. The first of them takes
    what it finds by `take`."""
    lines: list[str] = []
    words = False
    path = None
    for column in sorted(columns, key=lambda column: (not isinstance(column, WordColumn), column.path)):
        if words and not isinstance(column, WordColumn):
            lines.append("if not m: return 0")
        words = isinstance(column, WordColumn)
        if column.path != path:
            path = column.path
            lines.append(f"v = f[{names(path)}]")
        lines += emitted(column, take)
        take = "m &="
    return lines


def _float_cuts(cuts: Sequence[int | Decimal]) -> list[float] | None:
    """The thresholds as floats, with one above all at the end; None where comparing an int or a float with these
    would not always be the same as with the decimals.

    A float counts as the decimal that it prints as. Printing keeps the order of floats, so that a threshold that is
    itself printed the same way may be compared as a float. Below 2**53 whole numbers are floats too.
    """
    floats = [float(cut) for cut in cuts]
    same = all(Decimal(repr(fast)) == cut and abs(fast) < 2**53 for fast, cut in zip(floats, cuts, strict=True))
    return [*floats, float("inf")] if same else None
