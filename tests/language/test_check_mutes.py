"""`mutes`: the rules that it names exist, its fact does, and no circle falls silent."""

import pytest

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.source import Source
from svcctl.language.blocks import Mute, Rules
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules

STEPS = "after 1h { remind assignee } }"


def checked(text: str) -> tuple[Rules, list[str]]:
    module, mistakes = parse_rules(Source("test.rules", text))
    rules, findings = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE))
    return rules, [finding.code for finding in (*mistakes, *findings) if finding.is_error]


def test_what_is_muted_and_by_which_fact() -> None:
    text = f"escalation a {{ {STEPS} escalation b {{ {STEPS} escalation c {{ mutes a, b by site.id  mutes b {STEPS}"
    rules, found = checked(text)
    assert found == []
    assert rules.escalations[2].mutes == (Mute(("a", "b"), "site.id"), Mute(("b",)))


@pytest.mark.parametrize(
    ("clauses", "codes"),
    [
        ("mutes b", ["unknown-value"]),
        ("mutes a", ["circular-mutes"]),
        ("mutes d by sight", ["unknown-field"]),
        ("mutes d by nothing.of.it", ["unknown-field"]),
        ("mutes", ["syntax"]),
    ],
)
def test_mistakes(clauses: str, codes: list[str]) -> None:
    _, found = checked(f"escalation a {{ {clauses} {STEPS} escalation d {{ {STEPS}")
    assert found == codes


def test_a_circle_is_told_once() -> None:
    _, found = checked(
        f"escalation a {{ mutes b {STEPS} escalation b {{ mutes c {STEPS} escalation c {{ mutes a {STEPS}"
    )
    assert found == ["circular-mutes"]
