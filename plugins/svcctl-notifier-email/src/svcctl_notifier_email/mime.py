"""A message as MIME: plain text, and the same as simple HTML."""

from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from html import escape

from svcctl.plugin_api import Rendered

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
    """The whole mail as it goes over the wire; `id` is its Message-ID, the same on every attempt."""
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
    # Chance would make every attempt another mail.
    mail.set_boundary(sha256(id.encode()).hexdigest()[:32])
    return mail.as_bytes()


def _html(text: str) -> str:
    paragraphs = (escape(part).replace("\n", "<br>\n") for part in text.split("\n\n") if part.strip())
    return _PAGE.format(paragraphs="\n".join(f"<p>{part}</p>" for part in paragraphs))
