from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from svcctl.decision.flow import DEFAULT_FLOW, check_move, flow_for, lacking, legal_moves, milestones_of, target_of
from svcctl.foundation.errors import Refusal
from svcctl.ticket.milestones import STANDARD
from svcctl.ticket.model import Cause, Evidence, PlanStep
from tests.decision.books import book, facts, ticket

ONSITE = """
flow onsite {
  new -> triaged -> assigned -> accepted -> en_route -> on_site -> in_progress
      -> resolved -> verified -> closed
  in_progress <-> pending_parts, pending_customer
  resolved, closed -> in_progress as reopen
  to on_site    require check_in
  to resolved   require cause.root, plan
  to verified   require acceptance
}
"""
RULES = book(ONSITE)
FLOW = RULES.flow("onsite")
NOW = "2026-11-23T12:00"
STEP = PlanStep("1", "replace the fan", "li", datetime(2026, 11, 24, tzinfo=UTC), "noise below 45 dB")


def check(state: str, wanted: str, accepted: bool = False, **fields: Any) -> tuple[str, tuple[str, ...]]:
    case = facts(RULES, ticket("2026-11-23T09:00", f"{state} 10:00", **fields), NOW)
    target, missing = check_move(FLOW, state, wanted, case, lambda: accepted)
    assert all(missing.values())
    return target, tuple(missing)


def test_legal_moves_are_those_of_the_flow_with_their_names() -> None:
    assert legal_moves(FLOW, "resolved") == (("verified", None), ("in_progress", "reopen"))
    assert legal_moves(FLOW, "in_progress") == (("resolved", None), ("pending_parts", None), ("pending_customer", None))
    assert legal_moves(FLOW, "verified") == (("closed", None),)


def test_a_move_goes_by_its_state_or_its_name() -> None:
    assert target_of(FLOW, "closed", "reopen") == target_of(FLOW, "closed", "in_progress") == "in_progress"


@pytest.mark.parametrize(
    ("state", "wanted", "message", "help"),
    [
        (
            "new",
            "assigned",
            "flow `onsite` has no move from `new` to `assigned`",
            "from `new` it can move to `triaged`",
        ),
        ("new", "new", "the ticket is in `new` already", "from `new` it can move to `triaged`"),
        (
            "resolved",
            "verifed",
            "flow `onsite` has no state or move `verifed`",
            "did you mean `verified`? from `resolved` it can move to `verified`, `in_progress` (`reopen`)",
        ),
    ],
)
def test_an_illegal_move_says_which_are_legal(state: str, wanted: str, message: str, help: str) -> None:
    with pytest.raises(Refusal) as refused:
        target_of(FLOW, state, wanted)
    assert (refused.value.code, refused.value.message, refused.value.help) == ("illegal-move", message, help)


def test_an_end_of_the_flow_is_called_so() -> None:
    with pytest.raises(Refusal) as refused:
        target_of(DEFAULT_FLOW, "cancelled", "new")
    assert refused.value.help == "`cancelled` is an end of flow `default`"
    assert refused.value.details["legal"] == []


def test_needs_that_are_missing() -> None:
    assert check("en_route", "on_site") == ("on_site", ("check_in",))
    assert check("en_route", "on_site", check_in="   ") == ("on_site", ("check_in",))
    assert check("en_route", "on_site", check_in="gate 3") == ("on_site", ())
    assert check("in_progress", "resolved") == ("resolved", ("cause.root", "plan"))
    assert check("in_progress", "resolved", cause=Cause(root="a worn bearing"), plan=(STEP,)) == ("resolved", ())
    assert check("resolved", "verified") == ("verified", ("acceptance",))
    assert check("resolved", "verified", accepted=True) == ("verified", ())
    assert check("resolved", "reopen") == ("in_progress", ())


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ((), "no action is planned"),
        ((STEP, STEP.replace(id="2", who="")), "action `2` of the plan does not say `who`"),
        ((STEP.replace(verify=" "),), "action `1` of the plan does not say `verify`"),
        ((STEP,), ""),
    ],
)
def test_a_plan_is_complete_or_says_what_is_not(plan: tuple[PlanStep, ...], message: str) -> None:
    assert lacking("plan", facts(RULES, ticket(NOW, plan=plan), NOW), lambda: False) == message


def test_evidence_as_a_need() -> None:
    bare = facts(RULES, ticket(NOW), NOW)
    photo = Evidence("photo", "fan.jpg", "0" * 64, 1, datetime(2026, 11, 23, tzinfo=UTC), "li")
    shown = facts(RULES, ticket(NOW, evidence=(photo,)), NOW)
    for need in ("evidence", "evidence.photo", "photo"):
        assert lacking(need, bare, lambda: False)
        assert lacking(need, shown, lambda: False) == ""
    assert lacking("evidence.video", shown, lambda: False) == "no evidence of kind `video` is attached"


def test_which_flow_a_ticket_follows() -> None:
    rules = book(
        "flow b { for mode == remote  new -> closed }  flow a { new -> done }  flow c { for mode == remote  new -> x }"
    )

    def flow(**fields: Any) -> str:
        return flow_for(rules, facts(rules, ticket(NOW, **fields), NOW)).id

    assert flow(mode="remote") == "b"
    assert flow(mode="on_site") == "a"
    assert flow() == "a"
    assert flow(mode="remote", flow="a") == "a"
    assert flow(mode="remote", flow="gone") == "b"
    empty = book("")
    assert flow_for(empty, facts(empty, ticket(NOW), NOW)) is DEFAULT_FLOW


def test_the_default_flow_leads_from_new_to_closed_and_means_the_standard() -> None:
    assert DEFAULT_FLOW.states[0] == "new"
    path = ["new", "assigned", "accepted", "in_progress", "pending_parts", "in_progress", "resolved", "closed"]
    for state, target in pairwise(path):
        assert target_of(DEFAULT_FLOW, state, target) == target
    assert milestones_of(DEFAULT_FLOW) == STANDARD == milestones_of(FLOW)


def test_states_between_resolved_and_closed_count_as_resolved() -> None:
    flow = book(
        """flow f {
          新建 -> 已派单 -> 处理中 -> 已解决 -> 已验收 -> 已关闭
          已解决, 已验收 -> 返工
          返工 -> 处理中
          respond at 已派单
          resolve at 已解决
          close at 已关闭
        }"""
    ).flow("f")
    meaning = milestones_of(flow)
    assert meaning.resolve == ("已解决", "已验收")
    assert (meaning.close, meaning.respond, meaning.arrive) == (("已关闭",), ("已派单",), STANDARD.arrive)
    assert [state for state in flow.states if meaning.is_open(state)] == ["新建", "已派单", "处理中", "返工"]
