"""Sends messages by example: `render` says what is sent, `deliver` sends it."""

import json
import time
from typing import ClassVar

from pydantic import Field, field_validator

from svcctl.plugin_api import (
    Delivery,
    Health,
    HttpClient,
    Limits,
    Message,
    Notifier,
    PluginConfig,
    Receipt,
    Rendered,
    SecretStr,
    checked_url,
    place_of,
    refused_by_status,
    whole,
)


class ExampleNotifier(Notifier):
    """Posts JSON to one address."""

    class Config(PluginConfig):
        url: SecretStr
        timeout_seconds: float = Field(default=10.0, gt=0, le=300)

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: SecretStr) -> SecretStr:
            checked_url(url.get_secret_value())
            return url

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent"})
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._url = config.url.get_secret_value()
        self._http = HttpClient(config.timeout_seconds)

    @property
    def limits(self) -> Limits:
        return Limits(attempt_seconds=self._http.attempt_seconds)

    def render(self, message: Message) -> Rendered:
        content = {"title": message.subject, "text": message.text, "urgent": message.urgent}
        body = whole(json.dumps(content, ensure_ascii=False))
        return Rendered(place_of(self._url), body, "application/json", message.subject)

    def deliver(self, delivery: Delivery) -> Receipt:
        headers = {"Content-Type": delivery.rendered.content_type, "Idempotency-Key": delivery.key}
        answer = self._http.post(self._url, delivery.rendered.body.encode(), headers)
        if isinstance(answer, Receipt):
            return answer
        return refused_by_status(answer, time.time()) or Receipt.delivered(text=f"status {answer.status}")

    def check(self) -> Health:
        return self._http.reach(self._url)

    def close(self) -> None:
        self._http.close()
