"""`rules check` as it is typed: allowed doubts, fixes, and how much is shown."""

from pathlib import Path
from typing import Any

import pytest

Shell = Any
DOUBT = """\
sla first { respond within 30m on always }
dispatch more first {
  rule all   { when reopened >= 0  queue triage }
  rule never { when reopened > 3  queue triage }
}
"""


@pytest.fixture
def file(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "one.rules"


def codes(shell: Shell, *words: str) -> list[str]:
    return [found["code"] for found in shell("rules", "check", "one.rules", *words, "-o", "json").json]


def test_a_doubt_is_allowed_where_the_text_says_why(shell: Shell, file: Path) -> None:
    file.write_text('calendar always { zone "UTC"  daily 00:00-24:00 }\n' + DOUBT, "utf-8")
    assert "unreachable-rule" in codes(shell)
    assert shell("rules", "check", "one.rules", "--strict").code == 1
    allowed = "  # svcctl: allow unreachable-rule because it is for March\n"
    told = file.read_text("utf-8").replace("  rule never", f"{allowed}  rule never")
    told = told.replace("reopened >= 0 ", "reopened >= 0  # svcctl: allow dead-clause because it reads better\n")
    file.write_text(told, "utf-8")
    assert codes(shell) == []
    done = shell("rules", "check", "one.rules", "--strict")
    assert (done.code, done.out) == (0, "")
    assert "2 allowed in the text, with reasons" in done.err
