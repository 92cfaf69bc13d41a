"""Care of assets: leads and ends, meters, occasions that come once, and wake times."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.decision.care import (
    asset_occasions,
    asset_since,
    asset_wake,
    due_for_asset,
    latest_due,
    planned_for_asset,
    with_done,
)
from svcctl.decision.rulebook import Rulebook
from svcctl.facts.asset import AssetCase, AssetFacts
from svcctl.foundation.instant import stored
from svcctl.ticket.people import Asset, Product
from tests.decision.books import CHINA, SHANGHAI, at, book

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


# ------------------------------------------------------------------ cadences


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


def test_occasions_of_the_far_future_cost_what_those_of_tomorrow_do() -> None:
    rules = book(f"care c {{ for asset  every 1 day from 1970-01-01  {OPEN} }}")
    (rule,) = rules.rules.cares
    found = next(asset_occasions(rule, of(rules, "2126-01-01T10:00")))
    assert found.key == "2126-01-01"
    assert latest_due(iter(()), at("2026-01-01")) is None


# ---------------------------------------------------------------------- ends


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


# -------------------------------------------------------------------- meters


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
