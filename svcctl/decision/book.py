"""What the deciders need of the rules: the blocks, and a test of their conditions."""

from typing import Protocol

from svcctl.decision.evaluator import holds
from svcctl.facts.facts import Facts
from svcctl.foundation.record import Record
from svcctl.language.blocks import Rules
from svcctl.language.tree import Expression


class Book(Protocol):
    """Checked rules with a way to test any condition in them; the rulebook is one."""

    @property
    def rules(self) -> Rules: ...

    def test(self, condition: Expression, facts: Facts) -> bool | None:
        """Whether a condition holds; None is unknown."""


class PlainBook(Record):
    """Rules as they stand, their conditions walked by the plain evaluator: for a rule or two, and to compare with."""

    rules: Rules

    def test(self, condition: Expression, facts: Facts) -> bool | None:
        return holds(condition, facts)
