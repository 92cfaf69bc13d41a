"""Dispatch at the desk: what the rules decide is recorded with its reasons, in one commit with its messages."""

from datetime import timedelta
from typing import Any

import pytest

from svcctl.desk import work
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.turn import perform_each
from tests.desk.floor import MONDAY, Floor, refusal_of

RULES = """
form fault { }
dispatch intake first {
  rule black {
    when type == fault and description contains "black"
    set priority high
    assign engineer from team north where open_tickets < capacity prefer fewest open_tickets
    attach 2 similar by product.model
    tag "screen"
    notify assignee
    notify engineer wang
  }
  rule lonely { when type == fault  assign engineer from team south  notify assignee }
  otherwise { queue triage  notify team triage }
}
sla high { for priority == high  respond within 1h }
sla any { respond within 8h }
"""


@pytest.fixture
def floor() -> Floor:
    floor = Floor(RULES)
    floor.save("team", "north", manager="wang")
    floor.save("team", "south")
    floor.save("engineer", "wang", capacity=0)
    for name in ("li", "zhao"):
        floor.save("engineer", name, team="north", capacity=2)
    return floor


def black(floor: Floor, **values: Any) -> str:
    return floor.new(dispatch=True, type="fault", description="all black", **values)


def test_a_decision_is_one_event_with_its_reasons(floor: Floor) -> None:
    id = black(floor)
    ticket = floor.ticket(id)
    known = ticket.assignee, ticket.team, ticket.priority, ticket.state, ticket.tags
    assert known == ("li", "north", "high", "assigned", ("screen",))
    event = floor.history(id)[-1]
    assert (event.kind, event.rule, event.at, event.actor) == ("dispatched", "black", MONDAY, "lin")
    assert event.set["assignee"] == (None, "li")
    assert event.set["priority"] == ("normal", "high")
    assert event.why is not None
    assert event.why["rules"] == ["black"]
    assert [clause["outcome"] for clause in event.why["considered"][0]["clauses"]] == [True, True]
    [choice] = event.why["choices"]
    assert (choice["taken"], choice["ranked"]) == ("li", ["li", "zhao"])


def test_the_messages_are_in_the_commit_of_the_decision(floor: Floor) -> None:
    id = floor.new(type="fault", description="all black", title="gate 3")
    floor.on(id, dispatch_ticket)
    commit = list(floor.workspace.store.commits())[-1]
    assert [(event["table"], event["kind"]) for event in commit["events"]] == [
        ("tickets", "dispatched"),
        ("outbox", "queued"),
        ("outbox", "queued"),
    ]
    assert floor.messages() == [
        ("notify", "engineer li", f"[{id}] gate 3"),
        ("notify", "engineer wang", f"[{id}] gate 3"),
    ]
    [message, _] = floor.workspace.store.find("outbox")
    assert message["rule"] == "black"
    assert "due: respond by 2026-11-23T10:00:00+08:00" in message["text"]


def test_a_priority_that_a_rule_sets_changes_the_promise(floor: Floor) -> None:
    before, after = floor.ticket(floor.new()), floor.ticket(black(floor))
    assert [(target.sla, target.within) for target in before.targets] == [("any", "8h")]
    assert [(target.sla, target.within) for target in after.targets] == [("high", "1h")]


def test_one_decision_sees_the_load_of_the_one_before(floor: Floor) -> None:
    ids = [floor.new(type="fault", description="black") for _ in range(5)]

    def work_all(desk: Any) -> list[str | None]:
        return [dispatch_ticket(desk, id).assignee for id in ids]

    assert floor.do(work_all) == ["li", "zhao", "li", "zhao", None]


def test_when_nobody_qualifies_otherwise_helps(floor: Floor) -> None:
    id = floor.new(dispatch=True, type="fault")
    ticket = floor.ticket(id)
    assert (ticket.assignee, ticket.queue, ticket.state, ticket.tags) == (None, "triage", "triaged", ())


def test_when_nothing_helps_it_is_said_and_seen() -> None:
    floor = Floor("dispatch intake first { rule all { assign engineer from team north  notify assignee } }")
    floor.save("team", "north", manager="wang")
    floor.save("engineer", "wang")
    id = floor.new(dispatch=True, title="gate")
    assert floor.ticket(id).tags == ("assignment-failed",)
    assert floor.ticket(id).state == "new"
    assert floor.messages() == [("failed", "team triage", f"Nobody found: [{id}] gate")]
    floor.on(id, dispatch_ticket)
    assert floor.ticket(id).tags == ("assignment-failed",)
    floor.save("engineer", "li", team="north")
    ticket = floor.on(id, dispatch_ticket)
    assert (ticket.assignee, ticket.tags, ticket.state) == ("li", (), "assigned")


def test_a_message_to_nobody_is_said_but_assigns_as_it_should() -> None:
    floor = Floor("dispatch intake first { otherwise { assign team north  notify role chief } }")
    floor.save("team", "north")
    id = floor.new(dispatch=True)
    ticket = floor.ticket(id)
    assert (ticket.team, ticket.tags) == ("north", ())
    [(kind, to, _)] = floor.messages()
    assert (kind, to) == ("failed", "team north")


def test_without_any_dispatch_block_it_is_said() -> None:
    floor = Floor()
    id = floor.new(dispatch=True)
    assert floor.ticket(id).tags == ("assignment-failed",)
    assert floor.history(id)[-1].rule is None


def test_an_assignment_by_hand_ends_the_failure() -> None:
    floor = Floor()
    floor.save("engineer", "li")
    id = floor.new(dispatch=True)
    assert floor.on(id, work.assign, "li").tags == ()


def test_whoever_declined_is_not_asked_again(floor: Floor) -> None:
    id = black(floor)
    floor.on(id, work.decline, "no van", actor="li")
    assert floor.on(id, dispatch_ticket).assignee == "zhao"
    choice = (floor.history(id)[-1].why or {})["choices"][0]
    assert {"engineer": "li", "reason": "declined it"} in choice["refused"]
    floor.on(id, work.decline, "no van", actor="zhao")
    ticket = floor.on(id, dispatch_ticket)
    assert (ticket.assignee, ticket.queue) == (None, "triage")


def test_the_tickets_of_an_engineer_who_left_find_another(floor: Floor) -> None:
    ids = [black(floor), black(floor)]
    [mine] = [id for id in ids if floor.ticket(id).assignee == "li"]
    floor.on(mine, work.accept, actor="li")
    floor.on(mine, work.comment, "I have seen it")
    floor.save("engineer", "li", active="no")
    left = [document["id"] for document in floor.workspace.store.find("tickets") if document.get("assignee") == "li"]
    results = list(perform_each(floor.workspace, floor.turn(), left, dispatch_ticket))
    assert [result.refusal for result in results] == [None]
    ticket = floor.ticket(mine)
    assert (ticket.assignee, ticket.state, len(ticket.comments)) == ("zhao", "assigned", 1)
    choice = (floor.history(mine)[-1].why or {})["choices"][0]
    assert {"engineer": "li", "reason": "is not active"} in choice["refused"]


def test_the_last_tickets_that_were_alike_go_with_it(floor: Floor) -> None:
    old = []
    for model in ("A", "A", "B", "A"):
        floor.later(minutes=1)
        old.append(floor.new(product_model=model))
    for id in old[:3]:
        floor.do(lambda desk, id=id: desk.change(id, "moved", {"state": "closed"}))  # type: ignore[misc]
    first = old[0]
    again = black(floor, product_model="A")
    assert [(link.kind, link.ticket) for link in floor.ticket(again).links] == [("similar", old[1]), ("similar", first)]
    floor.on(again, dispatch_ticket)
    assert len(floor.ticket(again).links) == 2


@pytest.mark.parametrize(
    ("fact", "given"),
    [
        ("site.region", {"region": "north"}),
        ("asset.batch", {"batch": "B1"}),
        ("customer.id", {"customer": "acme"}),
        ("type", {"type": "fault"}),
        ("label", {"type": "fault", "fields": {"label": "x"}}),
    ],
)
def test_alike_is_what_the_rule_says(fact: str, given: dict[str, Any]) -> None:
    floor = Floor(
        "form fault { label text }"
        f"dispatch intake first {{ otherwise {{ queue triage  attach 3 similar by {fact} }} }}"
    )
    other, alike = floor.new(), floor.new(**given)
    for id in (other, alike):
        floor.do(lambda desk, id=id: desk.change(id, "moved", {"state": "closed"}))  # type: ignore[misc]
    ticket = floor.ticket(floor.new(dispatch=True, **given))
    assert [link.ticket for link in ticket.links] == [alike]


def test_a_ticket_in_a_queue_has_left_its_team(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    ticket = floor.on(id, dispatch_ticket)
    assert (ticket.assignee, ticket.team, ticket.queue, ticket.state) == (None, None, "triage", "triaged")


def test_a_queue_that_a_rule_sets_takes_nothing_from_the_assignee() -> None:
    floor = Floor("dispatch intake first { otherwise { set queue night } }")
    floor.save("engineer", "li")
    id = floor.new()
    floor.on(id, work.assign, "li")
    ticket = floor.on(id, dispatch_ticket)
    assert (ticket.assignee, ticket.queue, ticket.state) == ("li", "night", "assigned")


def test_what_is_done_is_not_dispatched(floor: Floor) -> None:
    id = floor.new()
    floor.do(lambda desk: desk.change(id, "moved", {"state": "closed"}))
    refused = refusal_of(lambda: floor.on(id, dispatch_ticket))
    assert (refused.code, refused.message) == ("illegal-move", f"{id} is `closed`, so there is nothing to dispatch")


def test_pauses_survive_a_change_of_priority() -> None:
    floor = Floor("""
      sla high { for priority == high  resolve within 4h  pause in pending_parts }
      sla any { resolve within 8h  pause in pending_parts }
      escalation soon { after 3h { set priority high } }
    """)
    from svcctl.desk.sweep import sweep

    id = floor.new()
    for state, minutes in (("in_progress", 0), ("pending_parts", 60), ("in_progress", 60)):
        floor.later(minutes=minutes)
        floor.do(lambda desk, state=state: desk.change(id, "moved", {"state": state}))  # type: ignore[misc]
    [before] = floor.do(lambda desk: desk.clocks(desk.ticket(id)))
    assert before.due == MONDAY + timedelta(hours=9)
    floor.later(hours=1)
    list(sweep(floor.workspace, floor.turn()))
    [after] = floor.do(lambda desk: desk.clocks(desk.ticket(id)))
    assert (after.sla, after.due) == ("high", MONDAY + timedelta(hours=5))
    assert after.pauses == before.pauses != ()


TYPED_BY_WORDS = """
form fault { }
flow site { for type == fault  new -> triaged -> on_site -> closed }
flow desk { new -> triaged -> answered -> closed }
dispatch intake first {
  rule broken { when description contains "broken"  set type fault  queue site }
  otherwise { queue triage }
}
"""


def test_a_type_that_a_rule_sets_brings_its_flow() -> None:
    floor = Floor(TYPED_BY_WORDS)
    assert floor.ticket(floor.new(dispatch=True, description="it is broken")).flow == "site"
    assert floor.ticket(floor.new(dispatch=True, description="a question")).flow == "desk"
    asked = floor.new(description="it is broken")
    floor.do(lambda desk: work.move(desk, asked, "triaged"))
    floor.do(lambda desk: work.move(desk, asked, "answered"))
    floor.do(lambda desk: dispatch_ticket(desk, asked))
    assert (floor.ticket(asked).type, floor.ticket(asked).flow) == ("fault", "desk")
