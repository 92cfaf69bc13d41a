"""Decisions without a store are those of the desk, also by a rulebook that was pickled."""

import json
import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.desk.evaluating import evaluate, records_of
from svcctl.desk.reading_desk import reading_desk
from svcctl.desk.view import decide_again
from svcctl.ticket.document import to_document
from tests.desk.floor import MONDAY, Floor, refusal_of, rulebook

RULES = """
form hardware_fault { humidity percent  noise quantity dB }
form software_bug { version text }
flow remote { for mode == remote  new -> assigned -> pending_parts -> resolved -> closed }
sla gold { for customer.tier == gold  respond within 30m on always  resolve within 2bd }
sla all  { resolve within 5bd  pause in pending_parts }
dispatch intake first {
  rule wet { when type == hardware_fault and humidity > 80 %  set priority urgent
             assign engineer from team hardware having skill display
               where region == site.region prefer fewest open_tickets
             or team hardware
             notify manager of assignee }
  rule late { when age.elapsed > 2h  delegate second }
  otherwise { queue triage  notify customer }
}
dispatch second priority {
  rule gold { priority 5  when customer.tier == gold  assign engineer li }
  rule batch { priority 1  when asset.batch == "B7" or asset.under_warranty  assign role lead  or team hardware }
  otherwise { queue triage }
}
escalation unanswered { for priority >= high  while state in [new, assigned]  after 30m { remind assignee } }
escalation at-risk { at 75% of resolve { notify team hardware } }
acceptance dry { for type == hardware_fault  require quiet { max(measured.noise) < 45 dB }  verifier is not assignee }
"""
NOUNS = {"customer": "customers", "site": "sites", "asset": "assets", "engineer": "engineers", "team": "teams"}


@pytest.fixture(scope="module")
def floor() -> Floor:
    floor = Floor(RULES)
    floor.save("team", "hardware", manager="wu")
    floor.save("engineer", "li", team="hardware", skills={"display": 2}, regions=["north"], calendar="day")
    floor.save("engineer", "wu", team="hardware", skills={"display": 1}, regions=["south"], roles=["lead"])
    floor.save("customer", "k1", tier="gold")
    floor.save("customer", "k2", tier="silver", contacts=[{"name": "wang", "address": {"email": "w@example.org"}}])
    floor.save("site", "s1", customer="k1", region="north")
    floor.save("site", "s2", customer="k2", region="south", calendar="always")
    floor.save("asset", "a1", site="s1", batch="B7", model="M1", warranty_until="2027-01-01T00:00:00Z")
    floor.save("asset", "a2", site="s2", model="M2")
    return floor


def records(floor: Floor) -> dict[str, Any]:
    store = floor.workspace.store
    found = {table: list(store.find(table)) for table in NOUNS.values()}
    for engineer in found["engineers"]:
        open_tickets = sum(ticket.get("assignee") == engineer["id"] for ticket in store.find("tickets"))
        engineer["open_tickets"] = open_tickets
    return found


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "type": st.sampled_from(["hardware_fault", "software_bug"]),
            "mode": st.sampled_from(["remote", "on_site"]),
            "urgency": st.sampled_from(["low", "high"]),
            "asset": st.sampled_from(["a1", "a2"]),
            "customer": st.sampled_from(["k1", "k2"]),
            "reported_at": st.sampled_from(["2026-11-23T05:00+08:00", "2026-11-23T08:59+08:00"]),
            "fields": st.sampled_from([{"humidity": 83}, {"humidity": "40 %"}, {}]),
        },
    )
)
def test_a_decision_without_a_store_is_that_of_the_desk(floor: Floor, values: dict[str, Any]) -> None:
    if values.get("type") != "hardware_fault":
        values.pop("fields", None)
    id = floor.new(**values)
    desk = reading_desk(floor.workspace, floor.now)
    decided, ticket = decide_again(desk, id), desk.ticket(id)
    book, known = floor.workspace.rulebook, records_of(records(floor))
    copy = pickle.loads(pickle.dumps(book))
    document = json.loads(json.dumps(floor.document(id)))
    whole = evaluate(book, document, now=floor.now, records=known)
    assert evaluate(copy, document, now=floor.now, records=pickle.loads(pickle.dumps(known))) == whole
    found, expected = whole["dispatch"], to_document(decided)
    for part in ("block", "rule", "rules", "through", "effects", "considered", "choices"):
        assert (found[part] or None) == expected.get(part), part
    promised = {(clock.kind, clock.sla, clock.due) for clock in desk.clocks(ticket)}
    assert len(whole["sla"]) == len(promised)
    assert {(each["kind"], each["sla"]) for each in whole["sla"]} == {pair[:2] for pair in promised}
    assert {each["rule"] for each in whole["escalation"]} == set(ticket.watches)
    # As it came in, with the things that it names in their place: the same is decided.
    inline = {**values, "fields": document.get("fields", {}), "engineers": records(floor)["engineers"]}
    inline["teams"] = records(floor)["teams"]
    for noun in ("customer", "site", "asset"):
        if noun in document:
            inline[noun] = next(each for each in records(floor)[NOUNS[noun]] if each["id"] == document[noun])
    again = evaluate(book, inline, now=floor.now)
    assert {**again, "id": id} == whole


def test_where_nobody_says_who_there_is_the_assignment_stays_a_wish() -> None:
    book = rulebook(RULES)
    found = evaluate(book, {"type": "hardware_fault", "fields": {"humidity": 83}}, now=MONDAY, parts=["dispatch"])
    assert found["dispatch"]["actions"][1].startswith("assign engineer from team hardware having skill display")
    effects = {effect["verb"]: effect for effect in found["dispatch"]["effects"]}
    assert effects["set"]["value"] == "urgent"
    assert effects["assign"]["value"] == found["dispatch"]["actions"][1]
    assert effects["notify"]["path"] == "manager of assignee"
    assert "failed" not in effects


def test_the_parts_can_be_chosen_and_time_can_be_given() -> None:
    book = rulebook(RULES)
    ticket = {"id": "A1", "priority": "high", "reported_at": "2026-11-23T09:00+08:00", "now": "2026-11-23T09:40+08:00"}
    found = evaluate(book, ticket, now=MONDAY, parts=["escalation", "sla"])
    assert set(found) == {"id", "escalation", "sla"}
    assert [(each["sla"], each["within"], each["due_at"]) for each in found["sla"]] == [
        ("all", "5bd", "2026-11-30T01:00:00Z")
    ]
    steps = {each["rule"]: each["steps"] for each in found["escalation"]}
    assert steps["unanswered"][0]["due_at"] == "2026-11-23T02:10:00Z"  # it begins to watch at `now`
    assert not steps["unanswered"][0]["due"]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ([], "not an object"),
        ({"prioritty": "high"}, "no field `prioritty`"),
        ({"description": 5}, "`description` must be text, not `5`"),
        ({"reported_at": "noon"}, "`noon` is not a time"),
        ({"now": 7}, "`7` is not a time"),
        ({"urgency": "sky-high"}, "`low`, `medium` or `high`"),
        ({"customer": {"tier": "gold"}}, "the customer: `id` is missing"),
        ({"site": {"id": "s", "location": [1]}}, "`location` is not a list of 2"),
        ({"measurements": [{"quantity": "noise", "value": "loud"}]}, "must be a number, not `loud`"),
        ({"fields": {"a": {"b": 1}}}, "holds an object"),
        ({"engineers": {}}, "records stand in a list"),
        ({"engineers": [{"id": "li", "open_tickets": "two"}]}, "`open_tickets` must be a whole number"),
        ({"engineers": [{"name": "li"}]}, "`id` is missing"),
        ({"tags": "urgent"}, "`tags` is not a list"),
        ({"states": [{"state": "new"}]}, "`at` is missing"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(wrong: Any, told: str) -> None:
    book = rulebook(RULES)
    refusal = refusal_of(lambda: evaluate(book, wrong, now=MONDAY))
    assert refusal.code in ("bad-input", "bad-time")
    assert told in refusal.message


def test_records_of_no_kind_are_refused() -> None:
    assert "no records `cars`" in refusal_of(lambda: records_of({"cars": []})).message
    assert "not an object" in refusal_of(lambda: records_of([])).message
