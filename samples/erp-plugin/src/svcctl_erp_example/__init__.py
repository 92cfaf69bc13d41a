"""Speaks with example: `_read` asks it for something, `_write` has an effect. The rest seldom needs a change."""

import json
import time
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field, field_validator

from svcctl.plugin_api import (
    Change,
    Connector,
    Health,
    HttpAnswer,
    HttpClient,
    Limits,
    LookupRequest,
    LookupResult,
    PluginConfig,
    PullRequest,
    PullResult,
    PushRequest,
    PushResult,
    Receipt,
    Refusal,
    SecretStr,
    checked_url,
    refused_by_status,
)


class ExampleConnector(Connector):
    """One ERP that honours idempotency keys."""

    class Config(PluginConfig):
        url: str
        token: SecretStr
        timeout_seconds: float = Field(default=10.0, gt=0, le=300)

        @field_validator("url")
        @classmethod
        def _is_address(cls, url: str) -> str:
            return checked_url(url).rstrip("/")

    #: Name what the ERP can do, and svcctl asks for nothing else.
    capabilities: ClassVar[frozenset[str]] = frozenset(
        {"lookup.customer", "lookup.asset", "pull", "push.reservation", "push.release"}
        | {"push.part_used", "push.cost", "push.complaint"}
    )
    config: Config

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._http = HttpClient(config.timeout_seconds, most_bytes=8_000_000)

    @property
    def limits(self) -> Limits:
        return Limits(attempt_seconds=self._http.attempt_seconds)

    # ------------------------------------------------------- fill in these two

    def _read(self, path: str) -> Any:
        """What the ERP has at a path; None where it has nothing."""
        answer = self._call("GET", path)
        if isinstance(answer, HttpAnswer) and answer.status == 404:
            return None
        refused = answer if isinstance(answer, Receipt) else refused_by_status(answer, time.time())
        content = None if isinstance(answer, Receipt) else _content(answer)
        if refused is not None or content is None:
            raise Refusal("plugin-unavailable", refused.text if refused else "the answer is not JSON")
        return content

    def _write(self, request: PushRequest) -> PushResult:
        """Have an effect, once for each key, whatever was asked before."""
        body = {"kind": request.kind, "ticket": request.ticket, **request.record}
        answer = self._call("POST", "/effects", body, {"Idempotency-Key": request.key})
        refused = answer if isinstance(answer, Receipt) else refused_by_status(answer, time.time())
        if refused is not None:
            # A receipt and a result say the same of what failed.
            return PushResult(refused.outcome, refused.text, refused.code, after=refused.after)  # type: ignore[arg-type]
        content = None if isinstance(answer, Receipt) else _content(answer)
        if not isinstance(content, dict) or "id" not in content:
            return PushResult.unknown("the answer has no `id`", code="bad-answer")
        made = PushResult.repeated if content.get("repeated") else PushResult.done
        return made(str(content["id"]))

    # --------------------------------------------------------- what svcctl asks

    def lookup(self, request: LookupRequest) -> LookupResult:
        return LookupResult(self._read(f"/{request.kind}/{quote(request.id, safe='')}"))

    def pull(self, request: PullRequest) -> PullResult:
        content = self._read(f"/changes?since={quote(request.cursor or '')}") or {}
        changes = (Change(each["kind"], each["id"], each["record"]) for each in content["changes"])
        return PullResult(tuple(changes), content["cursor"], content.get("more", False))

    def push(self, request: PushRequest) -> PushResult:
        return self._write(request)

    def check(self) -> Health:
        try:
            self._read("/customer/0")
        except Refusal as refusal:
            return Health(False, refusal.message)
        return Health(True, f"{self.config.url} answers")

    def close(self) -> None:
        self._http.close()

    def _call(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> HttpAnswer | Receipt:
        sent = {"Authorization": f"Bearer {self.config.token.get_secret_value()}", **(headers or {})}
        if body is None:
            return self._http.request(method, self.config.url + path, sent)
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
        return self._http.request(method, self.config.url + path, {**sent, "Content-Type": "application/json"}, content)


def _content(answer: HttpAnswer) -> Any:
    """The JSON of an answer; None where it has none, or was cut off."""
    try:
        return json.loads(answer.body or b"")
    except ValueError:
        return None
