"""The tree of dispatch, escalation, acceptance and tests."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.foundation.source import Source
from svcctl.language import block, blocks, scenario_block
from svcctl.language.parser import parse_rules
from svcctl.language.tree import (
    Aggregate,
    And,
    Assign,
    AttachSimilar,
    Comparison,
    Contains,
    Delegate,
    EngineerChoice,
    Literal,
    Membership,
    Name,
    Notify,
    Or,
    Preference,
    Queue,
    Recipient,
    RecipientChoice,
    Repeat,
    SetField,
    SkillNeed,
    Tag,
)

EXAMPLE = Path(__file__).with_name("example.rules").read_text("utf-8")


def module_of(text: str) -> blocks.Module:
    module, found = parse_rules(Source("t.rules", text))
    assert [finding.message for finding in found] == []
    return module


def block_of(text: str) -> Any:
    (block,) = module_of(text).blocks
    return block


def example(kind: type[block.Block], id: str) -> Any:
    (block,) = (block for block in module_of(EXAMPLE).blocks if isinstance(block, kind) and block.id == id)
    return block


def actions_of(text: str) -> tuple[Any, ...]:
    actions: tuple[Any, ...] = block_of(f"dispatch d first {{ otherwise {{ {text} }} }}").otherwise
    return actions


ASSIGNEE = Recipient("assignee")
MANAGER = Recipient("manager", None, ASSIGNEE)


def test_dispatch() -> None:
    dispatch = example(blocks.DispatchBlock, "intake")
    assert dispatch.hit == "first"
    assert dispatch.rules[0] == blocks.DispatchRule(
        "site-access-control",
        And(
            (
                Comparison("==", Name("type"), Name("hardware_fault")),
                Comparison("==", Name("product.line"), Literal("access-control", True)),
                Contains(Name("description"), (Literal("黑屏", True), Literal("black screen", True)), "any"),
            )
        ),
        (
            SetField("priority", Name("high")),
            Assign(
                (
                    EngineerChoice(
                        "site-hardware",
                        (SkillNeed("access-control", ">=", 2),),
                        And(
                            (
                                Comparison("==", Name("region"), Name("site.region")),
                                Name("on_shift"),
                                Comparison("<", Name("open_tickets"), Name("capacity")),
                            )
                        ),
                        (Preference("fewest", "open_tickets"), Preference("nearest", "site")),
                    ),
                    RecipientChoice(Recipient("team", "site-hardware")),
                )
            ),
            AttachSimilar(3, "product.model"),
            Notify(ASSIGNEE),
        ),
        "Black screens on site",
    )
    assert dispatch.rules[1].actions == (Delegate("software-desk"),)
    assert dispatch.otherwise == (Queue("triage"), Notify(Recipient("team", "triage")))


def test_rule_priority() -> None:
    dispatch = block_of("dispatch d priority { rule a { priority 5 when priority == high queue q } otherwise { } }")
    assert (dispatch.hit, dispatch.rules[0].priority, dispatch.otherwise) == ("priority", 5, ())


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("engineer li", (RecipientChoice(Recipient("engineer", "li")),)),
        ("engineer", (EngineerChoice(None),)),
        ("manager", (RecipientChoice(MANAGER),)),
        (
            "engineer where on_shift or team == x or team y or role z or manager of manager of assignee",
            (
                EngineerChoice(None, (), Or((Name("on_shift"), Comparison("==", Name("team"), Name("x"))))),
                RecipientChoice(Recipient("team", "y")),
                RecipientChoice(Recipient("role", "z")),
                RecipientChoice(Recipient("manager", None, MANAGER)),
            ),
        ),
        (
            "engineer having skill a, skill b == 3 prefer highest skill a, most capacity or engineer from team t",
            (
                EngineerChoice(
                    None,
                    (SkillNeed("a"), SkillNeed("b", "==", 3)),
                    None,
                    (Preference("highest", "skill.a"), Preference("most", "capacity")),
                ),
                EngineerChoice("t"),
            ),
        ),
    ],
)
def test_choices(text: str, choices: tuple[Any, ...]) -> None:
    assert actions_of(f"assign {text}") == (Assign(choices),)
    assert actions_of(f"assign {text} tag x") == (Assign(choices), Tag("x"))


def test_messages() -> None:
    assert actions_of('notify customer urgent "We are on our way" remind team "night shift" "wake up"') == (
        Notify(Recipient("customer"), urgent=True, text="We are on our way"),
        Notify(Recipient("team", "night shift"), remind=True, text="wake up"),
    )


def test_escalation() -> None:
    waiting = example(blocks.EscalationBlock, "unanswered-urgent")
    assert waiting.during == Membership(Name("state"), (Name("new"), Name("triaged"), Name("assigned")))
    assert waiting.steps[1] == blocks.Step(block.After(Elapsed(3600)), (Notify(MANAGER),), Repeat(Elapsed(1800), 4))
    risk = example(blocks.EscalationBlock, "resolution-at-risk")
    assert [step.trigger for step in risk.steps] == [
        blocks.AtShare(Decimal("0.75"), "resolve"),
        blocks.BeforeDue(Business(seconds=3600), "resolve"),
        blocks.Breached("resolve"),
    ]
    late = block_of("escalation e { 2h after resolve { tag late } }")
    assert late.steps[0].trigger == blocks.BeforeDue(Elapsed(7200), "resolve", late=True)


def test_acceptance() -> None:
    acceptance = example(blocks.AcceptanceBlock, "noise-repaired")
    quiet, yield_, stable, happy = acceptance.requirements
    assert quiet == blocks.Requirement(
        "quiet",
        blocks.Criterion(
            Comparison("<", Aggregate("max", Name("measured.noise")), Literal(Quantity(Decimal(45), "dB"))),
            over=Elapsed(86400),
            coverage=Decimal("0.95"),
        ),
        "Below 45 dB over a 24 h run",
        "sound level meter, on site",
        (blocks.EvidenceNeed("video", 1),),
    )
    assert (yield_.criterion.samples, yield_.criterion.size) == (3, 1000)
    assert (stable.criterion.samples, stable.criterion.size) == (100, None)
    assert happy.criterion.by == Recipient("team", "customer-care")
    assert acceptance.verifier_is_not == (ASSIGNEE,)
    assert acceptance.approvals == (
        blocks.Approval(
            Recipient("role", "technical-director"),
            Comparison(">", Name("plan.cost"), Literal(Quantity(Decimal(5000), "CNY"))),
        ),
    )


def test_test() -> None:
    test = example(scenario_block.TestBlock, "a black screen on site goes to the site team")
    assert test.start == datetime.fromisoformat("2026-11-23T09:00+08:00")
    assert test.givens[0] == scenario_block.Given(
        "engineer",
        "li",
        (
            (("team",), Literal("site-hardware")),
            (("skill", "access-control"), Literal(3)),
            (("region",), Literal("beijing")),
        ),
    )
    assert test.moments == (
        scenario_block.Moment(
            Elapsed(0),
            (),
            (
                scenario_block.ExpectRule("site-access-control"),
                scenario_block.ExpectField("assignee", Literal("li")),
                scenario_block.ExpectField("priority", Literal("high")),
            ),
        ),
        scenario_block.Moment(Elapsed(1800), (), (scenario_block.ExpectAction(Notify(ASSIGNEE, remind=True)),)),
        scenario_block.Moment(Elapsed(3600), (), (scenario_block.ExpectAction(Notify(MANAGER)),)),
    )


def test_moves_and_expectations_belong_to_their_moment() -> None:
    test = block_of(
        'test "t" { at 2026-11-23T09:00Z given measurement { noise 44 dB readings [1 dB, 2 dB] capacity 2 open 1 }'
        " expect queue triage move assigned at +10m move accepted move en_route expect nothing, not accepted"
        " at +4bh expect resolve due 2026-11-24T17:00+08:00, tag late expect accepted }"
    )
    noise = Literal((Quantity(Decimal(1), "dB"), Quantity(Decimal(2), "dB")))
    assert test.givens[0].fields[1:] == (
        (("readings",), noise),
        (("capacity",), Literal(2)),
        (("open",), Literal(1)),
    )
    assert test.moments == (
        scenario_block.Moment(Elapsed(0), ("assigned",), (scenario_block.ExpectField("queue", Literal("triage")),)),
        scenario_block.Moment(
            Elapsed(600),
            ("accepted", "en_route"),
            (scenario_block.ExpectNothing(), scenario_block.ExpectAccepted(False)),
        ),
        scenario_block.Moment(
            Business(seconds=14400),
            (),
            (
                scenario_block.ExpectDue("resolve", datetime.fromisoformat("2026-11-24T17:00+08:00")),
                scenario_block.ExpectAction(Tag("late")),
                scenario_block.ExpectAccepted(True),
            ),
        ),
    )
