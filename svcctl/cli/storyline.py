"""A story: commands with the time and the person of each, to be played one after the other.

== heading      > narration      TIME ACTOR $ command      TIME ACTOR ! command that is refused
"""

import re
import shlex
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Literal

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.record import Record

_COMMAND = re.compile(r"(?P<time>\S+) +(?P<actor>\S+) +(?P<mark>[$!]) +(?P<command>.+)\Z")


class Line(Record):
    """One line: `text` of a heading or a narration, or the command with its time and actor. `refused` says that
    the command is meant to fail."""

    kind: Literal["heading", "narration", "command"]
    text: str
    at: datetime | None = None
    actor: str = ""
    refused: bool = False

    @property
    def pipeline(self) -> tuple[tuple[str, ...], ...]:
        """The words of each command between pipes, without the name of the program."""
        words = shlex.split(self.text)
        commands: list[list[str]] = [[]]
        for word in words:
            if word == "|":
                commands.append([])
            else:
                commands[-1].append(word)
        return tuple(tuple(command[1:]) for command in commands)


def read_story(path: Path, zone: tzinfo) -> Iterator[Line]:
    """The lines of a story in order; times without an offset are in `zone`. Raises Refusal `bad-input`."""
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no story `{path}`")
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("=="):
            yield Line("heading", text[2:].strip())
        elif text.startswith(">"):
            yield Line("narration", text[1:].strip())
        elif (found := _COMMAND.match(text)) is not None and found["command"].startswith("svcctl "):
            at = parse_instant(found["time"], zone)
            yield Line("command", found["command"], at, found["actor"], found["mark"] == "!")
        else:
            raise Refusal("bad-input", f"{path.name}, line {number}: `{text}` is not a line of a story")
