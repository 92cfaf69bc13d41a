"""Notifiers as the tests make them, and a message for them."""

from pathlib import Path
from typing import Any

from email_server import PASSWORD
from svcctl_notifier_email import EmailNotifier

from svcctl.extension.config import read_config
from svcctl.plugin_api import Message, Person
from svcctl.testing.messages import PLAIN

MESSAGE = PLAIN.replace(text="the screen is <black>\nafter rain\n\n客户很急")


def mailer(port: int, ca: Path | None, secret: str = PASSWORD, /, **config: Any) -> EmailNotifier:
    values = {"host": "localhost", "port": port, "user": "svc", "password": "env:PASSWORD", "ca": str(ca or "")}
    values |= {"sender": "service@example.com", "timeout_seconds": 30, **config}
    values = {key: value for key, value in values.items() if value not in (None, "")}
    kind = EmailNotifier.Config
    return EmailNotifier(
        read_config(kind, values, place="channels.mail", home=Path(), environment={"PASSWORD": secret})
    )


def plain(port: int, **config: Any) -> EmailNotifier:
    return mailer(port, None, PASSWORD, **{"security": "none", "user": None, "password": None, **config})


def to(*addresses: str) -> Message:
    return MESSAGE.replace(to=Person("team", "north", {"email": ", ".join(addresses)}))
