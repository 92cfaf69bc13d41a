"""A thousand tickets through a thousand rules: each decision is recorded with its reason, and can be explained."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli.boundary import run

TICKETS = RULES = 1000
MODELS = [f"M{number:03d}" for number in range(250)]
LINES = ["pump", "valve", "panel", "drive"]
REGIONS = ["north", "south", "east", "west"]
NOW = ("--now", "2026-11-23T10:00:00+08:00", "--actor", "desk")


def _rules(chance: random.Random) -> str:
    rules = []
    for number in range(RULES):
        conditions = [f"product.model == {chance.choice(MODELS)}"]
        if chance.random() < 0.5:
            conditions.append(f"region in [{', '.join(chance.sample(REGIONS, 2))}]")
        if chance.random() < 0.3:
            conditions.append('description contains any ["leak", "漏水"]')
        action = (
            "assign engineer from team field having skill pumps >= 3 where region == site.region"
            if number % 4 == 0
            else "assign engineer from team field prefer fewest open_tickets"
        )
        rules.append(f"  rule r{number:04d} {{ when {' and '.join(conditions)}  {action} }}")
    return "dispatch intake first {\n" + "\n".join(rules) + "\n  otherwise { tag unmatched }\n}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    chance = random.Random(1000)
    (tmp_path / "w").mkdir()
    monkeypatch.chdir(tmp_path)
    assert run(["init", "w", "--zone", "Asia/Shanghai"]) == 0
    home = tmp_path / "w"
    for path in (home / "rules").iterdir():
        path.unlink()
    calendar = 'calendar service-hours { zone "Asia/Shanghai" mon..fri 09:00-18:00 }\n'
    (home / "rules" / "thousand.rules").write_text(calendar + _rules(chance), encoding="utf-8")
    people = ["id,team,skills,regions"]
    people += [f"e{number},field,pumps={1 + number % 3},{REGIONS[number % 3]}" for number in range(12)]
    (home / "people.csv").write_text("\n".join(people))
    rows = ["ref,line,model,region,text"]
    rows += [
        f"{number},{chance.choice(LINES)},{chance.choice(MODELS)},{chance.choice(REGIONS)},"
        f"{chance.choice(['leak at the seal', '漏水', 'noise', 'no display'])}"
        for number in range(TICKETS)
    ]
    (home / "tickets.csv").write_text("\n".join(rows), encoding="utf-8")
    (home / "mapping.toml").write_text(
        'source = "x"\n[fields]\nexternal = "ref"\nproduct_line = "line"\nproduct_model = "model"\n'
        'region = "region"\ndescription = "text"\n'
    )
    monkeypatch.chdir(home)
    return home


def test_every_decision_has_its_reason(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["engineer", "import", "people.csv", *NOW]) == 0
    assert run(["rules", "check"]) == 0
    assert run(["import", "tickets.csv", "--mapping", "mapping.toml", "--dispatch", "-o", "jsonl", *NOW]) == 0
    capsys.readouterr()
    assert run(["ticket", "export", "--events", "-o", "jsonl"]) == 0
    tickets = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(tickets) == TICKETS
    decisions = {ticket["id"]: _dispatched(ticket) for ticket in tickets}
    for ticket in tickets:
        why = decisions[ticket["id"]]["why"]
        if "rule" not in why:
            assert decisions[ticket["id"]]["rule"] == "intake/otherwise"
            continue
        matched = next(trace for trace in why["considered"] if trace["rule"] == why["rule"])
        assert matched["matched"] is True
        assert matched["clauses"]
        assert all(clause["outcome"] is True for clause in matched["clauses"])
        if "assignee" not in ticket:
            refused = [person for choice in why["choices"] for person in choice["refused"]]
            assert len(refused) == 12
            assert all(person["reason"] for person in refused)
    without = [
        ticket["id"] for ticket in tickets if "assignee" not in ticket and "rule" in decisions[ticket["id"]]["why"]
    ]
    assert without
    assert run(["rules", "explain", without[0]]) == 0
    shown = capsys.readouterr().out
    assert "not e0 " in shown
    assert "nobody was found" in shown
    for ticket in tickets[::400]:
        assert run(["rules", "explain", ticket["id"]]) == 0
        assert ticket["id"] in capsys.readouterr().out


def _dispatched(ticket: dict[str, Any]) -> dict[str, Any]:
    events = [event for event in ticket["events"] if event["kind"] == "dispatched"]
    assert len(events) == 1
    event: dict[str, Any] = events[0]
    return event
