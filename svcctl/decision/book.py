"""What the deciders need of the rules: the blocks, and a test of their conditions."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from svcctl.facts.facts import Facts
    from svcctl.language.blocks import Rules
    from svcctl.language.tree import Expression


class Book(Protocol):
    """Checked rules with a way to test any condition in them; the rulebook is one."""

    @property
    def rules(self) -> "Rules": ...

    def test(self, condition: "Expression", facts: "Facts") -> bool | None:
        """Whether a condition holds; None is unknown."""
