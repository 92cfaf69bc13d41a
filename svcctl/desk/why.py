"""Why: a rule as it is written and what it takes, and what would have made a rule decide."""

from typing import Any

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.desk.dispatching import takers
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.rulefiles import RuleSet
from svcctl.desk.workspace import Workspace
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.source import Span
from svcctl.language.analysis.conditions import Terms
from svcctl.language.analysis.describe import describe_box
from svcctl.language.analysis.dispatching import BlockRegions
from svcctl.language.analysis.regions import Region, TooManyBoxes
from svcctl.language.blocks import DispatchBlock, DispatchRule
from svcctl.ticket.document import to_document

#: Cases that are told of what a rule takes.
_CASES = 12


def terms_of(workspace: Workspace | None) -> Terms:
    """What the analysis may know of a ticket's fields."""
    vocabulary = fact_vocabulary(ACTIONS, SETTABLE)
    return Terms(vocabulary.scopes["ticket"], {} if workspace is None else workspace.known_names)


def why_not_ticket(desk: ReadingDesk, rule: str, id: str) -> dict[str, Any]:
    """Why a rule did not decide about a ticket. Raises Refusal `unknown-rule`, `unknown-ticket`."""
    from svcctl.decision.whynot import why_not

    ticket = desk.ticket(id)
    found = why_not(desk.rulebook, rule, desk.facts(ticket), takers(desk, ticket), terms_of(desk.workspace))
    changes = None if found.changes is None else [_field(change, "now") for change in found.changes]
    return {"id": id, **{name: getattr(found, name) for name in found._fields}, "changes": changes}


def _field(change: Any, named: str) -> dict[str, Any]:
    kept = {name: getattr(change, name) for name in change._fields}
    return {**kept, named: to_document(kept[named])}


def rule_page(rule_set: RuleSet, id: str, terms: Terms) -> dict[str, Any] | None:
    """A rule, or a block of another kind, as it is written, with its place; of a dispatch rule what it takes of what
    the rules above it leave, too. None where there is none of that id."""
    for block in rule_set.rules.dispatches:
        rule = next((rule for rule in block.rules if rule.id == id), None)
        if rule is not None:
            return {**_written(rule_set, id, "rule", rule.span), "block": str(block.id), **_taken(block, rule, terms)}
    for kind in ("dispatches", "escalations", "slas", "flows", "acceptances", "cares", "forms", "calendars"):
        for found in getattr(rule_set.rules, kind):
            if found.id == id:
                return _written(rule_set, id, kind.removesuffix("es" if kind == "dispatches" else "s"), found.span)
    return None


def _written(rule_set: RuleSet, id: str, kind: str, span: Span) -> dict[str, Any]:
    source = rule_set.sources[span.source]
    _, column = source.position(span.start)
    text = " " * (column - 1) + source.text[span.start : span.end]
    return {"id": id, "kind": kind, "place": source.place(span), "text": text}


def _taken(block: DispatchBlock, rule: DispatchRule, terms: Terms) -> dict[str, Any]:
    regions = BlockRegions(block, terms)
    place = regions.rules.index(rule)
    region = regions.regions[place]
    ordered = block.hit in ("first", "priority")
    before: dict[str, None] = {}
    for box in region or ():
        meeting = regions.cover.each(regions.cover.meeting(box, place)) if ordered else ()
        before.update((str(regions.rules[owner].id), None) for owner, _ in meeting)
    left: Region | None = region
    if region is not None and ordered:
        try:
            left = regions.cover.left(region, place)
        except TooManyBoxes:
            left = None
    cases = None if left is None else [describe_box(regions.space, box) for box in left[:_CASES]]
    more = 0 if left is None else max(0, len(left) - _CASES)
    return {"order": place + 1, "of": len(regions.rules), "takes": cases, "more": more, "after": list(before)}
