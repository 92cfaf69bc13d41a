"""Servers that refuse, that cannot be trusted, or that have bad manners."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread

import pytest
from aiosmtpd.controller import Controller
from email_channel import mailer, plain, to
from email_server import Inbox, free_port, served

from svcctl.plugin_api import Health
from svcctl.testing.notifier import deliver


def test_receivers_are_refused_one_by_one(port: int, ca: Path, inbox: Inbox) -> None:
    inbox.refused = {"gone@example.org": "550 no such user"}
    receipt = deliver(mailer(port, ca), to("wu@example.org", "gone@example.org", "not an address"))
    assert receipt.outcome == "delivered"
    assert receipt.text == "not to not an address: no e-mail address; not to gone@example.org: 550 no such user"
    assert inbox.mails[0][0] == ["wu@example.org"]


@pytest.mark.parametrize(
    ("answers", "outcome", "code"),
    [
        (("550 no such user", "553 not here"), "rejected", "550"),
        (("450 greylisted", "550 no such user"), "retry", "450"),
    ],
)
def test_where_every_receiver_is_refused_nothing_is_sent(
    port: int, ca: Path, inbox: Inbox, answers: tuple[str, str], outcome: str, code: str
) -> None:
    inbox.refused = dict(zip(("a@example.org", "b@example.org"), answers, strict=True))
    receipt = deliver(mailer(port, ca), to("a@example.org", "b@example.org"))
    assert (receipt.outcome, receipt.code) == (outcome, code)
    assert not inbox.mails


@pytest.mark.parametrize(
    ("answer", "outcome", "code"),
    [
        ("451 later, please", "retry", "451"),
        ("421 closing", "retry", "421"),
        ("554 spam", "rejected", "554"),
        ("hang up", "unknown", "no-answer"),
    ],
)
def test_the_answer_to_the_mail_decides(
    port: int, ca: Path, inbox: Inbox, answer: str, outcome: str, code: str
) -> None:
    inbox.answer = answer
    receipt = deliver(mailer(port, ca))
    assert (receipt.outcome, receipt.code) == (outcome, code)


def test_a_wrong_password_is_refused(port: int, ca: Path, inbox: Inbox) -> None:
    notifier = mailer(port, ca, "wrong-one")
    receipt = deliver(notifier)
    assert (receipt.outcome, receipt.code) == ("rejected", "535")
    assert not notifier.check().ok
    assert "wrong-one" not in repr([receipt, notifier.check(), notifier.config])


def test_a_server_that_wants_no_stranger_refuses_one(port: int, ca: Path, inbox: Inbox) -> None:
    receipt = deliver(mailer(port, ca, user=None, password=None))
    assert (receipt.outcome, receipt.code) == ("rejected", "530")


def test_a_certificate_that_nobody_vouches_for_is_refused(port: int, inbox: Inbox) -> None:
    receipt = deliver(mailer(port, None))
    assert (receipt.outcome, receipt.code) == ("retry", "tls")
    assert receipt.text == (
        f"no safe connection to localhost:{port}: certificate verify failed: unable to get local issuer certificate"
    )
    assert not inbox.mails


def test_a_certificate_for_another_name_is_refused(port: int, ca: Path) -> None:
    assert deliver(mailer(port, ca, host="127.0.0.1")).code in ("tls", "no-connection")


def test_tls_from_the_first_byte(inbox: Inbox, context: ssl.SSLContext, ca: Path) -> None:
    for port in served(Controller(inbox, "localhost", free_port(), ssl_context=context)):
        notifier = mailer(port, ca, security="tls", user=None, password=None)
        assert notifier.check().ok
        assert deliver(notifier).outcome == "delivered"
    assert len(inbox.mails) == 1


def test_a_server_that_begins_in_the_clear_is_told_apart(port: int, ca: Path) -> None:
    text = mailer(port, ca, security="tls").check().text
    assert text.endswith(": wrong version number; without TLS from the first byte `security` is `starttls`")


def test_a_server_without_starttls_gets_nothing(inbox: Inbox) -> None:
    for port in served(Controller(inbox, "localhost", free_port())):
        receipt = deliver(plain(port, security="starttls"))
        assert (receipt.outcome, receipt.code) == ("rejected", "not-offered")
        assert deliver(plain(port)).outcome == "delivered"
    assert len(inbox.mails) == 1


def test_a_closed_port_is_tried_again() -> None:
    notifier = plain(free_port())
    receipt = deliver(notifier)
    assert receipt.code == "no-connection"
    assert receipt.text == f"no connection to localhost:{notifier.config.port}: Connection refused"
    assert notifier.check() == Health(False, receipt.text)


@pytest.mark.parametrize("said", [b"", b"garbage\r\n", b"421 too busy\r\n", b"\xff\xfe\x00" * 100 + b"\r\n"])
def test_a_server_that_speaks_no_smtp_is_tried_again(said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(said)

    with _strange_server(serve) as port:
        assert deliver(plain(port)).outcome == "retry"


def test_a_silent_server_is_not_waited_for() -> None:
    def wait(connection: socket.socket) -> None:
        connection.recv(1)

    with _strange_server(wait) as port:
        assert deliver(plain(port, timeout_seconds=0.5)).outcome == "retry"


class _strange_server:
    """Does as the test says with the first connection, then hangs up."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._serve = serve

    def __enter__(self) -> int:
        Thread(target=self._run, daemon=True).start()
        port: int = self._listener.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _run(self) -> None:
        with suppress(OSError):
            connection, _ = self._listener.accept()
            with connection:
                self._serve(connection)
