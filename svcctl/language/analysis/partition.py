"""What two lists of rules decide differently: exact regions of tickets, by subtracting boxes.

A ticket that none of the rules takes that differ between the lists meets the same rules in the same order in both, so
only the regions of those are looked at: the work grows with what was changed, not with what there is.
"""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence

from svcctl.foundation.record import Record
from svcctl.language.analysis.conditions import Conditions, Terms
from svcctl.language.analysis.cover import Cover
from svcctl.language.analysis.outcomes import Plan
from svcctl.language.analysis.regions import MOST_BOXES, Box, Region, Space, TooManyBoxes, meet
from svcctl.language.tree import Expression

#: The rules that decide about a ticket, by place; none where none takes it.
Takers = tuple[int, ...]


class Listed(Record):
    """Rules in the order in which they are tried: of each its condition, and what it does as something to compare.
    With `several` all that match decide, otherwise the first; `rest` is what is done where none does."""

    conditions: tuple[Expression | None, ...]
    doing: tuple[Hashable, ...]
    rest: Hashable = None
    several: bool = False

    def outcome(self, takers: Takers) -> Hashable:
        """What is done by the rules that decide."""
        return tuple(self.doing[place] for place in takers) if takers else self.rest


class Part(Record):
    """Tickets about which other rules decide than before, and otherwise."""

    before: Takers
    after: Takers
    region: Region


class Partition:
    """The parts, in order; `proven` is False where there were too many cases, and there may be more."""

    def __init__(self, old: Listed, new: Listed, terms: Terms) -> None:
        self.old, self.new = old, new
        conditions = Conditions(terms)
        plans = [[conditions.read(each) for each in listed.conditions] for listed in (old, new)]
        self.space: Space = conditions.seal()
        self.proven = True
        self._parts: dict[tuple[Takers, Takers], Region] = {}
        regions: list[list[Region]] = []
        for each in plans:
            regions.append([])
            for plan in each:
                regions[-1].append(self._region(plan))
        self._covers = [Cover(self.space, each) for each in regions]
        self._counted = 0
        same = common_rules(old, new)
        kept = {place for place, _ in same}, {place for _, place in same}
        self._work(
            [
                box
                for side, each in enumerate(regions)
                for place, region in enumerate(each)
                if place not in kept[side]
                for box in region
            ]
        )
        if old.rest != new.rest or old.several != new.several:
            self._work_rest()

    @property
    def parts(self) -> tuple[Part, ...]:
        return tuple(Part(*takers, region) for takers, region in sorted(self._parts.items()))

    def _region(self, plan: Plan) -> Region:
        """Where a rule holds; nothing, and nothing is proven, where that has too many boxes."""
        try:
            yes, _ = plan()
            return [box for box in yes if self.space.possible(box)]
        except TooManyBoxes:
            self.proven = False
            return []

    def _work(self, boxes: Region) -> None:
        done: Region = []
        for box in boxes:
            try:
                for piece in self.space.subtract([box], done):
                    self._compare(piece)
            except TooManyBoxes:
                self.proven = False
            done.append(box)

    def _work_rest(self) -> None:
        """What no rule takes; where that has too many cases, one of them."""
        try:
            left = self._covers[0].left([{}])
            for cover in self._covers[1:]:
                left = cover.left(left)
        except TooManyBoxes:
            self.proven = False
            cover = self._covers[0]
            beside = cover.beside({}, (1 << len(cover.boxes)) - 1)
            left = [] if beside is None else [beside]
        for box in left:
            try:
                self._compare(box)
            except TooManyBoxes:
                self.proven = False

    def _compare(self, box: Box) -> None:
        for piece, before in self._decided(0, box):
            for part, after in self._decided(1, piece):
                if self.old.outcome(before) != self.new.outcome(after):
                    self._parts.setdefault((before, after), []).append(part)

    def _decided(self, side: int, box: Box) -> Iterator[tuple[Box, Takers]]:
        """The pieces of a box with the rules that decide in each. Raises TooManyBoxes."""
        cover, several = self._covers[side], (self.old, self.new)[side].several
        pieces: list[tuple[Box, Takers]] = [(box, ())]
        for owner, other in cover.each(cover.meeting(box)):
            left: list[tuple[Box, Takers]] = []
            for piece, takers in pieces:
                both = None if owner in takers else meet(piece, other)
                if both is None or not self.space.possible(both):
                    left.append((piece, takers))
                    continue
                if several:
                    left.append((both, (*takers, owner)))
                else:
                    yield both, (owner,)
                left += [(rest, takers) for rest in self.space.without(piece, other) if self.space.possible(rest)]
            pieces = left
            self._counted += len(pieces)
            if len(pieces) > MOST_BOXES or self._counted > 100 * MOST_BOXES:
                raise TooManyBoxes
            if not pieces:
                return
        yield from pieces


def common_rules(old: Listed, new: Listed) -> list[tuple[int, int]]:
    """The places of rules that are in both lists alike, as many as keep their order: the longest increasing run of
    places (Schensted, Longest increasing and decreasing subsequences, 1961). Rules that are written twice are left."""
    places: dict[Hashable, list[int]] = {}
    for place, key in enumerate(zip(old.conditions, old.doing, strict=True)):
        places.setdefault(key, []).append(place)
    later: dict[Hashable, list[int]] = {}
    for place, key in enumerate(zip(new.conditions, new.doing, strict=True)):
        later.setdefault(key, []).append(place)
    pairs = [
        (places[key][0], found[0]) for key, found in later.items() if len(found) == 1 and len(places.get(key, ())) == 1
    ]
    ends: list[int] = []
    links: list[tuple[tuple[int, int], int]] = []
    tails: list[int] = []
    for pair in pairs:
        at = bisect_left(ends, pair[0])
        links.append((pair, tails[at - 1] if at else -1))
        ends[at : at + 1] = [pair[0]]
        tails[at : at + 1] = [len(links) - 1]
    run: list[tuple[int, int]] = []
    place = tails[-1] if tails else -1
    while place >= 0:
        pair, place = links[place]
        run.append(pair)
    return run[::-1]


def held(parts: Sequence[Part], at: Box) -> Part | None:
    """The part in which a point lies."""
    return next(
        (part for part in parts if any(all(at[axis] & mask for axis, mask in box.items()) for box in part.region)), None
    )
