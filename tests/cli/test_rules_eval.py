"""`svcctl rules eval` as it is typed: tickets in, decisions out, one line at a time."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

Shell = Any
ROOT = Path(__file__).parents[2]
BLACK = {"id": "A1", "type": "hardware_fault", "description": "black screen", "fields": {"humidity": 83}}


def lines(*items: Any) -> str:
    return "".join(f"{item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)}\n" for item in items)


def test_each_line_is_answered_and_a_bad_one_does_not_stop_the_rest(shell: Shell) -> None:
    done = shell("rules", "eval", given=lines(BLACK, "{", "", {"id": "A2", "typ": "x"}, {"id": "A3"}))
    assert done.code == 4
    assert done.err == "error[partly-failed]: 2 of 4 failed\n"
    first, second, third, fourth = map(json.loads, done.out.splitlines())
    assert (first["id"], first["dispatch"]["rule"]) == ("A1", "black-screen")
    assert first["acceptance"]["checks"][0]["id"] == "quiet.silence"
    assert (second["line"], second["id"], second["error"]["code"]) == (2, None, "bad-input")
    assert (third["line"], third["id"]) == (4, "A2")
    assert "no field `typ`" in third["error"]["message"]
    assert third["error"]["help"] == "did you mean `type`?"
    assert fourth["dispatch"]["actions"] == ["queue triage"]


def test_numbers_that_are_none_are_refused(shell: Shell) -> None:
    done = shell("rules", "eval", given='{"fields": {"humidity": NaN}}\n')
    assert "`NaN` is no number of JSON" in json.loads(done.out)["error"]["message"]


def test_without_a_workspace_rules_are_enough_and_nothing_is_written(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    people = tmp_path / "people.json"
    people.write_text(json.dumps({"engineers": [{"id": "li", "team": "hardware", "skills": {"display": 2}}]}))
    program = [sys.executable, "-m", "svcctl", "rules", "eval", "--rules", str(shell.home / "rules")]
    program += ["--calendar", "cn", "--records", str(people), "--now", "2026-11-23T09:00+08:00", "--only", "dispatch"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True, cwd=tmp_path
    ) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        for number in range(3):  # each answer is out before the next line is there
            running.stdin.write(lines({**BLACK, "id": f"A{number}"}))
            running.stdin.flush()
            answer = json.loads(running.stdout.readline())
            assert answer["id"] == f"A{number}"
            assert answer["dispatch"]["effects"][0]["to"][0]["id"] == "li"
        running.stdin.close()
        assert running.wait() == 0
    assert {path.name for path in tmp_path.iterdir()} == {"people.json", "workspace"}


def test_it_can_be_a_file_and_come_out_as_a_table_of_values(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "tickets.jsonl"
    file.write_text(lines(BLACK, {"id": "A2"}), encoding="utf-8")
    assert [item["id"] for item in shell.json("rules", "eval", str(file))] == ["A1", "A2"]
    out = shell("rules", "eval", str(file), "-o", "csv").out.splitlines()
    assert out[0] == "id,dispatch.block,dispatch.rule,dispatch.actions,line,error.message"
    assert out[2].startswith("A2,intake,,")
    assert shell("rules", "eval", str(tmp_path / "none")).code == 3
    assert shell("rules", "eval", "--records", str(tmp_path / "none")).code == 3
    assert shell("rules", "eval", "--records", str(tmp_path)).code == 3
    assert "is not JSON" in shell("rules", "eval", "--records", str(shell.home / "svcctl.toml")).err
