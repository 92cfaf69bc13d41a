"""Requests to a Tryton server, and what their HTTP statuses mean."""

import time
from collections.abc import Mapping
from typing import Any

from svcctl.plugin_api import HttpAnswer, HttpClient, Receipt, refused_by_status
from svcctl_erp_tryton.fault import Fault
from svcctl_erp_tryton.wire import from_json

_MOST_BYTES = 32 * 1024 * 1024
_PATIENCE = 90


class Traffic:
    """All requests of one connector. `begin` gives what follows some 90 seconds in all, however many requests it
    makes; beyond that the next is not made."""

    def __init__(self, seconds: float) -> None:
        self._http = HttpClient(seconds, _MOST_BYTES)
        self._until = float("inf")

    @property
    def attempt_seconds(self) -> int:
        """The longest that what follows a `begin` may last."""
        return _PATIENCE + self._http.attempt_seconds

    def begin(self) -> None:
        self._until = time.monotonic() + _PATIENCE

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> HttpAnswer:
        """The answer, whatever its status. Raises Fault where there is none."""
        if time.monotonic() > self._until:
            raise Fault("retry", f"Tryton was too slow: not done in {_PATIENCE} s", "too-slow")
        answer = self._http.request(method, url, {"Accept-Encoding": "gzip", **headers}, body)
        if isinstance(answer, Receipt):
            raise Fault.of(answer)
        return answer

    def close(self) -> None:
        self._http.close()


def content(answer: HttpAnswer) -> Any:
    """What a good answer says. Raises Fault for any other."""
    if answer.status in (423, 504):
        raise Fault("retry", f"asked to come back later: {answer.excerpt}", str(answer.status))
    refused = refused_by_status(answer, time.time())
    if refused is not None:
        raise Fault.of(refused)
    if answer.status == 204:
        return None
    if answer.body is None:
        raise Fault("unknown", "the answer was cut off", "no-answer")
    try:
        return from_json(answer.body)
    except ValueError as wrong:
        raise Fault("unknown", f"the answer is not JSON ({wrong}): {answer.excerpt}", "bad-answer") from None
