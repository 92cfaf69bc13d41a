"""Callbacks of the grammar for escalations: whom they watch, what they mute, and their steps."""

from typing import Any

from svcctl.language import block, blocks, tree
from svcctl.language.build import Clause, Shapes, over


class EscalationBuilder(Shapes):
    """Makes escalation blocks."""

    def escalation(self, c: list[Any]) -> blocks.EscalationBlock:
        keyword, name, title, clauses, end = c
        return blocks.EscalationBlock(
            id=name,
            title=title,
            condition=self.once(clauses, "for"),
            during=self.once(clauses, "while"),
            steps=self.each(clauses, "step"),
            mutes=self.each(clauses, "mutes"),
            span=over(keyword, end),
        )

    def during(self, c: list[Any]) -> Clause:
        return Clause("while", c[1], over(c[0], c[1]))

    def mutes(self, c: list[Any]) -> Clause:
        span = over(c[0], c[2] or c[1][-1])
        return Clause("mutes", blocks.Mute(tuple(c[1]), c[2], span=span), span)

    def step(self, c: list[Any]) -> Clause:
        trigger, clauses, end = c
        span = over(trigger, end)
        made = blocks.Step(trigger, self.each(clauses, "action"), self.once(clauses, "repeat"), span=span)
        return Clause("step", made, span)

    def after(self, c: list[Any]) -> block.After:
        return block.After(c[1].value, span=over(c[0], c[1]))

    def at_share(self, c: list[Any]) -> blocks.AtShare:
        return blocks.AtShare(c[1].value.amount / 100, c[3], span=over(c[0], c[3]))

    def before_due(self, c: list[Any]) -> blocks.BeforeDue:
        return blocks.BeforeDue(c[0].value, c[2], span=over(c[0], c[2]))

    def after_due(self, c: list[Any]) -> blocks.BeforeDue:
        return blocks.BeforeDue(c[0].value, c[2], True, span=over(c[0], c[2]))

    def breached(self, c: list[Any]) -> blocks.Breached:
        return blocks.Breached(c[1], span=over(c[0], c[2]))

    def repeat(self, c: list[Any]) -> Clause:
        span = over(c[0], c[6])
        return Clause("repeat", tree.Repeat(c[2].value, self.whole(c[5]), span=span), span)
