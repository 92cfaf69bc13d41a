"""One run of one command: where, who, when, and how the answer is to look."""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from svcctl.desk.turn import Turn
    from svcctl.desk.workspace import Workspace
    from svcctl.store.contract import Progress


#: Days that have a name, by how far they are from today.
_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}


class Call:
    """What the standard options said: a flag of the verb, else one before the noun, else `SVCCTL_*`.

    `dry_run`, `key` and `if_revision` are for writes, `atomic` for bulk work. `arguments` are the
    words of the command line that an idempotency key stands for.
    """

    def __init__(self, said: Mapping[str, Any], arguments: tuple[str, ...] = ()) -> None:
        self.arguments = arguments
        self.home = Path(said["home"]) if said.get("home") else None
        self.actor = str(said.get("actor") or _login())
        self.output = str(said.get("output") or "table")
        self.color = str(said.get("color") or "auto")
        self.no_input = bool(said.get("no_input"))
        self.yes = bool(said.get("yes"))
        self.dry_run = bool(said.get("dry_run"))
        self.key: str | None = said.get("idempotency_key")
        self.if_revision: int | None = said.get("if_revision")
        self.atomic = bool(said.get("atomic"))
        self._now: str | None = said.get("now")
        self._lock_timeout: float | None = said.get("lock_timeout")

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment that settings are read from, with `--lock-timeout` in its place."""
        if self._lock_timeout is None:
            return os.environ
        return {**os.environ, "SVCCTL_LOCK_TIMEOUT": str(self._lock_timeout)}

    @cached_property
    def workspace(self) -> "Workspace":
        """The workspace, opened when first asked for. Raises Refusal `no-workspace`, `bad-configuration`."""
        from svcctl.desk.workspace import Workspace

        workspace = Workspace.find(self.home, self.environment, Path.cwd())
        workspace.counting = _counting
        return workspace

    @cached_property
    def now(self) -> datetime:
        """`--now`, or else the one look at the wall clock that this run takes. Raises Refusal `bad-time`."""
        if self._now is None:
            return datetime.now(UTC).replace(microsecond=0)
        return self._written(self._now)

    @property
    def turn(self) -> "Turn":
        """This run as the desk sees it."""
        return self.turn_with()

    def turn_with(self, *content: object) -> "Turn":
        """The same, where an idempotency key stands for content, too, that the arguments do not show."""
        from svcctl.desk.turn import Turn

        arguments = self.arguments
        if self.key is not None and content:
            from svcctl.foundation.digest import sha256

            arguments = (*arguments, sha256(repr(content).encode("utf-8", "surrogatepass")).hexdigest())
        return Turn(self.now, self.actor, self.dry_run, self.key, arguments, self.if_revision)

    @property
    def zone(self) -> tzinfo:
        """The zone that times are shown in: the workspace's, or UTC for a command that opened none."""
        return self.workspace.zone if "workspace" in self.__dict__ else UTC

    @property
    def interactive(self) -> bool:
        """Whether this run may ask."""
        return not (self.no_input or self.yes) and sys.stdin is not None and sys.stdin.isatty()

    def instant(self, text: str) -> datetime:
        """A time as the user writes it: without an offset in the workspace's zone, or by its distance from now: `-7d`,
        `+2h`, `now`, and the start of `today`, `yesterday` or `tomorrow` there. Raises Refusal `bad-time`."""
        word = text.strip()
        if word == "now":
            return self.now
        if word in _DAYS:
            today = self.now.astimezone(self.workspace.zone).date()
            return parse_instant((today + timedelta(days=_DAYS[word])).isoformat(), self.workspace.zone)
        if word[:1] in ("+", "-"):
            from svcctl.foundation.quantity import Elapsed, parse_duration

            distance = parse_duration(word[1:])
            if isinstance(distance, Elapsed):
                with suppress(OverflowError):
                    return self.now + timedelta(seconds=distance.seconds) * (-1 if word[0] == "-" else 1)
        return self._written(text)

    def _written(self, text: str) -> datetime:
        try:
            return parse_instant(text)
        except Refusal:
            return parse_instant(text, self.workspace.zone)


def colored(choice: str, stream: Any) -> bool:
    """Whether to colour a stream: `--color`, NO_COLOR and FORCE_COLOR (https://no-color.org), else a terminal."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def ids_given(ids: tuple[str, ...]) -> tuple[str, ...]:
    """Ids as arguments, with those of stdin, one per line, in the place of `-`."""
    given = ((line.strip() for line in sys.stdin if line.strip()) if id == "-" else (id,) for id in ids)
    return tuple(id for some in given for id in some)


def _counting(doing: str, total: int | None) -> "AbstractContextManager[Progress]":
    from svcctl.cli.progress import counted

    return counted(doing, total)


def _login() -> str:
    return os.environ.get("LOGNAME") or os.environ.get("USER") or f"uid-{os.getuid()}"
