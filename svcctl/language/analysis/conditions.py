"""Conditions as regions: where each holds, where it does not, and in between where it is unknown.

What conditions say of one field is told apart exactly. What they say of two fields at once, of sums and of patterns
is taken as it stands: the same text is the same test, and of two different ones nothing is assumed.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from svcctl.foundation.quantity import Quantity
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.analysis.axes import Atom, Axis, Ranges, Relation, Words, sort_key
from svcctl.language.analysis.outcomes import (
    Plan,
    all_hold,
    always,
    any_holds,
    compared_on,
    found_in,
    opposite,
    present_on,
    related_on,
)
from svcctl.language.analysis.regions import Space
from svcctl.language.pattern import compile_pattern
from svcctl.language.printer import print_expression, print_name, print_text
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
    Not,
    Or,
    Presence,
)
from svcctl.language.types import NUMBER, TEXT, Kind, Type
from svcctl.language.vocabulary import Term

TURNED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_WORDS = frozenset({Kind.TEXT, Kind.CHOICE, Kind.PERSON, Kind.TRUTH})
_ORDERED = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.ELAPSED, Kind.BUSINESS, Kind.INSTANT, Kind.DATE})


class Terms(Record):
    """What is known of fields: their terms, the names of each sort that the workspace has, and which are percentages
    by the form that asks for them."""

    terms: Mapping[str, Term] = {}
    names: Mapping[str, Iterable[str]] = {}
    percents: frozenset[str] = frozenset()

    def optional(self, path: str) -> bool:
        """Whether a ticket may lack a field; the answers to forms always, as other types have other forms."""
        term = self.terms.get(path)
        return term is None or term.optional

    def count(self, path: str) -> bool:
        """Whether a field counts something."""
        term = self.terms.get(path)
        return term is not None and term.count


class Conditions:
    """Reads conditions one by one; once all are read, `seal` says what can be told apart, and then each has its
    outcome."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._axes: dict[str, int] = {}
        self._made: list[Axis] = []
        self.expressions: dict[int, Expression] = {}
        """The expression or test that an axis which is no plain field stands for, by place."""
        self.beyond: list[tuple[str, Span]] = []
        """Percentages compared with what no percentage is, and where."""

    def seal(self) -> Space:
        for axis in self._made:
            axis.seal()
        return Space(self._made)

    def read(self, node: Expression | None) -> Plan:
        """How to come to the outcome of a condition."""
        match node:
            case None:
                return partial(always, True)
            case And(parts):
                return partial(all_hold, [self.read(part) for part in parts])
            case Or(parts):
                return partial(any_holds, [self.read(part) for part in parts])
            case Not(operand):
                return partial(opposite, self.read(operand))
            case Comparison(op, Literal() as left, right) if not isinstance(right, Literal):
                return self._compared(TURNED[op], right, left, node)
            case Comparison(op, left, right):
                return self._compared(op, left, right, node)
            case Membership(left, values, negated) if not _is_readings(left):
                plans = [self._compared("==", left, value, Comparison("==", left, value)) for value in values]
                return partial(opposite, partial(any_holds, plans)) if negated else partial(any_holds, plans)
            case Contains(Field() as field, values, mode):
                plans = [self._contains(field, value) for value in values]
                return partial(any_holds if mode == "any" else all_hold, plans)
            case Matches(Field() as field, pattern) if field.type.kind in _WORDS:
                return self._matches(field, pattern, node)
            case Presence(Field() as field, present):
                return self._present(field, present)
            case Presence(Default(_, Literal()), present):
                return partial(always, present)
            case Field() | Default() if _type(node).kind is Kind.TRUTH:
                return self._compared("==", node, Literal(True), node)
            case Literal(value):
                return partial(always, value is True)
        return self._as_it_stands(node, unknown=not isinstance(node, Presence))

    # ------------------------------------------------------------------ axes

    def _axis(self, label: str, make: Callable[[], Axis], node: Expression | None = None) -> int:
        place = self._axes.get(label)
        if place is None:
            place = self._axes[label] = len(self._made)
            self._made.append(make())
            if node is not None:
                self.expressions[place] = node
        return place

    def _field(self, field: Field) -> int:
        return self._axis(field.path, partial(self._made_of, field))

    def _made_of(self, field: Field) -> Axis:
        type, path = field.type, str(field.path)
        optional = self._terms.optional(path)
        if type.kind not in _ORDERED:
            names = tuple(self._terms.names.get(type.name, ()))
            return Words(path, type if type.kind in _WORDS else TEXT, optional=optional, names=names)
        return Ranges(
            path,
            optional=optional,
            opaque=False,
            foreign=type.kind is Kind.QUANTITY and type.dimension in ("", "money"),
            count=type.kind in (Kind.ELAPSED, Kind.BUSINESS) or self._terms.count(path),
        )

    def _worked_out(self, node: Expression) -> int:
        """The axis of a sum or of what is made of many readings."""
        counts = isinstance(node, Aggregate) and node.function == "count"
        opaque = not (isinstance(node, Aggregate) and isinstance(node.operand, Field))
        make = partial(
            Ranges,
            print_expression(node),
            optional=not counts,
            opaque=opaque,
            foreign=not counts,
            count=counts,
        )
        return self._axis(print_expression(node), make, node)

    # ---------------------------------------------------------------- clauses

    def _compared(self, op: str, left: Expression, right: Expression, node: Expression) -> Plan:
        base = left.operand if isinstance(left, Default) and isinstance(left.value, Literal) else left
        type = _type(base)
        if not isinstance(right, Literal):
            return self._related(op, left, right, node)
        if isinstance(base, Field) and type.kind is Kind.LIST and type.of is not Kind.QUANTITY and base is left:
            if op in ("==", "!="):
                has = self._item(base, right.value)
                return has if op == "==" else partial(opposite, has)
            return self._as_it_stands(node)
        if isinstance(base, Field) and type.kind in _WORDS:
            place = self._field(base)
            axis = self._made[place]
            if not isinstance(axis, Words):
                return self._as_it_stands(node)
        elif sort_key(right.value) is not None and (
            (isinstance(base, Field) and type.kind in _ORDERED) or isinstance(base, Aggregate | Arithmetic)
        ):
            place = self._field(base) if isinstance(base, Field) else self._worked_out(base)
            axis = self._made[place]
        else:
            return self._as_it_stands(node)
        if not isinstance(axis, Words | Ranges):
            return self._as_it_stands(node)
        axis.tell(right.value)
        if isinstance(base, Field) and base.path in self._terms.percents and not _is_share(right.value):
            self.beyond.append((base.path, node.span))
        instead = left.value.value if isinstance(left, Default) and isinstance(left.value, Literal) else None
        if instead is not None:
            axis.tell(instead)
        return partial(compared_on, axis, place, op, right.value, instead)

    def _related(self, op: str, left: Expression, right: Expression, node: Expression) -> Plan:
        """Two sides that are both not written out."""
        kinds = _type(left).kind, _type(right).kind
        if isinstance(left, Literal) or kinds[0] is not kinds[1] or kinds[0] not in _ORDERED - {Kind.BUSINESS}:
            if op == "!=":
                return partial(opposite, self._as_it_stands(Comparison("==", left, right)))
            return self._as_it_stands(node)
        one, other = print_expression(left), print_expression(right)
        if one > other:
            op, one, other, left, right = TURNED[op], other, one, right, left
        place = self._axis(f"{one} <=> {other}", partial(Relation, f"{one} <=> {other}"), Comparison("<", left, right))
        axis = self._made[place]
        assert isinstance(axis, Relation)
        return partial(related_on, axis, place, op)

    def _contains(self, field: Field, value: Expression) -> Plan:
        if not isinstance(value, Literal) or not isinstance(value.value, str):
            return self._as_it_stands(Contains(field, (value,)))
        if field.type.kind is Kind.LIST:
            return self._item(field, value.value)
        path = self._field(field)
        word = value.value.casefold()
        label = f"{field.path} contains {print_text(value.value)}"
        make = partial(Atom, label, optional=False, opaque=False, text=("contains", str(field.path), word))
        atom = self._axis(f"{field.path} contains {print_text(word)}", make, Contains(field, (value,)))
        return partial(found_in, self._made[path], path, atom, lambda text: word in text.casefold())

    def _matches(self, field: Field, pattern: str, node: Expression) -> Plan:
        path = self._field(field)
        label = print_expression(node)
        make = partial(Atom, label, optional=False, opaque=False, text=("matches", str(field.path), pattern))
        atom = self._axis(label, make, node)
        found = compile_pattern(pattern)
        return partial(found_in, self._made[path], path, atom, lambda text: bool(found(text)))

    def _item(self, field: Field, value: Any) -> Plan:
        """Whether a list has an item."""
        path = self._field(field)
        written = print_name(value) if isinstance(value, str) else str(value)
        label = f"{field.path} contains {written}"
        node = Contains(field, (Literal(value),))
        atom = self._axis(label, partial(Atom, label, optional=False, opaque=False), node)
        return partial(found_in, self._made[path], path, atom, None)

    def _as_it_stands(self, node: Expression, *, unknown: bool = True) -> Plan:
        label = print_expression(node)
        place = self._axis(label, partial(Atom, label, optional=unknown, opaque=True), node)
        return lambda: ([{place: 1}], [{place: 2}])

    def _present(self, field: Field, present: bool) -> Plan:
        place = self._field(field)
        return partial(present_on, self._made[place], place, present)


def _type(node: Expression) -> Type:
    match node:
        case Field(type=type):
            return type
        case Literal(type=type):
            return type or TEXT
        case Default(operand=operand):
            return _type(operand)
        case Aggregate(function, operand):
            inner = _type(operand)
            return NUMBER if function == "count" else Type(inner.of or Kind.QUANTITY)
        case Arithmetic():
            return Type(Kind.QUANTITY)
    return TEXT


def _is_share(value: Any) -> bool:
    return isinstance(value, Quantity) and 0 <= value.base <= 1


def _is_readings(node: Expression) -> bool:
    type = _type(node)
    return type.kind is Kind.LIST and type.of is Kind.QUANTITY
