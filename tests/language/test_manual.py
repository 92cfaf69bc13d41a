"""The manual of the language is true: its examples check, and its mistakes are found."""

import re

import pytest

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.quantity import UNITS
from svcctl.foundation.shipped import shipped
from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules

VOCABULARY = fact_vocabulary(ACTIONS, SETTABLE, default_calendar="cn-service")
MANUAL = (shipped("grammar") / "README.md").read_text("utf-8")
DESIGN_KINDS = ("calendar", "form", "flow", "sla", "dispatch", "escalation", "acceptance", "care", "test")


def examples(language: str) -> list[Source]:
    """Each fenced example, named after its line in the manual."""
    found = re.finditer(rf"^```{language}\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
    return [Source(f"README.md:{MANUAL.count(chr(10), 0, match.start()) + 2}", match[1]) for match in found]


def test_examples_are_one_workspace_without_an_error() -> None:
    sources = examples("rules")
    modules, found = [], []
    for source in sources:
        module, mistakes = parse_rules(source)
        modules.append(module)
        found += [(source.name, mistake.message) for mistake in mistakes]
    rules, findings = check_rules(modules, VOCABULARY)
    found += [(finding.primary.span.source, finding.message) for finding in findings if finding.is_error]
    assert found == []
    assert [dispatch.id for dispatch in rules.dispatches] == ["intake", "software-desk"]
    assert rules.entry == "intake"


def test_every_kind_of_block_has_an_example() -> None:
    text = "\n".join(source.text for source in examples("rules"))
    assert [kind for kind in DESIGN_KINDS if not re.search(rf"^{kind} ", text, re.MULTILINE)] == []


@pytest.mark.parametrize("source", examples("rules-wrong"), ids=lambda source: source.text.splitlines()[0][2:])
def test_mistakes_give_the_error_that_they_name(source: Source) -> None:
    module, mistakes = parse_rules(source)
    _, findings = check_rules([module], VOCABULARY)
    expected = source.text.splitlines()[0].removeprefix("# ")
    assert expected in {finding.code for finding in (*mistakes, *findings) if finding.is_error}


@pytest.mark.parametrize(
    "source", examples("rules-doubt"), ids=lambda source: source.text.splitlines()[0][2:] or "none"
)
def test_doubts_are_those_that_they_name(source: Source) -> None:
    calendars = [example for example in examples("rules") if "calendar round-the-clock" in example.text]
    forms = Source("forms.rules", "form abnormal_noise { } form hardware_fault { }")
    modules = [parse_rules(each)[0] for each in (source, forms, *calendars)]
    _, findings = check_rules(modules, VOCABULARY)
    assert [finding.code for finding in findings] == source.text.splitlines()[0].removeprefix("#").split()


def test_keywords_of_the_grammar_are_in_the_manual() -> None:
    grammar = (shipped("grammar") / "rules.lark").read_text("utf-8")
    words = set(re.findall(r'"([a-z]+)"', grammar)) - {"tue", "thu", "sat", "sun"}
    assert sorted(word for word in words if not re.search(rf"\b{word}\b", MANUAL)) == []


def test_units_are_in_the_manual() -> None:
    assert [unit for unit in UNITS if f"`{unit}`" not in MANUAL] == []
