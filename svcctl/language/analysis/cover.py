"""Which boxes of many can meet a given one, and whether they leave anything of it.

For each axis and cell a bit mask of the boxes that admit it, as in a bitmap index (O'Neil and Quass, Improved Query
Performance with Variant Indexes, 1997), so that a thousand rules need not be met pair by pair.
"""

from collections.abc import Iterator, Sequence

from svcctl.language.analysis.axes import Atom
from svcctl.language.analysis.regions import Box, Region, Space


class Cover:
    """Boxes in order, each with an owner (the place of its rule)."""

    def __init__(self, space: Space, regions: Sequence[Region]) -> None:
        self.space = space
        self.boxes = [(owner, box) for owner, region in enumerate(regions) for box in region]
        self.before = [0]
        for region in regions:
            self.before.append(self.before[-1] + len(region))
        everything = (1 << len(self.boxes)) - 1
        self._everything = everything
        asked = [0] * len(space.axes)
        for number, (_, box) in enumerate(self.boxes):
            for axis in box:
                asked[axis] |= 1 << number
        self._free = [everything & ~mask for mask in asked]
        self._cells: list[dict[int, int]] = [{} for _ in space.axes]
        for number, (_, box) in enumerate(self.boxes):
            for axis, mask in box.items():
                cells = self._cells[axis]
                for bit in _bits(mask):
                    cells[bit] = cells.get(bit, 0) | 1 << number
        self._admitted: dict[tuple[int, int], int] = {}
        self._atoms = {place for place, axis in enumerate(space.axes) if isinstance(axis, Atom)}
        self._asks = {place: self._cells[place].get(1, 0) & ~self._cells[place].get(2, 0) for place in self._atoms}
        self._asking = 0
        for mask in self._asks.values():
            self._asking |= mask
        self._implied: dict[int, frozenset[int]] = {}
        self._words: dict[int, dict[str, int]] = {}
        self._patterns: dict[int, list[int]] = {}
        for place, (path, sort, what) in space.texts.items():
            known = self._words.setdefault(path, {})
            if sort == "contains":
                known[what] = place
            else:
                self._patterns.setdefault(path, []).append(place)

    def meeting(self, box: Box, owners: int | None = None) -> int:
        """The boxes (of the first owners only) that have cells in common with one on each of its axes."""
        found = self._everything if owners is None else (1 << self.before[owners]) - 1
        for axis, mask in box.items():
            found &= self._admits(axis, mask)
            if not found:
                break
        return found

    def _admits(self, axis: int, mask: int) -> int:
        key = axis, mask
        known = self._admitted.get(key)
        if known is None:
            known = self._free[axis]
            cells = self._cells[axis]
            for bit in _bits(mask):
                known |= cells.get(bit, 0)
            self._admitted[key] = known
        return known

    def each(self, found: int) -> Iterator[tuple[int, Box]]:
        """The owners and boxes of a mask, in order."""
        while found:
            low = found & -found
            yield self.boxes[low.bit_length() - 1]
            found ^= low

    def beside(self, box: Box, found: int) -> Box | None:
        """A part of a box that lies outside all of some others, looked for without coming back; None where that finds
        none, though there may be one."""
        part = self._beside(box, found)
        if part is None:
            return None
        settled = self._settled(box)
        axes = {axis for _, other in self.each(found & self._asking) for axis in other if self._open(axis, settled)}
        return {**part, **dict.fromkeys(axes, 2)}

    def escapes(self, box: Box, found: int) -> bool:
        """Whether `beside` finds such a part."""
        return self._beside(box, found) is not None

    def _beside(self, box: Box, found: int) -> Box | None:
        """Such a part, if no test holds that the box leaves open: that keeps it out of all that ask for one."""
        settled = self._settled(box)
        asking = 0
        for atom in settled:
            asking |= self._asks[atom]
        part = box
        for _, other in self.each(found & (~self._asking | asking)):
            if self._apart(part, other) or any(mask == 1 and self._open(axis, settled) for axis, mask in other.items()):
                continue
            narrowed = self._narrowed(part, other, settled)
            if narrowed is None:
                return None
            part = narrowed
        return part

    def _open(self, axis: int, settled: set[int]) -> bool:
        return axis in self._atoms and axis not in settled

    def _settled(self, box: Box) -> set[int]:
        """The tests that a box says something of, and those that hold with them: in `black screen` is `screen`."""
        settled = {axis for axis in box if axis in self._atoms}
        for axis in [axis for axis in settled if box[axis] == 1 and axis in self.space.texts]:
            if axis not in self._implied:
                self._implied[axis] = frozenset(self._holding_with(axis))
            settled |= self._implied[axis]
        return settled

    def _holding_with(self, axis: int) -> Iterator[int]:
        """The tests that hold of every text of which one holds, and those by patterns, which may."""
        path, _, text = self.space.texts[axis]
        words = self._words[path]
        if len(text) ** 2 > 2 * len(words):
            yield from (place for word, place in words.items() if word in text)
        else:
            pieces = {text[start:end] for start in range(len(text)) for end in range(start + 1, len(text) + 1)}
            yield from (words[word] for word in pieces & words.keys())
        yield from self._patterns.get(path, ())

    def _apart(self, one: Box, other: Box) -> bool:
        return any(axis in one and not one[axis] & mask for axis, mask in other.items())

    def _narrowed(self, part: Box, other: Box, settled: set[int]) -> Box | None:
        for axis in sorted(other, key=lambda axis: axis in part):
            if self._open(axis, settled):
                continue
            outside = part.get(axis, self.space.full[axis]) & ~other[axis]
            if outside:
                narrowed = {**part, axis: outside}
                if self.space.possible(narrowed):
                    return narrowed
        return None

    def left(self, region: Region, owners: int | None = None) -> Region:
        """What the boxes (of the first owners only) leave of a region, exactly. Raises TooManyBoxes."""
        left: Region = []
        for box in region:
            left += self.space.subtract([box], (other for _, other in self.each(self.meeting(box, owners))))
        return left


def _bits(mask: int) -> Iterator[int]:
    while mask:
        low = mask & -mask
        yield low
        mask ^= low
