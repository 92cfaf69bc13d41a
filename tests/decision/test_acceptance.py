from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from svcctl.decision.acceptance import check_acceptance
from svcctl.decision.decision import Check, Checklist
from svcctl.decision.roster import Roster
from svcctl.ticket.model import Evidence, Measurement, PlanStep, Signature, Survey
from svcctl.ticket.people import Engineer, Team
from tests.decision.books import at, book, facts, ticket

NOISE = book(
    """
    acceptance noise-repaired {
      for type == abnormal_noise
      require quiet "Below 45 dB over a 24 h run" {
        max(measured.noise) < 45 dB over 24h coverage >= 95%
        method "sound level meter, on site"
        evidence video at least 1
      }
      require yield   { min(measured.yield) >= 99.5 % in 3 batches of 1000 }
      require stable  { measured.failures == 0 in 100 runs }
      require happy   { survey.csat >= satisfied  by team customer-care }
      verifier is not assignee
      approval by role technical-director when plan.cost > 5000 CNY
    }
    flow f { new -> in_progress -> resolved -> in_progress }
    """
)
ROSTER = Roster(
    {
        "li": Engineer("li", team="site"),
        "wang": Engineer("wang", team="site"),
        "chen": Engineer("chen", team="customer-care"),
        "zhao": Engineer("zhao", roles=("technical-director",)),
    },
    {"site": Team("site", manager="zhao"), "customer-care": Team("customer-care")},
)
METER = "sound level meter, on site"
START = at("2026-11-23T10:00")
NOW = "2026-11-25T10:00"


def readings(
    values: Sequence[str], every: timedelta, quantity: str = "noise", unit: str | None = "dB", **fields: Any
) -> tuple[Measurement, ...]:
    given = {"method": METER, **fields}
    return tuple(
        Measurement(quantity, Decimal(value), START + place * every, "li", unit, **given)
        for place, value in enumerate(values)
    )


def batch(name: str, size: int, value: str = "99.6") -> tuple[Measurement, ...]:
    return (
        Measurement("yield", Decimal(value), START, "li", "%", batch=name),
        Measurement("samples", Decimal(size), START, "li", batch=name),
    )


RUN = readings(["42.1", "43.2", *["41"] * 143], timedelta(minutes=10))
BATCHES = (*batch("B1", 1000), *batch("B2", 1200, "99.5"), *batch("B3", 1000))
STABLE = readings(["0"] * 100, timedelta(minutes=1), "failures", None)
VIDEO = Evidence("video", "run.mp4", "0" * 64, 1, START, "li", "quiet")
HAPPY = Survey("satisfied", START, by="chen")
VERIFIED = Signature("wang", "verifier", START)
CHEAP = PlanStep("1", "new fan", "li", START, "quiet", cost=Decimal(1200))
WHOLE: dict[str, Any] = {
    "type": "abnormal_noise",
    "assignee": "li",
    "measurements": (*RUN, *BATCHES, *STABLE),
    "evidence": (VIDEO,),
    "survey": HAPPY,
    "signatures": (VERIFIED,),
    "plan": (CHEAP,),
}


def checklist(rules: Any = NOISE, states: str = "", **changed: Any) -> Checklist:
    one = ticket("2026-11-23T09:00", states, **{**WHOLE, **changed})
    return check_acceptance(rules, facts(rules, one, NOW), ROSTER)


def check(id: str, **changed: Any) -> Check:
    found = {check.id: check for check in checklist(**changed).checks}
    return found[f"noise-repaired.{id}"]


def outcome(id: str, **changed: Any) -> tuple[bool | None, str, str]:
    found = check(id, **changed)
    return found.holds, found.actual, found.missing


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


def test_no_readings_at_all() -> None:
    assert outcome("quiet", measurements=()) == (None, "", "there is no reading of `noise`")


def test_one_loud_reading_in_the_run_fails() -> None:
    loud = readings(["42", "47.5", *["41"] * 143], timedelta(minutes=10))
    assert outcome("quiet", measurements=loud) == (False, "max 47.5 dB over 24h, coverage 100 %", "")


def test_a_loud_reading_before_the_run_does_not_count() -> None:
    before = Measurement("noise", Decimal(52), START - timedelta(minutes=20), "li", "dB", method=METER)
    assert check("quiet", measurements=(before, *RUN)).holds is True


def test_a_run_too_short_says_how_much_is_left() -> None:
    short = RUN[:19]
    assert outcome("quiet", measurements=short) == (
        None,
        "max 43.2 dB over 3h",
        "readings of `noise` span 3h of 24h: measure for 21h more",
    )


def test_a_run_need_not_fit_the_time_exactly() -> None:
    uneven = readings(["42"] * 220, timedelta(minutes=7))
    assert outcome("quiet", measurements=uneven)[:2] == (True, "max 42 dB over 24h 2m, coverage 100 %")


def test_a_hole_in_the_run_lowers_its_coverage() -> None:
    holed = RUN[:60] + RUN[72:]
    assert outcome("quiet", measurements=holed) == (
        None,
        "max 43.2 dB over 24h, coverage 90.9 %",
        "readings of `noise` cover 90.9 % of 24h, not 95 %: measure again with no gap longer than 20m",
    )
    assert check("quiet", measurements=RUN[:60] + RUN[66:]).actual == "max 43.2 dB over 24h, coverage 95.1 %"
    assert check("quiet", measurements=RUN[:60] + RUN[66:]).holds is True


def test_two_readings_a_day_apart_are_no_run() -> None:
    ends = readings(["42", "42"], timedelta(hours=24))
    assert outcome("quiet", measurements=ends)[0] is None


def test_readings_by_another_method_do_not_count_and_are_named() -> None:
    by_ear = tuple(reading.replace(method="by ear") for reading in RUN)
    assert outcome("quiet", measurements=by_ear) == (
        None,
        "",
        "there is no reading of `noise`; 145 readings were not taken by the method `sound level meter, on site`",
    )
    loud = readings(["60"], timedelta(minutes=1), method="by ear")
    assert check("quiet", measurements=(*RUN, *loud)).holds is True


def test_readings_in_another_unit_of_another_dimension_are_not_compared() -> None:
    wrong = tuple(reading.replace(unit="V") for reading in RUN)
    assert outcome("quiet", measurements=wrong)[0] is None


def test_batches_must_be_large_enough_and_each_must_hold() -> None:
    two = (*batch("B1", 1000), *batch("B2", 400), *batch("B3", 1000))
    assert outcome("yield", measurements=two) == (
        None,
        "min 99.6 % in 2 of 3 batches",
        "2 of 3 batches of 1000 are complete: `B2` has 400",
    )
    bad = (*batch("B1", 1000), *batch("B2", 1000, "99.1"), *batch("B3", 1000))
    assert outcome("yield", measurements=bad) == (False, "min 99.1 % in 3 batches (B1, B2, B3)", "")
    later = tuple(
        reading.replace(at=START + timedelta(hours=1)) for reading in (*batch("B4", 1000), *batch("B5", 1000))
    )
    assert outcome("yield", measurements=(*bad, *later))[:2] == (True, "min 99.6 % in 3 batches (B3, B4, B5)")


def test_a_batch_is_as_large_as_its_readings() -> None:
    many = tuple(
        Measurement("yield", Decimal("99.7"), START, "li", "%", batch=f"B{number % 3}") for number in range(3000)
    )
    assert outcome("yield", measurements=many)[0] is True
    assert outcome("yield", measurements=many[:-1])[0] is None


def test_runs_are_readings_or_counted() -> None:
    assert outcome("stable", measurements=STABLE[:99]) == (
        None,
        "0 in 99 of 100 runs",
        "there are 99 of 100 runs: 1 more",
    )
    assert outcome("stable", measurements=(*STABLE[:99], STABLE[99].replace(value=Decimal(1))))[0] is False
    counted = (STABLE[0], Measurement("runs", Decimal(100), START, "li"))
    assert outcome("stable", measurements=counted)[:2] == (True, "0 in 100 runs")
    few = (*STABLE[:2], Measurement("runs", Decimal(60), START, "li"))
    assert outcome("stable", measurements=few)[2] == "there are 60 of 100 runs: 40 more"
    group = tuple(reading.replace(batch="R1") for reading in counted)
    assert outcome("stable", measurements=group)[:2] == (True, "0 in 100 runs")


def test_only_the_latest_runs_count() -> None:
    early = STABLE[0].replace(value=Decimal(3), at=START - timedelta(hours=1))
    assert outcome("stable", measurements=(early, *STABLE))[0] is True


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


def test_readings_must_be_recorded_by_whom_it_says() -> None:
    rules = book("acceptance a { require warm { min(measured.heat) > 20 °C  by team customer-care } }")
    heat = Measurement("heat", Decimal(21), START, "li", "°C")
    (found,) = checklist(rules, measurements=(heat,)).checks
    assert (found.holds, found.missing) == (
        None,
        "there is no reading of `heat`; 1 reading was not recorded by team customer-care",
    )
    (found,) = checklist(rules, measurements=(heat.replace(actor="chen"),)).checks
    assert (found.holds, found.actual) == (True, "min 21 °C")


def test_the_manager_of_the_assignee_can_be_asked_to_approve() -> None:
    rules = book("acceptance a { approval by manager of assignee  approval by team customer-care }")
    signatures = (Signature("zhao", "technical-director", START), Signature("chen", "customer-care", START))
    assert checklist(rules, signatures=signatures).accepted
    assert [check.holds for check in checklist(rules, signatures=()).checks] == [None, None]
