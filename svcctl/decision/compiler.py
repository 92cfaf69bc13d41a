"""Conditions compiled: one Python function for a whole expression, so that no tree is walked when tickets come.

Common shapes (a field against a literal) are compared in place when the value is of the expected class; everything else
calls the same functions as the plain evaluator.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from svcctl.decision.arithmetic import aggregate, arithmetic
from svcctl.decision.evaluator import is_readings, matches, order_of
from svcctl.decision.generated import Constants
from svcctl.decision.values import (
    Relation,
    Truth,
    compare,
    contains,
    has_no_case,
    member,
    truth_of,
)
from svcctl.foundation.quantity import Elapsed
from svcctl.language.pattern import compile_pattern
from svcctl.language.tree import (
    Aggregate,
    And,
    Arithmetic,
    Comparison,
    Contains,
    Default,
    Expression,
    Field,
    Literal,
    Matches,
    Membership,
    Name,
    Not,
    Or,
    Presence,
)

Condition = Callable[[Mapping[str, Any]], Truth]
Value = Callable[[Mapping[str, Any]], Any]

#: Python refuses a hundred levels of blocks; what lies deeper becomes a function of its own.
_MAX_DEPTH = 30

#: Whole numbers up to here are floats too, so that comparing a float with one in place is exact.
_FLOAT_WHOLE = 2**53

_CONDITIONS = (Not, And, Or, Comparison, Membership, Contains, Matches, Presence)


def compile_condition(expression: Expression | None) -> Condition:
    """The condition as a function of facts: True, False, or None where it is unknown.

    `facts[path]` must be None for a missing value. No condition at all is always True. Takes checked expressions only.
    """
    return _always if expression is None else cast(Condition, _Source().function(expression, truth=True))


def compile_value(expression: Expression) -> Value:
    """The value of an expression as a function of facts; None where it has none."""
    return _Source().function(expression, truth=False)


def _always(facts: Mapping[str, Any]) -> Truth:
    del facts
    return True


class _Source:
    """The lines of one function, and its constants."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.constant = Constants()
        self.temporaries = 0

    def function(self, expression: Expression, *, truth: bool) -> Value:
        result = self.condition(expression, 0) if truth else self.value(expression, 0)
        return cast(Value, self.constant.function("f", self.lines, result))

    def line(self, depth: int, text: str) -> None:
        self.lines.append(" " * depth + text)

    def assign(self, depth: int, text: str) -> str:
        self.temporaries += 1
        name = f"t{self.temporaries}"
        self.line(depth, f"{name} = {text}")
        return name

    def call(self, depth: int, function: Callable[..., Any], *arguments: str) -> str:
        return self.assign(depth, f"{self.constant(function)}({', '.join(arguments)})")

    def condition(self, expression: Expression, depth: int) -> str:
        """Emit what leaves True, False or None in the name returned."""
        value = self.value(expression, depth)
        return value if isinstance(expression, _CONDITIONS) else self.call(depth, truth_of, value)

    def value(self, expression: Expression, depth: int) -> str:
        if depth > _MAX_DEPTH:
            return self.call(depth, compile_value(expression), "f")
        match expression:
            case Field(path):
                return self.assign(depth, f"f[{self.constant(path)}]")
            case Literal(value):
                return self.constant(value)
            case And(parts):
                return self.joined(parts, depth, "True", "False")
            case Or(parts):
                return self.joined(parts, depth, "False", "True")
            case Not(operand):
                truth = self.condition(operand, depth)
                return self.assign(depth, f"None if {truth} is None else not {truth}")
            case Comparison():
                return self.comparison(expression, depth)
            case Membership():
                return self.membership(expression, depth)
            case Contains():
                return self.containment(expression, depth)
            case Matches(left, pattern):
                return self.call(depth, matches, self.constant(compile_pattern(pattern)), self.value(left, depth))
            case Presence(operand, present):
                return self.assign(depth, f"{self.value(operand, depth)} is {'not ' if present else ''}None")
            case Default(operand, other):
                known = self.assign(depth, self.value(operand, depth))
                self.line(depth, f"if {known} is None:")
                self.line(depth + 1, f"{known} = {self.value(other, depth + 1)}")
                return known
            case Aggregate(function, operand):
                return self.call(depth, aggregate, self.constant(function), self.value(operand, depth))
            case Arithmetic(op, left, right):
                sides = self.value(left, depth), self.value(right, depth)
                return self.call(depth, arithmetic, self.constant(op), *sides)
            case Name(path):
                raise TypeError(f"`{path}` was never resolved: only checked expressions can be compiled")

    def joined(self, parts: tuple[Expression, ...], depth: int, neutral: str, decisive: str) -> str:
        """`and` (neutral True, decisive False) and `or`, the other way round: stop where the decisive value comes."""
        result = self.assign(depth, neutral)
        for part in parts:
            self.line(depth, f"if {result} is not {decisive}:")
            truth = self.condition(part, depth + 1)
            self.line(depth + 1, f"if {truth} is not {neutral}: {result} = {truth}")
        return result

    def comparison(self, node: Comparison, depth: int) -> str:
        choices, every = order_of(node.left, node.right), is_readings(node.left, node.right)
        left, right = self.value(node.left, depth), self.value(node.right, depth)
        slow = f"{self.constant(compare)}({self.constant(node.op)}, {left}, {right}, "
        slow += f"{self.constant(choices)}, {every})"
        fast = self.in_place(node.op, left, node.right, right, choices) if isinstance(node.left, Field) else None
        if fast is None:
            return self.assign(depth, slow)
        guard, test = fast
        return self.assign(depth, f"None if {left} is None else {test} if {guard} else {slow}")

    def in_place(
        self, op: Relation, left: str, literal: Expression, right: str, choices: tuple[str, ...]
    ) -> tuple[str, str] | None:
        """For a field against a literal: when to compare in place, and how."""
        value = literal.value if isinstance(literal, Literal) else None
        of_class = f"{left}.__class__ is {self.constant(value.__class__)}"
        if isinstance(value, str):
            if op in ("==", "!="):
                return of_class, f"{left} {op} {right}"
            words = self.constant({word: compare(op, word, value, choices) for word in choices})
            return of_class, f"{words}.get({left})"
        if isinstance(value, bool):
            return (of_class, f"{left} {op} {right}") if op in ("==", "!=") else None
        if isinstance(value, int) and abs(value) < _FLOAT_WHOLE:
            sorts = self.constant(frozenset({int, float}))
            return f"{left}.__class__ in {sorts} and {left} == {left}", f"{left} {op} {right}"
        if isinstance(value, int | Decimal) and value == value:
            whole = self.constant(int)
            return f"{left}.__class__ is {whole}", f"{left} {op} {right}"
        if isinstance(value, Elapsed):
            return of_class, f"{left}.seconds {op} {self.constant(value.seconds)}"
        return None

    def membership(self, node: Membership, depth: int) -> str:
        left = self.value(node.left, depth)
        values = [self.value(value, depth) for value in node.values]
        listed = "".join(value + ", " for value in values)
        slow = f"{self.constant(member)}({left}, ({listed}), {is_readings(node.left)})"
        words = [value.value for value in node.values if isinstance(value, Literal) and isinstance(value.value, str)]
        if len(words) < len(values):
            result = self.assign(depth, slow)
        else:
            guard = f"{left}.__class__ is {self.constant(str)}"
            test = f"{left} in {self.constant(frozenset(words))}"
            result = self.assign(depth, f"{test} if {guard} else {slow}")
        return self.assign(depth, f"None if {result} is None else not {result}") if node.negated else result

    def containment(self, node: Contains, depth: int) -> str:
        left = self.value(node.left, depth)
        values = [self.value(value, depth) for value in node.values]
        listed = "".join(value + ", " for value in values)
        slow = f"{self.constant(contains)}({left}, ({listed}), {self.constant(node.mode)})"
        words = [value.value for value in node.values if isinstance(value, Literal) and isinstance(value.value, str)]
        if not words or len(words) < len(values):
            return self.assign(depth, slow)
        folded = left if all(map(has_no_case, words)) else f"{self.constant(str.casefold)}({left})"
        joint = " or " if node.mode == "any" else " and "
        self.line(depth, f"if {left}.__class__ is {self.constant(str)}:")
        text = self.assign(depth + 1, folded)
        result = self.assign(depth + 1, joint.join(f"{self.constant(word.casefold())} in {text}" for word in words))
        self.line(depth, "else:")
        self.line(depth + 1, f"{result} = {slow}")
        return result
