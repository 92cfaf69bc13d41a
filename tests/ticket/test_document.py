from datetime import UTC, datetime
from decimal import Decimal

import pytest

from svcctl.ticket.document import from_document, to_document
from svcctl.ticket.model import (
    LEVELS,
    PRIORITIES,
    Cause,
    Measurement,
    PlanStep,
    StateEntry,
    Survey,
    Ticket,
    priority_of,
)
from svcctl.ticket.people import Contact, Engineer, Leave

NOW = datetime(2026, 11, 23, 1, 2, 3, tzinfo=UTC)


def test_a_ticket_reads_back_from_its_document() -> None:
    ticket = Ticket(
        "T-000001",
        3,
        "in_progress",
        NOW,
        NOW,
        title="黑屏",
        contact=Contact("王工", {"phone": "13800000000"}),
        fields={"serial": "007"},
        states=(StateEntry("new", NOW), StateEntry("in_progress", NOW)),
        measurements=(Measurement("noise", Decimal("43.20"), NOW, "li", "dB"),),
        cause=Cause(root="潮气"),
        plan=(PlanStep("A1", "换密封圈", "li", NOW, "复测", cost=Decimal(120)),),
        survey=Survey("satisfied", NOW),
    )
    document = to_document(ticket)
    assert from_document(Ticket, document) == ticket
    assert document["reported_at"] == "2026-11-23T01:02:03Z"
    assert "assignee" not in document


def test_fields_that_the_record_does_not_name_are_left_alone() -> None:
    engineer = Engineer("li", leave=(Leave(NOW, NOW),), location=(39.9, 116.4))
    assert from_document(Engineer, {**to_document(engineer), "revision": 4, "new_in_2027": True}) == engineer


@pytest.mark.parametrize(
    ("urgency", "impact", "priority"),
    [("high", "high", "urgent"), ("high", "low", "normal"), ("medium", "medium", "normal"), ("low", "medium", "low")],
)
def test_priority_from_urgency_and_impact(urgency: str, impact: str, priority: str) -> None:
    assert priority_of(urgency, impact) == priority


def test_more_urgency_or_impact_never_lowers_the_priority() -> None:
    ranks = [[PRIORITIES.index(priority_of(u, i)) for i in LEVELS] for u in LEVELS]
    assert all(row == sorted(row) for row in ranks)
    assert all(list(column) == sorted(column) for column in zip(*ranks, strict=True))
