"""A real SMTP server on this machine, with TLS and authentication."""

import socket
from asyncio import WriteTransport
from collections.abc import Iterator, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

PASSWORD = "s3cret&more"


class Inbox:
    """Keeps what it took; refuses receivers and mails as it is told."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.refused: Mapping[str, str] = {}
        self.answer = "250 taken"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        if self.answer.startswith("250"):
            self.mails.append((list(envelope.rcpt_tos), envelope.content))
        if self.answer == "hang up":
            self.mails.append((list(envelope.rcpt_tos), envelope.content))
            assert isinstance(server.transport, WriteTransport)
            server.transport.abort()
        return self.answer

    def last(self) -> EmailMessage:
        mail = message_from_bytes(self.mails[-1][1].replace(b"\r\n", b"\n"), policy=default)
        assert isinstance(mail, EmailMessage)
        return mail


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    is_known = isinstance(given, LoginPassword) and (given.login, given.password) == (b"svc", PASSWORD.encode())
    # A refusal that is said to be handled would leave the client without an answer.
    return AuthResult(success=is_known, handled=is_known)


def served(controller: Controller) -> Iterator[int]:
    controller.start()
    yield controller.port
    controller.stop()


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
