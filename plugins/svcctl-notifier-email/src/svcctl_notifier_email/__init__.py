"""Sends messages as e-mail by SMTP, encrypted, each ticket a thread."""

import math
import re
import ssl
from email.utils import format_datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field, field_validator, model_validator

from svcctl.plugin_api import (
    Attachment,
    Delivery,
    Health,
    Limits,
    Message,
    Notifier,
    PluginConfig,
    Receipt,
    Rendered,
    SecretStr,
    reason,
    whole,
)
from svcctl_notifier_email.mime import compose
from svcctl_notifier_email.smtp import MailServer, Unsent, reach, send

#: An address as RFC 5321 has it, without quoted names, which nobody uses, and letters that need an extension.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: Connection, greeting, EHLO twice, STARTTLS, AUTH, MAIL, RCPT and DATA twice each wait for the server.
_STEPS = 11


class EmailNotifier(Notifier):
    """One SMTP server and one sender."""

    class Config(PluginConfig):
        host: str
        port: int | None = Field(default=None, gt=0, lt=65536)
        security: Literal["starttls", "tls", "none"] = "starttls"
        user: str | None = None
        password: SecretStr | None = None
        sender: str
        sender_name: str = ""
        reply_to: str | None = None
        fallback: tuple[str, ...] = ()
        ca: Path | None = None
        timeout_seconds: float = Field(default=10.0, gt=0, le=120)
        per_minute: int | None = Field(default=None, gt=0)
        attach: tuple[str, ...] = ()
        attach_bytes: int = Field(default=10_000_000, gt=0)

        @field_validator("sender", "reply_to")
        @classmethod
        def _is_address(cls, address: str | None) -> str | None:
            if address is not None and not _ADDRESS.fullmatch(address):
                raise ValueError("must be an address such as `service@example.org`")
            return address

        @field_validator("ca")
        @classmethod
        def _has_certificates(cls, ca: Path | None) -> Path | None:
            try:
                ssl.create_default_context(cafile=ca)
            except OSError as failed:
                raise ValueError(f"no certificates can be read from `{ca}`: {reason(failed)}") from None
            return ca

        @model_validator(mode="after")
        def _keeps_the_password(self) -> "EmailNotifier.Config":
            if (self.user is None) != (self.password is None):
                raise ValueError("`user` and `password` go together")
            if self.password is not None and self.security == "none":
                raise ValueError("a password is sent only over an encrypted connection: set `security`")
            return self

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent", "threads", "attachments"})
    config: Config

    @property
    def limits(self) -> Limits:
        return Limits(self.config.per_minute, attempt_seconds=math.ceil(_STEPS * self.config.timeout_seconds))

    def render(self, message: Message) -> Rendered:
        named = message.to.address.get("email", "")
        addresses = [part.strip() for part in named.split(",") if part.strip()] or list(self.config.fallback)
        # A message that never was: every mail about the ticket answers it, so that mail programs show one thread.
        root = f"<{re.sub('[^A-Za-z0-9-]', '.', message.ticket)}.ticket@{self._domain}>"
        headers = {
            "Date": format_datetime(message.created_at),
            "In-Reply-To": root,
            "References": root,
            "Auto-Submitted": "auto-generated",
        }
        if message.urgent:
            headers |= {"Importance": "high", "X-Priority": "1"}
        subject = " ".join(whole(message.subject).split()) or message.ticket
        body = whole(message.text).replace("\0", "")
        files, left_out = self._chosen(message)
        if left_out:
            names = ", ".join(f"{whole(file.name)} ({file.size / 1e6:.1f} MB)" for file in left_out)
            body += f"\n\n(not attached, too large: {names})"
        to = ", ".join(addresses) or _named(message)
        return Rendered(to, body, subject=_printable(subject), headers=headers, attachments=files)

    def deliver(self, delivery: Delivery) -> Receipt:
        addresses = delivery.rendered.to.split(", ")
        wrong = [address for address in addresses if not _ADDRESS.fullmatch(address)]
        right = [address for address in addresses if address not in wrong]
        if not right:
            return Receipt.rejected(f"no e-mail address: {', '.join(wrong)}", code="no-address")
        id = f"<{re.sub('[^A-Za-z0-9-]', '.', delivery.key)}@{self._domain}>"
        try:
            mail = compose(
                delivery.rendered, id, self.config.sender, self.config.sender_name, self.config.reply_to, right
            )
        except OSError as failed:
            return Receipt.retry(f"a file cannot be read: {reason(failed)}", code="no-file")
        try:
            refused = send(self._server, self.config.sender, right, mail)
        except Unsent as unsent:
            return unsent.receipt
        refused = {**dict.fromkeys(wrong, "no e-mail address"), **refused}
        words = "; ".join(f"not to {address}: {why}" for address, why in refused.items())
        return Receipt.delivered(id, text=words or f"taken by {self.config.host}")

    def check(self) -> Health:
        try:
            reach(self._server)
        except Unsent as unsent:
            return Health(False, unsent.receipt.text)
        return Health(True, f"{self.config.host} lets svcctl in" if self.config.user else f"{self.config.host} answers")

    def _chosen(self, message: Message) -> tuple[tuple[Attachment, ...], tuple[Attachment, ...]]:
        """The files that go with a mail: of the kinds that are wanted, each once, as many as fit; and the others."""
        wanted: dict[str, Attachment] = {}
        for file in message.attachments:
            if {file.kind, "*"} & set(self.config.attach):
                wanted.setdefault(file.digest, file)
        chosen: list[Attachment] = []
        for file in wanted.values():
            if sum(other.size for other in chosen) + file.size <= self.config.attach_bytes:
                chosen.append(file)
        return tuple(chosen), tuple(file for file in wanted.values() if file not in chosen)

    @property
    def _domain(self) -> str:
        return self.config.sender.partition("@")[2]

    @property
    def _server(self) -> MailServer:
        config = self.config
        return MailServer(
            config.host,
            config.port or _PORTS[config.security],
            config.security,
            config.user,
            config.password.get_secret_value() if config.password else None,
            config.ca,
            config.timeout_seconds,
        )


def _named(message: Message) -> str:
    return f"{message.to.kind} {message.to.id} has none"


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
