"""Files of a ticket that go with a mail."""

from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

from email_channel import MESSAGE, mailer
from email_server import Inbox

from svcctl.plugin_api import Attachment
from svcctl.testing.notifier import deliver


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
