"""The columns of an index: for one field, which rules each of its values admits. Masks are plain numbers."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from math import inf, nextafter
from typing import Any, cast

from svcctl.decision.clauses import PresenceTest, RangeTest, WordTest, sort_key
from svcctl.decision.generated import Constants
from svcctl.foundation.quantity import Business, Elapsed, Quantity

#: Values of other classes than these (lists above all) are left to the evaluator.
_SCALARS = frozenset({type(None), str, bool, int, float, Decimal, Quantity, Elapsed, Business, datetime, date})

#: So many whole numbers, from below the first threshold on, have their masks looked up rather than searched for.
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
        named: dict[Any, int] = dict.fromkeys((True, False), 0) if sort == "truth" else {}
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

    def admits(self, value: Any, doubts: Doubts | None) -> int | None:
        """The rules that a value admits; None for one of a sort that no mask answers for."""
        if value.__class__ is self.kind:
            if doubts is not None and any(value not in order for order in self.orders):
                doubts.lacking = True
            return self.masks.get(value, self.other)
        return _lacking(value, self.free, doubts)

    def possible(self, value: Any) -> int:
        """The rules of which this field does not say that they fail."""
        if value.__class__ is not self.kind:
            return self.everything
        mask = self.masks.get(value, self.other)
        for order, asked in self.orders.items():
            if value not in order:
                mask |= asked
        return mask

    def emit_lookup(self, value: str, names: Constants) -> str:
        """An expression for the mask of a value, which is then called `value`. It raises KeyError or TypeError for a
        value that leaves a doubt, but for None."""
        certain = frozenset.intersection(*self.orders) if self.orders else self.masks.keys()
        masks = names({None: self.free, **{word: self.masks.get(word, self.other) for word in certain}})
        asked = f"({value} := f[{names(self.path)}])"
        if self.orders:
            return f"{masks}[{asked}]"
        known = f"{asked} in {masks} or {value}.__class__ is not {names(str)}"
        return f"({masks}[{value}] if {known} else {names(self.other)})"

    def emit(self, names: Constants) -> list[str]:
        """The same for truth values, as lines that take the mask of `v` from `m`: 1 is not true, but looks like it."""
        return [
            f"if v.__class__ is {names(bool)}: m &= {names(self.masks)}[v]",
            "else:",
            *(f" {line}" for line in _emit_admits(self.admits, names)),
        ]


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

    def _mask(self, value: Any) -> int | None:
        """The mask of a value; None for one that cannot be compared with the thresholds."""
        key = sort_key(value)
        if key is None or key[0] != self.sort:
            return None
        place = bisect_left(self.cuts, key[1])
        return self.masks[2 * place + (place < len(self.cuts) and self.cuts[place] == key[1])]

    def admits(self, value: Any, doubts: Doubts | None) -> int | None:
        """The rules that a value admits, which are those that ask nothing where it cannot be compared with the
        thresholds; None for one of a sort that no mask answers for."""
        mask = self._mask(value)
        return _lacking(value, self.free, doubts) if mask is None else mask

    def possible(self, value: Any) -> int:
        """The rules of which this field does not say that they fail."""
        mask = self._mask(value)
        return self.everything if mask is None else mask

    def emit(self, names: Constants) -> list[str]:
        fast = _float_cuts(self.cuts) if self.sort == "number" else None
        slow = _emit_admits(self.admits, names)
        if fast is None:
            return slow
        low = int(self.cuts[0]) - 1
        counted = names({value: self._mask(value) for value in range(low, min(int(self.cuts[-1]) + 2, low + _COUNTED))})
        return [
            f"if (c := v.__class__) is {names(int)} and v in {counted}: m &= {counted}[v]",
            f"elif c is {names(int)} or c is {names(float)} and v == v:",
            f" m &= {names(tuple(self.masks))}[{names(bisect_right)}({names(fast)}, v)]",
            "else:",
            *(f" {line}" for line in slow),
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

    def admits(self, value: Any, doubts: Doubts | None) -> int:
        """The rules that a value admits."""
        return self.possible(value)

    def possible(self, value: Any) -> int:
        """The rules of which this field does not say that they fail."""
        return self.missing if value is None else self.present

    def emit(self, names: Constants) -> list[str]:
        return [f"m &= {names(self.missing)} if v is None else {names(self.present)}"]


Column = WordColumn | RangeColumn | PresenceColumn


def _lacking(value: Any, free: int, doubts: Doubts | None) -> int | None:
    if value.__class__ not in _SCALARS:
        return None
    if doubts is not None:
        doubts.lacking = True
    return free


def _emit_admits(admits: Callable[[Any, Doubts | None], int | None], names: Constants) -> list[str]:
    return [f"x = {names(admits)}(v, d)", "if x is None: return None", "m &= x"]


def admitting(columns: Sequence[Column], everything: int) -> Callable[[Mapping[str, Any], Doubts | None], int | None]:
    """A function from facts to the mask of the rules that every column admits; None where a value is of a sort that
    columns cannot answer for. Doubts, where given, are told of what is lacking.

    It is generated for the columns at hand. Words come first, all in one expression, for most values are words that
    leave no doubt; where one is not, each column is asked by itself.
    """

    def one_by_one(facts: Mapping[str, Any], doubts: Doubts | None) -> int | None:
        mask = everything
        for column in columns:
            found = column.admits(facts[column.path], doubts)
            if found is None:
                return None
            mask &= found
        return mask

    names = Constants()
    words = [column for column in columns if isinstance(column, WordColumn) and column.kind is str]
    lines = [f"m = {names(everything)}"]
    if words:
        masks = " & ".join(column.emit_lookup(f"v{number}", names) for number, column in enumerate(words))
        missing = " or ".join(f"v{number} is None" for number in range(len(words)))
        lines = [
            f"try: m = {masks}",
            f"except ({names(KeyError)}, {names(TypeError)}): return {names(one_by_one)}(f, d)",
            f"if d is not None and ({missing}): d.lacking = True",
            "if not m: return 0",
        ]
    for column in columns:
        if column not in words:
            lines += [f"v = f[{names(column.path)}]", *column.emit(names)]
    return cast(Callable[[Mapping[str, Any], Doubts | None], int | None], names.function("f, d", lines, "m"))


def _float_cuts(cuts: Sequence[int | Decimal]) -> list[float] | None:
    """The thresholds as floats, each with the float next above it, so that as many are at most a value as stretches lie
    below it; None where comparing an int or a float with these would not always be the same as with the decimals.

    A float counts as the decimal that it prints as. Printing keeps the order of floats, so that a threshold that is
    itself printed the same way may be compared as a float. Below 2**53 whole numbers are floats too.
    """
    floats = [float(cut) for cut in cuts]
    same = all(Decimal(repr(fast)) == cut and abs(fast) < 2**53 for fast, cut in zip(floats, cuts, strict=True))
    return [end for cut in floats for end in (cut, nextafter(cut, inf))] if same else None
