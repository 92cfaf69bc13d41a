"""Notifiers as the tests make them, and a message for them."""

from pathlib import Path
from typing import Any

from svcctl_notifier_webhook import WebhookNotifier

from svcctl.extension.config import read_config
from svcctl.testing.http_notifier import PATIENT
from svcctl.testing.messages import PLAIN
from svcctl.testing.receiver import Receiver

MESSAGE = PLAIN.replace(urgent=True)


def webhook(receiver: Receiver | str, /, **config: Any) -> WebhookNotifier:
    url = receiver if isinstance(receiver, str) else receiver.url
    values = {"url": "env:URL", "secret": "env:SECRET", "timeout_seconds": PATIENT, **config}
    environment = {"URL": url, "SECRET": "s3cret", "TOKEN": "t0ken"}
    kind = WebhookNotifier.Config
    return WebhookNotifier(
        read_config(kind, values, place="channels.ops", home=Path(), environment=environment), lambda: 1793581200.5
    )
