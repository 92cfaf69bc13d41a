"""The example of the whole language has no finding with the catalogs that rules really meet."""

from pathlib import Path

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.source import Source
from svcctl.language.blocks import Rules
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules

NAMES = {
    "team": frozenset({"site-hardware", "customer-care", "triage"}),
    "engineer": frozenset({"wang"}),
    "role": frozenset({"service-director", "technical-director"}),
    "skill": frozenset({"access-control"}),
    "queue": frozenset({"triage"}),
}


def rules_of(example: str) -> Rules:
    module, unread = parse_rules(Source("example.rules", example))
    assert unread == ()
    rules, found = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE, NAMES, "cn-service"))
    assert found == ()
    return rules


def test_the_example_has_no_finding() -> None:
    rules = rules_of(Path(__file__).with_name("example.rules").read_text("utf-8"))
    assert rules.entry == "intake"
    assert rules.default_calendar == "cn-service"
    assert [form.id for form in rules.forms] == ["abnormal_noise", "hardware_fault", "software_bug"]
    assert [block.id for block in rules.escalations] == ["resolution-at-risk", "unanswered-urgent"]
    assert [test.id for test in rules.tests] == ["a black screen on site goes to the site team"]
