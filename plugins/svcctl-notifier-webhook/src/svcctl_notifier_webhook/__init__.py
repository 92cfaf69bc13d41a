"""Posts messages as JSON to an HTTP address, signed, with a key by which the receiver can drop repeats."""

import json
import math
import time
from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

import urllib3
from pydantic import Field, field_validator
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError
from urllib3.response import BaseHTTPResponse

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
    stored,
)
from svcctl_notifier_webhook.answer import judge, retry_seconds
from svcctl_notifier_webhook.signature import signature_headers

_MOST_BYTES = 64 * 1024
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
            parts = urlsplit(_plain(url))
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError("must be an address such as `https://example.org/hook`")
            if parts.username is not None or parts.password is not None:
                raise ValueError("must hold no user or password: send them with `headers`")
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
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=config.timeout_seconds))

    @property
    def limits(self) -> Limits:
        # Connecting, the answer's head and its body may each take as long as allowed.
        return Limits(per_minute=self.config.per_minute, attempt_seconds=math.ceil(3 * self.config.timeout_seconds))

    def render(self, message: Message) -> Rendered:
        body = {
            "id": message.id,
            "key": message.key,
            "ticket": message.ticket,
            "kind": message.kind,
            "to": {"kind": message.to.kind, "id": message.to.id, "address": dict(message.to.address)},
            "channel": message.channel,
            "subject": message.subject,
            "text": message.text,
            "urgent": message.urgent,
            "rule": message.rule,
            "created_at": stored(message.created_at),
        }
        text = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()
        return Rendered(_place(self._url), text, "application/json; charset=utf-8", message.subject)

    def deliver(self, delivery: Delivery) -> Receipt:
        body = delivery.rendered.body.encode()
        headers = {name: _plain(value) for name, value in self.config.headers.items()}
        headers |= {"Content-Type": delivery.rendered.content_type, "Idempotency-Key": delivery.key}
        if self.config.secret is not None:
            secret = self.config.secret.get_secret_value()
            headers |= signature_headers(secret, delivery.key, int(self._wall_clock()), body)
        try:
            response = self._pool.request(
                "POST", self._url, body=body, headers=headers, redirect=False, preload_content=False
            )
        except (NewConnectionError, ConnectTimeoutError) as failed:
            return Receipt.retry(f"no connection: {failed}", code="no-connection")
        except SSLError as failed:
            return Receipt.retry(f"no safe connection: {failed}", code="tls")
        except HTTPError as failed:
            return Receipt.unknown(f"sent, but no answer came: {failed}", code="no-answer")
        try:
            return self._receipt(response)
        finally:
            response.close()

    def check(self) -> Health:
        """Whether a connection can be had. Nothing is sent."""
        import socket
        import ssl

        parts = urlsplit(self._url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        place = _place(self._url)
        try:
            with socket.create_connection((parts.hostname, port), self.config.timeout_seconds) as connection:
                if parts.scheme == "https":
                    ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname).close()
        except (OSError, UnicodeError) as failed:
            return Health(False, f"no connection to {place}: {failed}")
        return Health(True, f"{place} can be reached")

    def close(self) -> None:
        self._pool.clear()

    def _receipt(self, response: BaseHTTPResponse) -> Receipt:
        status = response.status
        body = _read(response, self.config.timeout_seconds)
        text = _excerpt(body)
        code = str(status)
        if 300 <= status < 400:
            place = _place(response.headers.get("Location", ""))
            return Receipt.rejected(f"redirected to {place}: write the final address as `url`", code=code)
        if status in (408, 425, 429, 503):
            after = retry_seconds(response.headers, self._wall_clock())
            return Receipt.retry(f"asked to come back later: {text}", code=code, after=after)
        if status >= 500:
            return Receipt.unknown(f"the server failed: {text}", code=code)
        if status not in (self.config.success or range(200, 300)):
            return Receipt.rejected(f"refused: {text}", code=code)
        if self.config.ok_path is None:
            return Receipt.delivered(response.headers.get("X-Request-Id"), text=f"status {status}")
        return judge(body, self.config.ok_path, self.config.ok_values, self.config.retry_values, text)


def _read(response: BaseHTTPResponse, seconds: float) -> bytes | None:
    """The first bytes of the body; None where it was cut off or came too slowly to be known."""
    deadline = time.monotonic() + seconds
    body = b""
    try:
        while len(body) < _MOST_BYTES and (part := response.read1(_MOST_BYTES - len(body))):
            body += part
            if time.monotonic() > deadline:
                return None
    except HTTPError:
        return None
    return body


def _excerpt(body: bytes | None) -> str:
    if body is None:
        return "(the answer was cut off)"
    text = " ".join(body.decode("utf-8", "replace").split())
    return (text[:200] + "…" if len(text) > 200 else text) or "(no words)"


def _plain(value: Any) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)


def _place(url: str) -> str:
    """Scheme and host: paths and queries often hold a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else "somewhere else"
