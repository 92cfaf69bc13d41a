"""A message as MIME: plain text, the same as simple HTML, and the files that go with it."""

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from html import escape
from pathlib import Path

from svcctl.plugin_api import Rendered, whole

#: Of files by their ending; what is not known goes as it is.
_TYPES = {
    ".csv": "text/csv",
    ".heic": "image/heic",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".mov": "video/quicktime",
    ".mp4": "video/mp4",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".txt": "text/plain",
    ".webm": "video/webm",
    ".webp": "image/webp",
}
_PAGE = """\
<!DOCTYPE html>
<html><head><meta charset="utf-8"></head>
<body style="font-family: sans-serif; line-height: 1.4">
{paragraphs}
</body></html>
"""


def compose(
    rendered: Rendered, id: str, sender: str, sender_name: str, reply_to: str | None, receivers: Sequence[str]
) -> bytes:
    """The whole mail as it goes over the wire; `id` is its Message-ID, the same on every attempt.

    Raises OSError where a file that goes with it cannot be read.
    """
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(sender_name, addr_spec=sender)
    mail["To"] = ", ".join(receivers)
    mail["Subject"] = rendered.subject
    mail["Message-ID"] = id
    if reply_to:
        mail["Reply-To"] = reply_to
    for name, value in rendered.headers.items():
        mail[name] = value
    mail.set_content(rendered.body)
    mail.add_alternative(_html(rendered.body), subtype="html")
    for file in rendered.attachments:
        kind, subtype = _TYPES.get(Path(file.name).suffix.lower(), "application/octet-stream").split("/")
        name = " ".join(whole(file.name).split())
        mail.add_attachment(file.path.read_bytes(), maintype=kind, subtype=subtype, filename=name)
    # Chance would make every attempt another mail.
    for number, part in enumerate(mail.walk()):
        if part.is_multipart():
            part.set_boundary(sha256(f"{id}{number}".encode()).hexdigest()[:32])
    return mail.as_bytes()


def _html(text: str) -> str:
    paragraphs = (escape(part).replace("\n", "<br>\n") for part in text.split("\n\n") if part.strip())
    return _PAGE.format(paragraphs="\n".join(f"<p>{part}</p>" for part in paragraphs))
