"""Regions of tickets: unions of boxes, a box being one mask of cells for each axis that it constrains.

Subtracting a box from another leaves at most one piece for each axis of the one taken away; what is left after all were
taken away is exact. It can grow large, so it is counted.
"""

from collections.abc import Iterable, Iterator, Sequence

from svcctl.language.analysis.axes import Atom, Axis

Box = dict[int, int]
Region = list[Box]

#: More boxes than this are not worked through.
MOST_BOXES = 3000
#: Sides of boxes that are looked at in all, so that the time is bounded whatever the rules.
MOST_WORK = 1_000_000
#: A condition that comes to more boxes is not looked into.
MOST_OF_ONE = 256


class TooManyBoxes(Exception):
    """What was asked would take too long; the answer is that nothing was proven."""


def meet(one: Box, other: Box) -> Box | None:
    """What two boxes have in common."""
    if len(other) > len(one):
        one, other = other, one
    joint = dict(one)
    for axis, mask in other.items():
        both = joint.get(axis, -1) & mask
        if not both:
            return None
        joint[axis] = both
    return joint


def join(regions: Iterable[Region]) -> Region:
    """All of several regions; boxes that lie along one and the same axis become one."""
    found: Region = []
    lines: dict[int, Box] = {}
    for box in (box for region in regions for box in region):
        if not box:
            return [{}]
        if len(box) > 1:
            if box not in found:
                found.append(box)
            continue
        [(axis, mask)] = box.items()
        if axis in lines:
            lines[axis][axis] |= mask
        else:
            lines[axis] = {axis: mask}
            found.append(lines[axis])
    if len(found) > MOST_OF_ONE:
        raise TooManyBoxes
    return found


def cross(regions: Sequence[Region]) -> Region:
    """What several regions have in common."""
    found: Region = [{}]
    for region in regions:
        if len(region) == 1 and len(found) == 1:
            both = meet(found[0], region[0])
            found = [] if both is None else [both]
        else:
            found = [both for one in found for other in region if (both := meet(one, other)) is not None]
        if len(found) > MOST_OF_ONE:
            raise TooManyBoxes
    return found


class Space:
    """The axes of a group of conditions, and what can be said of boxes over them."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        self.axes = axes
        self.full = [axis.full for axis in axes]
        self._work = 0
        self.texts: dict[int, tuple[int, str, str]] = {}
        places = {axis.label: place for place, axis in enumerate(axes)}
        for place, axis in enumerate(axes):
            if isinstance(axis, Atom) and axis.text is not None:
                sort, path, what = axis.text
                self.texts[place] = places[path], sort, what

    def without(self, box: Box, other: Box) -> Iterator[Box]:
        """The pieces of a box that lie outside another."""
        rest = box
        pieces: Region = []
        for axis in sorted(other):
            have = rest.get(axis, self.full[axis])
            inside = have & other[axis]
            if not inside:
                yield box
                return
            if inside != have:
                pieces.append({**rest, axis: have & ~inside})
                rest = {**rest, axis: inside}
        yield from pieces

    def subtract(self, region: Region, taken: Iterable[Box]) -> Region:
        """What is left of a region. Raises TooManyBoxes, too, once the work over these axes was too much in all."""
        left = [box for box in region if self.possible(box)]
        for box in taken:
            if not left:
                break
            self._work += sum(map(len, left))
            if self._work > MOST_WORK:
                raise TooManyBoxes
            left = [piece for one in left for piece in self.without(one, box) if self.possible(piece)]
            if len(left) > MOST_BOXES:
                raise TooManyBoxes
        return left

    def possible(self, box: Box) -> bool:
        """Whether the texts of a box can be: one that holds `black screen` holds `screen`, too."""
        asked = [place for place in box if place in self.texts]
        if len(asked) < 2:
            return True
        held: dict[int, list[str]] = {}
        absent: dict[int, list[str]] = {}
        for place in asked:
            path, sort, what = self.texts[place]
            if sort == "contains" and box.get(path, self.full[path]) == self.axes[path].other:
                (held if box[place] == 1 else absent).setdefault(path, []).append(what)
        return not any(word in text for path, words in absent.items() for word in words for text in held.get(path, ()))

    def holds(self, box: Box, other: Box) -> bool:
        """Whether a box lies within another."""
        return all(not box.get(axis, self.full[axis]) & ~mask for axis, mask in other.items())
