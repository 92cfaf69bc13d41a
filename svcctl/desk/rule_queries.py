"""What the rules of a workspace hold, and whether their tests pass."""

from datetime import date
from typing import TYPE_CHECKING, Any

from svcctl.desk.rulefiles import RuleSet
from svcctl.desk.workspace import Workspace
from svcctl.foundation.diagnostic import has_errors, in_reading_order
from svcctl.foundation.source import Span

if TYPE_CHECKING:
    from svcctl.desk.coverage import Watched

_KINDS = {
    "calendars": "calendar",
    "forms": "form",
    "flows": "flow",
    "slas": "sla",
    "dispatches": "dispatch",
    "escalations": "escalation",
    "acceptances": "acceptance",
    "cares": "care",
    "tests": "test",
}


def with_doubts(rule_set: RuleSet, today: date) -> RuleSet:
    """Rules without an error, with the doubts about when their steps fire in the year to come."""
    from svcctl.decision.temporal import temporal_findings

    if has_errors(rule_set.diagnostics):
        return rule_set
    said = {(finding.code, finding.primary.span) for finding in rule_set.diagnostics}
    found = temporal_findings(rule_set.compiled(), today)
    fresh = [finding for finding in found if (finding.code, finding.primary.span) not in said]
    return rule_set.replace(diagnostics=in_reading_order([*rule_set.diagnostics, *fresh]))


def rule_rows(rule_set: RuleSet) -> list[dict[str, Any]]:
    """Every block, and under each dispatch block its rules: id, kind, title and place."""
    rows = []
    for name, kind in _KINDS.items():
        for block in getattr(rule_set.rules, name):
            rows.append(_row(rule_set, block, kind))
            rows += [_row(rule_set, rule, "rule") | {"block": block.id} for rule in getattr(block, "rules", ())]
    return rows


def test_rules(rule_set: RuleSet, workspace: Workspace, watched: "Watched | None") -> list[dict[str, Any]]:
    """Play every test of the rules; what became of each. `watched` are the same rules, which count what is asked of
    them. Raises Refusal `rules-broken`."""
    from svcctl.desk.scenario import run_tests

    book = rule_set.compiled() if watched is None else watched
    seen = (lambda event: None) if watched is None else watched.see
    return [
        {
            "id": result.title,
            "passed": result.passed,
            "place": place_in(rule_set, result.span),
            "failures": [
                {
                    "place": place_in(rule_set, failure.span),
                    "expected": failure.expected,
                    "found": failure.found,
                    "why": list(failure.why),
                }
                for failure in result.failures
            ],
        }
        for result in run_tests(book, rule_set.rules.tests, workspace.home, workspace.settings, seen)
    ]


def _row(rule_set: RuleSet, block: Any, kind: str) -> dict[str, Any]:
    return {"id": str(block.id), "kind": kind, "title": block.title or "", "place": place_in(rule_set, block.span)}


def place_in(rule_set: RuleSet, span: Span) -> str:
    """Where a span stands, as `file:line:column`."""
    source = rule_set.sources.get(span.source)
    return source.place(span) if source else span.source
