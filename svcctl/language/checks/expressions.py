"""Expressions: every name becomes a field or a value, and every value has a type."""

from typing import NamedTuple

from svcctl.language.checks.compare import check_comparison
from svcctl.language.checks.findings import described
from svcctl.language.checks.guards import unguarded
from svcctl.language.checks.habits import is_compared_with_nothing, is_second_value
from svcctl.language.checks.known import Known
from svcctl.language.checks.literals import WORDS, fit_literal, fit_word, item_type, literal_type, truth_word
from svcctl.language.checks.sums import sum_type
from svcctl.language.pattern import pattern_problem
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
from svcctl.language.types import NUMBER, TEXT, TRUTH, Kind, Type


class Typed(NamedTuple):
    """A resolved expression and its type."""

    node: Expression
    type: Type


class Expressions:
    """Checks the expressions of one scope (`ticket`, `candidate`, `acceptance`).

    A mistake is said once: what it makes unknown is None, and nothing more is asked of it.
    """

    def __init__(self, known: Known, scope: str, *, guarded: bool = False) -> None:
        """`guarded`: a value that is missing does no harm here, so it needs no guard."""
        self.known = known
        self.scope = scope
        self._guarded = guarded

    def condition(self, node: Expression) -> Expression | None:
        """The condition with its names resolved; None where it has a mistake."""
        resolved = self._truth(node)
        if resolved is not None and not self._guarded:
            for field in unguarded(resolved, self._optional):
                self.known.findings.warning(
                    "unguarded-optional",
                    f"`{field.path}` may be missing, and then this does not match",
                    field.span,
                    help=[f"say `{field.path} is present and ...`, or give a value with `or default`"],
                )
        return resolved

    def fit(self, node: Expression, wanted: Type, asked: str = "") -> Typed | None:
        """The expression read where a `wanted` is expected, beside the field `asked`."""
        if isinstance(node, Name):
            return self._word(node, wanted, asked)
        if isinstance(node, Literal):
            literal = fit_literal(self.known, node, wanted, asked)
            return None if literal is None else Typed(literal, literal.type or TEXT)
        return self.infer(node)

    def infer(self, node: Expression) -> Typed | None:
        """The expression by itself."""
        match node:
            case Name():
                return self._field(node)
            case Field(type=type):
                return Typed(node, type)
            case Literal():
                own = literal_type(self.known, node)
                return None if own is None else Typed(node.replace(type=own), own)
            case Not(operand=operand):
                inner = self._truth(operand)
                return None if inner is None else Typed(node.replace(operand=inner), TRUTH)
            case And(parts=parts) | Or(parts=parts):
                checked: list[Expression | None] = []
                before = None
                for part in parts:
                    if is_second_value(self.known, self.scope, node, before, part):
                        checked.append(None)
                    else:
                        checked.append(self._truth(part))
                        before = part
                if any(part is None for part in checked):
                    return None
                return Typed(node.replace(parts=tuple(checked)), TRUTH)
            case Comparison():
                return self._comparison(node)
            case Membership():
                return self._membership(node)
            case Contains():
                return self._contains(node)
            case Matches():
                return self._matches(node)
            case Presence(operand=operand):
                asked = self.infer(operand)
                return None if asked is None else Typed(node.replace(operand=asked.node), TRUTH)
            case Default():
                return self._default(node)
            case Aggregate():
                return self._aggregate(node)
            case Arithmetic(left=left, right=right):
                first, second = self.infer(left), self.infer(right)
                if first is None or second is None:
                    return None
                total = sum_type(self.known, node, first.type, second.type)
                return None if total is None else Typed(node.replace(left=first.node, right=second.node), total)

    def _truth(self, node: Expression) -> Expression | None:
        typed = self.infer(node)
        if typed is None:
            return None
        if typed.type.kind is Kind.TRUTH:
            return typed.node
        name = f"`{typed.node.path}`" if isinstance(typed.node, Field) else "this"
        self.known.findings.error(
            "not-a-condition",
            f"{name} is {described(typed.type)}, and a condition must be true or false",
            node.span,
            help=["compare it with a value, or ask `is present`"],
        )
        return None

    def _optional(self, path: str) -> bool:
        term = self.known.term(self.scope, path)
        return term is not None and term.optional

    def _field(self, name: Name) -> Typed | None:
        term = self.known.term(self.scope, name.path)
        if term is not None:
            return Typed(Field(str(name.path), span=name.span, type=term.type), term.type)
        self.known.unknown_field(name.path, name.span, self.known.scopes[self.scope])
        return None

    def _word(self, name: Name, wanted: Type, asked: str) -> Typed | None:
        """A bare name beside something of type `wanted`: one of its words, else a field, else a new word of it."""
        item, path = item_type(wanted), str(name.path)
        is_field = self.known.term(self.scope, path) is not None
        truth = truth_word(path)
        if item.kind is Kind.TRUTH and truth is not None and not is_field:
            return Typed(Literal(truth, type=TRUTH, span=name.span), TRUTH)
        if item.kind in WORDS:
            allowed = self.known.allowed(item)
            listed = allowed is not None and path in allowed
            if listed or (not is_field and "." not in path):
                if not fit_word(self.known, path, item, asked, name.span):
                    return None
                return Typed(Literal(path, type=item, span=name.span), item)
        elif wanted.kind is Kind.LIST and item.kind is Kind.TEXT and not is_field and "." not in path:
            return Typed(Literal(path, type=item, span=name.span), item)
        elif item.kind is Kind.TEXT and not is_field and "." not in path:
            self.known.findings.error(
                "unknown-field", f"there is no field `{path}`", name.span, help=[f'write text in quotes: `"{path}"`']
            )
            return None
        return self._field(name)

    def _plain(self, node: Expression) -> bool:
        """Whether it has a meaning only beside something else: a value, or a word that is no field."""
        return isinstance(node, Literal) or (
            isinstance(node, Name) and "." not in node.path and self.known.term(self.scope, node.path) is None
        )

    def _comparison(self, node: Comparison) -> Typed | None:
        left: Typed | None
        right: Typed | None
        if is_compared_with_nothing(self.known, self.scope, node):
            return None
        if self._plain(node.left) and not self._plain(node.right):
            right = self.infer(node.right)
            left = self._beside(node.left, right)
        else:
            left = self.infer(node.left)
            right = self._beside(node.right, left)
        if left is None or right is None:
            return None
        if not check_comparison(self.known, self.scope, node.op, left, right):
            return None
        return Typed(node.replace(left=left.node, right=right.node), TRUTH)

    def _beside(self, node: Expression, other: Typed | None) -> Typed | None:
        """One side in the light of the other; where the other is a mistake, only what stands by itself is checked."""
        if other is not None:
            return self.fit(node, other.type, _path(other.node))
        return None if isinstance(node, Name) and self._plain(node) else self.infer(node)

    def _membership(self, node: Membership) -> Typed | None:
        return self._among(node, self.infer(node.left))

    def _among(self, node: Membership | Contains, left: Typed | None) -> Typed | None:
        """The listed values, each read beside what they are compared with."""
        values = [self._beside(value, left) for value in node.values]
        if left is None:
            return None
        fine = [
            value.node
            for value in values
            if value is not None and check_comparison(self.known, self.scope, "in", left, value)
        ]
        return Typed(node.replace(left=left.node, values=tuple(fine)), TRUTH) if len(fine) == len(values) else None

    def _contains(self, node: Contains) -> Typed | None:
        left = self.infer(node.left)
        if left is not None and left.type.kind not in (Kind.TEXT, Kind.LIST):
            name = f"`{_path(left.node)}`" if _path(left.node) else "this"
            self.known.findings.error(
                "not-text",
                f"{name} is {described(left.type)}, and `contains` looks into text or a list",
                node.left.span,
                help=["compare with `==`, or write `in [...]`"],
            )
            return None
        return self._among(node, left)

    def _matches(self, node: Matches) -> Typed | None:
        left = self.infer(node.left)
        fault = pattern_problem(node.pattern)
        if fault:
            self.known.findings.error("bad-pattern", f"the pattern cannot be used: {fault}", node.span)
            return None
        if left is None:
            return None
        if left.type.kind not in (Kind.TEXT, Kind.CHOICE):
            self.known.findings.error(
                "not-text", f"{described(left.type)} is not text, and `matches` looks into text", node.left.span
            )
            return None
        return Typed(node.replace(left=left.node), TRUTH)

    def _default(self, node: Default) -> Typed | None:
        operand = self.infer(node.operand)
        value = self._beside(node.value, operand)
        if operand is None or value is None or not check_comparison(self.known, self.scope, "==", operand, value):
            return None
        return Typed(node.replace(operand=operand.node, value=value.node), operand.type)

    def _aggregate(self, node: Aggregate) -> Typed | None:
        operand = self.infer(node.operand)
        if operand is None:
            return None
        item = item_type(operand.type)
        if operand.type.kind is not Kind.LIST or item.kind not in (Kind.QUANTITY, Kind.NUMBER):
            name = f"`{_path(operand.node)}`" if _path(operand.node) else "this"
            self.known.findings.error(
                "not-measured",
                f"`{node.function}` is taken over measurements, and {name} is {described(operand.type)}",
                node.operand.span,
                help=[f"write `{node.function}(measured.NAME)`"],
            )
            return None
        type = NUMBER if node.function == "count" else item
        return Typed(node.replace(operand=operand.node), type)


def _path(node: Expression) -> str:
    """The path to name in a message: of a field, and of what is made from one."""
    match node:
        case Field(path=path):
            return path
        case Aggregate(operand=Field(path=path)) | Default(operand=Field(path=path)):
            return path
        case _:
            return ""
