"""Clocks of a ticket: when each is due, what pauses and stops it, and what is left of it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.clock.arithmetic import between
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.ticket.clocks import derive_clocks
from svcctl.ticket.milestones import Milestones, closed_at, is_open, reopens, resolved_at, responded_at
from svcctl.ticket.model import Comment, PinnedTarget, StateEntry, Ticket
from tests.ticket.promised import CALENDARS, MONDAY, OFFICE, RESOLVE, RESPOND, at, clock, ticket

ARRIVE = PinnedTarget("arrive", "gold", "4h", None, ("pending_customer",))


def test_open_time_skips_the_lunch_break() -> None:
    found = clock(ticket(MONDAY, RESOLVE), "2026-11-23T14:00")
    assert found.due == at("2026-11-23T16:30")
    assert (found.remaining, found.used, found.breached) == (9000, Decimal("0.375"), False)
    assert found.at_share(Decimal("0.75")) == at("2026-11-23T15:30")
    assert found.before_due(Business(seconds=3 * 3600)) == at("2026-11-23T13:30")
    assert found.before_due(Elapsed(3 * 3600)) == at("2026-11-23T13:30")


def test_a_lead_in_open_time_crosses_the_lunch_break_and_one_in_elapsed_time_does_not() -> None:
    found = clock(ticket([("new", "2026-11-23T10:00")], RESOLVE), "2026-11-23T10:00")
    assert found.due == at("2026-11-23T15:30")
    assert found.before_due(Business(seconds=3 * 3600)) == at("2026-11-23T11:00")
    assert found.before_due(Elapsed(3 * 3600)) == at("2026-11-23T12:30")
    assert found.after_due(Business(seconds=3 * 3600)) == at("2026-11-24T09:30")


def test_a_lead_longer_than_the_clock_begins_with_it() -> None:
    found = clock(ticket(MONDAY, RESOLVE), "2026-11-23T11:00")
    assert found.before_due(Elapsed(7 * 86400)) == found.started


def test_a_complaint_waits_over_the_weekend() -> None:
    found = clock(ticket([("new", "2026-11-20T17:00")], RESOLVE), "2026-11-22T12:00")
    assert found.due == at("2026-11-23T13:30") - timedelta(minutes=90)
    assert (found.remaining, found.used) == (3 * 3600, Decimal("0.25"))


def test_two_working_days_end_at_the_same_wall_time() -> None:
    found = clock(ticket(MONDAY, RESOLVE.replace(within="2bd")), "2026-11-24T11:00")
    assert found.due == at("2026-11-25T11:00")
    assert found.used == Decimal("0.5")
    assert found.at_share(Decimal("0.5")) == at("2026-11-24T11:00")


def test_a_pause_moves_what_is_due_in_open_time() -> None:
    log = [*MONDAY, ("pending_parts", "2026-11-23T11:30"), ("in_progress", "2026-11-24T10:00")]
    found = clock(ticket(log, RESOLVE), "2026-11-24T10:00")
    assert found.pauses == ((at("2026-11-23T11:30"), at("2026-11-24T10:00")),)
    assert found.due == at("2026-11-24T15:00")
    assert found.remaining == 3 * 3600 + 1800


def test_while_paused_the_rest_stays_the_same() -> None:
    paused = ticket([*MONDAY, ("pending_customer", "2026-11-23T11:30")], RESOLVE)
    for now in ("2026-11-23T11:30", "2026-11-23T15:00", "2026-11-30T09:00"):
        found = clock(paused, now)
        assert found.paused_since == at("2026-11-23T11:30")
        assert found.due is not None
        assert (found.remaining, found.breached, found.due > at(now)) == (3 * 3600 + 1800, False, True)


def test_the_first_response_is_never_paused() -> None:
    found = clock(ticket([*MONDAY, ("pending_customer", "2026-11-23T11:10")], RESPOND), "2026-11-23T12:00")
    assert (found.due, found.breached, found.paused) == (at("2026-11-23T11:30"), True, False)
    assert found.remaining == -1800


def test_pauses_survive_a_change_of_service_level() -> None:
    log = [*MONDAY, ("pending_parts", "2026-11-23T13:30"), ("in_progress", "2026-11-23T14:30")]
    before = ticket(log, RESOLVE)
    after = before.replace(targets=(RESOLVE.replace(sla="urgent", within="2bh"),))
    assert clock(before, "2026-11-23T15:00").due == at("2026-11-23T17:30")
    changed = clock(after, "2026-11-23T15:00")
    assert (changed.started, changed.due) == (at("2026-11-23T11:00"), at("2026-11-23T15:30"))


def test_reopened_time_is_a_pause_of_its_own() -> None:
    log = [*MONDAY, ("in_progress", "2026-11-23T11:10"), ("resolved", "2026-11-23T13:30")]
    log += [("verified", "2026-11-23T14:00"), ("closed", "2026-11-24T09:00"), ("in_progress", "2026-11-25T13:30")]
    reopened = ticket(log, RESOLVE)
    found = clock(reopened, "2026-11-25T14:00")
    assert (found.stopped_at, found.pauses) == (None, ())
    assert found.reopened == ((at("2026-11-23T13:30"), at("2026-11-25T13:30")),)
    assert found.due == at("2026-11-25T16:30")
    assert (reopens(reopened), resolved_at(reopened), is_open(reopened)) == (1, None, True)


def test_a_clock_stops_at_the_first_of_the_last_done_states() -> None:
    log = [*MONDAY, ("resolved", "2026-11-23T16:30"), ("closed", "2026-11-24T16:30")]
    done = ticket(log, RESOLVE)
    found = clock(done, "2026-12-24T16:30")
    assert (found.stopped_at, found.breached, found.used) == (at("2026-11-23T16:30"), False, Decimal(1))
    assert (resolved_at(done), closed_at(done)) == (at("2026-11-23T16:30"), at("2026-11-24T16:30"))


@pytest.mark.parametrize(("now", "breached"), [("2026-11-23T16:29", False), ("2026-11-23T16:30", True)])
def test_a_clock_that_runs_at_its_due_instant_is_breached(now: str, breached: bool) -> None:
    assert clock(ticket(MONDAY, RESOLVE), now).breached is breached


def test_what_was_late_stays_late_when_it_is_paused() -> None:
    found = clock(ticket([*MONDAY, ("pending_parts", "2026-11-23T17:30")], RESOLVE), "2026-11-24T17:30")
    assert (found.due, found.breached, found.remaining) == (at("2026-11-23T16:30"), True, -3600)


def test_a_public_reply_is_a_response_but_the_customers_word_is_not() -> None:
    comments = (
        Comment("any news?", at("2026-11-23T11:05"), "customer", public=True, by_customer=True),
        Comment("to the team", at("2026-11-23T11:06"), "li"),
        Comment("we are on it", at("2026-11-23T11:20"), "li", public=True),
    )
    answered = ticket([*MONDAY, ("accepted", "2026-11-23T11:40")], RESPOND, comments=comments)
    found = clock(answered, "2026-11-23T18:00")
    assert (found.stopped_at, found.breached) == (at("2026-11-23T11:20"), False)
    assert responded_at(answered.replace(comments=())) == at("2026-11-23T11:40")


def test_arrival_stops_once_and_cancelling_stops_all() -> None:
    log = [*MONDAY, ("on_site", "2026-11-23T12:00"), ("assigned", "2026-11-23T13:00")]
    assert clock(ticket(log, ARRIVE), "2026-11-24T12:00").stopped_at == at("2026-11-23T12:00")
    gone = ticket([*MONDAY, ("cancelled", "2026-11-23T11:05")], RESPOND, ARRIVE, RESOLVE)
    found = derive_clocks(gone, CALENDARS, at("2026-11-24T12:00"))
    assert [clock.kind for clock in found] == ["respond", "arrive", "resolve"]
    assert {clock.stopped_at for clock in found} == {at("2026-11-23T11:05")}
    assert (reopens(gone), resolved_at(gone), closed_at(gone)) == (0, None, at("2026-11-23T11:05"))


def test_elapsed_time_does_not_see_the_clock_set_back() -> None:
    night = ticket([("new", "2026-10-24T22:00+02:00")], ARRIVE.replace(within="8h", calendar="berlin"))
    assert clock(night, "2026-10-25T00:00+02:00").due == at("2026-10-25T05:00+01:00")
    open_all_night = night.replace(targets=(RESOLVE.replace(within="8bh", calendar="berlin"),))
    assert clock(open_all_night, "2026-10-25T00:00+02:00").due == at("2026-10-25T05:00+01:00")
    spring = ticket([("new", "2026-03-28T22:00+01:00")], ARRIVE.replace(within="8h"))
    assert clock(spring, "2026-03-28T22:00+01:00").due == at("2026-03-29T07:00+02:00")


def test_a_flow_with_names_of_its_own() -> None:
    chinese = Milestones(respond=("已接单",), arrive=("已到场",), resolve=("已解决",), close=("已关闭",))
    log = [("新建", "2026-11-23T11:00"), ("已接单", "2026-11-23T11:20"), ("已解决", "2026-11-23T14:00")]
    done = ticket(log, RESPOND, ARRIVE, RESOLVE)
    stops = [found.stopped_at for found in derive_clocks(done, CALENDARS, at("2026-11-24T09:00"), None, chinese)]
    assert stops == [at("2026-11-23T11:20"), at("2026-11-23T14:00"), at("2026-11-23T14:00")]
    assert not is_open(done, chinese)
    again = ticket([*log, ("处理中", "2026-11-23T15:00")], RESOLVE)
    assert reopens(again, chinese) == 1


def test_a_promise_from_another_system() -> None:
    target = PinnedTarget("resolve", "old", due_at=at("2026-11-23T12:00"))
    late = clock(ticket([*MONDAY, ("closed", "2026-11-23T12:30")], target), "2026-12-01T00:00")
    assert (late.due, late.within, late.breached, late.remaining) == (at("2026-11-23T12:00"), None, True, -1800)
    assert late.at_share(Decimal("0.5")) == at("2026-11-23T11:30")
    assert clock(ticket(MONDAY, target.replace(met=True)), "2026-12-01T00:00").breached is False
    verdict = clock(ticket(MONDAY, PinnedTarget("resolve", "old", met=False)), "2026-12-01T00:00")
    assert (verdict.due, verdict.breached, verdict.before_due(Elapsed(60))) == (None, True, None)


def test_a_calendar_that_is_gone_is_said() -> None:
    with pytest.raises(Refusal, match="calendar `night`") as refused:
        clock(ticket(MONDAY, RESOLVE.replace(calendar="night")), "2026-11-23T12:00")
    assert refused.value.code == "unknown-rule"


def test_the_default_calendar_is_that_of_targets_that_name_none() -> None:
    (found,) = derive_clocks(ticket(MONDAY, RESOLVE.replace(calendar=None)), {}, at("2026-11-23T12:00"), OFFICE)
    assert (found.calendar, found.due) == ("cn-service", at("2026-11-23T16:30"))


STATES = ("in_progress", "pending_parts", "pending_customer", "resolved")
HISTORY = st.lists(st.tuples(st.sampled_from(STATES), st.integers(1, 2000)), max_size=8)


@settings(max_examples=150)
@given(HISTORY, st.sampled_from(["4bh", "90bm", "2bd", "5h", "0bh"]), st.integers(0, 4000))
def test_share_rest_and_due_agree(history: list[tuple[str, int]], within: str, later: int) -> None:
    moment = at("2026-11-20T15:00")
    states = [StateEntry("new", moment)]
    for state, minutes in history:
        moment += timedelta(minutes=minutes)
        states.append(StateEntry(state, moment))
    now = moment + timedelta(minutes=later)
    target = RESOLVE.replace(within=within)
    one = Ticket("T", 1, states[-1].state, states[0].at, states[0].at, states=tuple(states), targets=(target,))
    (found,) = derive_clocks(one, CALENDARS, now)
    assert found.due is not None
    end = found.stopped_at or now
    line = None if within == "5h" else OFFICE
    whole = between(line, found.started, found.due, found.gaps)
    if end <= found.due:
        assert between(line, found.started, end, found.gaps) + found.remaining == whole
    assert found.breached == (found.due < end or (found.due == end and found.stopped_at is None))
    assert found.paused == (one.state.startswith("pending"))
    shares = [found.at_share(Decimal(share) / 4) for share in range(1, 5)]
    assert shares == sorted(share for share in shares if share is not None)


def test_a_clock_as_of_an_instant_does_not_know_what_came_after() -> None:
    log = [*MONDAY, ("pending_parts", "2026-11-23T13:30"), ("in_progress", "2026-11-23T14:30")]
    found = clock(ticket(log, RESOLVE), "2026-11-23T15:00")
    assert found.due == at("2026-11-23T17:30")
    assert found.as_of(at("2026-11-23T13:00")).due == at("2026-11-23T16:30")
    assert found.as_of(at("2026-11-23T14:00")).due == at("2026-11-23T17:00")
    assert found.as_of(at("2026-11-23T15:00")) == found
