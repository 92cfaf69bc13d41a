"""Servers that answer slowly or without end."""

from contextlib import suppress
from http.server import BaseHTTPRequestHandler

from webhook_channel import webhook

from svcctl.testing.notifier import deliver
from svcctl.testing.receiver import Receiver, answer


def test_a_body_that_drips_is_not_waited_for(receiver: Receiver) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        answer(200, b"", {"Content-Length": "1000000"})(handler)
        with suppress(OSError):
            while not receiver.closed.wait(0.05):
                handler.wfile.write(b" ")

    receiver.answer = drip
    assert deliver(webhook(receiver, ok_path="errcode", timeout_seconds=0.5)).outcome == "unknown"


def test_an_endless_body_is_not_read_to_its_end(receiver: Receiver) -> None:
    receiver.answer = answer(400, b"x" * 5_000_000)
    receipt = deliver(webhook(receiver))
    assert receipt.outcome == "rejected"
    assert len(receipt.text) < 300
