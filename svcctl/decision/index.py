"""The index of a dispatch block: which rules a ticket can match, without looking at the others.

For each field that rules ask, the index keeps a bit mask of the rules that each of its values admits: words by
equality and membership, ordered values by the interval between two thresholds in which they lie, and presence. The
intersection of the masks leaves the rules of which only texts and what cannot be indexed have to be tested. It is the
bitmap index of databases (O'Neil and Quass, Improved Query Performance with Variant Indexes, 1997).

The first rule has the highest bit, so that finding it and removing it takes the time of the bits that are left.
"""

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge
from itertools import takewhile
from typing import Any

from svcctl.decision.clauses import FieldTest, PresenceTest, RangeTest, TextTest, WordTest, field_test, meet
from svcctl.decision.columns import Column, Doubts, PresenceColumn, RangeColumn, WordColumn, admitting
from svcctl.decision.compiler import Condition, compile_condition
from svcctl.decision.evaluator import holds
from svcctl.decision.trace import clauses_of
from svcctl.decision.values import Truth
from svcctl.language.pattern import find_pieces
from svcctl.language.tree import And, Expression

#: A text to be searched: which of the block's texts, the test, and the clause for values that are no text.
Search = tuple[int, tuple[str, ...], tuple[tuple[str, ...], ...], Expression]

#: A text that rules search: the path of its field, and whether regardless of case.
Text = tuple[str, bool]

#: A text by its number, and the words of which a rule wants one in it.
Asked = tuple[int, tuple[str, ...]]

#: The texts of a ticket by their number, prepared for searching when first asked for.
Prepared = dict[int, str]

_COMPILE_AFTER = 20

#: Words that so many rules search for are ruled out for all of them at once.
_OFTEN = 4


class Remainder:
    """What is left to test of rules that the masks admit. Where that is but words in one text, `words` are these
    and `text` says which text; `others` are then the rules that do not search it for the same words, if these are
    searched for often."""

    __slots__ = ("_compiled", "_times", "others", "rest", "searches", "text", "words")

    def __init__(self, searches: tuple[Search, ...], rest: Expression | None) -> None:
        self.searches = searches
        self.rest = rest
        self.text, self.words = -1, ()  # type: tuple[int, tuple[str, ...]]
        if rest is None and len(searches) == 1 and not searches[0][2]:
            self.text, self.words = searches[0][:2]
        self.others = 0
        self._times = 0
        self._compiled: Condition | None = None

    def outcome(self, rest: Expression, facts: Mapping[str, Any]) -> Truth:
        """What the rest comes to; compiled once it was asked a few times, as most rules are never reached."""
        if self._compiled is None:
            self._times += 1
            if self._times <= _COMPILE_AFTER:
                return holds(rest, facts)
            self._compiled = compile_condition(rest)
        return self._compiled(facts)


class RuleIndex:
    """Conditions in the order in which they are tried, by their place in it."""

    def __init__(self, conditions: Sequence[Expression | None]) -> None:
        self.conditions = tuple(conditions)
        self.size = len(self.conditions)
        self._texts: list[Text] = []
        rows: list[list[FieldTest]] = []
        self._remainders: list[Remainder | None] = []
        plain: dict[Asked, Remainder] = {}
        for condition in self.conditions:
            tests, remainder = self._analysed(condition)
            rows.append(tests)
            # Rules that leave the same share it, so that what tickets come by stays in the processor's cache.
            if remainder is not None and remainder.words:
                remainder = plain.setdefault((remainder.text, remainder.words), remainder)
            self._remainders.append(remainder)
        self._columns = _columns(rows)
        self._everything = (1 << self.size) - 1
        self._admitted = admitting(self._columns, self._everything)
        self._set_others(plain)

    def _set_others(self, plain: Mapping[Asked, Remainder]) -> None:
        asking: dict[Asked, set[int]] = {asked: set() for asked in plain}
        for place, remainder in enumerate(self._remainders):
            for text, words, several, _ in () if remainder is None else remainder.searches:
                if not several and (text, words) in asking:
                    asking[text, words].add(place)
        for asked, places in asking.items():
            if len(places) >= _OFTEN:
                plain[asked].others = self._everything ^ sum(1 << (self.size - 1 - place) for place in places)

    def _analysed(self, condition: Expression | None) -> tuple[list[FieldTest], Remainder | None]:
        """The tests that masks can answer, at most one a column, and what they leave."""
        masked: dict[tuple[str, type], FieldTest] = {}
        searches: list[Search] = []
        rest: list[Expression] = []
        for clause in clauses_of(condition):
            test = field_test(clause)
            if isinstance(test, TextTest):
                searches.append(self._search(test, clause))
                continue
            key = (test.path, type(test)) if test is not None else None
            joined = meet(masked[key], test) if key in masked and test is not None else test
            if key is None or joined is None:
                rest.append(clause)
            else:
                masked[key] = joined
        if not searches and not rest:
            return list(masked.values()), None
        left = None if not rest else rest[0] if len(rest) == 1 else And(tuple(rest))
        return list(masked.values()), Remainder(tuple(searches), left)

    def _search(self, test: TextTest, clause: Expression) -> Search:
        text = (test.path, test.folded)
        if text not in self._texts:
            self._texts.append(text)
        words = tuple(pieces[0] for pieces in test.alternatives if len(pieces) == 1)
        several = tuple(pieces for pieces in test.alternatives if len(pieces) > 1)
        return self._texts.index(text), words, several, clause

    def first(self, facts: Mapping[str, Any], doubts: Doubts | None = None) -> int:
        """The place of the first condition that holds, or -1. `doubts` are told of what is unknown before it, for
        `unknown`."""
        mask = self._admitted(facts, doubts)
        if mask is None:
            if doubts is not None:
                doubts.lacking = True
            return next(self._one_by_one(facts), -1)
        remainders = self._remainders
        texts: Prepared = {}
        while mask:
            bit = mask.bit_length()
            remainder = remainders[-bit]
            if remainder is None:
                return self.size - bit
            text = None
            if remainder.words:
                text = texts.get(remainder.text)
                if text is None:
                    path, folded = self._texts[remainder.text]
                    value = facts[path]
                    if value.__class__ is str:
                        text = texts[remainder.text] = value.casefold() if folded else value
            if text is not None:
                words = remainder.words
                if words[0] in text:
                    return self.size - bit
                if len(words) > 1:  # a loop takes longer than to search for one word
                    for word in words:
                        if word in text:
                            return self.size - bit
                if remainder.others:
                    mask &= remainder.others
                    continue
            else:
                left = self._left(remainder, facts, texts)
                if left:
                    return self.size - bit
                if left is None and doubts is not None:
                    doubts.append(self.size - bit)
            mask ^= 1 << bit - 1
        return -1

    def all(self, facts: Mapping[str, Any]) -> Iterator[int]:
        """The places of all conditions that hold, in order."""
        mask = self._admitted(facts, None)
        if mask is None:
            yield from self._one_by_one(facts)
            return
        texts: Prepared = {}
        for bit in _bits(mask):
            remainder = self._remainders[-bit]
            if remainder is None or self._left(remainder, facts, texts):
                yield self.size - bit

    def unknown(self, facts: Mapping[str, Any], end: int | None = None, doubts: Doubts | None = None) -> Iterator[int]:
        """The places before `end` of the conditions that are unknown for want of a value, in order. `doubts` are what
        `first` was told on its way to `end`, so that they need not be looked for again; where nothing is lacking, they
        are all there is."""
        admitted = self._admitted(facts, None)
        found: Iterator[int]
        if admitted is None:
            found = (place for place, each in enumerate(self.conditions) if each and holds(each, facts) is None)
        elif doubts is None:
            found = self._unknown_of(self._possible(facts), admitted, facts)
        else:
            found = merge(doubts, self._unknown_of(self._possible(facts) & ~admitted, admitted, facts))
        yield from takewhile((self.size if end is None else end).__gt__, found)

    def _possible(self, facts: Mapping[str, Any]) -> int:
        """The conditions of which no column says that they fail."""
        mask = self._everything
        for column in self._columns:
            mask &= column.possible(facts[column.path])
        return mask

    def _unknown_of(self, possible: int, admitted: int, facts: Mapping[str, Any]) -> Iterator[int]:
        texts: Prepared = {}
        for bit in _bits(possible):
            remainder = self._remainders[-bit]
            left = True if remainder is None else self._left(remainder, facts, texts)
            if left is None or (left and not admitted >> (bit - 1) & 1):
                yield self.size - bit

    def _one_by_one(self, facts: Mapping[str, Any]) -> Iterator[int]:
        """Where a value is of a sort that no mask answers for, such as a list in place of a word."""
        for place, condition in enumerate(self.conditions):
            if condition is None or holds(condition, facts):
                yield place

    def _left(self, remainder: Remainder, facts: Mapping[str, Any], texts: Prepared) -> Truth:
        """What the remainder of a rule comes to. `texts` keeps what was prepared for the rules before."""
        outcome: Truth = True
        for place, words, several, clause in remainder.searches:
            text = texts.get(place)
            if text is None:
                path, folded = self._texts[place]
                value = facts[path]
                if not isinstance(value, str):
                    found = holds(clause, facts)
                    if found is False:
                        return False
                    outcome = outcome and found
                    continue
                text = texts[place] = value.casefold() if folded else value
            for word in words:
                if word in text:
                    break
            else:
                for pieces in several:
                    if find_pieces(pieces, text):
                        break
                else:
                    return False
        if remainder.rest is None:
            return outcome
        rest = remainder.outcome(remainder.rest, facts)
        return outcome if rest else rest


def _bits(mask: int) -> Iterator[int]:
    """The bits of a mask, counted from one, the highest first."""
    while mask:
        bit = mask.bit_length()
        yield bit
        mask ^= 1 << bit - 1


def _columns(rows: Sequence[Sequence[FieldTest]]) -> tuple[Column, ...]:
    """A column for each field and sort of test, those that most rules ask first."""
    asked: dict[tuple[str, str], list[tuple[int, FieldTest]]] = {}
    for place, tests in enumerate(rows):
        bit = 1 << (len(rows) - 1 - place)
        for test in tests:
            sort = test.sort if isinstance(test, WordTest | RangeTest) else "presence"
            asked.setdefault((test.path, sort), []).append((bit, test))
    everything = (1 << len(rows)) - 1
    columns: list[Column] = []
    for (path, sort), cells in sorted(asked.items(), key=lambda item: (-len(item[1]), item[0])):
        words = [(bit, test) for bit, test in cells if isinstance(test, WordTest)]
        ranges = [(bit, test) for bit, test in cells if isinstance(test, RangeTest)]
        presence = [(bit, test) for bit, test in cells if isinstance(test, PresenceTest)]
        if words:
            columns.append(WordColumn(path, sort, words, everything))
        elif ranges:
            columns.append(RangeColumn(path, sort, ranges, everything))
        else:
            columns.append(PresenceColumn(path, presence, everything))
    return tuple(columns)
