"""Notifiers as the tests make them, and a message for them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from email_server import PASSWORD
from svcctl_notifier_email import EmailNotifier

from svcctl.extension.config import read_config
from svcctl.plugin_api import Delivery, Message, Person, Receipt

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
