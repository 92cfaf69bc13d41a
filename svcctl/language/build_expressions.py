"""Callbacks of the grammar for expressions and actions."""

from decimal import Decimal
from typing import Any

from svcctl.foundation.quantity import Quantity
from svcctl.language import tree
from svcctl.language.build import Shapes, over
from svcctl.language.lexer import FUNCTIONS
from svcctl.language.tokens import Token
from svcctl.language.tree import Word

_LONGEST_SUM = 16
_LONGEST_CHAIN = 8


class ExpressionBuilder(Shapes):
    """Makes expressions and actions."""

    # ------------------------------------------------------------- expressions

    def literal(self, c: list[Any]) -> tree.Literal:
        token = c[0]
        return tree.Literal(token.value, token.type == "TEXT", span=token.span)

    def truth(self, c: list[Any]) -> tree.Literal:
        return tree.Literal(c[0].text in ("true", "yes"), span=c[0].span)

    def measured(self, c: list[Any]) -> tree.Literal:
        return tree.Literal(Quantity(Decimal(c[0].value), c[1].text), span=over(c[0], c[1]))

    def negative(self, c: list[Any]) -> tree.Literal:
        value = c[1].value
        c[0].value = c[1]  # as an opening brace has its closing one: that makes it a sign
        negated = Quantity(-value.amount, value.unit) if isinstance(value, Quantity) else -value
        return tree.Literal(negated, span=over(c[0], c[1]))

    def reference(self, c: list[Any]) -> tree.Name:
        return tree.Name(c[0], span=c[0].span)

    def default(self, c: list[Any]) -> tree.Default:
        return tree.Default(tree.Name(c[0], span=c[0].span), c[2], span=over(c[0], c[2]))

    def default_word(self, c: list[Any]) -> tree.Default:
        return self.default([c[0], c[1], tree.Name(c[2], span=c[2].span)])

    def or_(self, c: list[Any]) -> tree.Or:
        return tree.Or(tuple(c[0]), span=over(c[0][0], c[0][-1]))

    def and_(self, c: list[Any]) -> tree.And:
        return tree.And(tuple(c[0]), span=over(c[0][0], c[0][-1]))

    def not_(self, c: list[Any]) -> tree.Not:
        return tree.Not(c[1], span=over(c[0], c[1]))

    def comparison(self, c: list[Any]) -> tree.Comparison:
        return tree.Comparison(c[1].meant, c[0], c[2], span=over(c[0], c[2]))

    def listing(self, c: list[Any]) -> tuple[tuple[tree.Expression, ...], Token]:
        return tuple(c[1]), c[-1]

    def membership(self, c: list[Any]) -> tree.Membership:
        values, end = c[2]
        return tree.Membership(c[0], values, False, span=over(c[0], end))

    def not_membership(self, c: list[Any]) -> tree.Membership:
        values, end = c[3]
        return tree.Membership(c[0], values, True, span=over(c[0], end))

    def contains(self, c: list[Any]) -> tree.Contains:
        return tree.Contains(c[0], (c[2],), "one", span=over(c[0], c[2]))

    def contains_some(self, c: list[Any]) -> tree.Contains:
        values, end = c[3]
        return tree.Contains(c[0], values, c[2].text, span=over(c[0], end))

    def matches(self, c: list[Any]) -> tree.Matches:
        return tree.Matches(c[0], c[2].value, span=over(c[0], c[2]))

    def presence(self, c: list[Any]) -> tree.Presence:
        return tree.Presence(c[0], c[2].text == "present", span=over(c[0], c[2]))

    def terms(self, c: list[Any]) -> list[Any]:
        return c

    def more_terms(self, c: list[Any]) -> Any:
        c[0] += c[1:]
        return c[0]

    def arithmetic(self, c: list[Any]) -> tree.Expression:
        result, *rest = c[0]
        if len(rest) > 2 * _LONGEST_SUM:
            self.report("too-long", f"a sum of more than {_LONGEST_SUM} terms is too long", over(result, rest[-1]))
            del rest[2 * _LONGEST_SUM :]
        for operator, right in zip(rest[::2], rest[1::2], strict=True):
            result = tree.Arithmetic(operator.text, result, right, span=over(result, right))
        return result  # type: ignore[no-any-return]

    def aggregate(self, c: list[Any]) -> tree.Aggregate:
        function: Any = self.pick(c[0], FUNCTIONS, "function", "unknown-function")
        return tree.Aggregate(function, c[2], span=over(c[0], c[3]))

    def grouped(self, c: list[Any]) -> tree.Expression:
        inner: tree.Expression = c[1]
        return inner

    # ----------------------------------------------------------------- actions

    def assign(self, c: list[Any]) -> tree.Assign:
        return tree.Assign(tuple(c[1]), span=over(c[0], c[1][-1]))

    def engineer_choice(self, c: list[Any]) -> tree.EngineerChoice:
        keyword, team, having, where, prefer = c
        last = (prefer or [None])[-1] or where or (having or [None])[-1] or team or keyword
        return tree.EngineerChoice(team, tuple(having or ()), where, tuple(prefer or ()), span=over(keyword, last))

    def recipient_choice(self, c: list[Any]) -> tree.RecipientChoice:
        return tree.RecipientChoice(c[0], span=c[0].span)

    def any_level(self, c: list[Any]) -> tree.SkillNeed:
        return tree.SkillNeed(c[1], span=over(c[0], c[1]))

    def some_level(self, c: list[Any]) -> tree.SkillNeed:
        return tree.SkillNeed(c[1], c[2].meant, self.whole(c[3]), span=over(c[0], c[3]))

    def preference(self, c: list[Any]) -> tree.Preference:
        return tree.Preference(c[0].text, c[1], span=over(c[0], c[1]))

    def nearest(self, c: list[Any]) -> tree.Preference:
        return tree.Preference("nearest", c[2], span=over(c[0], c[2]))

    def highest_skill(self, c: list[Any]) -> tree.Preference:
        return tree.Preference("highest", Word(f"skill.{c[2]}", c[2].span), span=over(c[0], c[2]))

    def plain_recipient(self, c: list[Any]) -> tree.Recipient:
        return tree.Recipient(c[0].text, span=c[0].span)

    def plain_manager(self, c: list[Any]) -> tree.Recipient:
        return tree.Recipient("manager", None, tree.Recipient("assignee", span=c[0].span), span=c[0].span)

    def manager(self, c: list[Any]) -> tree.Recipient:
        made = tree.Recipient("manager", None, c[2], span=over(c[0], c[2]))
        length, step = 0, made
        while step.of is not None:
            length, step = length + 1, step.of
        if length <= _LONGEST_CHAIN:
            return made
        last = self.findings[-1] if self.findings else None
        if last is None or last.code != "too-long" or last.primary.span.end != made.span.end:
            self.report("too-long", f"a manager more than {_LONGEST_CHAIN} steps up is too far", made.span)
        inner: tree.Recipient = c[2]
        return inner

    def named_recipient(self, c: list[Any]) -> tree.Recipient:
        return tree.Recipient(c[0].text, c[1], span=over(c[0], c[1]))

    def set_field(self, c: list[Any]) -> tree.SetField:
        return tree.SetField(c[1], c[2], span=over(c[0], c[2]))

    def notify(self, c: list[Any]) -> tree.Notify:
        return self._message(c, remind=False)

    def remind(self, c: list[Any]) -> tree.Notify:
        return self._message(c, remind=True)

    def _message(self, c: list[Any], remind: bool) -> tree.Notify:
        keyword, recipient, urgent, text = c
        return tree.Notify(recipient, remind, urgent is not None, text, span=over(keyword, urgent or recipient))

    def tag(self, c: list[Any]) -> tree.Tag:
        return tree.Tag(c[1], span=over(c[0], c[1]))

    def queue(self, c: list[Any]) -> tree.Queue:
        return tree.Queue(c[1], span=over(c[0], c[1]))

    def delegate(self, c: list[Any]) -> tree.Delegate:
        return tree.Delegate(c[1], span=over(c[0], c[1]))

    def attach(self, c: list[Any]) -> tree.AttachSimilar:
        return tree.AttachSimilar(self.whole(c[1]), c[4], span=over(c[0], c[4]))
