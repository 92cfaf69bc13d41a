"""What an answer says of the message: by its status, its headers and its body."""

from datetime import UTC, datetime

import pytest
from webhook_channel import webhook

from svcctl.extension.http import retry_seconds
from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver, answer


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "delivered"),
        (202, "delivered"),
        (400, "rejected"),
        (404, "rejected"),
        (408, "retry"),
        (429, "retry"),
        (500, "unknown"),
        (502, "unknown"),
        (503, "retry"),
    ],
)
def test_the_status_decides(receiver: Receiver, status: int, outcome: str) -> None:
    receiver.answer = answer(status, b"words")
    receipt = deliver(webhook(receiver))
    assert receipt.outcome == outcome
    assert outcome == "delivered" or (receipt.code == str(status) and "words" in receipt.text)


def test_the_statuses_that_mean_success_can_be_named(receiver: Receiver) -> None:
    receiver.answer = answer(202)
    assert deliver(webhook(receiver, success=[200])).outcome == "rejected"
    assert deliver(webhook(receiver, success=[200, 202])).outcome == "delivered"


def test_retry_after_is_read_in_both_forms(receiver: Receiver) -> None:
    receiver.answer = answer(429, headers={"Retry-After": "120"})
    assert deliver(webhook(receiver)).after == 120
    dates = {"Date": "Mon, 02 Nov 2026 01:00:00 GMT", "Retry-After": "Mon, 02 Nov 2026 01:01:30 GMT"}
    receiver.answer = answer(503, headers=dates)
    assert deliver(webhook(receiver)).after == 90


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0),
        ("Mon, 02 Nov 2026 01:01:30 GMT", 91),
        ("Mon, 02 Nov 2020 01:01:30 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        ("", None),
    ],
)
def test_retry_after_without_a_date_counts_from_now(value: str, seconds: int | None) -> None:
    now = datetime(2026, 11, 2, 0, 59, 59, tzinfo=UTC).timestamp()
    assert retry_seconds({"Retry-After": value}, now) == seconds


def test_redirects_are_refused(receiver: Receiver) -> None:
    receiver.answer = answer(307, headers={"Location": "https://evil.example/steal?token=1"})
    receipt = deliver(webhook(receiver))
    assert (receipt.outcome, receipt.code) == ("rejected", "307")
    assert receipt.text == "redirected to https://evil.example: write the final address as `url`"
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    ("body", "outcome", "code"),
    [
        (b'{"errcode": 0, "errmsg": "ok"}', "delivered", None),
        (b'{"errcode": 310000, "errmsg": "sign not match"}', "rejected", "310000"),
        (b'{"errcode": 130101}', "retry", "130101"),
        (b'{"errcode": false}', "rejected", "False"),
        (b'{"code": 0}', "unknown", "bad-answer"),
        (b"[]", "unknown", "bad-answer"),
        (b"<html>fine</html>", "unknown", "bad-answer"),
        (b"\xff\xfe", "unknown", "bad-answer"),
        (b"[" * 50_000, "unknown", "bad-answer"),
        (b"", "unknown", "bad-answer"),
    ],
)
def test_a_robot_that_says_no_inside_of_200_has_rejected(
    receiver: Receiver, body: bytes, outcome: str, code: str | None
) -> None:
    receiver.answer = answer(200, body)
    receipt = deliver(webhook(receiver, ok_path="errcode", retry_values=[130101]))
    assert (receipt.outcome, receipt.code) == (outcome, code)


def test_a_nested_value_can_decide(receiver: Receiver) -> None:
    receiver.answer = answer(200, b'{"result": {"ok": true}}')
    assert deliver(webhook(receiver, ok_path="result.ok")).outcome == "delivered"


def test_a_body_that_is_cut_off_matters_only_where_it_decides(receiver: Receiver) -> None:
    receiver.answer = answer(200, b'{"errcode"', {"Content-Length": "500"})
    assert deliver(webhook(receiver)).outcome == "delivered"
    assert deliver(webhook(receiver, ok_path="errcode")).outcome == "unknown"
