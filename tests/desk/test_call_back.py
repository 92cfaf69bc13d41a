"""Customers are called back after their ticket was closed: until they answer, and again after a reopening."""

from datetime import timedelta

import pytest

from svcctl.desk.intake import open_ticket
from svcctl.desk.work import survey
from svcctl.foundation.instant import stored
from svcctl.ticket.model import StateEntry
from tests.desk.care_floor import CALL_BACK, Cared, chiller, closed_ticket, move_to


def surveys(floor: Cared) -> int:
    return [kind for kind, *_ in floor.messages()].count("survey")


def answer(floor: Cared, id: str) -> None:
    floor.do(lambda desk: survey(desk, id, "satisfied"))


def test_a_customer_is_called_back_until_the_answer_and_again_after_a_reopening() -> None:
    floor = chiller(CALL_BACK)
    id = closed_ticket(floor)
    sent = []
    for hours in (23, 1, 71, 1):
        floor.later(hours=hours)
        floor.sweep()
        sent.append(surveys(floor))
    assert sent == [0, 1, 1, 2]
    answer(floor, id)
    floor.later(days=30)
    assert floor.sweep() == []
    move_to(floor, id, "in_progress")
    assert "care_wake_at" not in floor.document(id)
    floor.later(days=2)
    move_to(floor, id, "closed")
    floor.later(hours=24)
    assert len(floor.sweep()) == 1
    assert surveys(floor) == 3


def test_a_ticket_reopened_before_the_call_is_not_called() -> None:
    floor = chiller(CALL_BACK)
    id = closed_ticket(floor)
    floor.later(hours=2)
    move_to(floor, id, "in_progress")
    floor.later(days=9)
    assert floor.sweep() == []


@pytest.mark.parametrize(("hours", "called"), [(2, 1), (23, 1), (24, 0), (900, 0)])
def test_whoever_was_closed_elsewhere_is_called_back_if_that_is_still_to_come(hours: int, called: int) -> None:
    floor = chiller(CALL_BACK)
    reported = floor.now - timedelta(hours=hours + 5)
    closed = StateEntry("closed", floor.now - timedelta(hours=hours))
    values = {"title": "It leaks", "customer": "acme", "reported_at": stored(reported)}
    floor.do(lambda desk: open_ticket(desk, values, history=lambda flow, at: (closed,)).id)
    assert floor.sweep() == []
    floor.later(hours=24 - hours if hours < 24 else 24)
    assert len(floor.sweep()) == called
    assert surveys(floor) == called


def test_nobody_to_ask_is_said() -> None:
    floor = Cared(CALL_BACK)
    id = floor.new(title="It leaks")
    move_to(floor, id, "closed")
    floor.later(hours=24)
    (done,) = floor.sweep()
    assert done["to"] == []
    assert [kind for kind, *_ in floor.messages()] == ["failed"]
    assert floor.sweep() == []


def test_tickets_that_were_closed_before_the_rule_or_came_in_closed_are_left_alone() -> None:
    floor = chiller("form maintenance { }")
    id = closed_ticket(floor)
    floor.rules(CALL_BACK)
    floor.later(days=9)
    assert floor.sweep() == []
    floor.do(lambda desk: desk.change(id, "edited", {"title": "It leaked"}))
    floor.later(days=9)
    assert floor.sweep() == []


def test_a_changed_delay_moves_the_call_of_those_who_wait() -> None:
    floor = chiller(CALL_BACK)
    closed_ticket(floor)
    floor.sweep()
    floor.rules(CALL_BACK.replace("24h", "48h"))
    floor.later(hours=25)
    assert floor.sweep() == []
    floor.later(hours=23)
    assert len(floor.sweep()) == 1
