"""`svcctl rules diff` as it is typed: files, folders, revisions, and a budget."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

Shell = Any


@pytest.fixture
def other(shell: Shell, tmp_path: Path) -> Path:
    """The workspace's rules with another threshold."""
    folder = tmp_path / "other"
    shutil.copytree(shell.home / "rules", folder)
    file = folder / "start.rules"
    file.write_text(file.read_text("utf-8").replace('contains "black"', 'contains "black screen"'), "utf-8")
    return folder


def test_the_region_an_example_and_the_tickets_on_record_are_told(shell: Shell, other: Path) -> None:
    for text in ("black screen", "all black", "noise"):
        shell("ticket", "new", "--type", "hardware_fault", "--description", text, "--field", "humidity=83")
    old = str(shell.home / "rules")
    done = shell("rules", "diff", old, str(other))
    assert done.code == 0
    assert done.out.splitlines() == [
        "dispatch intake: black-screen -> otherwise",
        '  for type is present and description contains "black" and not (description contains "black screen")',
        '  example: type hardware_fault, description "black"',
        "  on record: 1 ticket",
        "",
        "1 of 3 tickets on record are concerned",
    ]
    found = shell.json("rules", "diff", old, str(other))
    assert (found["tickets"], found["changed"]) == (3, ["T-000002"])
    assert found["differences"][0]["ids"] == ["T-000002"]
    assert shell("rules", "diff", old, old).out == "nothing is decided differently\n"
    assert shell("rules", "diff", old, str(other), "-o", "csv").out.splitlines()[1].startswith("dispatch,intake,")


def test_a_budget_fails_beyond_its_share(shell: Shell, other: Path) -> None:
    old = str(shell.home / "rules")
    refused = shell("rules", "diff", old, str(other), "--max-changed", "2%")
    assert (refused.code, "no tickets on record" in refused.err) == (2, True)
    for text in ("all black", "noise"):
        shell("ticket", "new", "--type", "hardware_fault", "--description", text, "--field", "humidity=83")
    assert shell("rules", "diff", old, str(other), "--max-changed", "50%").code == 0
    done = shell("rules", "diff", old, str(other), "--max-changed", "49.9%")
    assert done.code == 1
    assert done.err == "error: 50.00% of the tickets on record are concerned, more than 49.9%\n"
    assert shell("rules", "diff", old, str(other), "--max-changed", "few").code == 2


def test_revisions_are_read_from_git_without_a_workspace(
    shell: Shell, other: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from svcctl.cli.boundary import run

    monkeypatch.chdir(other.parent)
    commit = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "-m", "x", "--no-gpg-sign"]
    (other / "start.rules").write_text((shell.home / "rules/start.rules").read_text("utf-8"), "utf-8")
    (other / ".kept.rules").write_text("no rules at all", "utf-8")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "other"], check=True)
    subprocess.run(commit, check=True)
    text = (other / "start.rules").read_text("utf-8")
    (other / "start.rules").write_text(text.replace("resolve within 2bd", "resolve within 1bd"), "utf-8")
    capsys.readouterr()
    assert run(["rules", "diff", "HEAD:other", "other", "--calendar", "cn", "-o", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["tickets"] is None
    assert [(item["kind"], item["block"], item["tickets"]) for item in found["differences"]] == [
        ("sla", "urgent", None)
    ]
    assert run(["rules", "diff", "HEAD:other/start.rules", "HEAD:other", "--calendar", "cn"]) == 0
    assert capsys.readouterr().out == "nothing is decided differently\n"
    for wrong in ("nowhere:other", "HEAD:nowhere", "--upload-pack=x:y"):
        assert run(["rules", "diff", "--", wrong, "other"]) in (2, 3)
