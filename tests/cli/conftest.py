"""Commands run in this process, as a user in a workspace types them."""

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from svcctl.cli import boundary

NOW = "2026-11-23T09:00+08:00"


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def problem(self) -> Any:
        return json.loads(self.err.splitlines()[-1])["error"]


class Shell:
    """A workspace to type in; `now` and `actor` hold until they are changed."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self.now = NOW
        self.actor = "li"
        self._capsys = capsys

    def __call__(self, *words: str, given: str = "") -> Done:
        self._capsys.readouterr()
        stdin = sys.stdin
        sys.stdin = io.StringIO(given)
        try:
            code = boundary.run(["--home", str(self.home), "--now", self.now, "--actor", self.actor, *words])
        finally:
            sys.stdin = stdin
        return Done(code, *self._capsys.readouterr())

    def json(self, *words: str, given: str = "") -> Any:
        done = self(*words, "-o", "json", given=given)
        assert done.code == 0, done.err
        return done.json

    def journal(self) -> str:
        return "".join(path.read_text() for path in sorted((self.home / ".svcctl/journal").iterdir()))


RULES = """
calendar cn { zone "Asia/Shanghai"  mon..fri 09:00-12:00, 13:30-18:00 }
calendar always { zone "Asia/Shanghai"  daily 00:00-24:00 }
form hardware_fault { humidity percent required "Humidity on site" }
sla urgent {
  for priority in [urgent, high]
  respond within 30m on always
  resolve within 2bd on cn
}
dispatch intake first {
  rule black-screen "Black screens" {
    when type == hardware_fault and description contains "black"
    assign engineer from team hardware having skill display >= 2 where on_shift
    notify assignee
  }
  otherwise { queue triage }
}
escalation unanswered {
  while state in [new, triaged, assigned]
  after 30m { remind assignee }
}
acceptance quiet {
  for type == hardware_fault
  require silence "Below 45 dB" { max(measured.noise) < 45 dB }
}
test "a black screen goes to who knows displays" {
  at 2026-11-23T09:00+08:00
  given engineer li { team hardware  skill display 2 }
  given ticket { type hardware_fault  description "black screen" }
  expect rule black-screen, assignee li
}
"""


@pytest.fixture(autouse=True)
def _no_settings_of_the_user(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name in ("HOME", "NOW", "ACTOR", "OUTPUT", "COLOR"):
        monkeypatch.delenv(f"SVCCTL_{name}", raising=False)


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    """A workspace with rules, two engineers who know displays, and messages that go to a file."""
    home = tmp_path / "workspace"
    shell = Shell(home, capsys)
    assert boundary.run(["init", str(home), "--zone", "Asia/Shanghai"]) == 0
    for standard in (home / "rules").rglob("*.rules"):
        standard.unlink()
    (home / "rules/start.rules").write_text(RULES, encoding="utf-8")
    settings = (home / "svcctl.toml").read_text().replace("service-hours", "cn")
    channel = '\n[channels.console]\nplugin = "console"\npath = "messages.log"\n'
    (home / "svcctl.toml").write_text(settings + channel)
    for words in (
        ("team", "set", "hardware", "name=Hardware"),
        ("engineer", "set", "li", "team=hardware", "skills=display=2", "calendar=cn"),
        ("engineer", "set", "zhao", "team=hardware", "skills=display=3", "calendar=cn", "capacity=9"),
        ("engineer", "set", "wang", "team=hardware", "skills=display=1"),
    ):
        assert shell(*words).code == 0
    return shell
