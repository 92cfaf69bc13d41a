"""Servers that answer slowly, without end, by no HTTP or not at all."""

import socket
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest
from webhook_channel import deliver, webhook

from svcctl.testing.receiver import Receiver, answer


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
