"""Care of tickets that are done: a survey is sent, sent again, and no more once it was answered."""

from datetime import timedelta
from typing import Any

from svcctl.decision.care import due_for_ticket, ticket_since, ticket_wake
from svcctl.decision.rulebook import Rulebook
from svcctl.foundation.instant import stored
from svcctl.ticket.model import Survey, Ticket
from tests.decision.books import at, book, facts, ticket

CALL_BACK = "care call-back { for ticket in closed  after 24h  send survey csat again after 3d up to 2 times }"


def closed(since: str = "2026-11-24T09:00", **fields: Any) -> Ticket:
    done: dict[str, Any] = {"care_since": {"call-back": stored(at(since))}, **fields}
    return ticket("2026-11-23T09:00", f"resolved 2026-11-23T15:00, closed {since}", **done)


def seen(rules: Rulebook, one: Ticket, now: str) -> list[tuple[int, int]]:
    """Repeat and missed of what is due."""
    return [(occasion.repeat, occasion.missed) for occasion in due_for_ticket(rules, facts(rules, one, now))]


def test_a_survey_is_sent_and_sent_again() -> None:
    rules = book(CALL_BACK)
    assert seen(rules, closed(), "2026-11-25T08:59") == []
    assert seen(rules, closed(), "2026-11-25T09:00") == [(0, 0)]
    since = stored(at("2026-11-24T09:00"))
    once = closed(care_done={"call-back": f"{since}/0"})
    assert seen(rules, once, "2026-11-28T08:59") == []
    assert seen(rules, once, "2026-11-28T09:00") == [(1, 0)]
    assert ticket_wake(rules, facts(rules, once, "2026-11-26")) == at("2026-11-28T09:00")
    thrice = closed(care_done={"call-back": f"{since}/2"})
    assert seen(rules, thrice, "2027-11-28") == []
    assert ticket_wake(rules, facts(rules, thrice, "2027-11-28")) is None


def test_after_an_outage_one_survey_stands_for_those_missed() -> None:
    rules = book(CALL_BACK)
    assert seen(rules, closed(), "2026-12-24") == [(2, 2)]


def test_an_answer_since_the_work_was_done_ends_the_asking() -> None:
    rules = book(CALL_BACK)
    answered = closed(survey=Survey("satisfied", at("2026-11-23T16:00")))  # before it was closed
    assert seen(rules, answered, "2026-12-24") == []
    assert ticket_wake(rules, facts(rules, answered, "2026-11-24T10:00")) is None
    earlier = closed(survey=Survey("satisfied", at("2026-11-23T14:00")))  # about the work before
    assert seen(rules, earlier, "2026-11-25T09:00") == [(0, 0)]


def test_a_rule_begins_when_the_ticket_comes_to_its_state_and_ends_with_it() -> None:
    rules = book(CALL_BACK)
    now = at("2026-11-24T09:00")
    one = closed(care_since={})
    assert ticket_since(rules, "resolved", one, now) == {"call-back": stored(now)}
    assert ticket_since(rules, "closed", one, now) == {}  # it stood there before there was a rule
    assert ticket_since(rules, "closed", closed(), now + timedelta(days=9)) == {"call-back": stored(now)}
    assert ticket_since(rules, "closed", ticket("2026-11-23T09:00", "in_progress 10:00"), now) == {}


def test_closed_again_is_asked_again() -> None:
    rules = book(CALL_BACK)
    first = stored(at("2026-11-24T09:00"))
    again = closed("2026-12-01T09:00", care_done={"call-back": f"{first}/2"})
    assert seen(rules, again, "2026-12-02T09:00") == [(0, 0)]


def test_a_condition_that_time_alone_changes_wakes() -> None:
    rules = book("care c { for ticket in closed where age.elapsed > 10d  after 1h  send survey csat }")
    one = closed(care_since={"c": stored(at("2026-11-24T09:00"))})
    wake = ticket_wake(rules, facts(rules, one, "2026-11-25"))
    assert wake is not None
    assert at("2026-12-03T09:00") <= wake <= at("2026-12-03T09:00:01")
    assert seen(rules, one, "2026-12-02") == []
    assert seen(rules, one, "2026-12-04") == [(0, 0)]


def test_what_is_not_a_survey_is_done_once() -> None:
    rules = book(
        'care c { for ticket in closed  after 1h  notify team x "done"  send survey csat again after 1d up to 3 times }'
    )
    since = stored(at("2026-11-24T09:00"))
    one = closed(care_since={"c": since})
    (first,) = due_for_ticket(rules, facts(rules, one, "2026-11-24T10:00"))
    assert len(first.actions) == 2
    (second,) = due_for_ticket(rules, facts(rules, one.replace(care_done={"c": first.key}), "2026-11-25T10:00"))
    assert len(second.actions) == 1
