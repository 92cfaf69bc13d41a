"""What a rule may ask: every row answers on a full case, and is missing, not broken, on an empty one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.clock.calendar import Calendar
from svcctl.facts.case import Candidate, Case
from svcctl.facts.catalog import CANDIDATE_FACTS, FACTS, WILDCARDS, CandidateFact, Fact
from svcctl.facts.facts import CandidateFacts, Facts, collect_facts, plain_value
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.language.blocks import FormBlock, FormField
from svcctl.language.types import Kind, Type
from svcctl.ticket.model import Cause, Cost, Evidence, Measurement, PlanStep, StateEntry, Survey, Ticket
from svcctl.ticket.people import Asset, Customer, Engineer, Site

NOW = parse_instant("2026-11-23T12:00:00Z")
DAY = Calendar("day", "UTC", {day: [(8 * 60, 16 * 60)] for day in range(5)})
EMPTY = Case(Ticket("T-1", 1, "new", NOW, NOW), NOW)


def reading(quantity: str, value: str, unit: str | None = None) -> Measurement:
    return Measurement(quantity, Decimal(value), NOW, "li", unit)


def full() -> Case:
    reported = NOW - timedelta(hours=6)
    ticket = Ticket(
        "T-1", 1, "in_progress", reported, reported, title="gate", description="black", type="fault", channel="phone",
        mode="on_site", urgency="high", impact="high", priority="urgent", occurred_at=reported, expected_at=NOW,
        customer="acme", site="tower", asset="FT-7", batch="B1", assignee="li", team="north", queue="north",
        check_in="gate 3", tags=("a",), cause=Cause("fan", "dust", "seal"), survey=Survey("satisfied", NOW),
        plan=(PlanStep("A1", "x", "li", NOW, "y", cost=Decimal(80)), PlanStep("A2", "x", "li", NOW, "y")),
        costs=(Cost("parts", Decimal(80), "CNY", NOW, "li"), Cost("parts", Decimal(5), "EUR", NOW, "li")),
        states=(
            StateEntry("new", reported), StateEntry("closed", reported),
            StateEntry("in_progress", NOW - timedelta(hours=1)),
        ),
        measurements=(reading("noise", "43.2", "dB"), reading("failures", "0"), reading("noise", "44", "dB")),
        evidence=tuple(Evidence("photo", f"{n}.png", "0" * 64, 1, NOW, "li") for n in range(2)),
        environment={"humidity": "83 %", "temperature": 21.5, "floor": 3},
        fields={"level": "43 dB", "share": "83 %", "count": 7, "ratio": "0.25", "since": "2026-11-01T00:00:00Z",
                "lasted": "4h", "powered": True, "colour": "red", "serial": "007"},
    )  # fmt: skip
    form = FormBlock(
        id="fault",
        fields=(
            FormField("level", "quantity", unit="dB"),
            FormField("share", "percent"),
            FormField("count", "integer"),
            FormField("ratio", "number"),
            FormField("since", "instant"),
            FormField("lasted", "duration"),
            FormField("powered", "truth"),
            FormField("colour", "choice", choices=("red",)),
            FormField("serial", "text"),
            FormField("photo", "evidence"),
            FormField("clip", "evidence"),
            FormField("unanswered", "quantity", unit="dB"),
        ),
    )
    return Case(
        ticket,
        NOW,
        customer=Customer("acme", "Acme", "gold", "north"),
        site=Site("tower", "Tower", region="beijing"),
        asset=Asset(
            "FT-7",
            "FT-2",
            "door",
            "B9",
            installed_at=reported,
            warranty_until=NOW + timedelta(days=1),
            contract_until=NOW,
        ),
        form=form,
        calendar=DAY,
    )


def fits(value: Any, kind: Type) -> bool:
    """Whether a value is of the Python type by which rules compare values of a kind."""
    sorts: dict[Kind, Any] = {
        Kind.TEXT: str,
        Kind.CHOICE: str,
        Kind.NUMBER: (int, Decimal),
        Kind.TRUTH: bool,
        Kind.QUANTITY: Quantity,
        Kind.ELAPSED: Elapsed,
        Kind.BUSINESS: Business,
        Kind.INSTANT: type(NOW),
        Kind.LIST: tuple,
    }
    return isinstance(value, sorts[kind.kind]) and (not kind.choices or value in kind.choices)


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.path)
def test_a_fact_answers_with_its_type_or_is_missing(fact: Fact) -> None:
    answer, nothing = fact.ask(full()), fact.ask(EMPTY)
    assert answer is None if fact.path == "region" and full().site is None else fits(answer, fact.type)
    assert fits(nothing, fact.type) if not fact.optional else nothing is None or fits(nothing, fact.type)
    assert fact.meaning
    assert fact.term == fact_vocabulary(ACTIONS, SETTABLE).scopes["ticket"][fact.path]


@pytest.mark.parametrize("fact", CANDIDATE_FACTS, ids=lambda fact: fact.path)
def test_a_fact_of_a_candidate_answers_with_its_type(fact: CandidateFact) -> None:
    known = Candidate(Engineer("li", regions=("beijing",), capacity=3), 2, True, False, 1.23456)
    unknown = Candidate(Engineer("li"), 0, False, True)
    assert fits(fact.ask(known), fact.type)
    assert fits(fact.ask(unknown), fact.type) or (fact.optional and fact.ask(unknown) is None)
    assert fact.meaning


def test_paths_and_meanings_are_there_once() -> None:
    for rows in (FACTS, CANDIDATE_FACTS):
        assert len({row.path for row in rows}) == len(rows)
        assert all(row.meaning == row.meaning.strip() and not row.meaning.endswith(".") for row in rows)
    assert all(term.meaning for term in WILDCARDS.values())
    assert all(verb.meaning and verb.blocks for verb in ACTIONS.values())
    assert set(SETTABLE) <= {fact.path for fact in FACTS}


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("age.elapsed", Elapsed(6 * 3600)),
        ("age.business", Business(seconds=4 * 3600)),
        ("state_age", Elapsed(3600)),
        ("reopened", 1),
        ("plan", 2),
        ("plan.cost", Quantity(Decimal(80), "CNY")),
        ("cost.total", Quantity(Decimal(80), "CNY")),
        ("region", "beijing"),
        ("site.region", "beijing"),
        ("asset.batch", "B9"),
        ("asset.under_warranty", True),
        ("measured.noise", (Quantity(Decimal("43.2"), "dB"), Quantity(Decimal(44), "dB"))),
        ("measured.failures", (Decimal(0),)),
        ("measured.humidity", None),
        ("environment.humidity", Quantity(Decimal(83), "%")),
        ("environment.temperature", Decimal("21.5")),
        ("environment.floor", 3),
        ("environment.wind", None),
        ("level", Quantity(Decimal(43), "dB")),
        ("share", Quantity(Decimal(83), "%")),
        ("count", 7),
        ("ratio", Decimal("0.25")),
        ("since", parse_instant("2026-11-01T00:00:00Z")),
        ("lasted", Elapsed(4 * 3600)),
        ("powered", True),
        ("colour", "red"),
        ("serial", "007"),
        ("photo", 2),
        ("clip", None),
        ("unanswered", None),
        ("never.heard.of", None),
    ],
)
def test_what_is_asked_is_answered(path: str, answer: Any) -> None:
    found = collect_facts(full())[path]
    assert found == answer
    assert type(found) is type(answer)


def test_a_ticket_reported_ahead_of_time_has_no_age() -> None:
    early = EMPTY.replace(now=NOW - timedelta(hours=1), calendar=DAY)
    assert collect_facts(early)["age.elapsed"] == Elapsed(0)


def test_a_warranty_ends_at_its_instant() -> None:
    case = EMPTY.replace(asset=Asset("x", warranty_until=NOW))
    assert collect_facts(case)["asset.under_warranty"] is False
    assert collect_facts(case.replace(now=NOW - timedelta(seconds=1)))["asset.under_warranty"] is True


def test_what_the_asset_does_not_say_the_ticket_may() -> None:
    case = EMPTY.replace(
        ticket=EMPTY.ticket.replace(product_line="door", region="south"), asset=Asset("x"), site=Site("y")
    )
    facts = collect_facts(case)
    assert (facts["product.line"], facts["site.region"]) == ("door", "south")


def test_an_engineers_own_facts_come_first_and_the_tickets_remain() -> None:
    candidate = Candidate(Engineer("li", regions=("south",)), 2, True, False)
    facts = CandidateFacts(collect_facts(full()), candidate)
    assert (facts["region"], facts["site.region"], facts["open_tickets"]) == (("south",), "beijing", 2)
    assert facts["capacity"] == Decimal("Infinity")


def test_facts_that_are_given_need_no_case() -> None:
    facts = Facts(None, {"priority": "high"})
    assert (facts["priority"], facts["state"]) == ("high", None)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (0.1, Decimal("0.1")),
        ("12", 12),
        ("-5", -5),
        ("12.0", Decimal("12.0")),
        ("83 %", Quantity(Decimal(83), "%")),
        ("CNY 5000", Quantity(Decimal(5000), "CNY")),
        ("inf", "inf"),
        ("NaN", "NaN"),
        ("1E999999999", "1E999999999"),
        ("1_000", "1_000"),
        ("9" * 41, "9" * 41),
        ("black", "black"),
        (True, True),
        (None, None),
        ([1], [1]),
    ],
)
def test_a_stored_value_becomes_plain(value: Any, plain: Any) -> None:
    found = plain_value(value)
    assert found == plain
    assert type(found) is type(plain)
