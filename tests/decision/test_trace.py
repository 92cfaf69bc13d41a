from decimal import Decimal

from svcctl.decision.trace import clauses_of, fields_of, reason, written_clauses
from svcctl.foundation.quantity import Quantity
from svcctl.language.tree import And, Arithmetic, Comparison, Contains, Expression, Field, Literal, Or
from svcctl.language.types import NUMBER, TEXT, choice
from tests.decision.expressions import Known

URGENT = Comparison("==", Field("priority", type=choice()), Literal("urgent", type=None))
FEW = Comparison("<", Field("open_tickets", type=NUMBER), Field("capacity", type=NUMBER))
BLACK = Contains(Field("description", type=TEXT), (Literal("黑屏", True, type=TEXT),))


def test_clauses_are_what_and_joins() -> None:
    either: Expression = Or((URGENT, FEW))
    assert clauses_of(And((URGENT, And((FEW, either))))) == (URGENT, FEW, either)
    assert clauses_of(None) == ()


def test_a_trace_has_each_clause_with_its_outcome_and_values() -> None:
    known = Known(priority="urgent", open_tickets=5, description="门禁黑屏" * 100)
    first, second, third = (clause.trace(known) for clause in written_clauses(And((URGENT, FEW, BLACK))))
    assert (first.text, first.outcome, first.values) == ("priority == urgent", True, {"priority": "urgent"})
    assert second.outcome is None
    assert second.values == {"open_tickets": 5, "capacity": None}
    assert third.text == 'description contains "黑屏"'
    assert len(third.values["description"]) == 201  # two hundred characters and an ellipsis


def test_a_reason_names_what_is_missing() -> None:
    (few,) = written_clauses(FEW)
    trace = few.trace(Known(open_tickets=5))
    assert reason(trace) == "`open_tickets < capacity` is unknown: open_tickets is 5, capacity is missing"
    trace = few.trace(Known(open_tickets=5, capacity=5))
    assert reason(trace) == "`open_tickets < capacity` does not hold: open_tickets is 5, capacity is 5"


def test_fields_are_found_at_any_depth_and_once() -> None:
    cost = Arithmetic("*", Field("cost"), Literal(Quantity(Decimal(2), "CNY"), type=None))
    assert fields_of(And((Comparison(">", cost, Field("limit")), FEW, FEW))) == (
        "cost",
        "limit",
        "open_tickets",
        "capacity",
    )
