"""Coverage of rules by their tests: for every clause whether it was asked where it held, and where it did not.

A clause counts as asked where all clauses before it hold, as a person reads a condition; unknown is not holding.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from svcctl.decision.columns import Doubts
from svcctl.decision.dispatcher import Dispatcher
from svcctl.decision.evaluator import holds
from svcctl.decision.index import RuleIndex
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.trace import clauses_of
from svcctl.decision.values import Truth
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.blocks import DispatchBlock, Rules
from svcctl.language.printer import print_choice, print_expression
from svcctl.language.tree import Action, Assign, EngineerChoice, Expression
from svcctl.ticket.event import Event


class ClauseCoverage(Record):
    """A clause, and which of its outcomes the tests saw."""

    text: str
    span: Span
    held: bool
    failed: bool

    @property
    def outcomes(self) -> int:
        return self.held + self.failed


class Watched(Rulebook):
    """Rules that keep count of what is asked of them, and decide the same."""

    def __init__(self, rules: Rules) -> None:
        super().__init__(rules)
        self._seen: dict[Span, set[bool]] = {}

    @cached_property
    def dispatches(self) -> Mapping[str, Dispatcher]:
        return {str(block.id): _WatchedDispatcher(block, self) for block in self.rules.dispatches}

    def test(self, condition: Expression, facts: Mapping[str, Any]) -> Truth:
        self.ask(condition, facts)
        return super().test(condition, facts)

    def ask(self, condition: Expression | None, facts: Mapping[str, Any]) -> None:
        """Count the clauses of a condition that is put to some facts."""
        for clause in clauses_of(condition):
            truth = holds(clause, facts) is True
            self._seen.setdefault(clause.span, set()).add(truth)
            if not truth:
                return

    def take(self) -> frozenset[Span]:
        """The clauses that were asked since the last call, which begins anew."""
        asked, self._seen = frozenset(self._seen), {}
        return asked

    def see(self, event: Event) -> None:
        """Count the clauses by which candidates were taken or refused, from the record of a dispatch."""
        why = event.why or {}
        if event.kind != "dispatched" or not why.get("choices"):
            return
        wheres = dict(self._wheres(why))
        for trace in why["choices"]:
            clauses = clauses_of(wheres.get(trace["choice"]))
            for _ in trace.get("ranked", ()):
                for clause in clauses:
                    self._seen.setdefault(clause.span, set()).add(True)
            for refused in trace.get("refused", ()):
                self._refused(clauses, refused["reason"])

    def _refused(self, clauses: tuple[Expression, ...], reason: str) -> None:
        texts = [f"`{print_expression(clause)}` " for clause in clauses]
        failed = next((place for place, text in enumerate(texts) if reason.startswith(text)), None)
        if failed is not None:
            for clause in clauses[:failed]:
                self._seen.setdefault(clause.span, set()).add(True)
            self._seen.setdefault(clauses[failed].span, set()).add(False)

    def _wheres(self, why: Mapping[str, Any]) -> Iterator[tuple[str, Expression | None]]:
        """The choices that a decision may have made, as they are written, with their conditions."""
        matched = {trace["rule"] for trace in why.get("considered", ()) if trace.get("matched")}
        blocks = [block for block in (*why.get("through", ()), why.get("block")) if block in self.dispatches]
        for block in blocks:
            written = self.dispatches[block].block
            taken = (rule.actions for rule in written.rules if rule.id in matched)
            for actions in (*taken, written.otherwise or ()):
                for choice in _choices(actions):
                    yield print_choice(choice), choice.where

    def clauses(self) -> tuple[ClauseCoverage, ...]:
        """Every clause in order of place."""
        unique = {clause.span: clause for clause in _conditions(self.rules)}
        rows = []
        for span, clause in sorted(unique.items()):
            seen = self._seen.get(span, set())
            rows.append(ClauseCoverage(print_expression(clause), span, True in seen, False in seen))
        return tuple(rows)


class _WatchedDispatcher(Dispatcher):
    def __init__(self, block: DispatchBlock, book: Watched) -> None:
        super().__init__(block)
        self._book = book

    @cached_property
    def index(self) -> RuleIndex:
        return _WatchedIndex([rule.when for rule in self.rules], self._book)


class _WatchedIndex(RuleIndex):
    def __init__(self, conditions: list[Expression | None], book: Watched) -> None:
        super().__init__(conditions)
        self._book = book

    def first(self, facts: Mapping[str, Any], doubts: Doubts | None = None) -> int:
        found = super().first(facts, doubts)
        for condition in self.conditions[: found + 1 if found >= 0 else None]:
            self._book.ask(condition, facts)
        return found

    def all(self, facts: Mapping[str, Any]) -> Iterator[int]:
        for condition in self.conditions:
            self._book.ask(condition, facts)
        return super().all(facts)


def percent(rows: tuple[ClauseCoverage, ...]) -> int:
    """The share of outcomes that were seen, rounded down: 100 means all of them."""
    return 100 * sum(row.outcomes for row in rows) // (2 * len(rows)) if rows else 100


def _conditions(rules: Rules) -> Iterator[Expression]:
    for dispatch in rules.dispatches:
        for rule in dispatch.rules:
            yield from clauses_of(rule.when)
            yield from _of_choices(rule.actions)
        yield from _of_choices(dispatch.otherwise or ())
    for sla in rules.slas:
        yield from clauses_of(sla.condition)
    for flow in rules.flows:
        yield from clauses_of(flow.condition)
    for escalation in rules.escalations:
        yield from (*clauses_of(escalation.condition), *clauses_of(escalation.during))
    for care in rules.cares:
        yield from (*clauses_of(care.where), *clauses_of(care.when))
    for acceptance in rules.acceptances:
        yield from clauses_of(acceptance.condition)
        for requirement in acceptance.requirements:
            yield from clauses_of(requirement.criterion.condition)
        for approval in acceptance.approvals:
            yield from clauses_of(approval.when)


def _of_choices(actions: tuple[Action, ...]) -> Iterator[Expression]:
    for choice in _choices(actions):
        yield from clauses_of(choice.where)


def _choices(actions: tuple[Action, ...]) -> Iterator[EngineerChoice]:
    for action in actions:
        for choice in action.choices if isinstance(action, Assign) else ():
            if isinstance(choice, EngineerChoice):
                yield choice
