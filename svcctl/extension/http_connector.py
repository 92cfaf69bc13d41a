"""What connectors to ERPs over HTTP share: calls that end in content or in a receipt, and what svcctl makes of both.

No ERP here knows idempotency keys. So each effect carries a reference, ticket number and key, in a field that can be
searched; a push looks for it before it makes anything, and a repeat goes on from the state that it finds.
"""

import json
import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from svcctl.extension.config import PluginConfig
from svcctl.extension.connector import (
    Connector,
    LookupRequest,
    LookupResult,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
)
from svcctl.extension.contract import Health, Limits, Receipt
from svcctl.extension.http import HttpAnswer, HttpClient, checked_url, refused_by_status
from svcctl.extension.rounds import Source, pulled
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored, zone_named

_MOST_BYTES = 16 * 1024 * 1024


class CallFailed(Exception):
    """A call that did not do what was asked; `receipt` says what became of it."""

    def __init__(self, receipt: Receipt) -> None:
        super().__init__(receipt.text)
        self.receipt = receipt

    @classmethod
    def rejected(cls, text: str, code: str) -> "CallFailed":
        """By the ERP, or because it lacks what is needed: to ask again is of no use."""
        return cls(Receipt.rejected(text, code=code))


class HttpConnector(Connector):
    """A connector whose subclass gives `find`, `sources`, `effect` and `probe`, made of `call`s.

    All of them may raise `CallFailed`: a push then has its receipt's outcome, and `unknown` for `retry` where an
    earlier call of the push had an effect; a lookup or a pull is refused as `plugin-unavailable`. `calls` is the most
    that one push or pull takes.
    """

    class Config(PluginConfig):
        url: str
        timeout_seconds: float = Field(default=20.0, gt=0, le=300)
        per_minute: int | None = Field(default=None, gt=0)
        page: int = Field(default=500, gt=0, le=2000)
        zone: str = "UTC"
        warranty_months: int | None = Field(default=None, ge=0, le=1200)

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: str) -> str:
            return checked_url(url).rstrip("/")

        @field_validator("zone")
        @classmethod
        def _is_zone(cls, zone: str) -> str:
            try:
                zone_named(zone)
            except Refusal as unknown:
                raise ValueError(f"{unknown.message}: {unknown.help}") from None
            return zone

    calls: ClassVar[int] = 8
    config: Config

    def __init__(self, config: Config, wall_clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self.wall_clock = wall_clock
        self._http = HttpClient(config.timeout_seconds, _MOST_BYTES)
        self._has_written = self._may_have_written = False

    @abstractmethod
    def find(self, request: LookupRequest) -> Mapping[str, Any] | None:
        """The record of a `LookupResult`; None where the ERP knows no such thing."""

    @abstractmethod
    def sources(self) -> Sequence[Source]:
        """What can be pulled, in the order in which it comes: what others name comes first."""

    @abstractmethod
    def effect(self, request: PushRequest) -> PushResult:
        """`push`, where a call may fail."""

    @abstractmethod
    def probe(self) -> str:
        """Read something that needs the configured access; what was read, for people."""

    @property
    def limits(self) -> Limits:
        return Limits(self.config.per_minute, attempt_seconds=self.calls * self._http.attempt_seconds)

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.config.zone)

    def today(self) -> str:
        """The date in the ERP's zone."""
        return datetime.fromtimestamp(self.wall_clock(), self.zone).date().isoformat()

    def lookup(self, request: LookupRequest) -> LookupResult:
        try:
            found = self.find(request)
        except CallFailed as failed:
            raise self._unavailable(failed) from None
        where = f"{request.kind} `{request.id}` in {self.config.url}"
        return LookupResult(found, f"no {where}" if found is None else where)

    def pull(self, request: PullRequest) -> PullResult:
        try:
            return pulled(self.sources(), request.cursor, self.config.page)
        except CallFailed as failed:
            raise self._unavailable(failed) from None

    def push(self, request: PushRequest) -> PushResult:
        self._has_written = self._may_have_written = False
        try:
            return self.effect(request)
        except CallFailed as failed:
            receipt = failed.receipt
            # An earlier call of this push had an effect, so it may be half done.
            unsure = receipt.outcome == "retry" and self._has_written
            outcome = "unknown" if unsure or receipt.outcome == "delivered" else receipt.outcome
            return PushResult(outcome, self.scrub(receipt.text), receipt.code, after=receipt.after)

    def check(self) -> Health:
        try:
            text = self.probe()
        except CallFailed as failed:
            return Health(False, self.scrub(failed.receipt.text))
        parts = urlsplit(self.config.url)
        is_open = parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost")
        return Health(True, self.scrub(f"{text}; keys go there unencrypted" if is_open else text))

    def close(self) -> None:
        self._http.close()

    def call(
        self, method: str, url: str, headers: Mapping[str, str], content: Any = None, *, reads: bool = False
    ) -> Any:
        """The content of the answer, JSON to JSON; its numbers with a point are Decimals.

        `reads` says that the call has no effect: where the answer is lost it is asked again, nothing is unknown.
        Raises CallFailed.
        """
        # A call has had its effect when another follows: an ERP may refuse within an answer that says success.
        self._has_written |= self._may_have_written
        self._may_have_written = False
        body = None if content is None else json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        shape = {"Accept": "application/json"} | ({} if body is None else {"Content-Type": "application/json"})
        try:
            answer = self._http.request(method, url, {**shape, **headers}, body)
        except ValueError:
            # Its words hold the header, and with it perhaps a key.
            raise CallFailed.rejected("a key or a token has characters that no header may have", "bad-header") from None
        receipt = answer if isinstance(answer, Receipt) else self.refused(answer)
        if receipt is None and isinstance(answer, HttpAnswer):
            try:
                found = json.loads(_whole(answer), parse_float=Decimal)
                self._may_have_written = not reads
                return found
            except (ValueError, RecursionError):
                receipt = Receipt.unknown(f"the answer is not whole JSON: {answer.excerpt}", code="bad-answer")
        if receipt is None:
            raise AssertionError("an answer or a receipt")
        if reads and receipt.outcome == "unknown":
            receipt = receipt.replace(outcome="retry")
        raise CallFailed(receipt)

    def refused(self, answer: HttpAnswer) -> Receipt | None:
        """The receipt of an answer that says no, by its status; None where it says yes."""
        return refused_by_status(answer, self.wall_clock())

    def warranty(self, until: str | None, since: str | None) -> dict[str, Any] | None:
        """The record of a warranty: to the end of the day `until`, or else so many months as are configured from the
        start of the day `since`; None where neither is known."""
        if until:
            return {"until": stored(self.instant(until) + timedelta(days=1))}
        months = self.config.warranty_months
        if not since or months is None:
            return None
        years, month = divmod(int(since[5:7]) - 1 + months, 12)
        year, month = int(since[:4]) + years, month + 1
        day = min(int(since[8:10]), _days(year, month))
        until = f"{year:04}-{month:02}-{day:02}"
        return {"until": stored(self.instant(until)), "from": stored(self.instant(since[:10])), "months": months}

    def instant(self, text: str) -> datetime:
        """The instant of a date or time of the ERP's, which is in its zone where it names none."""
        try:
            return parse_instant(text, self.zone)
        except Refusal as wrong:
            raise CallFailed.rejected(f"the ERP gave a time that is none: {wrong.message}", "bad-answer") from None

    def wall_time(self, text: Any) -> datetime:
        """A time of the ERP's own clock, as it is, without an offset."""
        try:
            return datetime.fromisoformat(str(text)).replace(tzinfo=None)
        except ValueError:
            raise CallFailed.rejected(f"the ERP gave `{text}` for a time", "bad-answer") from None

    def cannot(self, *capabilities: str) -> None:
        """Take back what this configuration has no means for; svcctl then never asks for it."""
        vars(self)["capabilities"] = self.capabilities - set(capabilities)

    def _unavailable(self, failed: CallFailed) -> Refusal:
        return Refusal(
            "plugin-unavailable", self.scrub(failed.receipt.text), help="`svcctl plugin check` tries the connection"
        )


def _whole(answer: HttpAnswer) -> bytes:
    return answer.body or b""


def _days(year: int, month: int) -> int:
    from calendar import monthrange

    return monthrange(year, month)[1]
