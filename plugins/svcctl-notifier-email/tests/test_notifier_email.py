"""E-mail against a real SMTP server on this machine, with TLS, authentication and bad manners."""

import socket
import ssl
import time
from asyncio import WriteTransport
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from svcctl_notifier_email import EmailNotifier

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Attachment, Delivery, Message, Notifier, Person, Receipt, Refusal
from svcctl.testing.notifier import NotifierContract

PASSWORD = "s3cret&more"
MESSAGE = Message(
    "T-000001",
    "notify",
    Person("engineer", "wu", {"email": "wu@example.org"}),
    "mail",
    "[T-000001] 门禁黑屏",
    "the screen is <black>\nafter rain\n\n客户很急",
    datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    id="M-000001",
    key="0123456789abcdef",
)


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


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="module")
def context(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def port(inbox: Inbox, context: ssl.SSLContext) -> Iterator[int]:
    """The port of a server with STARTTLS that wants a password."""
    controller = Controller(
        inbox,
        "localhost",
        _free_port(),
        tls_context=context,
        require_starttls=True,
        authenticator=authenticate,
        auth_required=True,
    )
    yield from _served(controller)


def _served(controller: Controller) -> Iterator[int]:
    controller.start()
    yield controller.port
    controller.stop()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def mailer(port: int, ca: Path | None, secret: str = PASSWORD, /, **config: Any) -> EmailNotifier:
    values = {"host": "localhost", "port": port, "user": "svc", "password": "env:PASSWORD", "ca": str(ca or "")}
    values |= {"sender": "service@example.com", "timeout_seconds": 2, **config}
    values = {key: value for key, value in values.items() if value not in (None, "")}
    kind = EmailNotifier.Config
    return EmailNotifier(
        read_config(kind, values, place="channels.mail", home=Path(), environment={"PASSWORD": secret})
    )


def plain(port: int, **config: Any) -> EmailNotifier:
    return mailer(
        port, None, PASSWORD, **{"security": "none", "user": None, "password": None, "timeout_seconds": 0.5, **config}
    )


def deliver(notifier: EmailNotifier, message: Message = MESSAGE) -> Receipt:
    return notifier.deliver(Delivery(notifier.render(message), message.key))


def to(*addresses: str) -> Message:
    return MESSAGE.replace(to=Person("team", "north", {"email": ", ".join(addresses)}))


class TestContract(NotifierContract):
    @pytest.fixture
    def notifier(self, port: int, ca: Path) -> Notifier:
        return mailer(port, ca)


def test_a_mail_is_text_and_html(port: int, ca: Path, inbox: Inbox) -> None:
    receipt = deliver(mailer(port, ca, sender_name="售后, service", reply_to="desk@example.com"))
    assert (receipt.outcome, receipt.remote_id) == ("delivered", "<0123456789abcdef@example.com>")
    assert inbox.mails[0][0] == ["wu@example.org"]
    mail = inbox.last()
    assert mail["Subject"] == "[T-000001] 门禁黑屏"
    assert mail["From"].addresses[0].display_name == "售后, service"
    assert (mail["To"], mail["Reply-To"]) == ("wu@example.org", "desk@example.com")
    assert mail["Date"].datetime == MESSAGE.created_at
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content() == MESSAGE.text + "\n"
    assert "<p>the screen is &lt;black&gt;<br>\nafter rain</p>\n<p>客户很急</p>" in html.get_content()


def test_the_mails_of_a_ticket_are_a_thread(port: int, ca: Path, inbox: Inbox) -> None:
    notifier = mailer(port, ca)
    for key, ticket in (("k1", "T-000001"), ("k2", "T-000001"), ("k3", "T-000002")):
        deliver(notifier, MESSAGE.replace(key=key, ticket=ticket, urgent=True))
    mails = [message_from_bytes(content, policy=default) for _, content in inbox.mails]
    assert [mail["Message-ID"] for mail in mails] == ["<k1@example.com>", "<k2@example.com>", "<k3@example.com>"]
    roots = [mail["References"] for mail in mails]
    assert roots == [mail["In-Reply-To"] for mail in mails]
    assert roots == ["<T-000001.ticket@example.com>"] * 2 + ["<T-000002.ticket@example.com>"]
    assert mails[0]["Importance"] == "high"


def test_a_repeat_is_the_same_mail(port: int, ca: Path, inbox: Inbox) -> None:
    notifier = mailer(port, ca)
    rendered = notifier.render(MESSAGE)
    for attempt in (1, 2):
        notifier.deliver(Delivery(rendered, MESSAGE.key, attempt))
    assert inbox.mails[0] == inbox.mails[1]


def files(folder: Path) -> tuple[Attachment, ...]:
    made = []
    for kind, name, content in (
        ("photo", "黑屏 1.png", b"\x89PNG\r\n" + bytes(range(256))),
        ("photo", "again.PNG", b"\x89PNG\r\n" + bytes(range(256))),
        ("video", "gate.mp4", b"v" * 3_000),
        ("log", "boots.csv\r\nBcc: x@y", b"a,b\r\n1,2\r\n"),
    ):
        digest = sha256(content).hexdigest()
        (folder / digest).write_bytes(content)
        made.append(Attachment(kind, name, folder / digest, len(content), digest))
    return tuple(made)


def attached(mail: EmailMessage) -> list[tuple[str | None, str, bytes]]:
    found = []
    for part in mail.iter_attachments():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((part.get_filename(), part.get_content_type(), content))
    return found


def test_files_of_the_kinds_that_are_wanted_go_with_a_mail_each_once(
    port: int, ca: Path, inbox: Inbox, tmp_path: Path
) -> None:
    photo, _, _, log = given = files(tmp_path)
    notifier = mailer(port, ca, attach=["photo", "log"])
    message = MESSAGE.replace(attachments=given)
    for _ in range(2):
        assert deliver(notifier, message).outcome == "delivered"
    mail = inbox.last()
    assert mail.get_content_type() == "multipart/mixed"
    assert attached(mail) == [
        ("黑屏 1.png", "image/png", photo.path.read_bytes()),
        ("boots.csv Bcc: x@y", "application/octet-stream", log.path.read_bytes()),
    ]
    assert mail["Bcc"] is None
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content() == MESSAGE.text + "\n"
    assert inbox.mails[0] == inbox.mails[1]


def test_what_is_too_large_is_named_and_what_nobody_wants_stays(
    port: int, ca: Path, inbox: Inbox, tmp_path: Path
) -> None:
    message = MESSAGE.replace(attachments=files(tmp_path))
    assert mailer(port, ca).render(message).attachments == ()
    rendered = mailer(port, ca, attach=["*"], attach_bytes=1_000).render(message)
    assert [file.kind for file in rendered.attachments] == ["photo", "log"]
    assert rendered.body.endswith("(not attached, too large: gate.mp4 (0.0 MB))")


def test_a_file_that_is_gone_is_waited_for(port: int, ca: Path, inbox: Inbox, tmp_path: Path) -> None:
    message = MESSAGE.replace(attachments=files(tmp_path))
    for file in message.attachments:
        file.path.unlink(missing_ok=True)
    assert deliver(mailer(port, ca, attach=["photo"]), message).code == "no-file"
    assert not inbox.mails


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
    assert not inbox.mails


def test_a_certificate_for_another_name_is_refused(port: int, ca: Path) -> None:
    assert deliver(mailer(port, ca, host="127.0.0.1")).code in ("tls", "no-connection")


def test_tls_from_the_first_byte(inbox: Inbox, context: ssl.SSLContext, ca: Path) -> None:
    for port in _served(Controller(inbox, "localhost", _free_port(), ssl_context=context)):
        notifier = mailer(port, ca, security="tls", user=None, password=None)
        assert notifier.check().ok
        assert deliver(notifier).outcome == "delivered"
    assert len(inbox.mails) == 1


def test_a_server_without_starttls_gets_nothing(inbox: Inbox) -> None:
    for port in _served(Controller(inbox, "localhost", _free_port())):
        receipt = deliver(plain(port, security="starttls"))
        assert (receipt.outcome, receipt.code) == ("rejected", "not-offered")
        assert deliver(plain(port)).outcome == "delivered"
    assert len(inbox.mails) == 1


def test_a_closed_port_is_tried_again() -> None:
    notifier = plain(_free_port())
    assert deliver(notifier).code == "no-connection"
    assert not notifier.check().ok


@pytest.mark.parametrize("said", [b"", b"garbage\r\n", b"421 too busy\r\n", b"\xff\xfe\x00" * 100 + b"\r\n"])
def test_a_server_that_speaks_no_smtp_is_tried_again(said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.sendall(said)

    with _strange_server(serve) as port:
        assert deliver(plain(port)).outcome == "retry"


def test_a_silent_server_is_not_waited_for() -> None:
    with _strange_server(lambda connection: time.sleep(2)) as port:
        started = time.monotonic()
        assert deliver(plain(port)).outcome == "retry"
        assert time.monotonic() - started < 1.5


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


def test_somebody_without_an_address_is_told_by_the_fallback(port: int, ca: Path, inbox: Inbox) -> None:
    nobody = MESSAGE.replace(to=Person("role", "duty manager"))
    assert deliver(mailer(port, ca), nobody).code == "no-address"
    assert deliver(mailer(port, ca, fallback=["desk@example.com"]), nobody).outcome == "delivered"
    assert inbox.mails[0][0] == ["desk@example.com"]


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"sender": "nobody"}, "sender"),
        ({"sender": "a@b\r\nBcc: x@y"}, "sender"),
        ({"password": "hunter2"}, "password"),
        ({"security": "none"}, ""),
        ({"user": None}, ""),
        ({"hots": "x"}, "hots"),
    ],
)
def test_a_wrong_configuration_is_refused(wrong: Mapping[str, Any], key: str) -> None:
    with pytest.raises(Refusal) as refused:
        mailer(25, None, **wrong)
    assert refused.value.code == "bad-configuration"
    assert refused.value.message.startswith(f"`channels.mail{'.' if key else ''}{key}`: ")
    assert "hunter2" not in refused.value.message + str(refused.value.details)


def test_it_comes_in_by_its_entry_point(inbox: Inbox) -> None:
    for port in _served(Controller(inbox, "localhost", _free_port())):
        table = {"plugin": "email", "host": "localhost", "port": port, "security": "none", "sender": "s@example.com"}
        notifier = Registry(Path(), {}).channels({"mail": table})("mail")
        assert notifier.deliver(Delivery(notifier.render(MESSAGE), "k1")).outcome == "delivered"
