"""What each effect comes to: new values, items added, messages, and what could not be done."""

from typing import Any

import pytest

from svcctl.actions.applier import Notice, apply_effects
from svcctl.decision.decision import Effect, Person
from svcctl.decision.roster import Roster
from svcctl.foundation.instant import parse_instant
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Engineer, Team

NOW = parse_instant("2026-11-23T12:00:00Z")
ROSTER = Roster({"li": Engineer("li", team="north"), "free": Engineer("free")}, {"north": Team("north")})
LI, WANG, NORTH = Person("engineer", "li", {"email": "li@x"}), Person("engineer", "wang"), Person("team", "north")


def ticket(**fields: Any) -> Ticket:
    return Ticket("T-1", 1, "new", NOW, NOW, **fields)


@pytest.mark.parametrize(
    ("effect", "new"),
    [
        (Effect("assign", (LI,)), {"assignee": "li", "team": "north", "queue": None}),
        (Effect("assign", (Person("engineer", "free"),)), {"assignee": "free", "team": None, "queue": None}),
        (Effect("assign", (NORTH,)), {"assignee": None, "team": "north", "queue": "north"}),
        (Effect("queue", value="triage"), {"assignee": None, "team": None, "queue": "triage"}),
        (Effect("queue", value="north"), {"assignee": None, "team": "north", "queue": "north"}),
        (Effect("set", path="priority", value="high"), {"priority": "high"}),
        (Effect("set", path="expected_at", value=NOW), {"expected_at": "2026-11-23T12:00:00Z"}),
    ],
)
def test_an_effect_changes_its_fields(effect: Effect, new: dict[str, Any]) -> None:
    outcome = apply_effects([effect], ticket(), ROSTER)
    assert (outcome.new, outcome.add, outcome.notices) == (new, {}, ())
    assert (outcome.failures, outcome.unassigned) == ((), False)


def test_of_two_that_set_one_field_the_later_wins() -> None:
    effects = [Effect("assign", (LI,)), Effect("set", path="priority", value="low"), Effect("queue", value="triage")]
    outcome = apply_effects([*effects, Effect("set", path="priority", value="high")], ticket(), ROSTER)
    assert outcome.new == {"assignee": None, "team": None, "queue": "triage", "priority": "high"}


def test_a_tag_is_put_on_once() -> None:
    effects = [Effect("tag", value=tag) for tag in ("late", "new", "late", "seen")]
    assert apply_effects(effects, ticket(tags=("seen",)), ROSTER).add == {"tags": ("late", "new")}
    assert apply_effects(effects[3:], ticket(tags=("seen",)), ROSTER).add == {}


def test_everyone_is_told_once_of_a_kind() -> None:
    effects = [
        Effect("notify", (LI, WANG), value="come", urgent=True),
        Effect("notify", (LI,), value="come"),
        Effect("notify", (LI,)),
        Effect("remind", (LI,)),
    ]
    assert apply_effects(effects, ticket(), ROSTER).notices == (
        Notice("notify", LI, "come", True),
        Notice("notify", WANG, "come", True),
        Notice("notify", LI),
        Notice("remind", LI),
    )


def test_similar_tickets_are_asked_for() -> None:
    assert apply_effects([Effect("attach", path="product.model", value=3)], ticket(), ROSTER).attach == (
        ("product.model", 3),
    )


def test_only_an_assignment_that_failed_leaves_the_ticket_with_nobody() -> None:
    told = apply_effects([Effect("failed", path="notify", value="nobody to tell")], ticket(), ROSTER)
    assert (told.failures, told.unassigned) == (("nobody to tell",), False)
    given = apply_effects(
        [Effect("failed", path="assign", value="nobody"), *[Effect("tag", value="t")]], ticket(), ROSTER
    )
    assert (given.failures, given.unassigned, given.add) == (("nobody",), True, {"tags": ("t",)})
