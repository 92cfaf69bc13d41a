"""A rule that is edited, or goes away, while its escalation runs: what runs goes on as it was when it started."""

from typing import Any

import pytest

from svcctl.desk import work
from svcctl.desk.sweep import sweep
from svcctl.desk.tables import POLICIES
from tests.desk.floor import Floor

OLD = """
escalation unanswered {
  while state in [new, triaged, assigned]
  after 30m { tag "old-30m" }
  after 2h  { tag "old-2h" }
}
"""
NEW = OLD.replace("old", "new").replace("30m {", "10m {")
OTHER = 'escalation other { for priority == low  after 1h { tag "other" } }'


@pytest.fixture
def floor() -> Floor:
    return Floor(OLD)


def swept(floor: Floor, **later: float) -> list[Any]:
    floor.later(**later)
    return [(item["ticket"], item["step"]) for item in sweep(floor.workspace, floor.turn("cron"))]


def policies(floor: Floor) -> list[Any]:
    return [policy for policy in floor.workspace.store.find(POLICIES) if "block" in policy]


@pytest.mark.parametrize("then", [NEW, OTHER, ""], ids=["edited", "gone", "no-rules"])
def test_a_running_escalation_goes_on_as_it_was(floor: Floor, then: str) -> None:
    id = floor.new()
    floor.rules(then)
    assert swept(floor, minutes=30) == [(id, "after-30m")]
    assert swept(floor, hours=1.5) == [(id, "after-2h")]
    assert floor.ticket(id).tags == ("old-30m", "old-2h")


def test_what_begins_after_an_edit_goes_by_the_new_rule(floor: Floor) -> None:
    floor.new()
    floor.rules(NEW)
    id = floor.new()
    assert swept(floor, minutes=10) == [(id, "after-10m")]
    assert len(policies(floor)) == 2


def test_a_ticket_that_comes_back_to_the_condition_takes_the_rule_of_now(floor: Floor) -> None:
    floor.save("engineer", "li")
    id = floor.new()
    floor.on(id, work.assign, "li")
    floor.rules(NEW)
    floor.on(id, work.accept, actor="li")
    assert floor.ticket(id).policies == {}
    floor.on(id, work.decline, "no", actor="li")
    assert swept(floor, minutes=10) == [(id, "after-10m")]


def test_when_the_old_condition_ends_the_new_one_may_begin_at_once(floor: Floor) -> None:
    floor.save("engineer", "li")
    id = floor.new()
    floor.on(id, work.assign, "li")
    old = floor.ticket(id).watches
    floor.rules(NEW.replace("assigned]", "assigned, accepted]"))
    floor.later(minutes=5)
    floor.on(id, work.accept, actor="li")
    assert floor.ticket(id).watches.keys() == old.keys()
    assert floor.ticket(id).watches != old
    assert swept(floor, minutes=10) == [(id, "after-10m")]


def test_a_rule_is_kept_once_for_all_tickets_and_layout_is_no_change(floor: Floor) -> None:
    for _ in range(5):
        floor.new()
    floor.rules("# the same\n" + OLD.replace("after 30m", "after   30m").replace("unanswered {", 'unanswered "t" {'))
    for _ in range(5):
        floor.new()
    assert len(policies(floor)) == 1
    assert {tuple(ticket["policies"].values()) for ticket in floor.workspace.store.find("tickets")} == {
        (policies(floor)[0]["id"],)
    }


def test_conditions_keep_their_meaning_when_forms_and_flows_go(floor: Floor) -> None:
    form = "form noise { level quantity dB }  flow f { new -> assigned -> closed }\n"
    floor.rules(form + 'escalation loud { for level > 60 dB and state != closed  after 1h { tag "loud" } }')
    loud, quiet = floor.new(type="noise", fields={"level": "70 dB"}), floor.new(type="noise", fields={"level": "40 dB"})
    floor.rules("")
    assert swept(floor, hours=1) == [(loud, "after-1h")]
    assert floor.ticket(quiet).tags == ()


def test_a_ticket_from_before_policies_were_kept_goes_by_the_rule_of_now(floor: Floor) -> None:
    id = floor.new()
    floor.do(lambda desk: desk.transaction.record(_forgotten(desk, id)))
    floor.rules(NEW)
    assert swept(floor, minutes=30) == [(id, "after-10m")]


def _forgotten(desk: Any, id: str) -> Any:
    from svcctl.ticket.event import Event, changes

    document = desk.document(id)
    return Event("tickets", id, "restored", desk.now, desk.actor, changes(document, {"policies": None}))
