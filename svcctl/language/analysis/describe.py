"""Cells in words: what a value must be, as a rule would say it."""

from collections.abc import Iterator

from svcctl.language.analysis.axes import Atom, Axis, Cell, Ranges, Relation, Words
from svcctl.language.analysis.regions import Box, Space
from svcctl.language.analysis.witness import between, print_field
from svcctl.language.printer import print_value

_SIGNS = {1: "<", 2: "==", 3: "<=", 4: ">", 5: "!=", 6: ">="}


def describe_box(space: Space, box: Box) -> str:
    """What a ticket must be to lie in a box; `any ticket` where it need not be anything."""
    texts = {path for place, (path, *_) in space.texts.items() if place in box}
    said = [
        describe(space.axes[place], box[place] & space.full[place])
        for place in sorted(box)
        if box[place] & space.full[place] != space.full[place]
        and not (place in texts and not _words(space, place, box))
    ]
    return " and ".join(dict.fromkeys(said)) or "any ticket"


def _words(space: Space, place: int, box: Box) -> bool:
    """Whether a text is asked for more than what is found in it."""
    return box[place] & space.full[place] != space.axes[place].other


def describe(axis: Axis, mask: int) -> str:
    """What the cells of a mask have in common, as a condition."""
    if mask == axis.missing:
        return f"{axis.label} is missing"
    if mask == axis.full & ~axis.missing:
        return f"{axis.label} is present"
    unknown = " or is missing" if mask & axis.missing else ""
    mask &= ~axis.missing
    if isinstance(axis, Atom):
        return axis.label if mask == 1 else f"not ({axis.label})" if mask == 2 else f"({axis.label}) unknown"
    if isinstance(axis, Relation):
        left, _, right = axis.label.partition(" <=> ")
        return f"{left} {_SIGNS.get(mask & 7, '<=>')} {right}"
    if isinstance(axis, Ranges):
        return " or ".join(f"{axis.label} {run}" for run in stretches(axis, mask)) + unknown
    if isinstance(axis, Words):
        return _describe_words(axis, mask) + unknown
    return axis.label


def _describe_words(axis: Words, mask: int) -> str:
    inside = mask
    if axis.other & mask:
        inside = axis.full & ~axis.missing & ~mask
    words = [
        print_field(cell, axis.quoted)
        for place, cell in enumerate(axis.cells)
        if inside >> place & 1 and not isinstance(cell, Cell)
    ]
    negated = inside != mask
    if len(words) == 1:
        return f"{axis.label} {'!=' if negated else '=='} {words[0]}"
    return f"{axis.label} {'not in' if negated else 'in'} [{', '.join(words)}]"


def stretches(axis: Ranges, mask: int) -> Iterator[str]:
    """The connected stretches of a mask, each as what its values must be."""
    sort, start = "", None
    runs: list[tuple[str, int, int]] = []
    for place, cell in enumerate(axis.cells):
        inside = bool(mask >> place & 1) and isinstance(cell, tuple)
        if inside and start is not None and cell[0] == sort:
            runs[-1] = sort, start, place
        elif inside:
            sort, start = cell[0], place
            runs.append((sort, place, place))
        elif isinstance(cell, tuple) and axis.full >> place & 1:
            start = None
    for sort, first, last in runs:
        yield _stretch(axis, sort, axis.cells[first], axis.cells[last])


def _stretch(axis: Ranges, sort: str, first: tuple[str, object, object], last: tuple[str, object, object]) -> str:
    low, high = first[1], last[2]
    if low is not None and low == high:
        return f"== {_written(axis, sort, low)}"
    said = []
    if low is not None:
        said.append(f"{'>=' if first[1] == first[2] else '>'} {_written(axis, sort, low)}")
    if high is not None:
        said.append(f"{'<=' if last[1] == last[2] else '<'} {_written(axis, sort, high)}")
    return " and ".join(said) or "is present"


def _written(axis: Ranges, sort: str, place: object) -> str:
    return print_value(between(axis.shown[sort], place, place))
