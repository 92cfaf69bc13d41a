"""Care that is to come: told as rows, and expected by rule tests."""

import re

import pytest

from svcctl.desk.care_queries import care_rows, upcoming_care
from svcctl.desk.rulefiles import check_sources
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source
from tests.desk.care_floor import CALL_BACK, SERVICE, chiller, closed_ticket
from tests.desk.floor import SHANGHAI, refusal_of
from tests.desk.stage import failures, played


def test_what_is_to_come_for_one_asset_for_one_customer_for_all() -> None:
    floor = chiller(SERVICE + CALL_BACK)
    floor.save("customer", "other")
    floor.save("asset", "C-2", installed_at="2026-01-15", contract_until="2029-01-31", customer="other")
    closed_ticket(floor)

    def coming(until: str, **whose: str) -> list[tuple[str, str | None]]:
        rows = upcoming_care(floor.workspace, floor.now, parse_instant(until, SHANGHAI), **whose)
        return [(row["at"][:10], row["asset"] or row["ticket"]) for row in rows]

    assert coming("2026-12-31") == [
        ("2026-02-02", "T-000001"),
        ("2026-02-05", "T-000001"),
        ("2026-02-08", "T-000001"),
        ("2026-07-01", "C-2"),
        ("2026-07-17", "C-1"),
    ]
    assert coming("2027-02-01", asset="C-1") == [("2026-07-17", "C-1"), ("2027-01-15", "C-1")]
    assert coming("2026-12-31", customer="other") == [("2026-07-01", "C-2")]
    assert refusal_of(lambda: coming("2026-12-31", asset="none")).code == "unknown-record"
    assert [(row["id"], row["when"]) for row in care_rows(floor.workspace)] == [
        ("call-back", "after 1d"),
        ("service", "every 6 months from installed_at on workdays lead 2w"),
    ]


def test_the_tests_of_the_manual_pass() -> None:
    manual = (shipped("grammar") / "README.md").read_text("utf-8")
    text = "\n".join(re.findall(r"^```rules\n(.*?)^```$", manual, re.MULTILINE | re.DOTALL))
    results = played(check_sources([Source("t.rules", text)], {}, "cn-service").compiled())
    assert len(results) >= 5
    assert [(result.title, result.failures) for result in results if not result.passed] == []


@pytest.mark.parametrize(
    ("expectation", "found"),
    [
        ("at +13d expect open ticket maintenance", "nothing"),
        ("at +14d expect nothing", "open ticket maintenance"),
        ("at +14d expect open ticket other", 'open ticket maintenance "Service of C-1'),
        ("at +1d expect priority high", "none"),
    ],
)
def test_a_rule_test_about_care_can_fail(expectation: str, found: str) -> None:
    asset = "given asset C-1 { installed_at 2026-01-31  contract_until 2027-01-31 }"
    [(_, told)] = failures(f"{asset} {expectation}", f"form other {{ }} {SERVICE}", at="2026-07-03T09:00+08:00")
    assert found in told
