"""Clocks that run more than once: from each message nobody answered, and through each stay that the flow limits."""

from svcctl.foundation.quantity import Business, Elapsed
from svcctl.ticket.clocks import derive_clocks
from svcctl.ticket.milestones import Milestones
from svcctl.ticket.model import Comment, PinnedTarget
from tests.ticket.promised import CALENDARS, MONDAY, OFFICE, at, clock, ticket

UPDATE = PinnedTarget("update", "gold", "2bh", "cn-service", ("pending_customer",))


def said(*messages: tuple[str, str]) -> tuple[Comment, ...]:
    """Comments: by the customer, public or internal, each with its time on Monday."""
    return tuple(
        Comment(who, at(f"2026-11-23T{time}"), who, public=who != "internal", by_customer=who == "customer")
        for who, time in messages
    )


def test_the_update_clock_runs_from_the_oldest_message_that_nobody_answered() -> None:
    comments = said(("customer", "11:10"), ("internal", "11:20"), ("customer", "11:40"))
    found = clock(ticket(MONDAY, UPDATE, comments=comments), "2026-11-23T14:00")
    assert (found.kind, found.started, found.due) == ("update", at("2026-11-23T11:10"), at("2026-11-23T14:40"))
    assert (found.running, found.remaining) == (True, 2400)


def test_a_public_reply_stops_the_update_clock_and_the_next_message_starts_another() -> None:
    comments = said(("customer", "11:10"), ("li", "11:30"))
    answered = clock(ticket(MONDAY, UPDATE, comments=comments), "2026-11-23T18:00")
    assert (answered.stopped_at, answered.breached) == (at("2026-11-23T11:30"), False)
    again = clock(ticket(MONDAY, UPDATE, comments=(*comments, *said(("customer", "13:30")))), "2026-11-23T18:00")
    assert (again.started, again.due, again.breached) == (at("2026-11-23T13:30"), at("2026-11-23T15:30"), True)


def test_without_a_message_there_is_no_update_clock() -> None:
    assert (
        derive_clocks(ticket(MONDAY, UPDATE, comments=said(("li", "11:30"))), CALENDARS, at("2026-11-23T18:00")) == ()
    )


def test_a_pausing_state_pauses_the_update_clock_from_the_message_on() -> None:
    log = [*MONDAY, ("pending_customer", "2026-11-23T11:05"), ("in_progress", "2026-11-23T13:30")]
    comments = said(("customer", "11:10"))
    paused = clock(ticket(log[:2], UPDATE, comments=comments), "2026-11-23T11:50")
    assert (paused.paused_since, paused.remaining) == (at("2026-11-23T11:10"), 7200)
    found = clock(ticket(log, UPDATE, comments=comments), "2026-11-23T14:00")
    assert found.pauses == ((at("2026-11-23T11:10"), at("2026-11-23T13:30")),)
    assert found.due == at("2026-11-23T15:30")


def test_the_end_of_the_work_answers_and_what_is_said_after_it_waits_for_a_reopening() -> None:
    log = [*MONDAY, ("resolved", "2026-11-23T12:00")]
    comments = said(("customer", "11:10"), ("customer", "14:00"))
    done = clock(ticket(log, UPDATE, comments=comments), "2026-11-24T18:00")
    assert (done.started, done.stopped_at) == (at("2026-11-23T11:10"), at("2026-11-23T12:00"))
    again = clock(ticket([*log, ("in_progress", "2026-11-23T15:00")], UPDATE, comments=comments), "2026-11-23T16:00")
    assert (again.started, again.due) == (at("2026-11-23T15:00"), at("2026-11-23T17:00"))


def test_a_stay_that_the_flow_limits_has_a_clock_of_its_own() -> None:
    limited = Milestones(limits=(("pending_parts", Business(seconds=4 * 3600)), ("assigned", Elapsed(3600))))
    waiting = ticket([*MONDAY, ("pending_parts", "2026-11-23T11:30")], flow="onsite")
    (found,) = derive_clocks(waiting, {}, at("2026-11-23T14:00"), OFFICE, limited)
    assert (found.kind, found.state, found.sla) == ("limit", "pending_parts", "onsite")
    assert (found.started, found.due) == (at("2026-11-23T11:30"), at("2026-11-23T17:00"))
    (late,) = derive_clocks(waiting, {}, at("2026-11-23T17:30"), OFFICE, limited)
    assert (late.breached, late.remaining) == (True, -1800)
    moved = ticket([*MONDAY, ("pending_parts", "2026-11-23T11:30"), ("in_progress", "2026-11-23T12:00")])
    assert derive_clocks(moved, {}, at("2026-11-23T17:30"), OFFICE, limited) == ()
