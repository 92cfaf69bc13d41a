"""Notifiers as the tests make them, and a message for them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from svcctl_notifier_webhook import WebhookNotifier

from svcctl.extension.config import read_config
from svcctl.plugin_api import Delivery, Message, Person, Receipt
from svcctl.testing.receiver import Receiver

MESSAGE = Message(
    "T-000001",
    "notify",
    Person("engineer", "wu", {"email": "wu@example.org"}),
    "ops",
    "[T-000001] 黑屏",
    "the screen is black",
    datetime(2026, 11, 2, 1, 0, tzinfo=UTC),
    urgent=True,
    id="M-000001",
    key="k1",
)


def webhook(receiver: Receiver | str, /, **config: Any) -> WebhookNotifier:
    url = receiver if isinstance(receiver, str) else receiver.url
    values = {"url": "env:URL", "secret": "env:SECRET", "timeout_seconds": 0.3, **config}
    environment = {"URL": url, "SECRET": "s3cret", "TOKEN": "t0ken"}
    kind = WebhookNotifier.Config
    return WebhookNotifier(
        read_config(kind, values, place="channels.ops", home=Path(), environment=environment), lambda: 1793581200.5
    )


def deliver(notifier: WebhookNotifier) -> Receipt:
    return notifier.deliver(Delivery(notifier.render(MESSAGE), MESSAGE.key))
