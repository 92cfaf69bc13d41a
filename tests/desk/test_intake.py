"""One door: what is known is filled in, what is missing is asked for, what cannot be is refused."""

from typing import Any

import pytest

from svcctl.desk.intake import open_ticket
from svcctl.foundation.errors import Refusal
from svcctl.ticket.model import Ticket
from tests.desk.floor import MONDAY, Floor, refusal_of

FORM = """
form fault {
  serial   text     required "Serial number on the label"
  symptom  text     required "What is seen"
  batch    text
  humidity percent
  level    quantity dB
  count    integer
  share    number
  since    date
  seen     instant
  lasted   duration
  powered  truth
  colour   choice [red, green]
  photo    evidence at least 1
}
"""
GIVEN = {"serial": "S-1", "symptom": "black"}


def answers(**fields: Any) -> Any:
    floor = Floor(FORM)
    return dict(floor.ticket(floor.new(type="fault", fields={**GIVEN, **fields})).fields)


def test_the_asset_gives_product_batch_site_and_customer_and_the_site_its_region() -> None:
    floor = Floor(FORM)
    floor.save("customer", "acme")
    floor.save("site", "tower", customer="acme", region="beijing")
    floor.save("asset", "FT-7", model="FT-2", product_line="door", batch="B9", site="tower", customer="acme")
    ticket = floor.ticket(floor.new(type="fault", asset="FT-7", fields={"symptom": "black"}))
    known = ticket.product_line, ticket.product_model, ticket.batch, ticket.site, ticket.customer, ticket.region
    assert known == ("door", "FT-2", "B9", "tower", "acme", "beijing")
    assert ticket.fields == {"serial": "FT-7", "batch": "B9", "symptom": "black"}


def test_what_was_given_wins_over_what_the_asset_says() -> None:
    floor = Floor()
    floor.save("asset", "FT-7", model="FT-2", batch="B9")
    ticket = floor.ticket(floor.new(asset="FT-7", batch="B1"))
    assert (ticket.batch, ticket.product_model) == ("B1", "FT-2")


def test_a_serial_that_is_an_asset_names_it() -> None:
    floor = Floor(FORM)
    floor.save("asset", "FT-7", model="FT-2")
    ticket = floor.ticket(floor.new(type="fault", fields={"serial": "FT-7", "symptom": "black"}))
    assert (ticket.asset, ticket.product_model) == ("FT-7", "FT-2")
    other = floor.ticket(floor.new(type="fault", fields={"serial": "unheard of", "symptom": "black"}))
    assert other.asset is None


def test_everything_missing_is_named_with_its_label() -> None:
    floor = Floor(FORM)
    refused = refusal_of(lambda: floor.new(type="fault", fields={"serial": " "}))
    assert refused.code == "missing-fields"
    assert refused.details["missing"] == ["symptom"]
    refused = refusal_of(lambda: floor.new(type="fault"))
    assert refused.message == "a ticket of type `fault` needs `serial`, `symptom`"
    assert refused.help == "--field serial=... (Serial number on the label); --field symptom=... (What is seen)"
    assert list(floor.workspace.store.find("tickets")) == []


@pytest.mark.parametrize("values", [{}, {"title": "  ", "channel": "phone"}])
def test_a_ticket_says_what_it_is_about(values: dict[str, Any]) -> None:
    floor = Floor()
    refused = refusal_of(lambda: floor.do(lambda desk: open_ticket(desk, values)))
    assert (refused.code, refused.message) == ("missing-fields", "the ticket does not say what it is about")
    assert floor.do(lambda desk: open_ticket(desk, values, complete=False)).title == ""


def test_an_incomplete_ticket_comes_in_where_that_is_wanted() -> None:
    floor = Floor(FORM)
    id = floor.do(lambda desk: open_ticket(desk, {"type": "fault"}, complete=False).id)
    assert floor.ticket(id).fields == {}


@pytest.mark.parametrize(
    ("field", "given", "kept"),
    [
        ("humidity", "83", "83 %"),
        ("humidity", 83.5, "83.5 %"),
        ("humidity", "83%", "83 %"),
        ("level", "43.2 dB", "43.2 dB"),
        ("level", 43, "43 dB"),
        ("count", "7", 7),
        ("share", "0.25", "0.25"),
        ("share", 3, 3),
        ("since", "2026-11-01", "2026-10-31T16:00:00Z"),
        ("seen", "2026-11-01T09:30", "2026-11-01T01:30:00Z"),
        ("since", "2026/11/1", "2026-10-31T16:00:00Z"),
        ("since", "2026年11月1日", "2026-10-31T16:00:00Z"),
        ("humidity", "８３％", "83 %"),
        ("level", "43.2 分贝", "43.2 dB"),
        ("count", "７", 7),
        ("lasted", "4h", "4h"),
        ("lasted", "3 天", "3d"),
        ("powered", "是", True),
        ("powered", False, False),
        ("colour", "red", "red"),
        ("batch", "1E99999999", "1E99999999"),
        ("batch", "Infinity", "Infinity"),
        ("batch", 7, "7"),
    ],
)
def test_an_answer_is_read_as_its_kind(field: str, given: Any, kept: Any) -> None:
    assert answers(**{field: given})[field] == kept


@pytest.mark.parametrize(
    ("field", "given", "wanted"),
    [
        ("humidity", "wet", "a percentage, such as `83 %`"),
        ("humidity", "83 dB", "a percentage, such as `83 %`"),
        ("level", "loud", "a number in dB"),
        ("count", "7.5", "a whole number"),
        ("count", True, "a whole number"),
        ("share", "NaN", "a number"),
        ("share", "1e5", "a number"),
        ("lasted", "long", "a duration, such as `4h`"),
        ("powered", "perhaps", "yes or no"),
        ("colour", "blue", "one of `red`, `green`"),
        ("since", 7, "a date, such as `2026-11-23`"),
        ("since", "yesterday", "a date, such as `2026-11-23`"),
        ("since", "2026-02-30", "a date, such as `2026-11-23`"),
        ("photo", "x.png", "attached as a file, once the ticket is there"),
        ("batch", ["a"], "text"),
    ],
)
def test_an_answer_of_another_kind_is_refused_in_words(field: str, given: Any, wanted: str) -> None:
    refused = refusal_of(lambda: answers(**{field: given}))
    assert (refused.code, refused.message) == ("bad-input", f"`{field}` must be {wanted}, not `{given}`")


def test_a_question_that_the_form_does_not_ask_is_refused() -> None:
    refused = refusal_of(lambda: answers(weight="3"))
    assert refused.message == "form `fault` has no field `weight`"
    empty = Floor("form question { }")
    assert refusal_of(lambda: empty.new(type="question", fields={"weight": "1"})).help == "it asks for nothing"


def test_answers_without_a_form_are_kept_as_they_are() -> None:
    floor = Floor()
    assert floor.ticket(floor.new(type="else", fields={"a": "b"})).fields == {"a": "b"}


@pytest.mark.parametrize("noun", ["customer", "site", "asset"])
def test_who_is_not_known_is_refused_where_some_are(noun: str) -> None:
    floor = Floor()
    about: dict[str, Any] = {noun: "x"}
    assert getattr(floor.ticket(floor.new(**about)), noun) == "x"
    floor.save(noun, "y")
    refused = refusal_of(lambda: floor.new(**about))
    assert (refused.code, refused.message) == ("unknown-record", f"there is no {noun} `x`")


@pytest.mark.parametrize(
    ("urgency", "impact", "priority"),
    [
        ("high", "high", "urgent"),
        ("high", "medium", "high"),
        (None, "high", "high"),
        ("low", None, "low"),
        (None,) * 2 + ("normal",),
    ],
)
def test_priority_comes_from_urgency_and_impact(urgency: str | None, impact: str | None, priority: str) -> None:
    floor = Floor()
    assert floor.ticket(floor.new(urgency=urgency, impact=impact)).priority == priority


def test_a_priority_that_was_given_stays() -> None:
    floor = Floor()
    assert floor.ticket(floor.new(urgency="high", impact="high", priority="low")).priority == "low"


@pytest.mark.parametrize("value", ["83 %", "-5 °C", 7, 0.5, "12"])
def test_a_condition_on_site_is_a_number_or_a_quantity(value: Any) -> None:
    floor = Floor()
    assert floor.ticket(floor.new(environment={"x": value})).environment == {"x": value}


@pytest.mark.parametrize("value", ["wet", "83 percent", "inf", "1e9999999", True, ["83 %"], ""])
def test_any_other_condition_is_refused(value: Any) -> None:
    refused = refusal_of(lambda: Floor().new(environment={"humidity": value}))
    assert refused.code == "bad-input"
    assert "`environment.humidity` must be a number" in refused.message


def test_what_no_ticket_has_is_refused_with_what_was_meant() -> None:
    refused = refusal_of(lambda: Floor().new(titel="x", urgency="extreme"))
    assert refused.code == "bad-input"
    assert "there is no field `titel`, did you mean `title`?" in refused.message
    assert "`urgency` must be `low`, `medium` or `high`, not `extreme`" in refused.message


def test_times_without_an_offset_are_those_of_the_workspace() -> None:
    floor = Floor()
    ticket = floor.ticket(floor.new(occurred_at="2026-11-20T08:00", reported_at="2026-11-20T09:00:00+01:00"))
    assert ticket.occurred_at is not None
    assert ticket.occurred_at.isoformat() == "2026-11-20T00:00:00+00:00"
    assert ticket.reported_at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert ticket.states[0].at == ticket.reported_at
    assert ticket.created_at == MONDAY


def test_a_new_ticket_is_one_event_with_all_that_follows() -> None:
    floor = Floor("""
      sla all { respond within 1h  resolve within 2bd }
      escalation waiting { while state == new  after 30m { tag "late" } }
    """)
    id = floor.new(title="x")
    [event] = floor.history(id)
    assert (event.kind, event.actor, event.at) == ("created", "lin", MONDAY)
    assert event.set["priority"] == (None, "normal")
    ticket: Ticket = floor.ticket(id)
    assert [(target.kind, target.within, target.calendar) for target in ticket.targets] == [
        ("respond", "1h", "day"),
        ("resolve", "2bd", "day"),
    ]
    assert ticket.watches == {"waiting": "2026-11-23T01:00:00Z"}
    assert ticket.wake_at is not None
    assert ticket.wake_at.isoformat() == "2026-11-23T01:30:00+00:00"


def test_the_flow_is_that_of_the_ticket() -> None:
    floor = Floor("""
      form question { }
      flow talk { for type == question  asked -> answered -> closed }
      flow work { new -> closed }
    """)
    assert floor.ticket(floor.new(type="question")).state == "asked"
    assert floor.ticket(floor.new()).state == "new"


def test_a_refused_ticket_leaves_nothing_behind() -> None:
    floor = Floor(FORM)
    before = floor.workspace.store.head()
    with pytest.raises(Refusal):
        floor.new(type="fault")
    assert floor.workspace.store.head() == before
