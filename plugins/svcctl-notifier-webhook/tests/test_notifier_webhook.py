"""The webhook against a real server on this machine, which answers well, badly, slowly or not at all."""

import base64
import json
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from svcctl_notifier_webhook import WebhookNotifier
from svcctl_notifier_webhook.signature import signature_headers

from svcctl.extension.config import read_config
from svcctl.extension.http import retry_seconds
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Delivery, Message, Notifier, Person, Receipt, Refusal
from svcctl.testing.http_notifier import HttpNotifierContract, NotifierAt
from svcctl.testing.receiver import Receiver, answer

MESSAGE = Message(
    "T-000001",
    "notify",
    Person("engineer", "wu", {"email": "wu@example.org"}),
    "ops",
    "[T-000001] 黑屏",
    "the screen is black",
    datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    urgent=True,
    id="M-000001",
    key="k1",
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def webhook(receiver: Receiver | str, /, **config: Any) -> WebhookNotifier:
    url = receiver if isinstance(receiver, str) else receiver.url
    values = {"url": "env:URL", "secret": "env:SECRET", "timeout_seconds": 0.3, **config}
    environment = {"URL": url, "SECRET": "s3cret", "TOKEN": "t0ken"}
    kind = WebhookNotifier.Config
    return WebhookNotifier(
        read_config(kind, values, place="channels.ops", home=Path(), environment=environment), lambda: 1793581200.5
    )


def deliver(notifier: WebhookNotifier) -> Receipt:
    return notifier.deliver(Delivery(notifier.render(MESSAGE), MESSAGE.key))


class TestContract(HttpNotifierContract):
    body_decides = False

    @pytest.fixture
    def notifier(self, receiver: Receiver) -> Notifier:
        return webhook(receiver)

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        return lambda url: webhook(url)


def test_a_message_is_posted_as_json_with_its_key_and_signature(receiver: Receiver) -> None:
    assert deliver(webhook(receiver, headers={"Authorization": "env:TOKEN", "X-Plain": "yes"})).outcome == "delivered"
    [(path, headers, body)] = receiver.got
    assert path == "/hook?token=hunter2"
    assert json.loads(body) == {
        "id": "M-000001",
        "key": "k1",
        "ticket": "T-000001",
        "kind": "notify",
        "to": {"kind": "engineer", "id": "wu", "address": {"email": "wu@example.org"}},
        "channel": "ops",
        "subject": "[T-000001] 黑屏",
        "text": "the screen is black",
        "urgent": True,
        "rule": None,
        "created_at": "2026-11-02T01:00:00Z",
    }
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Idempotency-Key"] == headers["Webhook-Id"] == "k1"
    assert headers["Authorization"] == "t0ken"
    assert headers["X-Plain"] == "yes"
    assert headers["Webhook-Timestamp"] == "1793581200"
    assert headers["Webhook-Signature"] == signature_headers("s3cret", "k1", 1793581200, body)["Webhook-Signature"]


def test_the_signature_is_that_of_the_standard() -> None:
    """The example of the Standard Webhooks reference libraries."""
    headers = signature_headers(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert headers["Webhook-Signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_that_is_not_base64_is_the_key_itself() -> None:
    key = base64.b64encode(b"whsec_?").decode()
    plain, coded = (signature_headers(secret, "k", 1, b"") for secret in ("whsec_?", f"whsec_{key}"))
    assert plain == coded


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


def test_no_answer_in_time_is_unknown(receiver: Receiver) -> None:
    receiver.answer = lambda handler: time.sleep(1)
    started = time.monotonic()
    assert deliver(webhook(receiver)).code == "no-answer"
    assert time.monotonic() - started < 0.9


@pytest.mark.parametrize("sent", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 2", b"\x00\xff" * 1000])
def test_an_answer_that_is_not_http_is_unknown(receiver: Receiver, sent: bytes) -> None:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)

    receiver.answer = send
    receipt = deliver(webhook(receiver))
    assert (receipt.outcome, receipt.code) == ("unknown", "no-answer")


def test_a_body_that_is_cut_off_matters_only_where_it_decides(receiver: Receiver) -> None:
    receiver.answer = answer(200, b'{"errcode"', {"Content-Length": "500"})
    assert deliver(webhook(receiver)).outcome == "delivered"
    assert deliver(webhook(receiver, ok_path="errcode")).outcome == "unknown"


def test_a_body_that_drips_is_not_waited_for(receiver: Receiver) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        answer(200, b"", {"Content-Length": "500"})(handler)
        with suppress(OSError):
            for _ in range(20):
                handler.wfile.write(b" ")
                time.sleep(0.1)

    receiver.answer = drip
    started = time.monotonic()
    assert deliver(webhook(receiver, ok_path="errcode")).outcome == "unknown"
    assert time.monotonic() - started < 1.5


def test_an_endless_body_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.answer = answer(400, b"x" * 5_000_000)
    receipt = deliver(webhook(receiver, timeout_seconds=5))
    assert receipt.outcome == "rejected"
    assert len(receipt.text) < 300


def test_a_closed_port_is_tried_again_and_checked() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        notifier = webhook(f"http://127.0.0.1:{taken.getsockname()[1]}/hook")
        assert deliver(notifier).code == "no-connection"
        assert not notifier.check().ok


def test_a_name_that_does_not_resolve_is_tried_again() -> None:
    assert deliver(webhook("http://no-such-host.invalid/hook")).outcome == "retry"


def test_a_server_without_tls_is_no_safe_connection(receiver: Receiver) -> None:
    notifier = webhook(receiver.url.replace("http:", "https:"))
    receipt = deliver(notifier)
    assert (receipt.outcome, receipt.code) == ("retry", "tls")
    assert not notifier.check().ok


def test_nothing_that_is_shown_has_a_secret(receiver: Receiver) -> None:
    receiver.answer = answer(400, b"bad token")
    for notifier in (webhook(receiver), webhook("http://no-such-host.invalid/hook?token=hunter2")):
        shown = [repr(notifier.config), notifier.render(MESSAGE), notifier.check(), deliver(notifier)]
        assert "hunter2" not in notifier.scrub(repr(shown))
        assert "s3cret" not in repr(shown)


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "example.org"}, "url"),
        ({"url": "https://user:hunter2@example.org"}, "url"),
        ({"secret": "hunter2"}, "secret"),
        ({"secret": "env:NO_SUCH"}, "secret"),
        ({"headers": {"webhook-signature": "x"}}, "headers"),
        ({"headers": {"X-A": "line\r\nbreak"}}, "headers"),
        ({"headers": {"X A": "x"}}, "headers"),
        ({"timeout_seconds": 0}, "timeout_seconds"),
        ({"sucess": [200]}, "sucess"),
    ],
)
def test_a_wrong_configuration_is_refused_by_its_key(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        webhook("http://example.org", **wrong)
    assert refused.value.code == "bad-configuration"
    assert refused.value.message.startswith(f"`channels.ops.{key}`: ")
    assert "hunter2" not in refused.value.message + refused.value.help + str(refused.value.details)


def test_it_comes_in_by_its_entry_point(receiver: Receiver) -> None:
    channel = Registry(Path(), {"URL": receiver.url}).channels({"ops": {"plugin": "webhook", "url": "env:URL"}})
    notifier = channel("ops")
    assert notifier.deliver(Delivery(notifier.render(MESSAGE), "k1")).outcome == "delivered"
    assert "Webhook-Signature" not in receiver.got[0][1]
    notifier.close()
