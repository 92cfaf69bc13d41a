"""A story: what people typed over some weeks, with headings and narration, so that it can be played again.

    == heading
    > narration
    2026-09-14T09:12 liu $ svcctl ticket new ...      a command that must succeed
    2026-09-14T09:20 li ! svcctl ticket move ...      one that must be refused

Times are wall times of the workspace; `|` gives the ids that one command prints to the next.
"""

import re
import shlex
from pathlib import Path
from typing import Literal

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record

_STEP = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d) (\S+) ([$!]) (.+)")


class Line(Record):
    """One line: a heading or narration (`text`), or a command with its time and actor.

    `commands` are the words of each part of a pipe, without `svcctl`; `refused` says that it must fail.
    """

    kind: Literal["heading", "narration", "command"]
    text: str
    time: str = ""
    actor: str = ""
    commands: tuple[tuple[str, ...], ...] = ()
    refused: bool = False


def read_story(path: Path) -> tuple[Line, ...]:
    """The lines of a story. Raises Refusal `unknown-file`, `bad-input` with the line that cannot be read."""
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no story `{path}`")
    lines: list[Line] = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        line = _line(path.name, number, text)
        if lines and line.kind == lines[-1].kind == "narration":
            line = line.replace(text=f"{lines.pop().text}\n{line.text}")
        lines.append(line)
    return tuple(lines)


def _line(name: str, number: int, text: str) -> Line:
    if text.startswith("== "):
        return Line("heading", text[3:])
    if text.startswith("> "):
        return Line("narration", text[2:])
    match = _STEP.fullmatch(text)
    if match is None:
        raise Refusal("bad-input", f"{name}:{number}: neither heading, narration nor command")
    time, actor, mark, command = match.groups()
    parts = [shlex.split(part) for part in command.split(" | ")]
    if any(part[:1] != ["svcctl"] for part in parts):
        raise Refusal("bad-input", f"{name}:{number}: a command begins with `svcctl`")
    return Line("command", command, time, actor, tuple(tuple(part[1:]) for part in parts), mark == "!")
