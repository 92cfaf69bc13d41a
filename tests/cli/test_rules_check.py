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


WIDE = """\
# 尽快：“先派单”
sla a {
  for priority in [Urgent，high] and type = hardware-fault
  respond within 30 m on always；
}
acceptance b { require q { max(measured.noise) <> 45 db  method “meter” } }
"""
MENDED = """\
# 尽快：“先派单”
sla a {
  for priority in [urgent,high] and type == hardware_fault
  respond within 30m on always 
}
acceptance b { require q { max(measured.noise) != 45 dB  method "meter" } }
"""  # noqa: W291


def test_what_can_only_have_been_meant_is_put_right(shell: Shell, file: Path) -> None:
    frame = 'calendar always { zone "UTC"  daily 00:00-24:00 }\nform hardware_fault { }\n'
    (file.parent / "frame.rules").write_text(frame, "utf-8")
    file.write_bytes(b"\xef\xbb\xbf" + WIDE.encode().replace(b"\n", b"\r\n"))
    both = ("one.rules", "frame.rules")
    before = shell("rules", "check", *both)
    assert (before.code, "with a certain fix" in before.err) == (1, True)
    shown = shell("rules", "check", *both, "--fix", "--diff")
    assert "+  respond within 30m on always" in shown.out
    assert shell("rules", "check", *both, "--fix", "--dry-run").out == "one.rules\n"
    assert file.read_bytes().startswith(b"\xef\xbb\xbf# ")
    done = shell("rules", "check", *both, "--fix")
    assert file.read_bytes() == b"\xef\xbb\xbf" + MENDED.encode().replace(b"\n", b"\r\n")
    assert (done.code, "fixed one.rules" in done.err) == (0, True), done.out
    assert shell("rules", "check", *both, "--fix").err.startswith("nothing to fix for certain")


def test_what_may_have_been_meant_otherwise_is_left(shell: Shell, file: Path) -> None:
    text = (
        "acceptance b {\n  require q { measured.power < 45 MW  method 'x }\n  require r { customer.teir == gold }\n"
        "  require s { priority == urgnet or measured.loss < 3 hours }\n}\n"
    )
    file.write_text(text, "utf-8")
    done = shell("rules", "check", "one.rules", "--fix")
    assert (done.code, file.read_text("utf-8")) == (1, text)


def test_of_two_words_that_are_equally_near_none_is_taken(shell: Shell, file: Path) -> None:
    text = "form a { }\nform a-b { }\nform a_b { }\nsla s { for type == A_B and type == A  respond within 1h }\n"
    file.write_text(text, "utf-8")
    shell("rules", "check", "one.rules", "--fix")
    assert "type == A_B and type == a " in file.read_text("utf-8")


def test_fixes_are_data(shell: Shell, file: Path) -> None:
    file.write_text("sla a { for priority = high }\n", "utf-8")
    (found,) = (one for one in shell("rules", "check", "one.rules", "-o", "json").json if one["fix"])
    assert found["fix"] == {
        **{"file": "one.rules", "text": "=="},
        **{"line": 1, "column": 22, "end_line": 1, "end_column": 23},
    }
    assert shell("rules", "check", "one.rules", "--diff").code == 2


def test_twenty_findings_are_shown_and_the_others_counted(shell: Shell, file: Path) -> None:
    fields = "\n".join(f"  f{number} nothing" for number in range(37))
    file.write_text("sla w { for description contains plan respond within 1h }\nform a {\n" + fields + "\n}\n", "utf-8")
    page = shell("rules", "check", "one.rules").out
    assert page.count("\n  --> one.rules:") == 20
    assert "more are shown with --all" in page.splitlines()[-1]
    assert shell("rules", "check", "one.rules", "--all").out.count("error[unknown-kind]") == 37
    assert len(codes(shell)) > 37
