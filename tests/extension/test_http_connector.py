"""What connectors over HTTP share, apart from any of them: numbers, marks, warranties."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.extension.erp_values import as_number, keys_in, plain, stock_record, with_keys
from svcctl.extension.http_connector import CallFailed, HttpConnector
from svcctl.plugin_api import LookupRequest, PushRequest, PushResult, Source


class Bare(HttpConnector):
    def find(self, request: LookupRequest) -> None:
        return None

    def sources(self) -> Sequence[Source]:
        return ()

    def effect(self, request: PushRequest) -> PushResult:
        return PushResult.done()

    def probe(self) -> str:
        return "it is there"


def bare(**config: Any) -> Bare:
    return Bare(HttpConnector.Config(**{"url": "https://erp.example.org/", **config}))


@pytest.mark.parametrize(
    ("since", "months", "until"),
    [
        ("2024-01-31", 13, "2025-02-27T16:00:00Z"),
        ("2024-02-29", 12, "2025-02-27T16:00:00Z"),
        ("2024-12-31", 2, "2025-02-27T16:00:00Z"),
        ("2024-12-15", 0, "2024-12-14T16:00:00Z"),
        ("2024-05-01 17:30:00", 24, "2026-04-30T16:00:00Z"),
    ],
)
def test_a_warranty_of_months_ends_with_the_start_of_the_same_day(since: str, months: int, until: str) -> None:
    found = bare(zone="Asia/Shanghai", warranty_months=months).warranty(None, since)
    assert found is not None
    assert (found["until"], found["months"]) == (until, months)


def test_the_last_day_of_a_warranty_is_covered_and_counts_first() -> None:
    erp = bare(zone="Asia/Shanghai", warranty_months=12)
    assert erp.warranty("2027-03-31", "2024-01-01") == {"until": "2027-03-31T16:00:00Z"}
    assert erp.warranty(None, None) is None
    assert bare().warranty(None, "2024-01-01") is None
    with pytest.raises(CallFailed, match="a time that is none"):
        erp.warranty("soon", None)


@given(st.lists(st.text("0123456789abcdef-", min_size=1, max_size=40), min_size=1, max_size=5), st.text())
def test_keys_are_found_in_the_text_that_they_mark(keys: list[str], text: str) -> None:
    assert keys_in(with_keys(text, keys)) == tuple(keys)
    assert keys_in(f"<p>{with_keys('x', keys)}</p>") == tuple(keys)


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4))
def test_numbers_keep_their_digits(number: Any) -> None:
    assert plain(as_number(str(number))) == plain(number)
    assert "E" not in plain(number)


@pytest.mark.parametrize("wrong", ["", "x", None, "NaN", "Infinity", "1e"])
def test_what_is_no_number_is_said(wrong: Any) -> None:
    with pytest.raises(CallFailed, match="for a number"):
        plain(wrong)


def test_a_location_may_come_more_than_once() -> None:
    assert stock_record([("main", 2), ("van", "0.50"), ("main", "1.5")]) == {
        "quantity": "4",
        "locations": {"main": "3.5", "van": "0.5"},
    }


@pytest.mark.parametrize("key", ["密钥", "a\r\nX-Evil: 1"])
def test_a_key_that_no_header_may_have_is_not_shown(key: str) -> None:
    with pytest.raises(CallFailed) as failed:
        bare(timeout_seconds=0.1).call("GET", "http://127.0.0.1:9/", {"Authorization": key})
    assert failed.value.receipt.code == "bad-header"
    assert key not in failed.value.receipt.text


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://erp.example.org", "it is there"),
        ("http://localhost:8000", "it is there"),
        ("http://erp.example.org", "it is there; keys go there unencrypted"),
    ],
)
def test_a_check_says_that_keys_go_unencrypted(url: str, text: str) -> None:
    assert bare(url=url).check().text == text


def test_an_attempt_lasts_as_long_as_all_its_calls() -> None:
    assert bare(timeout_seconds=2, per_minute=30).limits.attempt_seconds == 48
    assert bare(per_minute=30).limits.per_minute == 30
