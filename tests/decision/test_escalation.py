from datetime import datetime
from typing import Any

import pytest

from svcctl.decision.decision import DueStep
from svcctl.decision.escalation import due_steps, next_watches, step_names, watching
from svcctl.decision.rulebook import Rulebook
from svcctl.foundation.instant import stored
from svcctl.ticket.clocks import derive_clocks
from svcctl.ticket.model import Comment, Firing, PinnedTarget, Ticket
from tests.decision.books import at, book, case, facts, ticket

RULES = book(
    """
    escalation unanswered-urgent {
      for priority in [urgent, high]
      while state in [new, triaged, assigned]
      after 30m { remind assignee }
      after 1h  { notify manager of assignee  repeat every 30m up to 4 times }
      after 2h  { set priority urgent  assign manager of assignee }
    }
    escalation resolution-at-risk {
      at 75% of resolve   { remind assignee }
      1bh before resolve  { notify manager of assignee }
      when resolve breached { notify role service-director  tag "sla-breached" }
    }
    flow f { new -> triaged -> assigned -> in_progress <-> pending_parts  in_progress -> resolved -> in_progress }
    """
)
RESOLVE = PinnedTarget("resolve", "gold", "4bh", "cn-service", ("pending_parts",))


def settled(rules: Rulebook, of: Ticket, now: str) -> Ticket:
    """The ticket with its watches as they are at `now`."""
    return of.replace(watches=next_watches(of, at(now), watching(rules, facts(rules, of, now))))


def due(rules: Rulebook, of: Ticket, now: str) -> tuple[DueStep, ...]:
    here = case(rules, of, now)
    clocks = derive_clocks(of, rules.calendars, here.now, here.calendar, here.milestones)
    return due_steps(rules, facts(rules, of, now), clocks)


def fired(of: Ticket, steps: tuple[DueStep, ...], now: str) -> Ticket:
    firings = tuple(Firing(step.rule, step.step, step.entry, step.repeat, at(now)) for step in steps)
    return of.replace(firings=(*of.firings, *firings))


def named(steps: tuple[DueStep, ...]) -> list[tuple[str, int, int]]:
    return [(step.step, step.repeat, step.missed) for step in steps]


def urgent(states: str = "", **fields: Any) -> Ticket:
    return settled(RULES, ticket("2026-11-23T09:00", states, priority="urgent", **fields), "2026-11-23T09:00")


def test_watching_begins_when_the_condition_holds_and_ends_with_it() -> None:
    began = urgent()
    entry = stored(at("2026-11-23T09:00"))
    assert began.watches == {"resolution-at-risk": entry, "unanswered-urgent": entry}
    later = settled(RULES, began, "2026-11-23T10:00")
    assert later.watches == began.watches
    taken = settled(RULES, ticket("2026-11-23T09:00", "in_progress 10:00", watches=began.watches), "2026-11-23T10:00")
    assert taken.watches == {"resolution-at-risk": entry}
    done = settled(RULES, ticket("2026-11-23T09:00", "resolved 10:00", watches=began.watches), "2026-11-23T10:00")
    assert done.watches == {}


def test_each_step_fires_at_its_instant_and_once() -> None:
    one = urgent()
    assert due(RULES, one, "2026-11-23T09:29") == ()
    first = due(RULES, one, "2026-11-23T09:30")
    assert named(first) == [("after-30m", 0, 0)]
    assert (first[0].due_at, first[0].flagged) == (at("2026-11-23T09:30"), False)
    one = fired(one, first, "2026-11-23T09:30")
    assert due(RULES, one, "2026-11-23T09:30") == ()
    assert named(due(RULES, one, "2026-11-23T10:00")) == [("after-1h", 0, 0)]


def test_after_an_outage_each_step_fires_once_in_the_order_in_which_they_fell_due() -> None:
    one = urgent()
    late = due(RULES, one, "2026-11-23T12:00")
    assert named(late) == [("after-30m", 0, 0), ("after-2h", 0, 0), ("after-1h", 4, 4)]
    assert [step.due_at for step in late] == [at(f"2026-11-23T{time}") for time in ("09:30", "11:00", "12:00")]
    one = fired(one, late, "2026-11-23T12:00")
    assert due(RULES, one, "2026-11-23T18:00") == ()


def test_repeats_end() -> None:
    one = urgent()
    seen = []
    for now in ("10:00", "10:30", "11:00", "11:30", "12:00", "12:30", "13:00"):
        steps = due(RULES, one, f"2026-11-23T{now}")
        one = fired(one, steps, f"2026-11-23T{now}")
        seen += [(step.step, step.repeat) for step in steps if step.step == "after-1h"]
    assert seen == [("after-1h", repeat) for repeat in range(5)]


def test_entering_again_starts_anew() -> None:
    one = urgent()
    one = fired(one, due(RULES, one, "2026-11-23T09:30"), "2026-11-23T09:30")
    one = settled(RULES, one.replace(state="in_progress"), "2026-11-23T09:40")
    assert due(RULES, one, "2026-11-23T12:00") == ()
    one = settled(RULES, one.replace(state="assigned"), "2026-11-23T13:00")
    again = due(RULES, one, "2026-11-23T13:30")
    assert [(step.step, step.entry) for step in again] == [("after-30m", at("2026-11-23T13:00"))]


def test_unknown_fires_to_be_safe_and_is_flagged() -> None:
    unknown = settled(RULES, ticket("2026-11-23T09:00"), "2026-11-23T09:00")
    assert watching(RULES, facts(RULES, unknown, "2026-11-23T09:00"))["unanswered-urgent"] is None
    (step,) = due(RULES, unknown, "2026-11-23T09:30")
    assert (step.step, step.flagged) == ("after-30m", True)


def promised(states: str = "", **fields: Any) -> Ticket:
    one = ticket("2026-11-23T11:00", states, priority="low", targets=(RESOLVE,), **fields)
    return one.replace(watches={"resolution-at-risk": stored(one.reported_at)})


@pytest.mark.parametrize(
    ("now", "steps"),
    [
        ("2026-11-23T15:29", []),
        ("2026-11-23T15:30", ["1bh-before-resolve", "resolve-75%"]),
        ("2026-11-23T16:30", ["1bh-before-resolve", "resolve-75%", "resolve-breached"]),
    ],
)
def test_steps_on_a_clock_cross_the_lunch_break(now: str, steps: list[str]) -> None:
    assert sorted(step.step for step in due(RULES, promised(), now)) == steps


def test_steps_due_together_go_by_their_place_in_the_rule() -> None:
    assert [step.step for step in due(RULES, promised(), "2026-11-23T15:30")] == ["resolve-75%", "1bh-before-resolve"]


def test_nothing_new_falls_due_while_paused_and_what_was_due_still_fires() -> None:
    paused = promised("pending_parts 15:45")
    assert [step.step for step in due(RULES, paused, "2026-11-25T12:00")] == ["resolve-75%", "1bh-before-resolve"]
    assert due(RULES, promised("pending_parts 15:00"), "2026-11-25T12:00") == ()
    going_on = promised("pending_parts 15:00, in_progress 2026-11-24T09:00")
    assert due(RULES, going_on, "2026-11-24T09:29") == ()
    assert len(due(RULES, going_on, "2026-11-24T09:30")) == 2


def test_a_lead_in_wall_time_waits_for_the_end_of_a_pause() -> None:
    rules = book(
        """escalation e { 3h before resolve { remind assignee } }
        flow f { new -> in_progress <-> pending_parts }"""
    )
    one = promised("pending_parts 13:00, in_progress 17:00").replace(watches={"e": stored(at("2026-11-23T11:00"))})
    paused = one.replace(state="pending_parts", states=one.states[:-1])
    assert due(rules, paused, "2026-11-23T16:59") == ()
    assert due(rules, one, "2026-11-24T07:59") == ()
    assert [step.due_at for step in due(rules, one, "2026-11-24T09:00")] == [at("2026-11-24T08:00")]


def test_a_clock_that_stopped_ends_its_steps() -> None:
    assert due(RULES, promised("resolved 12:00"), "2026-11-25T12:00") == ()


def test_a_reopened_ticket_goes_on_where_it_was() -> None:
    one = promised("resolved 14:30, in_progress 2026-11-25T09:00")
    assert due(RULES, one, "2026-11-25T09:59") == ()
    assert [step.step for step in due(RULES, one, "2026-11-25T10:00")] == ["resolve-75%", "1bh-before-resolve"]


def test_business_delays_and_repeats_run_in_open_time() -> None:
    rules = book(
        "escalation e { while state == new  after 2bh { remind assignee  repeat every 4bh up to 2 times }"
        " 1h after respond { remind assignee } }"
    )
    entry = stored(at("2026-11-20T17:00"))
    one = ticket("2026-11-20T17:00", watches={"e": entry}, targets=(PinnedTarget("respond", "s", "30m"),))
    found = [due(rules, one, now) for now in ("2026-11-20T18:29", "2026-11-20T18:30", "2026-11-23T10:00")]
    assert [[(step.step, step.repeat) for step in steps] for steps in found] == [
        [],
        [("1h-after-respond", 0)],
        [("1h-after-respond", 0), ("after-2bh", 0)],
    ]
    later = due(rules, one, "2026-11-24T14:00")
    assert [(step.step, step.repeat, step.due_at) for step in later][1:] == [
        ("after-2bh", 2, at("2026-11-24T10:30")),
    ]


def test_a_step_on_a_clock_that_is_past_fires_when_watching_begins() -> None:
    rules = book("escalation e { for priority == high  at 50% of resolve { remind assignee } }")
    one = ticket("2026-11-23T09:00", priority="high", targets=(RESOLVE,), watches={"e": stored(at("2026-11-23T15:00"))})
    (step,) = due(rules, one, "2026-11-23T15:00")
    assert step.due_at == at("2026-11-23T15:00")


def test_names_of_steps() -> None:
    rules = book(
        """escalation e { while state == new
          after 30m { remind assignee } after 30m { tag "late" } at 12.5% of arrive { tag "x" }
          2h after resolve { tag "y" } when respond breached { tag "z" } }"""
    )
    names = ("after-30m", "after-30m#2", "arrive-12.5%", "2h-after-resolve", "respond-breached")
    assert step_names(rules.rules.escalations[0].steps) == names


def test_firings_of_another_entry_do_not_count() -> None:
    one = urgent()
    other: datetime = at("2026-11-22T09:00")
    one = one.replace(firings=(Firing("unanswered-urgent", "after-30m", other, 0, other),))
    assert named(due(RULES, one, "2026-11-23T09:30")) == [("after-30m", 0, 0)]


def reopened(until: str, states: str = "in_progress 09:30, resolved 12:00, in_progress 2026-11-24T18:00") -> Ticket:
    """A ticket with a target of four hours of open time, taken up again; it is watched from then on."""
    one = ticket("2026-11-23T09:00", states, priority="urgent", targets=(RESOLVE,))
    return settled(RULES, one, until)


def test_of_the_steps_that_are_past_when_watching_begins_only_the_last_fires() -> None:
    # Reported at 09:00 and taken up again after the due instant: 4bh are used up at 14:30.
    late = reopened("2026-11-23T16:00", "in_progress 09:30, resolved 15:00, in_progress 16:00")
    steps = due(RULES, late, "2026-11-23T16:00")
    assert named(steps) == [("resolve-breached", 0, 0)]
    assert steps[0].superseded == ("resolve-75%", "1bh-before-resolve")
    assert due(RULES, fired(late, steps, "2026-11-23T16:00"), "2026-11-27T16:00") == ()


def test_steps_that_are_still_to_come_when_watching_begins_all_fire() -> None:
    # Two of four hours were used when it was resolved: the rest begins with the next morning.
    again = reopened("2026-11-24T18:00", "in_progress 09:30, resolved 11:00, in_progress 2026-11-24T18:00")
    steps = due(RULES, again, "2026-11-25T12:00")
    assert [step.step for step in steps] == ["resolve-75%", "1bh-before-resolve", "resolve-breached"]
    assert {step.superseded for step in steps} == {()}


def test_steps_on_different_clocks_do_not_supersede_each_other() -> None:
    rules = book('escalation e { when respond breached { tag "r" }  when resolve breached { tag "s" } }')
    targets = (PinnedTarget("respond", "s", "30m"), PinnedTarget("resolve", "s", "1h"))
    late = settled(rules, ticket("2026-11-23T09:00", targets=targets), "2026-11-23T12:00")
    assert [step.step for step in due(rules, late, "2026-11-23T12:00")] == ["respond-breached", "resolve-breached"]


def test_what_happens_after_the_entry_does_not_bring_superseded_steps_back() -> None:
    late = reopened("2026-11-23T16:00", "in_progress 09:30, resolved 15:00, in_progress 16:00")
    late = fired(late, due(RULES, late, "2026-11-23T16:00"), "2026-11-23T16:00")
    paused = ticket(
        "2026-11-23T09:00",
        "in_progress 09:30, resolved 15:00, in_progress 16:00, pending_parts 16:30, in_progress 2026-11-25T09:00",
        priority="urgent",
        targets=(RESOLVE,),
        watches=late.watches,
        firings=late.firings,
    )
    assert due(RULES, paused, "2026-11-25T18:00") == ()


def test_a_step_on_the_update_clock_fires_once_for_each_wait() -> None:
    rules = book("escalation e { when update breached { remind assignee } }")
    target = PinnedTarget("update", "s", "1h")
    asked = Comment("any news?", at("2026-11-23T10:00"), "customer", public=True, by_customer=True)
    answer = Comment("soon", at("2026-11-23T11:30"), "li", public=True)
    one = settled(rules, ticket("2026-11-23T09:00", targets=(target,), comments=(asked,)), "2026-11-23T09:00")
    assert due(rules, one, "2026-11-23T10:59") == ()
    first = due(rules, one, "2026-11-23T11:00")
    assert named(first) == [("update-breached", 0, 0)]
    one = fired(one, first, "2026-11-23T11:00").replace(comments=(asked, answer))
    assert due(rules, one, "2026-11-23T18:00") == ()
    again = one.replace(comments=(asked, answer, asked.replace(at=at("2026-11-23T14:00"))))
    assert named(due(rules, again, "2026-11-23T15:00")) == [("update-breached", 0, 0)]


def test_a_step_on_a_limit_fires_once_for_each_stay() -> None:
    rules = book(
        """
        flow f { new -> assigned -> pending_parts -> assigned -> closed  within 2bh in pending_parts }
        escalation e { 1bh before limit { remind assignee }  when limit breached { tag "overdue" } }
        """
    )
    one = settled(rules, ticket("2026-11-23T09:00", "pending_parts 10:00", flow="f"), "2026-11-23T09:00")
    steps = due(rules, one, "2026-11-23T18:00")
    assert [step.step for step in steps] == ["1bh-before-limit", "limit-breached"]
    assert {step.due_at for step in steps} == {at("2026-11-23T11:00"), at("2026-11-23T12:00")}
    one = fired(one, steps, "2026-11-23T18:00")
    log = "pending_parts 10:00, assigned 2026-11-24T09:00, pending_parts 2026-11-24T10:00"
    again = ticket("2026-11-23T09:00", log, flow="f", watches=one.watches, firings=one.firings)
    assert due(rules, again, "2026-11-24T10:59") == ()
    assert named(due(rules, again, "2026-11-24T11:00")) == [("1bh-before-limit", 0, 0)]
