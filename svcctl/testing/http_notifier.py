"""What every notifier that posts to an address must do when the server misbehaves: a kit beside `NotifierContract`."""

from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import ClassVar

import pytest

from svcctl.extension.contract import Notifier
from svcctl.testing.notifier import NotifierContract, deliver
from svcctl.testing.receiver import Answer, Receiver, answer

#: Makes the notifier that posts to an address, and waits so many seconds at most for each part of an answer.
NotifierAt = Callable[[str, float], Notifier]
#: For an answer that comes, however slow the machine is.
PATIENT = 30.0
_HASTY = 0.5


def _raw(sent: bytes) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(sent)

    return give


#: What a server may do, and what has become of the message then.
MISBEHAVIOUR: dict[str, tuple[Answer, str]] = {
    "too many": (answer(429, b"slow down", {"Retry-After": "7"}), "retry"),
    "not now": (answer(503), "retry"),
    "it failed": (answer(500, b"oops"), "unknown"),
    "gateway": (answer(502), "unknown"),
    "no such place": (answer(404), "rejected"),
    "forbidden": (answer(403), "rejected"),
    "moved": (answer(302, b"", {"Location": "/elsewhere"}), "rejected"),
    "moved for good": (answer(308, b"", {"Location": "http://127.0.0.1:9/elsewhere"}), "rejected"),
    "hung up": (_raw(b""), "unknown"),
    "head cut off": (_raw(b"HTTP/1.1 2"), "unknown"),
    "no HTTP": (_raw(b"\x00\xff" * 1000), "unknown"),
}
#: The same where the body of an answer with status 200 decides, as it does for chat robots.
BODIES: dict[str, tuple[Answer, str]] = {
    "body cut off": (answer(200, b'{"errcode": 0, "code": 0', {"Content-Length": "500"}), "unknown"),
    "no JSON": (answer(200, b"<html>fine</html>"), "unknown"),
    "no code": (answer(200, b'{"msg": "?"}'), "unknown"),
    "no body": (answer(200), "unknown"),
    "an error": (answer(200, b'{"errcode": 40001, "code": 40001, "msg": "no"}'), "rejected"),
}


class HttpNotifierContract(NotifierContract):
    """`notifier_at` makes one that posts to an address; `body_decides` adds what robots must do. Where a server that
    answers 204 has not taken a message, give `notifier`, too."""

    body_decides: ClassVar[bool] = True

    @pytest.fixture
    def notifier_at(self) -> NotifierAt:
        raise NotImplementedError("give a fixture `notifier_at`")

    @pytest.fixture
    def server(self) -> Iterator[Receiver]:
        with Receiver() as server:
            yield server

    @pytest.fixture
    def notifier(self, server: Receiver, notifier_at: NotifierAt) -> Notifier:
        return notifier_at(server.url, PATIENT)

    @pytest.fixture
    def unreachable(self, notifier_at: NotifierAt) -> Notifier:
        with Receiver() as gone:
            return notifier_at(gone.url, PATIENT)

    @pytest.mark.parametrize("what", MISBEHAVIOUR)
    def test_it_says_what_became_of_the_message(self, server: Receiver, notifier_at: NotifierAt, what: str) -> None:
        server.answer, outcome = MISBEHAVIOUR[what]
        with closing(notifier_at(server.url, PATIENT)) as notifier:
            receipt = deliver(notifier)
        assert receipt.outcome == outcome, receipt
        assert "hunter2" not in repr(receipt)
        assert len(server.got) == 1
        if what == "too many":
            assert receipt.after == 7

    def test_an_answer_that_never_comes_is_unknown(self, server: Receiver, notifier_at: NotifierAt) -> None:
        server.answer = lambda handler: _wait(server.closed)
        with closing(notifier_at(server.url, _HASTY)) as notifier:
            assert deliver(notifier).outcome == "unknown"

    @pytest.mark.parametrize("what", BODIES)
    def test_a_body_that_decides_is_believed_only_when_it_is_whole(
        self, server: Receiver, notifier_at: NotifierAt, what: str
    ) -> None:
        if not self.body_decides:
            pytest.skip("its answers have no body that decides")
        server.answer, outcome = BODIES[what]
        with closing(notifier_at(server.url, PATIENT)) as notifier:
            assert deliver(notifier).outcome == outcome

    def test_a_server_that_nobody_vouches_for_gets_nothing(self, server: Receiver, notifier_at: NotifierAt) -> None:
        with closing(notifier_at(server.url.replace("http:", "https:"), PATIENT)) as notifier:
            receipt = deliver(notifier)
        assert (receipt.outcome, receipt.code) == ("retry", "tls")
        assert server.got == []


def _wait(closed: Event) -> None:
    closed.wait()
