"""The standard rules and the sample: a new workspace is sound at once, and its tests notice any small mistake."""

import json
import re
from pathlib import Path

import pytest

from svcctl.cli.boundary import run

ROOT = Path(__file__).parents[2]
NEW = (
    *(("--zone", zone) for zone in ("Asia/Shanghai", "UTC", "America/New_York", "Australia/Sydney")),
    ("--sample", "access-control"),
)
LONG = "3600"


def new_workspace(folder: Path, monkeypatch: pytest.MonkeyPatch, *options: str) -> None:
    assert run(["init", str(folder), *options]) == 0
    monkeypatch.chdir(folder)


@pytest.mark.parametrize("options", NEW, ids=lambda options: str(options[1]))
def test_a_new_workspace_is_sound_wherever_it_is(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new_workspace(tmp_path / "desk", monkeypatch, *options)
    capsys.readouterr()
    assert run(["rules", "check", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert run(["rules", "fmt", "--check"]) == 0
    capsys.readouterr()
    assert run(["rules", "test", "--at-least", "100", "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["coverage"]["percent"] == 100


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--sample", "access-control")], ids=["standard", "sample"])
def test_no_small_mistake_in_the_rules_goes_unnoticed(
    options: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new_workspace(tmp_path / "desk", monkeypatch, *options)
    capsys.readouterr()
    code = run(["rules", "mutate", "--within", LONG, "-o", "json"])
    found = json.loads(capsys.readouterr().out)
    assert found["survivors"] == []
    assert code == 0
    assert found["tried"] == found["mutants"] == found["killed"]
    told = re.search(r"puts (\d+) small mistakes", (ROOT / "rules/README.md").read_text(encoding="utf-8"))
    assert told is not None
    assert options or int(told[1]) == found["mutants"]


def test_the_readme_names_every_file() -> None:
    told = (ROOT / "rules/README.md").read_text(encoding="utf-8")
    files = {path.name for path in (ROOT / "rules").glob("*.rules") if not path.stem.endswith("_test")}
    assert files == set(re.findall(r"^\| `([\w.-]+\.rules)`", told, re.MULTILINE))
    for name in files - {"calendars.rules"}:
        assert (ROOT / "rules" / name.replace(".rules", "_test.rules")).is_file()


@pytest.mark.parametrize("part", ["team", "role", "skill"])
def test_the_readme_names_everybody_whom_the_rules_need(part: str) -> None:
    told = (ROOT / "rules/README.md").read_text(encoding="utf-8")
    rules = (path for path in (ROOT / "rules").glob("*.rules") if not path.stem.endswith("_test"))
    texts = "\n".join(path.read_text(encoding="utf-8") for path in rules)
    for name in set(re.findall(rf"\b{part} ([a-z-]+)", re.sub(r'"[^"]*"|#.*', "", texts))):
        assert f"`{name}`" in told, name
