"""Where a condition ends and the next choice of an assignment begins, though both go on with `or`."""

import re
from typing import Any

import pytest

from svcctl.foundation.shipped import shipped
from svcctl.language.tree import (
    And,
    Assign,
    Comparison,
    Contains,
    EngineerChoice,
    Literal,
    Membership,
    Name,
    Or,
    Presence,
    Recipient,
    RecipientChoice,
    SetField,
    Tag,
)
from tests.language.test_parser_rules import MANAGER, actions_of, block_of

ON_SHIFT = EngineerChoice(None, (), Name("on_shift"))
X_IN_TEAM = Comparison("==", Name("team"), Name("x"))


@pytest.mark.parametrize(
    ("after", "next"),
    [
        ('engineer "y"', RecipientChoice(Recipient("engineer", "y"))),
        ("engineer # who is there\n y", RecipientChoice(Recipient("engineer", "y"))),
        ("# or somebody\n team y", RecipientChoice(Recipient("team", "y"))),
        ("team is-ours", RecipientChoice(Recipient("team", "is-ours"))),
        ("role 主管", RecipientChoice(Recipient("role", "主管"))),
        ("engineer", EngineerChoice(None)),
        ("engineer where on_shift", ON_SHIFT),
        ("assignee", RecipientChoice(Recipient("assignee"))),
        ("customer", RecipientChoice(Recipient("customer"))),
        ("manager", RecipientChoice(MANAGER)),
    ],
)
@pytest.mark.parametrize("end", ["", "tag x", "or team z", "or engineer", "notify assignee"])
def test_a_choice_after_a_condition_is_no_part_of_it(after: str, next: Any, end: str) -> None:
    (assign, *_) = actions_of(f"assign engineer where on_shift or {after} {end}")
    assert assign.choices[:2] == (ON_SHIFT, next)
    assert len(assign.choices) == 2 + end.startswith("or")


@pytest.mark.parametrize(
    ("after", "next"),
    [
        ("team == x", X_IN_TEAM),
        ("team in [x]", Membership(Name("team"), (Name("x"),))),
        ("assignee is missing", Presence(Name("assignee"), False)),
        ('customer contains "x"', Contains(Name("customer"), (Literal("x", quoted=True),))),
        ("manager and team == x", And((Name("manager"), X_IN_TEAM))),
        ("ours", Name("ours")),
    ],
)
def test_what_an_operator_follows_is_part_of_the_condition(after: str, next: Any) -> None:
    choices = EngineerChoice(None, (), Or((Name("on_shift"), next))), RecipientChoice(Recipient("team", "y"))
    assert actions_of(f"assign engineer where on_shift or {after} or team y") == (Assign(choices),)


def test_within_brackets_and_where_no_choice_can_come_a_field_may_have_any_name() -> None:
    either = Or((Name("on_shift"), Name("manager")))
    inside = EngineerChoice(None, (), either), RecipientChoice(Recipient("customer"))
    assert actions_of("assign engineer where (on_shift or manager) or customer") == (Assign(inside),)
    assert actions_of("set a on_shift or manager tag x") == (SetField("a", either), Tag("x"))
    rule = block_of("dispatch d first { rule r { when on_shift or manager queue q } otherwise { } }").rules[0]
    assert rule.when == either


def test_the_manual_says_how_many_choices_there_are() -> None:
    manual = (shipped("grammar") / "README.md").read_text("utf-8")
    table = manual.split("| `assign engineer where ...` | choices |")[1].split("\n\n")[0]
    rows = re.findall(r"^\| `(.+)` \| (.+) \|$", table, re.MULTILINE)
    assert len(rows) == 4
    for text, means in rows:
        (assign,) = actions_of(f"assign engineer where {text}")
        assert len(assign.choices) == len(means.split("; "))
