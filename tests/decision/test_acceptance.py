"""Acceptance: which blocks count, and what people must attach, say, sign and approve."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from svcctl.ticket.model import Signature
from tests.decision.books import book
from tests.decision.checklists import CHEAP, HAPPY, START, VERIFIED, VIDEO, check, checklist, outcome, readings


def test_a_whole_checklist_is_accepted() -> None:
    found = checklist()
    assert [(check.id.partition(".")[2], check.kind, check.holds) for check in found.checks] == [
        ("quiet", "criterion", True),
        ("quiet.video", "evidence", True),
        ("yield", "criterion", True),
        ("stable", "criterion", True),
        ("happy", "criterion", True),
        ("verifier-is-not-assignee", "verifier", True),
        ("approval-by-role-technical-director", "approval", True),
    ]
    assert [check.actual for check in found.checks] == [
        "max 43.2 dB over 24h, coverage 100 %",
        "1 attached",
        "min 99.6 % in 3 batches (B1, B2, B3)",
        "0 in 100 runs",
        "satisfied",
        "signed by wang",
        "not needed",
    ]
    assert found.accepted
    assert found.blocks == ("noise-repaired",)
    assert found.checks[0].text == "max(measured.noise) < 45 dB over 24h coverage >= 95 %, sound level meter, on site"
    assert found.checks[0].title == "Below 45 dB over a 24 h run"


@pytest.mark.parametrize("missing", ["measurements", "evidence", "survey", "signatures", "plan"])
def test_without_any_part_it_is_not_accepted(missing: str) -> None:
    nothing: dict[str, Any] = {missing: None if missing == "survey" else ()}
    assert not checklist(**nothing).accepted


def test_a_survey_must_hold_and_come_from_whom_it_says() -> None:
    assert outcome("happy", survey=HAPPY.replace(csat="neutral")) == (False, "neutral", "")
    assert outcome("happy", survey=HAPPY.replace(by="li")) == (
        None,
        "satisfied",
        "this must come from team customer-care",
    )
    assert outcome("happy", survey=HAPPY.replace(by="customer-care"))[0] is True
    assert outcome("happy", survey=None) == (None, "no survey.csat", "`survey.csat` is missing")


def test_evidence_for_another_criterion_does_not_count() -> None:
    assert check("quiet.video", evidence=(VIDEO.replace(criterion="yield"),)).missing == "attach 1 more of kind `video`"
    assert check("quiet.video", evidence=(VIDEO.replace(kind="photo"),)).holds is None
    assert check("quiet.video", evidence=(VIDEO.replace(criterion=None),)).holds is True


def test_the_assignee_cannot_verify_their_own_work() -> None:
    own = Signature("li", "verifier", START)
    missing = "someone who is not the assignee must sign as verifier"
    assert outcome("verifier-is-not-assignee", signatures=(own,)) == (False, "signed by li", missing)
    assert outcome("verifier-is-not-assignee", signatures=()) == (None, "not signed", missing)
    assert outcome("verifier-is-not-assignee", signatures=(own, VERIFIED)) == (True, "signed by wang", "")


def test_a_costly_plan_needs_approval() -> None:
    id, costly = "approval-by-role-technical-director", (CHEAP.replace(cost=Decimal(5001)),)
    assert outcome(id, plan=costly) == (None, "not signed", "role technical-director must sign")
    signed = Signature("zhao", "technical-director", START)
    assert outcome(id, plan=costly, signatures=(VERIFIED, signed)) == (True, "signed by zhao", "")
    pretender = Signature("wang", "technical-director", START)
    assert outcome(id, plan=costly, signatures=(pretender,))[0] is None


def test_an_unknown_cost_needs_approval_and_says_why() -> None:
    id, unknown = "approval-by-role-technical-director", (CHEAP.replace(cost=None),)
    assert outcome(id, plan=unknown) == (
        None,
        "not signed",
        "`plan.cost` is missing, so role technical-director must sign, unless it shows that they need not",
    )
    signed = Signature("zhao", "technical-director", START)
    assert outcome(id, plan=unknown, signatures=(signed,))[0] is True


def test_what_was_proved_before_a_reopening_counts_no_more() -> None:
    states = "in_progress 09:10, resolved 2026-11-24T11:00"
    assert checklist(states=states).accepted
    again = checklist(states=f"{states}, in_progress 2026-11-24T12:00")
    assert {check.id.partition(".")[2]: check.holds for check in again.checks} == {
        "quiet": None,
        "quiet.video": None,
        "yield": None,
        "stable": None,
        "happy": None,
        "verifier-is-not-assignee": None,
        "approval-by-role-technical-director": True,
    }


def test_a_block_that_may_apply_blocks() -> None:
    found = checklist(type=None)
    assert [(check.id, check.holds) for check in found.checks] == [("noise-repaired", None)]
    assert found.checks[0].missing == "`type` is missing, so it is unknown whether this acceptance is needed"


def test_without_a_block_nothing_is_accepted() -> None:
    found = checklist(type="leak")
    assert (found.accepted, found.blocks) == (False, ())
    assert found.checks[0].missing == "no acceptance block covers a ticket of type `leak`"


def test_every_block_that_covers_a_ticket_counts_in_order_of_id() -> None:
    rules = book(
        """
        acceptance b { require shown { cause.root is present } }
        acceptance a { for type == leak  require dry { measured.pressure < 2 bar over 1h } }
        acceptance c { for type == noise  require quiet { max(measured.noise) < 45 dB } }
        """
    )
    found = checklist(rules, type="leak", measurements=readings(["1.5", "1.6"], timedelta(hours=1), "pressure", "bar"))
    assert [(check.id, check.holds, check.actual) for check in found.checks] == [
        ("a.dry", True, "1.5 bar, 1.6 bar over 1h"),
        ("b.shown", False, "no cause.root"),
    ]


def test_the_manager_of_the_assignee_can_be_asked_to_approve() -> None:
    rules = book("acceptance a { approval by manager of assignee  approval by team customer-care }")
    signatures = (Signature("zhao", "technical-director", START), Signature("chen", "customer-care", START))
    assert checklist(rules, signatures=signatures).accepted
    assert [check.holds for check in checklist(rules, signatures=()).checks] == [None, None]
