"""The index of a dispatch block: which rules a ticket can match, without looking at the others.

For each field that rules ask, the index keeps a bit mask of the rules that each of its values admits: words by
equality and membership, ordered values by the interval between two thresholds in which they lie, and presence. The
intersection of the masks leaves the rules of which only texts and what cannot be indexed have to be tested. It is the
bitmap index of databases (O'Neil and Quass, Improved Query Performance with Variant Indexes, 1997).

Rules are indexed by segments, for most tickets are decided by an early one, and short masks are faster to intersect.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import takewhile
from typing import Any

from svcctl.decision.columns import Doubts
from svcctl.decision.segment import Prepared, Segment, Text
from svcctl.language.tree import Expression

#: The rules of a segment.
_MOST = 4096


class RuleIndex:
    """Conditions in the order in which they are tried, by their place in it; `most` of them are indexed together."""

    def __init__(self, conditions: Sequence[Expression | None], most: int = _MOST) -> None:
        self.conditions = tuple(conditions)
        starts = range(0, len(self.conditions), most)
        self._texts: list[Text] = []
        self._segments = [Segment(self.conditions[start : start + most], start, self._texts) for start in starts]

    def first(self, facts: Mapping[str, Any], doubts: Doubts | None = None) -> int:
        """The place of the first condition that holds, or -1. `doubts` are told of what is unknown before it, for
        `unknown`."""
        texts: Prepared = {}
        for segment in self._segments:
            mask = segment.admitted(facts, doubts)
            if mask is None:
                if doubts is not None:
                    doubts.lacking = True
                for place in segment.one_by_one(facts):
                    return place
            while mask:
                bit = mask.bit_length()
                remainder = segment.remainders[-bit]
                if remainder is None:
                    return segment.end - bit
                text = None
                if remainder.words:
                    text = texts.get(remainder.text)
                    if text is None:
                        path, folded = self._texts[remainder.text]
                        value = facts[path]
                        if value.__class__ is str:
                            text = texts[remainder.text] = value.casefold() if folded else value
                if text is not None:
                    for word in remainder.words:
                        if word in text:
                            return segment.end - bit
                    if remainder.others:
                        mask &= remainder.others
                        continue
                else:
                    left = segment.left(remainder, facts, texts)
                    if left:
                        return segment.end - bit
                    if left is None and doubts is not None:
                        doubts.append(segment.end - bit)
                mask ^= 1 << bit - 1
        return -1

    def all(self, facts: Mapping[str, Any]) -> Iterator[int]:
        """The places of all conditions that hold, in order."""
        for segment in self._segments:
            yield from segment.all(facts)

    def unknown(self, facts: Mapping[str, Any], end: int | None = None, doubts: Doubts | None = None) -> Iterator[int]:
        """The places before `end` of the conditions that are unknown for want of a value, in order. `doubts` are what
        `first` was told on its way to `end`, so that they need not be looked for again; where nothing is lacking, they
        are all there is."""
        found = self._unknown(facts, len(self.conditions) if end is None else end, doubts is not None)
        yield from found if doubts is None else merge(doubts, found)

    def _unknown(self, facts: Mapping[str, Any], end: int, beyond: bool) -> Iterator[int]:
        for segment in self._segments:
            if segment.start >= end:
                return
            yield from takewhile(end.__gt__, segment.unknown(facts, beyond))
