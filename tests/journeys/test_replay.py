"""Replay over rich histories: the six weeks of the sample with 5,000 imported requests, and requests that rules did."""

import json
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest

from svcctl.cli.boundary import run

ROOT = Path(__file__).parents[2]
REQUESTS = ROOT / "samples/service-requests"
OPEN = 240
_PAST = ("responded_at", "resolved_at", "closed_at", "[fields.due]", "resolve =", "[fields.state]", 'values = { "新建"')


def typed(capsys: pytest.CaptureFixture[str], home: Path, *words: str, codes: tuple[int, ...] = (0,)) -> str:
    capsys.readouterr()
    assert run(["--home", str(home), *words]) in codes
    return capsys.readouterr().out


def replayed(capsys: pytest.CaptureFixture[str], home: Path, rules: Path) -> Any:
    return json.loads(typed(capsys, home, "rules", "replay", "--rules", str(rules), "-o", "json"))


def take_in_open(capsys: pytest.CaptureFixture[str], home: Path) -> None:
    """Bring requests in without what became of them, so that it is these rules that decide about them."""
    with (home / "open.csv").open("w", encoding="utf-8", newline="") as file:
        run_path(str(REQUESTS / "generate.py"))["write"](file, OPEN, 7)
    mapping = (REQUESTS / "mapping.toml").read_text("utf-8").replace('"old-desk"', '"other-desk"')
    kept = [line for line in mapping.splitlines() if not line.startswith(_PAST) and 'column = "状态"' not in line]
    (home / "open.toml").write_text("\n".join(kept), encoding="utf-8")
    now = "2026-10-26T10:00"
    arguments = ("import", str(home / "open.csv"), "--mapping", str(home / "open.toml"), "--now", now)
    typed(capsys, home, *arguments, codes=(0, 4))
    ids = typed(capsys, home, "ticket", "list", "--state", "new", "--limit", "1000", "-o", "ids").split()
    assert len(ids) > OPEN // 4
    typed(capsys, home, "dispatch", *ids, "--now", now)
    for time in ("2026-10-26T10:30", "2026-10-26T16:00", "2026-10-27T11:00"):
        typed(capsys, home, "sweep", "--now", time)


def test_the_rules_in_force_change_nothing_and_others_what_they_say(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    home = tmp_path / "desk"
    assert run(["demo", "--dir", str(home), "--rows", "5000"]) == 0
    take_in_open(capsys, home)
    found = replayed(capsys, home, home / "rules")
    assert found["changes"] == []
    assert found["tickets"] > 5000
    decisions = found["decisions"]
    assert all(tally["alike"] == tally["recorded"] for tally in decisions.values()), decisions
    assert all(tally["recorded"] >= least for tally, least in zip(decisions.values(), (90, 90, 100, 5), strict=True))

    changed = tmp_path / "changed"
    changed.mkdir()
    for path in (home / "rules").iterdir():
        text = path.read_text("utf-8")
        (changed / path.name).write_text(
            text.replace("< 45 dB", "< 40 dB").replace("after 2h  {", "after 90m {"), "utf-8"
        )
    found = replayed(capsys, home, changed)
    counts = {kind: tally["changed"] for kind, tally in found["decisions"].items()}
    assert (counts["dispatch"], counts["due"], counts["acceptance"]) == (0, 0, 1)
    assert counts["escalation"] == len({item["id"] for item in found["changes"] if item["kind"] == "escalation"}) > 1
    steps = [item["after"]["steps"] for item in found["changes"] if item["kind"] == "escalation"]
    assert {step["step"] for each in steps for step in each} == {"after-90m"}
    table = typed(capsys, home, "rules", "replay", "--rules", str(changed))
    assert "acceptance  2026-10-21 10:40  accepted" in table
    ids = typed(capsys, home, "rules", "replay", "--rules", str(changed), "-o", "ids").split()
    assert ids == [item["id"] for item in found["changes"]]
