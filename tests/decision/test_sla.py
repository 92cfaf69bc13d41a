from typing import Any

from svcctl.decision.sla import matching_levels, promise
from svcctl.ticket.model import PinnedTarget
from svcctl.ticket.people import Site
from tests.decision.books import book, facts, ticket

TWO = """
sla gold {
  for priority == urgent
  respond within 30m on round-the-clock
  resolve within 1bd
  pause in pending_parts, pending_customer
}
sla fast { for type == noise  resolve within 4bh  pause in pending_parts }
sla everyone { respond within 4h  resolve within 5bd }
flow work { new -> in_progress -> resolved  in_progress <-> pending_parts, pending_customer }
"""


def promised(text: str, reported: str = "2026-11-23T09:00", **fields: Any) -> tuple[PinnedTarget, ...]:
    rules = book(text)
    return promise(rules, facts(rules, ticket(reported, **fields), reported))


def test_of_each_kind_the_strictest_is_promised() -> None:
    assert promised(TWO, priority="urgent", type="noise") == (
        PinnedTarget("respond", "gold", "30m", "round-the-clock", ()),
        PinnedTarget("resolve", "fast", "4bh", "cn-service", ("pending_parts",)),
    )
    assert promised(TWO, priority="low", type="leak") == (
        PinnedTarget("respond", "everyone", "4h", "cn-service", ()),
        PinnedTarget("resolve", "everyone", "5bd", "cn-service", ()),
    )


def test_strictest_is_what_is_due_first_not_what_sounds_shorter() -> None:
    text = "sla a { resolve within 8h on round-the-clock }  sla b { resolve within 4bh }"
    assert [target.sla for target in promised(text, "2026-11-23T09:00")] == ["b"]
    assert [target.sla for target in promised(text, "2026-11-23T17:00")] == ["a"]


def test_equal_promises_go_by_fewer_pauses_then_by_id_in_any_order() -> None:
    blocks = [
        "sla c { resolve within 4bh }",
        "sla b { resolve within 4bh }",
        "sla a { resolve within 4bh  pause in pending_parts }",
        "flow work { new -> pending_parts }",
    ]
    for order in (blocks, blocks[::-1]):
        assert [target.sla for target in promised(" ".join(order))] == ["b"]


def test_an_unknown_condition_promises_nothing_and_is_told_of() -> None:
    rules = book(TWO)
    asked = facts(rules, ticket("2026-11-23T09:00", type="noise"), "2026-11-23T09:00")
    assert [target.sla for target in promise(rules, asked)] == ["everyone", "fast"]
    told = [(trace.rule, trace.matched) for trace in matching_levels(rules, asked)]
    assert told == [("everyone", True), ("fast", True), ("gold", None)]


def test_the_calendar_in_force_is_that_of_the_site() -> None:
    rules = book("sla s { resolve within 4bh }")
    asked = facts(
        rules,
        ticket("2026-11-23T22:00", site="berlin"),
        "2026-11-23T22:00",
        site=Site("berlin", calendar="berlin"),
        calendar=rules.calendars["berlin"],
    )
    assert promise(rules, asked) == (PinnedTarget("resolve", "s", "4bh", "berlin"),)


def test_no_service_level_promises_nothing() -> None:
    assert promised("flow f { new -> closed }") == ()
