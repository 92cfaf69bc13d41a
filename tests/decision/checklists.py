"""A repair of a noise with all that its acceptance asks for, of which tests take away or change a part."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

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
