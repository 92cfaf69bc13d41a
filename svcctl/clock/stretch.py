"""Spans of a line: sets of half-open stretches `(from, to)` as sorted lists that do not touch."""

from collections.abc import Iterable

Stretch = tuple[int, int]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The union: sorted, overlapping and touching ones joined, empty ones dropped."""
    union: list[Stretch] = []
    for start, end in sorted(stretches):
        if end <= start:
            continue
        if union and start <= union[-1][1]:
            if end > union[-1][1]:
                union[-1] = (union[-1][0], end)
        else:
            union.append((start, end))
    return union


def without(stretches: list[Stretch], cuts: list[Stretch]) -> list[Stretch]:
    """What is left of `stretches` when `cuts` are taken out; both as `merged` returns them."""
    if not cuts:
        return stretches
    left: list[Stretch] = []
    first = 0
    for start, end in stretches:
        while first < len(cuts) and cuts[first][1] <= start:
            first += 1
        place = first
        while place < len(cuts) and cuts[place][0] < end:
            cut_start, cut_end = cuts[place]
            if start < cut_start:
                left.append((start, cut_start))
            start = cut_end
            place += 1
        if start < end:
            left.append((start, end))
    return left


def clipped(stretches: Iterable[Stretch], low: int, high: int) -> list[Stretch]:
    """The parts of `stretches` from `low` to `high`."""
    return [
        (start if start > low else low, end if end < high else high)
        for start, end in stretches
        if start < high and low < end and start < end and low < high
    ]
