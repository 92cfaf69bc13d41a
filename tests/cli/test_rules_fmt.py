"""`rules fmt` as it is typed: what it writes, what it leaves, what it says."""

from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.rewriting import Draft, write_draft
from svcctl.foundation.errors import Refusal

Shell = Any
WILD = "sla a{respond within 30m#一\n}\n"
TIDY = "sla a {\n  respond within 30m  #一\n}\n"


@pytest.fixture
def wild(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "wild.rules"
    path.write_text(WILD, "utf-8")
    return path


def test_files_are_put_in_form_once(shell: Shell, wild: Path) -> None:
    wild.chmod(0o640)
    done = shell("rules", "fmt", "wild.rules")
    assert (done.code, done.out) == (0, "wild.rules\n")
    assert wild.read_text("utf-8") == TIDY
    assert wild.stat().st_mode & 0o777 == 0o640
    assert list(wild.parent.glob(".*")) == []
    assert shell("rules", "fmt", "wild.rules").out == ""


@pytest.mark.parametrize("words", [("--check",), ("--diff",), ("--dry-run",), ("--check", "--diff")])
def test_a_look_writes_nothing(shell: Shell, wild: Path, words: tuple[str, ...]) -> None:
    done = shell("rules", "fmt", "wild.rules", *words)
    assert wild.read_text("utf-8") == WILD
    assert done.code == ("--check" in words)
    if "--diff" in words:
        assert "-sla a{respond within 30m#一" in done.out
        assert "+  respond within 30m  #一" in done.out
    else:
        assert done.out == "wild.rules\n"


def test_stdin_comes_back_on_stdout(shell: Shell) -> None:
    assert shell("rules", "fmt", "-", given=WILD).out == TIDY
    assert shell("rules", "fmt", "-", "--check", given=WILD).code == 1
    assert shell("rules", "fmt", "-", "--check", given=TIDY) == (0, "", "")
    assert shell("rules", "fmt", "-", "a.rules", given=WILD).code == 2


def test_the_workspace_is_meant_where_no_file_is_named(shell: Shell) -> None:
    shell("rules", "fmt")
    assert shell("rules", "fmt", "--check").code == 0
    assert shell("rules", "check").code == 0


def test_a_broken_file_is_left_and_the_others_are_not(shell: Shell, wild: Path) -> None:
    (wild.parent / "broken.rules").write_text("sla b { respond whithin 1h }", "utf-8")
    (wild.parent / "latin.rules").write_bytes(b"# caf\xe9\n")
    done = shell("rules", "fmt", ".")
    assert done.code == 4
    assert "error[rules-broken]: broken.rules:1:17" in done.err
    assert "error[bad-input]: latin.rules is not UTF-8" in done.err
    assert wild.read_text("utf-8") == TIDY
    found = shell("rules", "fmt", "broken.rules", "-o", "json")
    assert found.code == 2
    assert found.json[0]["error"]["code"] == "rules-broken"


def test_line_breaks_stay_as_they_are(shell: Shell, wild: Path) -> None:
    wild.write_bytes(b"\xef\xbb\xbf" + WILD.encode().replace(b"\n", b"\r\n"))
    shell("rules", "fmt", "wild.rules")
    assert wild.read_bytes() == b"\xef\xbb\xbf" + TIDY.encode().replace(b"\n", b"\r\n")


def test_what_somebody_else_has_just_saved_is_not_overwritten(wild: Path) -> None:
    with pytest.raises(Refusal) as refused:
        write_draft(Draft(wild, "wild.rules", "before\n", TIDY))
    assert refused.value.code == "stale-revision"
    assert wild.read_text("utf-8") == WILD
