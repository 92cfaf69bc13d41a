"""Care: the days of a cadence, days off, leads and ends; occasions that come once; wake times."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.decision.care import (
    asset_occasions,
    asset_since,
    asset_wake,
    due_for_asset,
    due_for_ticket,
    latest_due,
    planned_for_asset,
    ticket_since,
    ticket_wake,
    with_done,
)
from svcctl.decision.care_days import ahead, opening, step, steps, workday
from svcctl.decision.rulebook import Rulebook
from svcctl.facts.asset import AssetCase, AssetFacts
from svcctl.facts.facts import Facts
from svcctl.foundation.instant import stored
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.language.care_block import Every
from svcctl.ticket.model import Survey, Ticket
from svcctl.ticket.people import Asset, Product
from tests.decision.books import SHANGHAI, at, book, facts, ticket

CHINA = 'calendar china { zone "Asia/Shanghai"  mon..fri 09:00-12:00, 13:30-18:00  holidays CN }'
OPEN = "open ticket maintenance"


def asset(**fields: Any) -> Asset:
    return Asset("C-1", **{"installed_at": at("2026-01-31"), **fields})


def of(rules: Rulebook, now: str | datetime, calendar: str | None = None, **fields: Any) -> AssetFacts:
    """The facts of an asset at an instant, its `care_since` up to date."""
    moment = now if isinstance(now, datetime) else at(now)
    product = fields.pop("product", None)
    case = AssetCase(asset(**fields), moment, SHANGHAI, product=product, calendar=rules.calendar(calendar))
    since = asset_since(rules, AssetFacts(case))
    return AssetFacts(case.replace(asset=case.asset.replace(care_since=since)))


def days(rules: Rulebook, now: str, until: str, calendar: str | None = None, **fields: Any) -> list[str]:
    """The local days on which work comes, up to a day."""
    planned = planned_for_asset(rules, of(rules, now, calendar, **fields), at(until))
    return [occasion.at.astimezone(SHANGHAI).date().isoformat() for occasion in planned]


# ------------------------------------------------------------------------ days


def test_months_clamp_to_their_end_and_come_back() -> None:
    origin, monthly = date(2027, 1, 31), Every(origin="installed_at", months=1)
    assert [step(origin, monthly, count).isoformat() for count in range(1, 5)] == [
        "2027-02-28",
        "2027-03-31",
        "2027-04-30",
        "2027-05-31",
    ]
    assert step(origin, monthly, 13) == date(2028, 2, 29)
    assert step(date(2024, 2, 29), Every(origin="x", months=12), 1) == date(2025, 2, 28)
    assert step(date(2024, 2, 29), Every(origin="x", months=12), 4) == date(2028, 2, 29)


@given(
    st.dates(date(1960, 1, 1), date(2090, 1, 1)),
    st.integers(1, 40),
    st.booleans(),
    st.integers(0, 20_000),
)
def test_steps_are_those_that_a_walk_finds(origin: date, size: int, monthly: bool, after: int) -> None:
    timing = Every(origin="x", months=size) if monthly else Every(origin="x", days=size)
    since = origin + timedelta(days=after)
    count, walked = 1, list[date]()
    while len(walked) < 3:
        if step(origin, timing, count) >= since:
            walked.append(step(origin, timing, count))
        count += 1
    found = steps(origin, timing, since, None)
    assert [next(found) for _ in range(3)] == walked


def test_a_corrected_origin_repeats_nothing() -> None:
    half_yearly = Every(origin="x", months=6)
    found = steps(date(2026, 1, 10), half_yearly, date(2026, 1, 1), done=date(2026, 7, 1))
    assert next(found) == date(2027, 1, 10)


def test_a_day_off_moves_to_the_workday_before() -> None:
    calendar = book(CHINA).calendar("china")
    assert workday(date(2025, 10, 5), calendar) == date(2025, 9, 30)  # National Day and Mid-Autumn, 1 to 8 October
    assert workday(date(2025, 10, 11), calendar) == date(2025, 10, 11)  # a Saturday that is worked (调休)
    assert workday(date(2026, 2, 28), calendar) == date(2026, 2, 28)  # so is this one
    assert workday(date(2026, 3, 1), calendar) == date(2026, 2, 28)
    assert workday(date(2026, 3, 1), None) == date(2026, 3, 1)


def test_work_comes_when_the_day_opens_ahead_by_its_lead() -> None:
    calendar = book(CHINA).calendar("china")
    assert opening(date(2026, 11, 23), SHANGHAI, calendar) == at("2026-11-23T09:00")
    assert opening(date(2026, 11, 22), SHANGHAI, calendar) == at("2026-11-22T09:00")
    assert opening(date(2026, 11, 22), SHANGHAI, None) == at("2026-11-22T00:00")
    assert ahead(date(2026, 11, 23), Elapsed(14 * 86400), SHANGHAI, calendar) == at("2026-11-09T09:00")
    assert ahead(date(2026, 11, 23), Elapsed(7200), SHANGHAI, calendar) == at("2026-11-23T07:00")
    assert ahead(date(2026, 11, 23), Business(days=2), SHANGHAI, calendar) == at("2026-11-19T09:00")


# ---------------------------------------------------------------------- assets


def test_a_cadence_from_installation_to_the_end_of_the_contract() -> None:
    rules = book(
        CHINA + f"care c {{ for asset where under_contract  every 3 months from installed_at until contract_until"
        f" on workdays lead 14d  {OPEN} }}"
    )
    contract: dict[str, Any] = {"contract_until": at("2027-05-01")}
    assert days(rules, "2026-02-01", "2028-01-01", "china", **contract) == [
        "2026-04-16",  # for 30 April
        "2026-07-17",  # for 31 July
        "2026-10-16",  # for 30 October, because the 31st is a Saturday
        "2027-01-15",  # for 29 January, because the 31st is a Sunday
        "2027-04-16",  # for 30 April
    ]


def test_nothing_known_nothing_due() -> None:
    rules = book(f"care c {{ for asset where under_contract  every 1 month from installed_at  {OPEN} }}")
    assert days(rules, "2026-02-01", "2027-01-01") == []
    rules = book(f"care c {{ for asset  every 1 month from contract_until  {OPEN} }}")
    assert days(rules, "2026-02-01", "2027-01-01") == []


def test_what_was_before_the_rule_was_for_the_asset_is_past() -> None:
    rules = book(f"care c {{ for asset  every 1 month from 2020-01-15 until 2026-04-15  {OPEN} }}")
    assert days(rules, "2026-02-16T08:00", "2027-01-01") == ["2026-03-15", "2026-04-15"]
    assert days(rules, "2026-02-15T23:00", "2026-03-01") == ["2026-02-15"]


def test_after_an_outage_the_latest_stands_for_all() -> None:
    rules = book(f"care c {{ for asset  every 1 week from 2026-01-05  {OPEN} }}")
    began: dict[str, Any] = {"care_since": {"c": stored(at("2026-01-06"))}}
    (late,) = due_for_asset(rules, of(rules, "2026-02-03T10:00", **began))
    assert (late.key, late.missed) == ("2026-02-02", 3)
    seen = of(rules, "2026-02-03T10:00", **began, care_done=with_done({}, late))
    assert due_for_asset(rules, seen) == ()
    assert asset_wake(rules, seen) == at("2026-02-09T09:00")


@pytest.mark.parametrize(
    ("until", "now", "found"),
    [
        ("2026-12-10", "2026-11-09", []),
        ("2026-12-10", "2026-11-10T09:00", ["2026-12-10"]),
        ("2026-12-10", "2026-12-09", ["2026-12-10"]),  # an asset that comes in within the lead
        ("2026-12-10", "2026-12-10T01:00", []),  # one that comes in after the end
    ],
)
def test_before_the_end_of_a_warranty(until: str, now: str, found: list[str]) -> None:
    rules = book("care w { for asset  30d before warranty_until  notify customer }")
    due = due_for_asset(rules, of(rules, now, warranty_until=at(until)))
    assert [occasion.key for occasion in due] == found


def test_a_renewed_warranty_ends_anew() -> None:
    rules = book("care w { for asset  30d before warranty_until  notify customer }")
    done: dict[str, Any] = {"care_since": {"w": stored(at("2026-01-01"))}, "care_done": {"w": "2026-12-10"}}
    assert due_for_asset(rules, of(rules, "2026-12-01", warranty_until=at("2026-12-10"), **done)) == ()
    (renewed,) = due_for_asset(rules, of(rules, "2027-11-20", warranty_until=at("2027-12-10"), **done))
    assert renewed.key == "2027-12-10"


FILTER = f"care f {{ for asset when meter.filter_hours >= 0.9 * product.filter_life  {OPEN} }}"
LIFE = Product("CH-9", ratings={"filter_life": "400 h"})


def test_a_meter_gives_one_occasion_each_time_it_passes_its_limit() -> None:
    rules = book(FILTER)

    def after(reading: str, now: str, before: AssetFacts | None = None, done: str | None = None) -> AssetFacts:
        since = {} if before is None else before.of.asset.care_since
        more: dict[str, Any] = {"care_since": since, "care_done": {"f": done} if done else {}}
        return of(rules, now, meters={"filter_hours": reading}, product=LIFE, **more)

    low = after("359 h", "2026-03-01")
    assert due_for_asset(rules, low) == ()
    high = after("360 h", "2026-03-02", low)
    (first,) = due_for_asset(rules, high)
    assert first.at == at("2026-03-02")
    higher = after("390 h", "2026-03-03", high, first.key)
    assert due_for_asset(rules, higher) == ()
    changed = after("0 h", "2026-03-04", higher, first.key)
    assert changed.of.asset.care_since == {}
    (second,) = due_for_asset(rules, after("361 h", "2026-06-01", changed, first.key))
    assert second.key != first.key


def test_a_meter_without_a_reading_or_a_rating_is_not_due() -> None:
    rules = book(FILTER)
    assert due_for_asset(rules, of(rules, "2026-03-01", product=LIFE)) == ()
    assert due_for_asset(rules, of(rules, "2026-03-01", meters={"filter_hours": "399 h"})) == ()


def test_the_end_of_a_contract_wakes() -> None:
    rules = book(f"care c {{ for asset where under_contract  every 1 year from installed_at  {OPEN} }}")
    ends = at("2026-06-01")
    assert asset_wake(rules, of(rules, "2026-02-01", contract_until=ends)) == ends
    after = of(rules, ends, contract_until=ends)
    assert after.of.asset.care_since == {}
    assert asset_wake(rules, after) is None


CADENCES = st.tuples(
    st.sampled_from(["day", "week", "month", "year"]), st.integers(1, 5), st.sampled_from(["", "lead 3d"])
)


@given(CADENCES, st.booleans(), st.integers(1, 400))
def test_sweeping_at_wake_times_brings_what_sweeping_every_day_brings(
    cadence: tuple[str, int, str], workdays: bool, span: int
) -> None:
    unit, count, lead = cadence
    options = f"{'on workdays' if workdays else ''} {lead}"
    rules = book(f"care c {{ for asset  every {count} {unit} from installed_at {options}  {OPEN} }}")
    start = at("2026-02-01T09:00")

    def look(fields: dict[str, Any], now: datetime) -> tuple[dict[str, Any], list[str]]:
        seen = of(rules, now, **fields)
        due = due_for_asset(rules, seen)
        done = dict(seen.of.asset.care_done)
        for occasion in due:
            done = with_done(done, occasion)
        return {"care_since": seen.of.asset.care_since, "care_done": done}, [occasion.key for occasion in due]

    fields, daily = look({}, start)
    for day in range(1, span):
        fields, keys = look(fields, start + timedelta(days=day))
        daily += keys
    last = start + timedelta(days=span - 1)
    fields, woken = look({}, start)
    while (wake := asset_wake(rules, of(rules, start, **fields))) is not None and wake <= last:
        fields, keys = look(fields, wake)
        woken += keys
    assert woken == daily


# --------------------------------------------------------------------- tickets

CALL_BACK = "care call-back { for ticket in closed  after 24h  send survey csat again after 3d up to 2 times }"


def closed(since: str = "2026-11-24T09:00", **fields: Any) -> Ticket:
    done: dict[str, Any] = {"care_since": {"call-back": stored(at(since))}, **fields}
    return ticket("2026-11-23T09:00", f"resolved 2026-11-23T15:00, closed {since}", **done)


def seen(rules: Rulebook, one: Ticket, now: str) -> list[tuple[int, int]]:
    """Repeat and missed of what is due."""
    known: Facts = facts(rules, one, now)
    return [(occasion.repeat, occasion.missed) for occasion in due_for_ticket(rules, known)]


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


def test_occasions_of_the_far_future_cost_what_those_of_tomorrow_do() -> None:
    rules = book(f"care c {{ for asset  every 1 day from 1970-01-01  {OPEN} }}")
    (rule,) = rules.rules.cares
    found = next(asset_occasions(rule, of(rules, "2126-01-01T10:00")))
    assert found.key == "2126-01-01"
    assert latest_due(iter(()), at("2026-01-01")) is None
