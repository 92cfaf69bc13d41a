"""One dispatch block made ready to decide: its rules in the order in which they are tried, and their index."""

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from typing import Any

from svcctl.decision.columns import Doubts
from svcctl.decision.decision import RuleTrace
from svcctl.decision.index import RuleIndex
from svcctl.decision.trace import Written, traces_of_held, written_clauses
from svcctl.decision.values import all_of
from svcctl.foundation.lazily import Lazily
from svcctl.foundation.record import assembled
from svcctl.language.blocks import DispatchBlock, DispatchRule

#: Rules that are recorded as unknown with one decision, in each block.
MOST_UNKNOWN = 10


class Dispatcher:
    """One dispatch block with its index. `rules` are in the order in which they are tried: under the hit policies
    `first` and `unique` as written, under `priority` the highest first and then by id, under `collect` by id."""

    def __init__(self, block: DispatchBlock) -> None:
        self.block = block
        self.rules: tuple[DispatchRule, ...] = block.rules
        self._written: dict[int, tuple[Written, ...]] = {}
        if block.hit == "priority":
            self.rules = tuple(sorted(block.rules, key=lambda rule: (-rule.priority, rule.id)))
        elif block.hit == "collect":
            self.rules = tuple(sorted(block.rules, key=lambda rule: rule.id))

    @cached_property
    def index(self) -> RuleIndex:
        """Built when first asked."""
        return RuleIndex([rule.when for rule in self.rules])

    def first_match(self, facts: Mapping[str, Any]) -> str | None:
        """The id of the first rule that matches: no trace, no effects, nothing but the answer."""
        place = self.index.first(facts)
        return None if place < 0 else self.rules[place].id

    def traced_match(self, facts: Mapping[str, Any]) -> tuple[str | None, Sequence[RuleTrace]]:
        """The id of the first rule that matches, and the rules worth telling of, worked out when first read."""
        doubts = Doubts()
        place = self.index.first(facts, doubts)
        if place < 0 and not doubts and not doubts.lacking:
            return None, ()
        matched = () if place < 0 else (place,)
        return (self.rules[place].id if matched else None), Lazily(partial(self.considered, facts, matched, doubts))

    def considered(
        self, facts: Mapping[str, Any], matched: tuple[int, ...], doubts: Doubts | None
    ) -> tuple[RuleTrace, ...]:
        """The rules worth telling of, in the order in which they are tried: what matched, and what is unknown before
        it, of which the search for it has told `doubts` where only the first match decides (else None)."""
        if doubts is not None and not doubts.lacking:
            unknown = doubts[:MOST_UNKNOWN]
        else:
            end = matched[0] if doubts is not None and matched else len(self.rules)
            unknown = [*islice(self.index.unknown(facts, end, doubts), MOST_UNKNOWN)]
        if not unknown:
            return tuple([self.trace(place, facts, matched=True) for place in matched])
        told = dict.fromkeys(unknown, False) | dict.fromkeys(matched, True)
        return tuple([self.trace(place, facts, matched=told[place]) for place in sorted(told)])

    def trace(self, place: int, facts: Mapping[str, Any], *, matched: bool = False) -> RuleTrace:
        """The rule at a place, clause by clause; of one that is known to have matched every clause holds."""
        rule = self.rules[place]
        written = self._written.get(place)
        if written is None:
            written = self._written[place] = written_clauses(rule.when)
        if matched:
            return assembled(RuleTrace, {"rule": rule.id, "matched": True, "clauses": traces_of_held(written, facts)})
        clauses = tuple([clause.trace(facts) for clause in written])
        return RuleTrace(rule.id, all_of(clause.outcome for clause in clauses), clauses)
