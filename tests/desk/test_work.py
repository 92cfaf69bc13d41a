"""The work on a ticket: moves and what they demand, who has it, what is recorded on the way."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from svcctl.desk import planning, work
from svcctl.desk.work import Reading
from svcctl.ticket.model import Evidence
from tests.desk.floor import MONDAY, Floor, refusal_of

RULES = """
form fault { photo evidence at least 2  note text  clip evidence }
flow site {
  new -> triaged -> assigned -> accepted -> on_site -> in_progress -> resolved -> closed
  in_progress <-> pending_parts
  resolved, closed -> in_progress as reopen
  to on_site require check_in
  to resolved require cause.root, plan
}
sla all { respond within 1h  resolve within 4h  pause in pending_parts }
escalation waiting { while state in [new, triaged, assigned]  after 30m { tag "late" } }
"""


@pytest.fixture
def floor() -> Floor:
    floor = Floor(RULES)
    floor.save("team", "north", manager="wang", address="email=north@example.com")
    floor.save("engineer", "wang", team="north", roles="chief")
    floor.save("engineer", "li", team="north", address="email=li@example.com")
    floor.save("engineer", "zhao", team="north")
    floor.save("engineer", "gone", team="north", active="no")
    return floor


def started(floor: Floor, **values: Any) -> str:
    id = floor.new(**values)
    floor.on(id, work.assign, "li")
    floor.on(id, work.accept, actor="li")
    floor.on(id, work.move, "on_site", check_in="gate 3")
    floor.on(id, work.move, "in_progress")
    return id


def test_a_move_says_who_when_and_what_changed(floor: Floor) -> None:
    id = floor.new()
    floor.later(minutes=5)
    floor.on(id, work.move, "triaged", actor="wu")
    event = floor.history(id)[-1]
    assert (event.kind, event.actor, event.at) == ("moved", "wu", MONDAY + timedelta(minutes=5))
    assert event.set["state"] == ("new", "triaged")
    assert floor.ticket(id).states[-1].at == floor.now


def test_a_move_that_the_flow_does_not_have_changes_nothing(floor: Floor) -> None:
    id = floor.new()
    refused = refusal_of(lambda: floor.on(id, work.move, "closed"))
    assert refused.code == "illegal-move"
    assert floor.ticket(id).revision == 1


def test_what_a_move_demands_can_come_with_it(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    floor.on(id, work.accept, actor="li")
    refused = refusal_of(lambda: floor.on(id, work.move, "on_site"))
    assert refused.message == f"{id} cannot go to `on_site` yet: `check_in` is missing"
    assert refused.help == f"`svcctl ticket move {id} on_site --check-in PLACE`"
    assert floor.on(id, work.move, "on_site", check_in="gate 3").check_in == "gate 3"


def test_done_work_shows_its_evidence(floor: Floor) -> None:
    id = started(floor, type="fault")
    refused = refusal_of(lambda: floor.on(id, work.move, "resolved"))
    assert refused.details["missing"] == ["cause.root", "plan", "photo"]
    commands = [f"`svcctl ticket {verb}`" for verb in (f"cause {id}", f"plan {id}", f"attach {id} FILE --kind photo")]
    assert refused.help == "; ".join(commands)
    floor.on(id, work.set_cause, None, None, "the seal lets water in")
    floor.on(id, planning.plan, "new seals", "li", floor.later(days=1), "no water after rain", None)
    for number in range(2):
        refused = refusal_of(lambda: floor.on(id, work.move, "resolved"))
        assert refused.details["missing"] == ["photo"]
        told = ("`photo` is missing", "of `photo` there is 1, not 2")[number]
        assert refused.message == f"{id} cannot go to `resolved` yet: {told}"
        shown = Evidence("photo", f"{number}.png", "0" * 64, 1, floor.now, "li")
        floor.do(lambda desk, shown=shown: desk.change(id, "attached", add={"evidence": (shown,)}))  # type: ignore[misc]
    assert floor.on(id, work.move, "resolved").state == "resolved"
    assert floor.on(id, work.move, "closed").state == "closed"


def test_evidence_is_not_asked_for_before_the_work_is_done(floor: Floor) -> None:
    assert floor.ticket(started(floor, type="fault")).state == "in_progress"


def test_a_closed_ticket_sleeps_and_a_reopened_one_is_watched_again(floor: Floor) -> None:
    id = started(floor)
    floor.on(id, work.set_cause, "a", "b", "c")
    floor.on(id, planning.plan, "x", "li", floor.now, "y", Decimal("12.50"))
    assert "wake_at" not in floor.document(id)
    floor.on(id, work.move, "resolved")
    closed = floor.document(floor.on(id, work.move, "closed").id)
    assert closed["open"] is False
    assert not {"watches", "wake_at"} & closed.keys()
    assert floor.on(id, work.move, "reopen").state == "in_progress"
    assert floor.document(id)["open"] is True


def test_a_rule_watches_from_entry_to_exit(floor: Floor) -> None:
    id = floor.new()
    assert floor.ticket(id).wake_at == MONDAY + timedelta(minutes=30)
    floor.later(minutes=10)
    floor.on(id, work.assign, "li")
    assert floor.ticket(id).watches == {"waiting": "2026-11-23T01:00:00Z"}
    floor.on(id, work.accept, actor="li")
    assert (floor.ticket(id).watches, floor.ticket(id).wake_at) == ({}, None)


def test_given_by_hand_it_is_assigned_and_the_engineer_told(floor: Floor) -> None:
    id = floor.new(title="door")
    ticket = floor.on(id, work.assign, "li")
    assert (ticket.assignee, ticket.team, ticket.state) == ("li", "north", "assigned")
    assert floor.messages() == [("notify", "engineer li", f"[{id}] door")]


def test_given_to_a_team_it_waits_in_its_queue(floor: Floor) -> None:
    ticket = floor.on(floor.new(), work.assign, team="north")
    assert (ticket.assignee, ticket.team, ticket.queue, ticket.state) == (None, "north", "north", "triaged")


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ({"engineer": "lee"}, "unknown-record"),
        ({"team": "south"}, "unknown-record"),
        ({"engineer": "gone"}, "bad-argument"),
    ],
)
def test_it_cannot_be_given_to_nobody(floor: Floor, to: dict[str, str], code: str) -> None:
    id = floor.new()
    assert refusal_of(lambda: floor.on(id, work.assign, **to)).code == code
    assert floor.messages() == []


def test_whoever_takes_over_before_work_began_has_to_accept_anew(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    floor.on(id, work.accept, actor="li")
    assert floor.on(id, work.assign, "zhao").state == "assigned"
    assert floor.on(id, work.accept, actor="zhao").state == "accepted"


def test_work_that_began_goes_on_in_other_hands(floor: Floor) -> None:
    ticket = floor.on(started(floor), work.assign, "zhao")
    assert (ticket.assignee, ticket.state) == ("zhao", "in_progress")


def test_only_the_assignee_accepts_and_a_ticket_of_nobody_becomes_theirs(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    assert refusal_of(lambda: floor.on(id, work.accept, actor="zhao")).code == "illegal-move"
    other = floor.new()
    ticket = floor.on(other, work.accept, actor="zhao")
    assert (ticket.assignee, ticket.state) == ("zhao", "accepted")


def test_a_declined_ticket_waits_and_its_team_is_told(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.assign, "li")
    assert refusal_of(lambda: floor.on(id, work.decline, " ")).message == "the reason is empty"
    ticket = floor.on(id, work.decline, "no van today", actor="li")
    assert (ticket.assignee, ticket.queue, ticket.state) == (None, "north", "triaged")
    assert [(decline.engineer, decline.reason) for decline in ticket.declines] == [("li", "no van today")]
    assert floor.messages()[-1][1] == "engineer wang"
    assert refusal_of(lambda: floor.on(id, work.decline, "again")).code == "illegal-move"


def test_what_is_done_cannot_be_declined(floor: Floor) -> None:
    id = started(floor)
    floor.on(id, work.set_cause, None, None, "c")
    floor.on(id, planning.plan, "x", "li", floor.now, "y", None)
    floor.on(id, work.move, "resolved")
    assert refusal_of(lambda: floor.on(id, work.decline, "no", actor="li")).code == "illegal-move"
    assert floor.ticket(id).state == "resolved"


def test_the_load_follows_the_work() -> None:
    floor = Floor()
    floor.save("engineer", "li")

    def loads(desk: Any) -> list[int]:
        id = desk.open_ticket("created", {"reported_at": MONDAY}, None, (work_state("new"),)).id
        seen = [desk.roster.load["li"]]
        for new in ({"assignee": "li"}, {"state": "closed"}, {"state": "in_progress"}, {"assignee": None}):
            desk.change(id, "changed", new)
            seen.append(desk.roster.load["li"])
        return seen

    assert floor.do(loads) == [0, 1, 0, 1, 0]
    assert floor.do(lambda desk: desk.roster.load["li"]) == 0


def work_state(state: str) -> Any:
    from svcctl.ticket.model import StateEntry

    return StateEntry(state, MONDAY)


def test_comments_readings_causes_plans_parts_costs_and_surveys_are_kept(floor: Floor) -> None:
    id = floor.new()
    floor.on(id, work.comment, "we come at ten", public=True)
    floor.on(id, work.comment, "thank you", by_customer=True)
    readings = [Reading("noise", text, floor.now) for text in ("43.2 dB", "44dB")]
    floor.on(id, work.measure, [*readings, Reading("runs", "20", floor.now)], batch="B1", method="meter")
    floor.on(id, work.set_cause, "fan", None, None)
    floor.on(id, work.set_cause, None, None, "bearing")
    floor.on(id, planning.plan, "swap", "li", floor.now, "listen", Decimal("80"))
    floor.on(id, planning.plan, "check all", "li", floor.now, "listen", None)
    floor.on(id, planning.finish_step, "A1")
    floor.on(id, work.use_part, "fan-12", 1, "old", "new")
    floor.on(id, work.spend, "parts", Decimal("80"))
    floor.on(id, work.survey, "satisfied", text="fine")
    ticket = floor.ticket(id)
    assert [(comment.public, comment.by_customer) for comment in ticket.comments] == [(True, False), (True, True)]
    assert [(item.value, item.unit, item.batch, item.method) for item in ticket.measurements] == [
        (Decimal("43.2"), "dB", "B1", "meter"),
        (Decimal(44), "dB", "B1", "meter"),
        (Decimal(20), None, "B1", "meter"),
    ]
    assert (ticket.cause.direct, ticket.cause.indirect, ticket.cause.root) == ("fan", None, "bearing")
    assert [(step.id, step.done_at) for step in ticket.plan] == [("A1", floor.now), ("A2", None)]
    assert [(cost.amount, cost.currency) for cost in ticket.costs] == [(Decimal(80), "CNY")]
    assert (ticket.parts[0].old_serial, ticket.parts[0].new_serial) == ("old", "new")
    assert ticket.survey is not None
    assert (ticket.survey.csat, ticket.survey.by) == ("satisfied", "lin")
    assert ticket.targets
    assert floor.document(id)["revision"] == len(floor.history(id)) == 12


@pytest.mark.parametrize(
    ("operation", "arguments", "code"),
    [
        (work.comment, (" ",), "bad-argument"),
        (work.use_part, (" ", 1), "bad-argument"),
        (work.spend, (" ", Decimal(1)), "bad-argument"),
        (work.spend, ("parts", Decimal(1), " "), "bad-argument"),
        (work.spend, ("parts", Decimal(1), "yuan"), "bad-argument"),
        (work.measure, ([Reading("noise", "43 db", MONDAY)],), "bad-input"),
        (work.measure, ([Reading("noise", "NaN", MONDAY)],), "bad-input"),
        (work.measure, ([Reading("noise", "loud", MONDAY)],), "bad-input"),
        (work.set_cause, (None, None, None), "bad-argument"),
        (work.set_cause, (None, "", None), "bad-argument"),
        (work.survey, ("satisfyed",), "bad-argument"),
        (work.link, ("twin", "T-000001"), "bad-argument"),
        (work.link, ("related", "T-000001"), "bad-argument"),
        (work.link, ("related", "T-000009"), "unknown-ticket"),
    ],
)
def test_what_cannot_be_recorded_is_refused(
    floor: Floor, operation: Any, arguments: tuple[Any, ...], code: str
) -> None:
    id = floor.new()
    assert refusal_of(lambda: floor.on(id, operation, *arguments)).code == code
    assert floor.ticket(id).revision == 1


def test_a_unit_that_was_nearly_right_is_suggested(floor: Floor) -> None:
    id = floor.new()
    refused = refusal_of(lambda: floor.on(id, work.measure, [Reading("noise", "43 db", MONDAY)]))
    assert refused.help == "did you mean the unit `dB`?"
    refused = refusal_of(lambda: floor.on(id, work.measure, [Reading("boot", "ok", MONDAY)]))
    assert refused.help == "write a number and its unit, such as `43.2 dB`"


def test_links_go_to_tickets_that_exist(floor: Floor) -> None:
    first, second = floor.new(), floor.new()
    [link] = floor.on(second, work.link, "duplicate", first).links
    assert (link.kind, link.ticket) == ("duplicate", first)
    assert refusal_of(lambda: floor.on(second, work.link, "duplicate", first)).code == "already-exists"
    assert len(floor.on(second, work.link, "related", first).links) == 2
