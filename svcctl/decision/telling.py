"""What is told of the dispatch rules that decisions come by, over and over of the same few."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import chain
from typing import Any

from svcctl.decision.clauses import WordTest, field_test
from svcctl.decision.decision import ClauseTrace, RuleTrace
from svcctl.decision.generated import Constants
from svcctl.decision.trace import Written, shortened, written_clauses
from svcctl.decision.values import all_of
from svcctl.language.blocks import DispatchRule

#: A function for what a rule tells when it matched is worth its making after so many times.
_GENERATE_AFTER = 20

_SHORT = frozenset({type(None), bool, int, float, Decimal})


class Telling:
    """One rule, ready to be told of."""

    def __init__(self, rule: DispatchRule) -> None:
        self._rule = str(rule.id)
        self._clauses = written_clauses(rule.when)
        self._times = 0
        self._matched: Any = None

    def trace(self, facts: Mapping[str, Any]) -> RuleTrace:
        """Whether the rule matches, and each clause with the values that it saw."""
        clauses = tuple([clause.trace(facts) for clause in self._clauses])
        return RuleTrace(self._rule, all_of(clause.outcome for clause in clauses), clauses)

    def matched(self, facts: Mapping[str, Any]) -> RuleTrace:
        """The same of a rule that is known to match."""
        if self._matched is None:
            self._times += 1
            if self._times <= _GENERATE_AFTER:
                return self.trace(facts)
            self._matched = _generated(self._rule, self._clauses)
        told: RuleTrace = self._matched(facts)
        return told


def _generated(rule: str, clauses: Sequence[Written]) -> Any:
    """A function from facts to the trace of a rule that matched. What is told of a clause that asks for words is made
    beforehand, for each of them: where such a clause holds of a text, that is one of its words."""
    names = Constants()
    new, cut, text, short = names(tuple.__new__), names(shortened), names(str), names(_SHORT)
    seen = {path: f"v{number}" for number, path in enumerate(dict.fromkeys(chain(*(each.paths for each in clauses))))}
    lines = [f"{value} = f[{names(path)}]" for path, value in seen.items()]
    told = []
    for clause in clauses:
        kept = (
            f"{names(path)}: {seen[path]} if {seen[path]}.__class__ in {short} else {cut}({seen[path]})"
            for path in clause.paths
        )
        trace = f"{new}({names(ClauseTrace)}, ({names(clause.text)}, True, {{{', '.join(kept)}}}))"
        test = field_test(clause.clause)
        if isinstance(test, WordTest) and test.sort == "text" and not test.negated:
            held = {word: ClauseTrace(clause.text, True, {test.path: shortened(word)}) for word in test.words}
            value = seen[test.path]
            trace = f"{names(held)}[{value}] if {value}.__class__ is {text} else {trace}"
        told.append(trace)
    listed = "".join(f"{trace}, " for trace in told)
    return names.function("f", lines, f"{new}({names(RuleTrace)}, ({names(rule)}, True, ({listed})))")
