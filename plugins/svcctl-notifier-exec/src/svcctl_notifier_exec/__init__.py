"""Hands messages to a program in any language: JSON on its standard input, a receipt on its standard output."""

import json
import math
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

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
    message_fields,
    whole,
)
from svcctl_notifier_exec.process import Ended, run

_OUTCOMES = ("delivered", "retry", "rejected", "unknown")
#: Of svcctl's environment a program sees these, and what `env` gives it: not the secrets of other channels.
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")
#: EX_TEMPFAIL of sysexits.h.
_TRY_LATER = 75
_GRACE_SECONDS = 2


class ExecNotifier(Notifier):
    """One program, started for each message."""

    class Config(PluginConfig):
        command: tuple[str, ...] = Field(min_length=1)
        folder: Path = Field(default=".", validate_default=True)
        env: dict[str, str | SecretStr] = Field(default_factory=dict)
        deadline_seconds: float = Field(default=30.0, gt=0, le=600)
        answers_check: bool = False
        per_minute: int | None = Field(default=None, gt=0)

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent"})
    config: Config

    @property
    def limits(self) -> Limits:
        return Limits(self.config.per_minute, attempt_seconds=math.ceil(self.config.deadline_seconds) + _GRACE_SECONDS)

    def render(self, message: Message) -> Rendered:
        body = whole(json.dumps(message_fields(message), ensure_ascii=False))
        return Rendered(f"{message.to.kind} {message.to.id}", body, "application/json", message.subject)

    def deliver(self, delivery: Delivery) -> Receipt:
        message = json.loads(delivery.rendered.body)
        ended = self._ask({"do": "deliver", "key": delivery.key, "attempt": delivery.attempt, "message": message})
        if isinstance(ended, str):
            return Receipt.retry(ended, code="not-started")
        if ended.cause:
            return Receipt.unknown(f"the program {ended.cause}: {ended.words}", code="killed")
        if ended.code == _TRY_LATER:
            return Receipt.retry(f"the program asks to come back later: {ended.words}", code=str(ended.code))
        if ended.code != 0:
            return Receipt.unknown(f"the program failed: {ended.words}", code=str(ended.code))
        return _receipt(ended.output) or Receipt.unknown("the program gave no receipt", code="bad-answer")

    def check(self) -> Health:
        """Whether the program can be found; where it can be asked, what it says itself."""
        program = self.config.command[0]
        if self._program() is None:
            return Health(False, f"there is no program `{program}`")
        if not self.config.answers_check:
            return Health(True, f"`{program}` can be started")
        ended = self._ask({"do": "check"})
        if isinstance(ended, str):
            return Health(False, ended)
        if ended.cause or ended.code != 0:
            return Health(False, f"`{program}` {ended.cause or f'ended with {ended.code}'}: {ended.words}")
        answer = _object(ended.output)
        return Health(answer.get("ok") is True, str(answer.get("text", f"`{program}` did not say whether it works")))

    def _ask(self, question: Mapping[str, Any]) -> Ended | str:
        """How the program ended, or why it could not be started."""
        program = self._program()
        if program is None:
            return f"there is no program `{self.config.command[0]}`"
        given = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        given |= {name: _plain(value) for name, value in self.config.env.items()}
        command = [program, *self.config.command[1:]]
        question = {"contract": "svcctl.exec.v1", **question}
        try:
            return run(command, json.dumps(question).encode(), given, self.config.folder, self.config.deadline_seconds)
        except (OSError, ValueError) as failed:
            return f"`{program}` cannot be started: {failed}"

    def _program(self) -> str | None:
        """Where the program is: a name is looked up in PATH, a path starts at `folder`."""
        program = self.config.command[0]
        return shutil.which(str((self.config.folder / program).absolute()) if "/" in program else program)


def _receipt(output: bytes) -> Receipt | None:
    answer = _object(output)
    outcome, after = answer.get("outcome"), answer.get("after")
    if outcome not in _OUTCOMES or not (after is None or (type(after) is int and after >= 0)):
        return None
    code, remote_id = (str(answer[key]) if answer.get(key) is not None else None for key in ("code", "remote_id"))
    return Receipt(outcome, str(answer.get("text", "")), code, remote_id, after)


def _object(output: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(output)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _plain(value: str | SecretStr) -> str:
    return value if isinstance(value, str) else str(value.get_secret_value())
