"""HTTP as plugs need it: no redirects, trusted certificates, and answers that are read with care.

Only plugs that speak HTTP import this, by `svcctl.plugin_api`; they declare urllib3 as a dependency of their own.
"""

import json
import math
import re
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationValueError,
    NewConnectionError,
    ProtocolError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as PoolTimeout
from urllib3.response import BaseHTTPResponse

from svcctl.extension.contract import Health, Receipt
from svcctl.extension.reasons import reason
from svcctl.foundation.record import Record

_MOST_BYTES = 64 * 1024
#: What no name of a host has: an empty part, or a space.
_NO_HOST = re.compile(r"^\.|\.\.|\s")


class HttpAnswer(Record):
    """An answer: `headers` by name in any case; `body` its first bytes, as many as the client reads, None where it was
    cut off or too slow."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def excerpt(self) -> str:
        """The first words of the body, for people."""
        if self.body is None:
            return "(the answer was cut off)"
        text = " ".join(self.body.decode("utf-8", "replace").split())
        return (text[:200] + "…" if len(text) > 200 else text) or "(no words)"


class HttpClient:
    """Asks, and says in receipts what became of it. `seconds` is for the connection, and for each part of the answer;
    of an answer `most_bytes` are read, 64 KiB as if not given.

    Redirects are never followed. Certificates are always checked, against those the system trusts.
    """

    def __init__(self, seconds: float, most_bytes: int = _MOST_BYTES) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._pool = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=seconds))

    @property
    def attempt_seconds(self) -> int:
        """The longest that one request may last: the connection, the answer's head and its body."""
        return math.ceil(3 * self._seconds)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer | Receipt:
        """The answer, or the receipt of a post that got none."""
        return self.request("POST", url, headers, body)

    def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None
    ) -> HttpAnswer | Receipt:
        """The answer, or the receipt of a request that got none: `retry` where it was not taken, `unknown` where it
        may have been."""
        place = place_of(url)
        try:
            checked_url(url)
        except ValueError as failed:
            return Receipt.retry(f"no connection to {place}: {failed}", code="no-connection")
        try:
            response = self._pool.request(
                method, url, body=body, headers=dict(headers), redirect=False, preload_content=False
            )
        except (LocationValueError, NewConnectionError, ConnectTimeoutError) as failed:
            return Receipt.retry(f"no connection to {place}: {_cause(failed)}", code="no-connection")
        except SSLError as failed:
            return Receipt.retry(f"no safe connection to {place}: {_cause(failed)}", code="tls")
        except HTTPError as failed:
            return Receipt.unknown(f"sent to {place}, but no answer came: {_cause(failed)}", code="no-answer")
        try:
            return HttpAnswer(response.status, response.headers, _read(response, self._seconds, self._most_bytes))
        finally:
            response.close()

    def reach(self, url: str) -> Health:
        """Whether a connection can be had. Nothing is sent."""
        place = place_of(url)
        try:
            parts = urlsplit(checked_url(url))
            port = parts.port or (443 if parts.scheme == "https" else 80)
            with socket.create_connection((parts.hostname, port), self._seconds) as connection:
                if parts.scheme == "https":
                    ssl.create_default_context().wrap_socket(connection, server_hostname=parts.hostname).close()
        except ssl.SSLError as failed:
            return Health(False, f"no safe connection to {place}: {_cause(failed)}")
        except (OSError, ValueError) as failed:
            return Health(False, f"no connection to {place}: {_cause(failed)}")
        return Health(True, f"{place} can be reached")

    def close(self) -> None:
        self._pool.clear()


def checked_url(url: str) -> str:
    """The address as it is. Raises ValueError, which a validator of a configuration may let pass."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or _NO_HOST.search(parts.hostname):
        raise ValueError("must be an address such as `https://example.org/hook`")
    if parts.username is not None or parts.password is not None:
        raise ValueError("must hold no user or password")
    _ = parts.port  # which raises for what is none
    return url


def place_of(url: str) -> str:
    """Scheme and host: paths and queries often hold a token."""
    scheme, _, rest = url.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    return f"{scheme}://{host}" if host else "somewhere else"


def refused_by_status(answer: HttpAnswer, now: float, success: Sequence[int] = ()) -> Receipt | None:
    """The receipt of an answer whose status says that it was not delivered; None where it says that it was.

    `now` is in Unix seconds; `success` are the statuses that mean delivered, any 2xx where it is empty.
    """
    status, code = answer.status, str(answer.status)
    if 300 <= status < 400:
        place = place_of(answer.headers.get("Location", ""))
        return Receipt.rejected(f"redirected to {place}: write the final address as `url`", code=code)
    if status in (408, 425, 429, 503):
        after = retry_seconds(answer.headers, now)
        return Receipt.retry(f"asked to come back later: {answer.excerpt}", code=code, after=after)
    if status >= 500:
        return Receipt.unknown(f"the server failed: {answer.excerpt}", code=code)
    if status not in (success or range(200, 300)):
        return Receipt.rejected(f"refused: {answer.excerpt}", code=code)
    return None


def retry_seconds(headers: Mapping[str, str], now: float) -> int | None:
    """Seconds that `Retry-After` asks for, given as a number or as a date (RFC 9110, 10.2.3).

    A date counts from the answer's own `Date`, so that two clocks need not agree, else from `now` (Unix seconds).
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return int(value)
    until = _unix(value)
    if until is None:
        return None
    since = _unix(headers.get("Date", ""))
    return max(0, math.ceil(until - (now if since is None else since)))


def judged_by_value(
    answer: HttpAnswer, paths: Sequence[str], ok_values: Sequence[object], retry_values: Sequence[object] = ()
) -> Receipt:
    """The receipt by the value at the first of the dotted paths that a JSON answer has; without one nobody can tell."""
    if answer.body is None:
        return Receipt.unknown("the answer was cut off", code="no-answer")
    try:
        content: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        return Receipt.unknown(f"the answer is not JSON: {answer.excerpt}", code="bad-answer")
    for path in paths:
        value = content
        for part in path.split("."):
            value = value.get(part, _ABSENT) if isinstance(value, dict) else _ABSENT
        if value is not _ABSENT:
            break
    else:
        return Receipt.unknown(f"the answer has no `{paths[0]}`: {answer.excerpt}", code="bad-answer")
    if _one_of(value, ok_values):
        return Receipt.delivered(text=f"{path} is {value}")
    if _one_of(value, retry_values):
        return Receipt.retry(f"asked to come back later: {answer.excerpt}", code=str(value))
    return Receipt.rejected(f"refused: {answer.excerpt}", code=str(value))


_ABSENT = object()


def _one_of(value: object, values: Sequence[object]) -> bool:
    """Whether the value is listed; True is not 1, and False is not 0, as in JSON."""
    return any(type(value) is type(each) and value == each for each in values)


def _cause(failed: BaseException) -> str:
    """Why there is no connection or no answer, without the names of urllib3's pools."""
    if isinstance(failed, ProtocolError) and len(failed.args) > 1:
        failed = failed.args[1]
    elif isinstance(failed, NewConnectionError) and failed.__cause__ is not None:
        failed = failed.__cause__
    return reason(TimeoutError() if isinstance(failed, PoolTimeout) else failed)


def _read(response: BaseHTTPResponse, seconds: float, most_bytes: int) -> bytes | None:
    """The first bytes of the body; None where it was cut off or came too slowly to be known."""
    deadline = time.monotonic() + seconds
    body = b""
    try:
        while len(body) < most_bytes and (part := response.read1(most_bytes - len(body))):
            body += part
            if time.monotonic() > deadline:
                return None
    except HTTPError:
        return None
    return body


def _unix(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
