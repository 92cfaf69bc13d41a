"""Mutants: rules with one small mistake, such as people make.

A threshold a little off, a clause that was forgotten, `<` where `<=` was meant, `or` for `and`. A test that fails for
the mutant would have noticed the mistake (DeMillo, Lipton and Sayward, Hints on Test Data Selection, 1978).
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.block import After
from svcctl.language.blocks import AnyBlock, BeforeDue, DispatchBlock, Rules
from svcctl.language.printer import print_expression
from svcctl.language.tree import (
    And,
    Comparison,
    Contains,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Not,
    Or,
    Presence,
)
from svcctl.language.types import Kind

_SWAPS = {"==": ("!=",), "!=": ("==",), "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<=")}


class Mutant(Record):
    """Rules with one mistake: where, and what stands there instead (`instead` is empty for what was dropped).

    `block` and `rule` say what it is part of, `before` and `after` are the conditions as they were and as they are.
    """

    rules: Rules
    span: Span
    written: str
    instead: str
    block: AnyBlock
    rule: str = ""
    before: Expression | None = None
    after: Expression | None = None


class _Change(Record):
    """A condition with one mistake."""

    span: Span
    written: str
    instead: str
    after: Expression | None


def mutants(rules: Rules) -> Iterator[Mutant]:
    """Every mutant, in the order of kinds of blocks and then of ids."""
    for place, block in enumerate(rules.dispatches):
        yield from _of_dispatch(rules, place, block)
    for kind, paths in (
        ("slas", ("condition",)),
        ("flows", ("condition",)),
        ("escalations", ("condition", "during")),
        ("acceptances", ("condition",)),
        ("cares", ("where", "when")),
    ):
        for place, block in enumerate(getattr(rules, kind)):
            for path in paths:
                before = getattr(block, path)
                for change in _conditions(before):
                    yield _mutant(rules, kind, place, block.replace(**{path: change.after}), change, before, block)
    yield from _of_requirements(rules)
    yield from _of_approvals(rules)
    yield from _of_times(rules)


def _of_dispatch(rules: Rules, place: int, block: DispatchBlock) -> Iterator[Mutant]:
    for number, rule in enumerate(block.rules):
        for change in _conditions(rule.when):
            changed = (*block.rules[:number], rule.replace(when=change.after), *block.rules[number + 1 :])
            found = _mutant(rules, "dispatches", place, block.replace(rules=changed), change, rule.when, block)
            yield found.replace(rule=str(rule.id))


def _of_requirements(rules: Rules) -> Iterator[Mutant]:
    for place, block in enumerate(rules.acceptances):
        for number, requirement in enumerate(block.requirements):
            criterion = requirement.criterion
            for change in _conditions(criterion.condition):
                if change.after is None:
                    continue
                other = requirement.replace(criterion=criterion.replace(condition=change.after))
                others = (*block.requirements[:number], other, *block.requirements[number + 1 :])
                changed = block.replace(requirements=others)
                yield _mutant(rules, "acceptances", place, changed, change, criterion.condition, block)


def _of_approvals(rules: Rules) -> Iterator[Mutant]:
    for place, block in enumerate(rules.acceptances):
        for number, approval in enumerate(block.approvals):
            for change in _conditions(approval.when):
                other = approval.replace(when=change.after)
                others = (*block.approvals[:number], other, *block.approvals[number + 1 :])
                changed = block.replace(approvals=others)
                yield _mutant(rules, "acceptances", place, changed, change, approval.when, block)


def _of_times(rules: Rules) -> Iterator[Mutant]:
    """Targets of service levels and steps of escalations, one unit later."""
    for place, sla in enumerate(rules.slas):
        for number, target in enumerate(sla.targets):
            later = _shifted(target.within)[0]
            targets = (*sla.targets[:number], target.replace(within=later), *sla.targets[number + 1 :])
            change = _Change(target.span, str(target.within), str(later), None)
            yield _mutant(rules, "slas", place, sla.replace(targets=targets), change, None, sla)
    for place, block in enumerate(rules.escalations):
        for number, step in enumerate(block.steps):
            trigger = step.trigger
            if isinstance(trigger, After):
                later, written = _shifted(trigger.delay)[0], trigger.delay
                other = step.replace(trigger=trigger.replace(delay=later))
            elif isinstance(trigger, BeforeDue):
                later, written = _shifted(trigger.lead)[0], trigger.lead
                other = step.replace(trigger=trigger.replace(lead=later))
            else:
                continue
            steps = (*block.steps[:number], other, *block.steps[number + 1 :])
            change = _Change(trigger.span, str(written), str(later), None)
            yield _mutant(rules, "escalations", place, block.replace(steps=steps), change, None, block)


def _mutant(
    rules: Rules, kind: str, place: int, changed: Any, change: _Change, before: Expression | None, block: AnyBlock
) -> Mutant:
    blocks = getattr(rules, kind)
    other = rules.replace(**{kind: (*blocks[:place], changed, *blocks[place + 1 :])})
    return Mutant(other, change.span, change.written, change.instead, block, "", before, change.after)


# ---------------------------------------------------------------- conditions


def _conditions(condition: Expression | None) -> Iterator[_Change]:
    """A whole condition with one mistake."""
    if condition is None:
        return
    if not isinstance(condition, And):
        yield _Change(condition.span, print_expression(condition), "", None)
    yield from _within(condition, lambda node: node)


def _within(node: Expression, put: Callable[[Expression], Expression]) -> Iterator[_Change]:
    """Mistakes at a node and below it; `put` makes the whole condition of what stands in its place."""

    def instead(other: Expression) -> _Change:
        return _Change(node.span, print_expression(node), print_expression(other), put(other))

    match node:
        case And(parts) | Or(parts):
            yield instead((Or if isinstance(node, And) else And)(parts, span=node.span))
            for place, part in enumerate(parts):
                rest = (*parts[:place], *parts[place + 1 :])
                left = rest[0] if len(rest) == 1 else node.replace(parts=rest)
                yield _Change(part.span, print_expression(part), "", put(left))
                yield from _within(part, _in_place(node, place, put))
        case Not(operand):
            yield instead(operand)
            yield from _within(operand, lambda other: put(node.replace(operand=other)))
        case Comparison(op, _, right):
            for other in _SWAPS[op]:
                if op in ("==", "!=") or other not in ("==", "!="):
                    yield instead(node.replace(op=other))
            if isinstance(right, Literal) and op not in ("==", "!="):
                for value in _shifted(right.value, _order(node)):
                    yield instead(node.replace(right=right.replace(value=value)))
        case Membership(_, values, negated):
            yield instead(node.replace(negated=not negated))
            if len(values) > 1:
                for place in range(len(values)):
                    yield instead(node.replace(values=(*values[:place], *values[place + 1 :])))
        case Contains(_, values, mode):
            if len(values) > 1:
                yield instead(node.replace(mode="all" if mode == "any" else "any"))
                for place in range(len(values)):
                    yield instead(node.replace(values=(*values[:place], *values[place + 1 :])))
            else:
                yield instead(Not(node))
        case Presence(_, present):
            yield instead(node.replace(present=not present))
        case Matches() | Field():
            yield instead(Not(node))


def _in_place(
    node: And | Or, place: int, put: Callable[[Expression], Expression]
) -> Callable[[Expression], Expression]:
    parts = node.parts
    return lambda other: put(node.replace(parts=(*parts[:place], other, *parts[place + 1 :])))


def _order(node: Comparison) -> tuple[str, ...]:
    types = (side.type for side in (node.left, node.right) if isinstance(side, Field | Literal) and side.type)
    return next((type.choices for type in types if type.kind is Kind.CHOICE and type.ordered), ())


def _shifted(value: Any, order: tuple[str, ...] = ()) -> tuple[Any, ...]:
    """A threshold one unit above and below, as it is written."""
    if isinstance(value, str) and value in order:
        place = order.index(value)
        return order[place + 1 : place + 2] + order[max(place - 1, 0) : place]
    if isinstance(value, bool):
        return ()
    if isinstance(value, int):
        return value + 1, value - 1
    if isinstance(value, Decimal):
        step = Decimal(1).scaleb(min(int(value.as_tuple().exponent), 0))
        return value + step, value - step
    if isinstance(value, Quantity):
        return tuple(Quantity(Decimal(amount), value.unit) for amount in _shifted(Decimal(value.amount)))
    if isinstance(value, Elapsed):
        step_ = next(size for size in (604800, 86400, 3600, 60, 1) if value.seconds % size == 0)
        return Elapsed(value.seconds + step_), Elapsed(value.seconds - step_)
    if isinstance(value, Business):
        if value.days:
            return Business(days=value.days + 1), Business(days=value.days - 1)
        step_ = next(size for size in (3600, 60, 1) if value.seconds % size == 0)
        return Business(value.seconds + step_), Business(value.seconds - step_)
    return ()
