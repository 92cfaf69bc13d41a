"""Content that breaks tools, given as people and programs give it: kept exactly, or refused with a reason."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli.boundary import run
from svcctl.foundation.errors import Exit

NOW = ("--now", "2026-11-23T10:00:00Z", "--actor", "li")
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert run(["init", "."]) == 0
    for path in (tmp_path / "rules").iterdir():
        path.unlink()
    return tmp_path


def answer(capture: Capture, *words: str) -> Any:
    capture.readouterr()
    code = run([*NOW, "-o", "json", *words])
    out, err = capture.readouterr()
    return json.loads(out) if code == 0 else (code, json.loads(err.splitlines()[-1])["error"]["message"])


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "right \u202e to left",
        "line\u2028\u0085\r\nbreaks",
        "../../x",
        '"}\n}}\n"x',
        "黑屏 👷🏽\u200d♀️",
        "x" * 100_000,
    ],
    ids=lambda text: repr(text[:12]),
)
def test_text_is_kept_exactly(home: Path, capsys: Capture, text: str) -> None:
    (home / "ticket.json").write_text(json.dumps({"title": "t", "description": text, "fields": {"said": text}}))
    made = answer(capsys, "ticket", "new", "--file", "ticket.json", "--incomplete")
    assert made["description"] == made["fields"]["said"] == text
    assert answer(capsys, "ticket", "comment", "T-000001", text[:100_000])["id"] == "T-000001"
    shown = answer(capsys, "ticket", "show", "T-000001")
    assert shown["description"] == text
    assert shown["comments"][0]["text"] == text[:100_000]
    assert run(["ticket", "show", "T-000001", *NOW]) == 0
    out = capsys.readouterr().out
    assert "\u202e" not in out
    assert "\0" not in out
    assert answer(capsys, "store", "verify", "--deep") == []


def test_ten_megabytes_come_through_stdin_and_bytes_that_are_no_text_are_kept_or_refused(home: Path) -> None:
    svcctl = [sys.executable, "-m", "svcctl", *NOW, "-o", "json"]
    said = "黑屏" * 1_700_000
    words = [*svcctl, "ticket", "new", "--title", "long", "--description", "-"]
    made = subprocess.run(words, input=said.encode(), capture_output=True, check=False)
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["description"] == said
    bytes_given = os.fsencode(sys.executable), b"-m", b"svcctl", b"-o", b"json"
    kept = subprocess.run(
        [*bytes_given, b"ticket", b"comment", b"T-000001", b"a\xffb"], capture_output=True, check=True
    )
    assert json.loads(kept.stdout)["id"] == "T-000001"
    shown = subprocess.run([*svcctl, "ticket", "show", "T-000001"], capture_output=True, check=True)
    assert json.loads(shown.stdout)["comments"][0]["text"] == "a\udcffb"
    refused = subprocess.run([*bytes_given, b"ticket", b"new", b"--title", b"a\xffb"], capture_output=True, check=False)
    assert refused.returncode == Exit.USAGE
    assert json.loads(refused.stderr)["error"]["message"] == "the ticket: `title` holds bytes that are no UTF-8 text"


@pytest.mark.parametrize("id", ["../../x", "/etc/passwd", "", ".", "T-000001/../x", "a\0b", "T-99999999999999999999"])
def test_ids_that_look_like_paths_name_nothing(home: Path, capsys: Capture, id: str) -> None:
    code, message = answer(capsys, "ticket", "show", "--", id)
    assert code == Exit.NOT_FOUND
    assert "there is no ticket" in message
    before = sorted(path.name for path in home.parent.iterdir())
    assert answer(capsys, "customer", "set", "../../x", "name=q")["id"] == "../../x"
    assert answer(capsys, "customer", "show", "../../x")["name"] == "q"
    assert sorted(path.name for path in home.parent.iterdir()) == before


@pytest.mark.parametrize(
    "words",
    [
        ("ticket", "new", "--file", "deep.json"),
        ("customer", "import", "deep.json"),
        ("store", "import", "deep.json"),
        ("import", "deep.json", "--mapping", "deep.toml"),
        ("store", "restore", "backup"),
    ],
)
def test_what_is_nested_without_end_is_refused(home: Path, capsys: Capture, words: tuple[str, ...]) -> None:
    deep = "[" * 100_000 + "]" * 100_000
    (home / "deep.json").write_text(f'{{"title": {deep}}}')
    (home / "deep.toml").write_text(f"title = {deep}")
    (home / "backup").mkdir()
    (home / "backup/backup.json").write_text(deep)
    code, message = answer(capsys, *words)
    assert code in (Exit.USAGE, Exit.DISK)
    assert "bug" not in message
    assert answer(capsys, "ticket", "list") == []


def test_a_field_nested_deeper_than_the_store_keeps_is_refused(home: Path, capsys: Capture) -> None:
    value: Any = "in"
    for _ in range(150):
        value = [value]
    (home / "deep.json").write_text(json.dumps({"title": "t", "fields": {"x": value}}))
    code, message = answer(capsys, "ticket", "new", "--file", "deep.json", "--incomplete")
    assert code == Exit.USAGE
    assert "nested deeper than 100 levels" in message


def test_what_makes_a_ticket_too_large_is_refused_and_the_others_stay_usable(home: Path, capsys: Capture) -> None:
    assert answer(capsys, "ticket", "new", "--title", "before")["id"] == "T-000001"
    (home / "large.json").write_text(json.dumps({"title": "t", "description": "x" * 34_000_000}))
    code, message = answer(capsys, "ticket", "new", "--file", "large.json")
    assert code == Exit.USAGE
    assert "more than the 32 MB of one document" in message
    assert answer(capsys, "ticket", "comment", "T-000001", "seen")["id"] == "T-000001"
    (home / "long.txt").write_text("y" * 34_000_000)
    assert [one["id"] for one in answer(capsys, "ticket", "list")] == ["T-000001"]
