"""The access token of a YonBIP application (自建应用), which a signed request gives for two hours.

Held by a test to the vendor's own Python SDK, `yonyouopenapisdk1` 0.0.2.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from svcctl.plugin_api import CallFailed, Receipt

#: Seconds before its end at which a token is not used any more.
_MARGIN = 60


def signature(secret: str, parameters: Mapping[str, str]) -> str:
    """HMAC-SHA256 over the names and values in the order of the names, in base64."""
    text = "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), sha256).digest()).decode()


def token_url(url: str, path: str, key: str, secret: str, milliseconds: int) -> str:
    """Where a token is asked for at a time."""
    parameters = {"appKey": key, "timestamp": str(milliseconds)}
    return f"{url}{path}?{urlencode({**parameters, 'signature': signature(secret, parameters)})}"


class Token:
    """Asked for when it is needed, and kept in memory until shortly before it ends. `address` gives `token_url` at a
    time in milliseconds."""

    def __init__(self, call: Any, address: Callable[[int], str], wall_clock: Callable[[], float]) -> None:
        self._call = call
        self._address = address
        self._wall_clock = wall_clock
        self._value = ""
        self._until = 0.0
        self._given: set[str] = set()

    def value(self) -> str:
        """Raises CallFailed where none is given."""
        now = self._wall_clock()
        if now >= self._until:
            self._value, seconds = self._asked(int(now * 1000))
            self._until = now + seconds - _MARGIN
            self._given.add(self._value)
        return self._value

    def forget(self) -> None:
        """The next use asks for another."""
        self._until = 0.0

    def scrub(self, text: str) -> str:
        for value in self._given:
            text = text.replace(value, "***")
        return text

    def _asked(self, milliseconds: int) -> tuple[str, int]:
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        answer = self._call("GET", self._address(milliseconds), headers, reads=True)
        code = answer.get("code") if isinstance(answer, dict) else None
        if code != "00000":
            words = str(answer.get("message", ""))[:200] if isinstance(answer, dict) else ""
            raise CallFailed.rejected(f"no access token was given: {words}", str(code))
        try:
            return str(answer["data"]["access_token"]), int(answer["data"]["expire"])
        except (KeyError, TypeError, ValueError):
            raise CallFailed(Receipt.retry("the answer has no access token", code="bad-answer")) from None
