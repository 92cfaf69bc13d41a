"""Posts messages as JSON to an HTTP address, signed, with a key by which the receiver can drop repeats."""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

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
    judged_by_value,
    message_fields,
    place_of,
    refused_by_status,
)
from svcctl_notifier_webhook.signature import signature_headers

_OURS = frozenset(
    {"content-type", "content-length", "host", "transfer-encoding", "idempotency-key"}
    | {"webhook-id", "webhook-timestamp", "webhook-signature"}
)


class WebhookNotifier(Notifier):
    """One address; what its answer means can be configured."""

    class Config(PluginConfig):
        url: str | SecretStr
        secret: SecretStr | None = None
        headers: dict[str, str | SecretStr] = Field(default_factory=dict)
        timeout_seconds: float = Field(default=10.0, gt=0, le=300)
        success: tuple[int, ...] = ()
        ok_path: str | None = None
        ok_values: tuple[bool | int | str, ...] = (0, "0", True)
        retry_values: tuple[int | str, ...] = ()
        per_minute: int | None = Field(default=None, gt=0)

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: str | SecretStr) -> str | SecretStr:
            checked_url(_plain(url))
            return url

        @field_validator("headers")
        @classmethod
        def _are_headers(cls, headers: Mapping[str, str | SecretStr]) -> Mapping[str, str | SecretStr]:
            for name, value in headers.items():
                if not name or not all(c.isascii() and (c.isalnum() or c in "-_") for c in name):
                    raise ValueError(f"`{name}` is no name of a header")
                if name.lower() in _OURS:
                    raise ValueError(f"`{name}` is set by svcctl")
                if not all(c.isascii() and c.isprintable() for c in _plain(value)):
                    raise ValueError(f"the value of `{name}` must be one line of ASCII")
            return headers

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent", "drops_repeats"})
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._url = _plain(config.url)
        self._wall_clock = wall_clock
        self._http = HttpClient(config.timeout_seconds)

    @property
    def limits(self) -> Limits:
        return Limits(per_minute=self.config.per_minute, attempt_seconds=self._http.attempt_seconds)

    def render(self, message: Message) -> Rendered:
        body = {**message_fields(message), "key": message.key}
        text = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        return Rendered(place_of(self._url), text, "application/json; charset=utf-8", message.subject)

    def deliver(self, delivery: Delivery) -> Receipt:
        body = delivery.rendered.body.encode()
        headers = {name: _plain(value) for name, value in self.config.headers.items()}
        headers |= {"Content-Type": delivery.rendered.content_type, "Idempotency-Key": delivery.key}
        if self.config.secret is not None:
            secret = self.config.secret.get_secret_value()
            headers |= signature_headers(secret, delivery.key, int(self._wall_clock()), body)
        answer = self._http.post(self._url, body, headers)
        if isinstance(answer, Receipt):
            return answer
        refused = refused_by_status(answer, self._wall_clock(), self.config.success)
        if refused is not None:
            return refused
        if self.config.ok_path is None:
            return Receipt.delivered(answer.headers.get("X-Request-Id"), text=f"status {answer.status}")
        return judged_by_value(answer, (self.config.ok_path,), self.config.ok_values, self.config.retry_values)

    def check(self) -> Health:
        return self._http.reach(self._url)

    def close(self) -> None:
        self._http.close()


def _plain(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
