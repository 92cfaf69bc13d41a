"""Messages by any of the services that Apprise knows. What it says of them is taken for no more than it is."""

import logging
import math
from typing import ClassVar

import apprise
from pydantic import Field, field_validator

from svcctl.plugin_api import (
    Delivery,
    Health,
    Limits,
    Message,
    Notifier,
    PluginConfig,
    Receipt,
    Rendered,
    SecretStr,
    longest_fitting,
    whole,
)

# Its warnings name addresses with their tokens, so nobody is shown them.
logging.getLogger("apprise").addHandler(logging.NullHandler())
logging.getLogger("apprise").propagate = False


class AppriseNotifier(Notifier):
    """One Apprise address."""

    class Config(PluginConfig):
        url: SecretStr
        timeout_seconds: float = Field(default=10.0, gt=0, le=300)
        per_minute: int | None = Field(default=None, gt=0)

        @field_validator("url")
        @classmethod
        def _is_known(cls, url: SecretStr) -> SecretStr:
            if apprise.Apprise.instantiate(url.get_secret_value()) is None:
                raise ValueError("Apprise knows no service of this address, or lacks a package that it needs")
            return url

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent"})
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        service = apprise.Apprise.instantiate(config.url.get_secret_value())
        assert isinstance(service, apprise.NotifyBase)
        service.socket_connect_timeout = service.socket_read_timeout = config.timeout_seconds
        self._service = service
        self._apprise = apprise.Apprise()
        self._apprise.add(service)

    @property
    def limits(self) -> Limits:
        return Limits(self.config.per_minute, attempt_seconds=math.ceil(3 * self.config.timeout_seconds))

    def render(self, message: Message) -> Rendered:
        most = self._service.body_maxlen
        subject = " ".join(whole(message.subject).split())
        text = whole(message.text).replace("\0", "")
        body = longest_fitting(text, lambda part: len(part) <= most)
        body = body if body.strip() else subject or message.ticket
        headers = {"Urgency": "urgent"} if message.urgent else {}
        return Rendered(
            str(self._service.service_name), body, subject=subject, headers=headers, shortened=len(text) > most
        )

    def deliver(self, delivery: Delivery) -> Receipt:
        rendered = delivery.rendered
        kind = apprise.NotifyType.WARNING if "Urgency" in rendered.headers else apprise.NotifyType.INFO
        name = rendered.to
        taken = self._apprise.notify(
            body=rendered.body, title=rendered.subject, notify_type=kind, body_format=apprise.NotifyFormat.TEXT
        )
        if taken:
            return Receipt.delivered(text=f"{name}: accepted, not confirmed")
        return Receipt.unknown(f"{name}: not accepted, and Apprise does not say why", code="not-accepted")

    def check(self) -> Health:
        """Apprise cannot try a service without sending."""
        return Health(True, f"{self._service.service_name}: the address is well formed; Apprise can try no more")
