from typing import Any

import pytest

from svcctl.desk.correcting import correct
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Contact
from tests.desk.floor import MONDAY, Floor, refusal_of

RULES = """
form fault { serial text required  batch text  humidity percent  symptom text }
form noise { symptom text  level number required }
flow desk { new -> resolved -> closed }
flow site { new -> on_site -> resolved -> closed }
dispatch intake first {
  rule fault { when type == fault queue faults }
  otherwise { queue rest }
}
sla all { for priority == urgent respond within 30m }
sla rest { for priority in [low, normal, high] respond within 4h }
"""


@pytest.fixture
def floor() -> Floor:
    floor = Floor(RULES)
    floor.save("customer", "hb", name="华北建设")
    floor.save("site", "gate", customer="hb", region="beijing")
    floor.save("asset", "FT-1", model="FT", batch="B1", product_line="terminals")
    floor.save("asset", "FT-2", model="FT-2", batch="B2", site="gate")
    return floor


def corrected(floor: Floor, id: str, **values: Any) -> Ticket:
    return floor.on(id, correct, values)


def test_what_was_said_is_said_anew_and_on_record(floor: Floor) -> None:
    id = floor.new(title="blck", tags=["a"], environment={"humidity": "80 %"})
    ticket = corrected(floor, id, title="black", tags=["b"], environment={"temperature": "30℃"}, customer="hb")
    assert (ticket.title, ticket.tags, ticket.customer) == ("black", ("a", "b"), "hb")
    assert ticket.environment == {"humidity": "80 %", "temperature": "30°C"}
    event = floor.history(id)[-1]
    assert (event.kind, event.set["title"]) == ("corrected", ("blck", "black"))
    ticket = floor.on(id, correct, {"customer": "", "environment": {"humidity": ""}}, untag=["a"])
    assert (ticket.customer, ticket.tags, ticket.environment) == (None, ("b",), {"temperature": "30°C"})


def test_another_asset_brings_what_it_says(floor: Floor) -> None:
    id = floor.new(type="fault", asset="FT-1", fields={"humidity": "80 %", "symptom": "黑屏"})
    ticket = corrected(floor, id, asset="FT-2")
    assert (ticket.product_model, ticket.batch, ticket.site, ticket.customer) == ("FT-2", "B2", "gate", "hb")
    assert ticket.region == "beijing"
    assert ticket.fields == {"serial": "FT-2", "batch": "B2", "humidity": "80 %", "symptom": "黑屏"}


def test_another_urgency_is_another_priority_and_promise(floor: Floor) -> None:
    id = floor.new(urgency="low")
    assert [target.within for target in floor.ticket(id).targets] == ["4h"]
    ticket = corrected(floor, id, urgency="high", impact="high")
    assert ticket.priority == "urgent"
    assert [target.within for target in ticket.targets] == ["30m"]
    assert corrected(floor, id, urgency="low", priority="high").priority == "high"


def test_without_an_urgency_the_priority_is_the_one_at_intake(floor: Floor) -> None:
    id = floor.new(urgency="high", impact="high")
    assert corrected(floor, id, urgency="").priority == "high"
    assert corrected(floor, id, impact="").priority == "normal"
    assert corrected(floor, id, priority="low").priority == "low"
    assert corrected(floor, id, priority="").priority == "normal"


def test_a_contact_is_reached_otherwise_is_somebody_else_or_nobody(floor: Floor) -> None:
    id = floor.new(contact={"name": "Zhang", "address": {"phone": "1", "email": "z@example.org"}})
    reached = corrected(floor, id, contact={"address": {"phone": "2", "email": ""}}).contact
    assert reached == Contact("Zhang", {"phone": "2"})
    assert corrected(floor, id, contact={"name": "Li", "address": {}}).contact == Contact("Li")
    assert corrected(floor, id, contact={"name": "", "address": {}}).contact is None


def test_what_changes_nothing_is_not_recorded(floor: Floor) -> None:
    id = floor.new(title="black", tags=["a"])
    for values in ({"title": "black"}, {"tags": ["a"]}, {"customer": ""}, {"environment": {"humidity": ""}}):
        assert corrected(floor, id, **values).revision == 1


def test_another_type_has_another_form(floor: Floor) -> None:
    id = floor.new(type="fault", fields={"serial": "7", "symptom": "hum"})
    refused = refusal_of(lambda: corrected(floor, id, type="noise"))
    assert (refused.code, refused.details["missing"]) == ("missing-fields", ["level"])
    ticket = corrected(floor, id, type="noise", fields={"level": "43"})
    assert (ticket.type, ticket.fields) == ("noise", {"symptom": "hum", "level": 43})
    assert floor.on(id, correct, {"type": "fault"}, complete=False).fields == {"symptom": "hum"}


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "bad-argument"),
        ({"fields": {"colour": "red"}}, "bad-input"),
        ({"fields": {"colour": ""}}, "bad-input"),
        ({"contact": {"address": {"phone": "1"}}}, "bad-input"),
        ({"fields": {"serial": ""}}, "missing-fields"),
        ({"fields": {"humidity": "wet"}}, "bad-input"),
        ({"asset": "FT-9"}, "unknown-record"),
        ({"urgency": "very"}, "bad-input"),
        ({"state": "closed"}, "bad-input"),
        ({"environment": {"humidity": "wet"}}, "bad-input"),
    ],
)
def test_what_cannot_be_said_is_refused(floor: Floor, values: dict[str, Any], code: str) -> None:
    id = floor.new(type="fault", fields={"serial": "7"})
    assert refusal_of(lambda: floor.on(id, correct, values)).code == code
    assert floor.ticket(id).revision == 1


def test_what_changes_nothing_is_no_promise_anew(floor: Floor) -> None:
    id = floor.new(title="black")
    before = floor.ticket(id)
    floor.later(hours=1)
    after = corrected(floor, id, title="black screen", expected_at="2026-11-25")
    assert after.targets == before.targets
    assert after.expected_at is not None
    assert after.expected_at > MONDAY
