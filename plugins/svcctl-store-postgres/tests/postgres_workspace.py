"""A workspace whose store may be in PostgreSQL, and a shell in it, as the tests make them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from svcctl.foundation.instant import parse_instant

#: The time of every command, if a test says nothing else.
BEGIN = parse_instant("2026-11-23T01:00:00Z")


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Shell = Callable[..., Done]


def begin(shell: Shell, folder: Path, *words: str) -> Done:
    """`svcctl init`, without the standard rules: this is about the store."""
    done = shell("init", str(folder), *words)
    for standard in (folder / "rules").rglob("*.rules"):
        standard.unlink()
    settings = folder / "svcctl.toml"
    if done.code == 0:
        text = settings.read_text(encoding="utf-8").replace('calendar = "service-hours"\n', "")
        settings.write_text(text, encoding="utf-8")
    return done
