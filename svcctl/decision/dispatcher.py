"""One dispatch block made ready to decide: its rules in the order in which they are tried, and their index."""

from collections.abc import Mapping
from functools import cached_property
from itertools import islice
from typing import Any

from svcctl.decision.columns import Doubts
from svcctl.decision.decision import RuleTrace
from svcctl.decision.index import RuleIndex
from svcctl.decision.telling import Telling
from svcctl.language.blocks import DispatchBlock, DispatchRule

#: Rules that are recorded as unknown with one decision, in each block.
MOST_UNKNOWN = 10


class Dispatcher:
    """One dispatch block with its index. `rules` are in the order in which they are tried: under the hit policies
    `first` and `unique` as written, under `priority` the highest first and then by id, under `collect` by id."""

    def __init__(self, block: DispatchBlock) -> None:
        self.block = block
        self.rules: tuple[DispatchRule, ...] = block.rules
        self._tellings: dict[int, Telling] = {}
        self._stops = block.hit in ("first", "priority")
        if block.hit == "priority":
            self.rules = tuple(sorted(block.rules, key=lambda rule: (-rule.priority, rule.id)))
        elif block.hit == "collect":
            self.rules = tuple(sorted(block.rules, key=lambda rule: rule.id))

    @cached_property
    def index(self) -> RuleIndex:
        """Built when first asked."""
        return RuleIndex([rule.when for rule in self.rules])

    def matching(self, facts: Mapping[str, Any]) -> tuple[tuple[int, ...], Doubts | None]:
        """The places of the rules that decide, by the hit policy of the block; and what was found to be unknown on the
        way there, None where that was not looked for."""
        if self._stops:
            doubts = Doubts()
            place = self.index.first(facts, doubts)
            return () if place < 0 else (place,), doubts
        return tuple(self.index.all(facts)), None

    def considered(
        self, facts: Mapping[str, Any], matched: tuple[int, ...], doubts: Doubts | None
    ) -> tuple[RuleTrace, ...]:
        """The rules worth telling of, in the order in which they are tried: what matched, and what is unknown before
        it, of which `matching` has told `doubts`."""
        if doubts is not None and not doubts.lacking:
            unknown = doubts and doubts[:MOST_UNKNOWN]
        else:
            end = matched[0] if doubts is not None and matched else len(self.rules)
            unknown = [*islice(self.index.unknown(facts, end, doubts), MOST_UNKNOWN)]
        told = []
        for place in sorted({*unknown, *matched}) if unknown else matched:
            telling = self._tellings.get(place) or self._telling(place)
            told.append(telling.trace(facts) if unknown else telling.matched(facts))
        return tuple(told)

    def _telling(self, place: int) -> Telling:
        found = self._tellings[place] = Telling(self.rules[place])
        return found
