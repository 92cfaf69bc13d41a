"""Why, what is proven, what the tests see: the rules toolchain as it is typed."""

import csv
import io
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Shell = Any
NEW = ("ticket", "new", "--type", "hardware_fault", "--description", "black screen", "--field", "humidity=83")
SHADOWED = """
  rule all-black { when description contains "black"  queue triage }
  rule black-pump { when description contains "black pump"  queue triage }
"""


@pytest.fixture
def rules(shell: Shell) -> Path:
    path: Path = shell.home / "rules/start.rules"
    return path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_a_ticket_is_explained_by_the_clauses_that_decided(shell: Shell) -> None:
    id = shell.json(*NEW)["id"]
    told = shell("rules", "explain", id).out
    assert "rule black-screen: matched" in told
    assert 'description contains "black"' in told


def test_a_rule_is_explained_as_it_is_written_with_what_it_takes(shell: Shell, rules: Path) -> None:
    edit(rules, "  otherwise {", "  rule rest { when type == hardware_fault  queue triage }\n  otherwise {")
    told = shell("rules", "explain", "rest").out
    assert "rest  rule  rules/start.rules:" in told
    assert "rule rest { when type == hardware_fault  queue triage }" in told
    assert "number 2 of 2 in dispatch `intake`" in told
    assert "taken before it by `black-screen`" in told
    assert 'not (description contains "black")' in told
    found = shell.json("rules", "explain", "rest")
    assert (found["kind"], found["block"], found["after"]) == ("rule", "intake", ["black-screen"])
    assert shell.json("rules", "explain", "unanswered")["kind"] == "escalation"


def test_a_code_is_explained_without_a_workspace(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from svcctl.cli.boundary import run

    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert run(["rules", "explain", "dispatch-gap"]) == 0
    assert "Prefer" in capsys.readouterr().out
    done = shell("rules", "explain", "nothing-of-the-kind")
    assert done.code != 0
    assert "no ticket, rule or code `nothing-of-the-kind`" in done.err
    assert "did you mean `black-screen`?" in shell("rules", "explain", "blackscreen").err
    assert shell("rules", "explain", "../README").code != 0


def test_why_not_tells_the_smallest_change(shell: Shell) -> None:
    shell("engineer", "set", "li", "skills=display=1")
    shell("engineer", "set", "zhao", "skills=display=1")
    id = shell.json("ticket", "new", "--type", "hardware_fault", "--description", "noise", "--field", "humidity=83")[
        "id"
    ]
    found = shell.json("rules", "why-not", "black-screen", id)
    assert (found["matched"], found["decided"], found["proven"], found["taken_by"]) == (False, False, True, None)
    assert [change["needed"] for change in found["changes"]] == ['description contains "black"']
    assert {lacking["engineer"] for lacking in found["lacking"]} == {"li", "wang", "zhao"}
    told = shell("rules", "why-not", "black-screen", id).out
    assert 'description contains "black", and it is noise' in told
    assert "skill display is 1, and must be >= 2" in told
    silent = shell.json("ticket", "new", "--type", "hardware_fault", "--field", "humidity=83")["id"]
    assert 'description contains "black", and it is empty' in shell("rules", "why-not", "black-screen", silent).out


def test_why_not_counts_the_rules_above(shell: Shell, rules: Path) -> None:
    edit(rules, "  otherwise {", "  rule urgent { when priority == urgent  queue triage }\n  otherwise {")
    id = shell.json(*NEW)["id"]
    found = shell.json("rules", "why-not", "urgent", id)
    assert found["taken_by"] == "black-screen"
    assert len(found["changes"]) == 2
    assert "priority == urgent" in [change["needed"] for change in found["changes"]]
    assert shell.json("rules", "why-not", "black-screen", id)["decided"] is True


def test_why_not_says_where_no_ticket_would_do(shell: Shell, rules: Path) -> None:
    edit(rules, "  otherwise {", SHADOWED + "  otherwise {")
    id = shell.json(*NEW)["id"]
    assert shell.json("rules", "why-not", "black-pump", id)["changes"] is None
    assert "no ticket comes to it" in shell("rules", "why-not", "black-pump", id).out


def test_findings_go_to_other_tools(shell: Shell, rules: Path) -> None:
    edit(rules, "  otherwise {", SHADOWED + "  otherwise {")
    (line,) = shell("rules", "check", "--format", "github").out.splitlines()
    assert line.startswith("::warning file=rules/start.rules,line=")
    assert "title=unreachable-rule::rule `black-pump` can never match%0Aexample: " in line
    log = json.loads(shell("rules", "check", "--format", "sarif").out)
    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "unreachable-rule"
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "rules/start.rules"
    edit(rules, "calendar cn", "# one line more\n\ncalendar cn")
    moved = json.loads(shell("rules", "check", "--format", "sarif").out)["runs"][0]["results"][0]
    assert moved["partialFingerprints"] == result["partialFingerprints"]
    assert moved["locations"] != result["locations"]
    suite = ElementTree.fromstring(shell("rules", "check", "--format", "junit").out)
    assert (suite.get("tests"), suite.get("failures")) == ("1", "0")
    assert "unreachable-rule" in (suite.findtext("testcase/system-out") or "")


def test_test_results_go_to_other_tools(shell: Shell, rules: Path) -> None:
    edit(
        rules, "expect rule black-screen, assignee li", "expect rule <none>, assignee li".replace("<none>", "otherwise")
    )
    done = shell("rules", "test", "--format", "junit")
    assert done.code == 1
    suite = ElementTree.fromstring(done.out)
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")
    assert "expected rule otherwise, found black-screen" in (suite.findtext("testcase/failure") or "")


def test_names_are_held_against_the_workspace(shell: Shell, rules: Path) -> None:
    assert shell.json("rules", "check", "--data") == []
    shell("asset", "set", "SN1", "model=TG-800")
    shell("team", "set", "night", "name=Night")
    edit(
        rules,
        "  otherwise { queue triage }",
        """  rule far { when site.region == west and product.model == "TG-80O"
             assign engineer from team night having skill display >= 9 or team night }
  otherwise { queue triage }""",
    )
    shell("engineer", "set", "li", "regions=north")
    found = shell.json("rules", "check", "--data")
    assert [row["code"] for row in found] == [
        "region-not-served",
        "unknown-model",
        "team-without-engineers",
        "skill-nobody-has",
        "team-without-engineers",
    ]
    assert found[3]["help"] == ["the best have 3"]
    assert shell("rules", "check", "--data").code == 0
    assert shell("rules", "check", "--data", "--strict").code == 1


def test_coverage_counts_both_outcomes_of_every_clause(shell: Shell, rules: Path) -> None:
    found = shell.json("rules", "test", "--coverage")["coverage"]
    seen = {row["clause"]: (row["held"], row["failed"]) for row in found["clauses"]}
    assert seen['description contains "black"'] == (True, False)
    assert seen["on_shift"] == (True, False)
    assert found["percent"] < 100
    assert shell("rules", "test", "--at-least", "99").code == 1
    told = shell("rules", "test", "--coverage").out
    assert 'always held: description contains "black"' in told
    assert "coverage " in told.splitlines()[-1]
    rows = list(csv.DictReader(io.StringIO(shell("rules", "test", "--coverage", "-o", "csv").out)))
    assert [row["clause"] for row in rows] == [row["clause"] for row in found["clauses"]]
    assert {row["clause"]: (row["held"], row["failed"]) for row in rows}["on_shift"] == ("true", "false")
    text = rules.read_text("utf-8")
    rules.write_text(text + 'test "noise" { given ticket { type hardware_fault } at 2026-11-23T09:00+08:00 }', "utf-8")
    edit(
        rules,
        'test "noise" { given ticket { type hardware_fault } at 2026-11-23T09:00+08:00 }',
        'test "noise" { at 2026-11-23T09:00+08:00  given ticket { type hardware_fault }  expect queue triage }',
    )
    found = shell.json("rules", "test", "--coverage")["coverage"]
    seen = {row["clause"]: (row["held"], row["failed"]) for row in found["clauses"]}
    assert seen['description contains "black"'] == (True, True)


def test_what_mutation_prints_kills_the_mutant(shell: Shell, rules: Path) -> None:
    done = shell("rules", "mutate", "-o", "json")
    assert done.code == 1
    found = done.json
    assert found["tried"] == found["mutants"] == found["killed"] + found["equivalent"] + len(found["survivors"])
    tests = [survivor["test"] for survivor in found["survivors"] if survivor["test"]]
    assert len(tests) >= len(found["survivors"]) // 2
    assert 'description contains "black"' in " ".join(survivor["written"] for survivor in found["survivors"])
    rules.write_text(rules.read_text("utf-8") + "".join(dict.fromkeys(tests)), "utf-8")
    assert shell("rules", "check").code == 0
    assert shell("rules", "test").code == 0
    again = shell("rules", "mutate", "-o", "json").json
    assert [survivor for survivor in again["survivors"] if survivor["test"]] == []
    assert again["killed"] >= found["killed"] + len(tests)
    assert "survive" in shell("rules", "mutate").out.splitlines()[-1]


def test_mutation_needs_tests_that_pass(shell: Shell, rules: Path) -> None:
    edit(rules, "expect rule black-screen", "expect rule otherwise")
    assert "do not pass" in shell("rules", "mutate").err
