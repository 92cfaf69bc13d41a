"""Acceptance at the desk: the ticket moves only when everything holds, and what is missing is said."""

import pytest

from svcctl.desk import work
from svcctl.desk.acceptance import check, sign
from svcctl.desk.work import Reading
from svcctl.ticket.model import StateEntry
from tests.desk.floor import MONDAY, Floor, refusal_of

RULES = """
form noise { }
flow site { new -> in_progress -> resolved -> verified -> closed  to verified require acceptance }
acceptance quiet {
  for type == noise
  require low "below 45 dB" { max(measured.noise) < 45 dB in 2 runs }
  verifier is not assignee
  approval by role director when plan.cost > 100 CNY
}
"""


def resolved(rules: str = RULES) -> tuple[Floor, str]:
    floor = Floor(rules)
    floor.save("engineer", "li", team="north")
    floor.save("engineer", "chen", team="south", roles="director; quality")
    first = StateEntry("new", MONDAY)
    new = {"type": "noise", "assignee": "li", "reported_at": MONDAY}
    id = floor.do(lambda desk: desk.open_ticket("created", new, "site", (first, StateEntry("resolved", MONDAY))).id)
    return floor, id


def measured(floor: Floor, id: str, *values: str) -> None:
    floor.on(id, work.measure, [Reading("noise", value, floor.now) for value in values])


def test_not_accepted_says_what_is_missing_and_moves_nothing() -> None:
    floor, id = resolved()
    measured(floor, id, "43 dB")
    found = floor.do(lambda desk: check(desk, id))
    assert not found.accepted
    missing = {line.id: line.missing for line in found.checks if not line.holds}
    assert set(missing) == {"quiet.low", "quiet.verifier-is-not-assignee"} | {"quiet.approval-by-role-director"}
    assert all(missing.values())
    assert floor.ticket(id).state == "resolved"
    refused = refusal_of(lambda: floor.on(id, work.move, "verified"))
    assert (refused.details["missing"], refused.help) == (["acceptance"], f"`svcctl acceptance check {id}`")


def test_the_last_signature_moves_the_ticket() -> None:
    floor, id = resolved()
    measured(floor, id, "43 dB", "44 dB")
    floor.do(lambda desk: sign(desk, id), actor="zhou")
    assert floor.ticket(id).state == "resolved"
    found = floor.do(lambda desk: sign(desk, id, "director"), actor="chen")
    assert found.accepted
    ticket = floor.ticket(id)
    assert ticket.state == "verified"
    assert [(signed.actor, signed.role) for signed in ticket.signatures] == [("zhou", "verifier"), ("chen", "director")]
    assert [event.kind for event in floor.history(id)][-2:] == ["signed", "moved"]


def test_the_assignee_cannot_verify_their_own_work() -> None:
    floor, id = resolved()
    measured(floor, id, "43 dB", "44 dB")
    floor.do(lambda desk: sign(desk, id, "director"), actor="chen")
    found = floor.do(lambda desk: sign(desk, id), actor="li")
    assert [line.id for line in found.checks if not line.holds] == ["quiet.verifier-is-not-assignee"]
    assert floor.ticket(id).state == "resolved"


@pytest.mark.parametrize(("actor", "role"), [("li", "director"), ("nobody", "director"), ("chen", "north")])
def test_only_who_has_the_role_signs_for_it(actor: str, role: str) -> None:
    floor, id = resolved()
    assert refusal_of(lambda: floor.do(lambda desk: sign(desk, id, role), actor=actor)).code == "bad-argument"
    assert floor.ticket(id).signatures == ()


def test_a_member_signs_for_the_team() -> None:
    floor, id = resolved()
    floor.do(lambda desk: sign(desk, id, "south"), actor="chen")
    assert [signed.role for signed in floor.ticket(id).signatures] == ["south"]


def test_one_loud_reading_is_too_many() -> None:
    floor, id = resolved()
    measured(floor, id, "43 dB", "47 dB")
    floor.do(lambda desk: sign(desk, id, "director"), actor="chen")
    found = floor.do(lambda desk: sign(desk, id), actor="zhou")
    assert [(line.id, line.holds) for line in found.checks if not line.holds] == [("quiet.low", False)]
    assert floor.ticket(id).state == "resolved"


def test_a_signature_stays_where_the_state_demands_still_more() -> None:
    floor, id = resolved(RULES.replace("require acceptance", "require acceptance, survey.csat"))
    measured(floor, id, "43 dB", "44 dB")
    floor.do(lambda desk: sign(desk, id, "director"), actor="chen")
    assert floor.do(lambda desk: sign(desk, id), actor="zhou").accepted
    assert floor.ticket(id).state == "resolved"
    assert len(floor.ticket(id).signatures) == 2
    floor.on(id, work.survey, "satisfied")
    floor.do(lambda desk: check(desk, id))
    assert floor.ticket(id).state == "verified"


def test_a_check_where_nothing_is_demanded_moves_nothing() -> None:
    floor, id = resolved(RULES.replace("to verified require acceptance", ""))
    floor.do(lambda desk: check(desk, id))
    assert floor.ticket(id).state == "resolved"
    assert floor.on(id, work.move, "verified").state == "verified"
