from decimal import Decimal
from typing import Any

import pytest

from svcctl.desk import planning
from tests.desk.floor import MONDAY, Floor, refusal_of


@pytest.fixture
def floor() -> Floor:
    floor = Floor()
    floor.save("engineer", "li")
    return floor


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "message"),
    [
        (planning.plan, ("x", "nobody", MONDAY, "y"), "unknown-record", "there is no engineer `nobody`"),
        (planning.plan, (" ", "li", MONDAY, "y"), "bad-argument", "the action is empty"),
        (planning.plan, ("x", "li", MONDAY, ""), "bad-argument", "the verification is empty"),
        (planning.plan, ("x", "li", MONDAY, "y", Decimal(-1)), "bad-argument", "an action cannot cost -1"),
        (planning.finish_step, ("A9",), "bad-argument", "the plan of T-000001 has no action `A9`"),
        (planning.unplan, ("A9",), "bad-argument", "the plan of T-000001 has no action `A9`"),
    ],
)
def test_what_cannot_be_planned_is_refused(
    floor: Floor, operation: Any, arguments: tuple[Any, ...], code: str, message: str
) -> None:
    id = floor.new()
    refused = refusal_of(lambda: floor.on(id, operation, *arguments))
    assert (refused.code, refused.message) == (code, message)
    assert floor.ticket(id).plan == ()


def test_what_is_done_stays_in_the_plan(floor: Floor) -> None:
    id = floor.new()
    for what in ("new seals", "check the others"):
        floor.on(id, planning.plan, what, "li", MONDAY, "no water after rain")
    floor.on(id, planning.finish_step, "A1")
    floor.later(hours=1)
    for again in (planning.unplan, planning.finish_step):
        assert refusal_of(lambda again=again: floor.on(id, again, "A1")).code == "illegal-move"  # type: ignore[misc]
    assert floor.ticket(id).plan[0].done_at == MONDAY
    assert [step.id for step in floor.on(id, planning.unplan, "A2").plan] == ["A1"]
    assert floor.on(id, planning.plan, "watch", "li", MONDAY, "none for a week").plan[-1].id == "A2"
