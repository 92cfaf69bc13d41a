"""`svcctl rules`: check, test, explain and list what the workspace's rules say."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.columns import FORESEEN, RULES
from svcctl.report.output import Answer, columns

if TYPE_CHECKING:
    from svcctl.desk.rulefiles import RuleSet


@verb("rules check")
@click.argument("paths", nargs=-1)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
def check(call: Call, paths: tuple[str, ...], strict: bool) -> Answer:
    """Every mistake at once, each at its place. PATHS are files or folders; the workspace's rules as if not given.

    Where there is none, every start slot of the year to come is tried on the real calendars: steps that can never fire,
    come in another order, or are all heard at one opening, are doubts.
    """
    from svcctl.desk.rule_queries import with_doubts
    from svcctl.foundation.diagnostic import has_errors
    from svcctl.report.diagnostics import diagnostics_json, print_diagnostics

    found = with_doubts(_rule_set(call, paths), call.now.date())
    bad = has_errors(found.diagnostics) or (strict and bool(found.diagnostics))
    return Answer(
        diagnostics_json(found.diagnostics, found.sources),
        columns("severity", "code", "file", "line", "column", "message"),
        page=lambda looks: print_diagnostics(found.diagnostics, found.sources, colour=looks.color),
        exit=Exit.NO if bad else Exit.DONE,
        notes=() if found.diagnostics else (f"{len(found.sources)} files: nothing to find fault with",),
    )


@verb("rules test")
@click.argument("paths", nargs=-1)
def test(call: Call, paths: tuple[str, ...]) -> Answer:
    """Run the `test` blocks in PATHS, or all of the workspace's. No test is a failure, too."""
    from svcctl.desk.rule_queries import test_rules

    items = test_rules(_rule_set(call, paths), call.workspace)
    if not items:
        raise Refusal("tests-failed", "there is no test to run", help='write one: `test "..." { ... }`')
    failed = sum(not item["passed"] for item in items)
    shown = [row for item in items for row in _failures(item)]
    return Answer(
        items,
        columns("id=test", "passed", "place"),
        page=lambda looks: "".join(shown) + f"{len(items) - failed} of {len(items)} tests passed\n",
        exit=Exit.NO if failed else Exit.DONE,
    )


@verb("rules explain")
@click.argument("id", metavar="TICKET")
@click.option("--full", is_flag=True, help="Also the clauses that hold of rules that did not match.")
@click.option("--again", is_flag=True, help="Instead: what the rules as they are would decide now.")
def explain(call: Call, id: str, full: bool, again: bool) -> Answer:
    """Why a ticket is where it is: each rule that acted, clause by clause, and every candidate who was refused."""
    from svcctl.report.explanation import explanation_items, explanation_page

    items = explanation_items(_decided_again(call, id) if again else _recorded(call, id))
    return Answer(items, columns("at", "kind", "rule"), page=lambda looks: explanation_page(items, looks, full=full))


def _recorded(call: Call, id: str) -> list[dict[str, Any]]:
    from svcctl.desk.queries import history_of

    return [event.to_json() for event in history_of(call.workspace, "tickets", id)]


def _decided_again(call: Call, id: str) -> list[dict[str, Any]]:
    from svcctl.desk.view import decide_again, reading_desk
    from svcctl.foundation.instant import stored
    from svcctl.ticket.document import to_document

    decision = decide_again(reading_desk(call.workspace, call.now, call.actor), id)
    at, why = stored(call.now), to_document(decision)
    return [{"id": id, "at": at, "kind": "would be dispatched", "rule": decision.rule, "why": why}]


@verb("rules timeline")
@click.argument("id", metavar="TICKET")
@click.option("--until", metavar="TIME", help="Up to then; a year ahead if not given.")
def timeline(call: Call, id: str, until: str | None) -> Answer:
    """If nothing happens but that time passes: each step that fires, each clock that falls due, each occasion of care.

    What a step changes counts for those after it. Nothing is written or sent.
    """
    from datetime import timedelta

    from svcctl.desk.foresight import foresee
    from svcctl.foundation.instant import parse_instant, shown

    found = foresee(call.workspace, call.turn, id, call.instant(until) if until else call.now + timedelta(days=365))
    notes = []
    if found["paused"]:
        notes.append(f"paused: {', '.join(found['paused'])}; what hangs on it is not foretold")
    if found["cut"] is not None:
        notes.append(
            f"warning: not looked beyond {shown(parse_instant(found['cut']), call.zone)}: the rules never rest"
        )
    if not found["items"]:
        notes.append("nothing is to come")
    return Answer(found["items"], FORESEEN, notes=tuple(notes))


@verb("rules list")
@click.option("--kind", multiple=True, metavar="KIND", help="calendar, form, flow, sla, dispatch, rule, ...")
def list_(call: Call, kind: tuple[str, ...]) -> Answer:
    """Every block and every dispatch rule, with its place."""
    from svcctl.desk.rule_queries import rule_rows

    return Answer([row for row in rule_rows(call.workspace.rule_set) if not kind or row["kind"] in kind], RULES)


def _rule_set(call: Call, paths: tuple[str, ...]) -> "RuleSet":
    if not paths:
        return call.workspace.rule_set
    from svcctl.desk.rulefiles import read_rules

    try:
        workspace = call.workspace
    except Refusal as refusal:
        if refusal.code != "no-workspace":
            raise
        return read_rules(Path.cwd(), paths)
    return read_rules(Path.cwd(), paths, workspace.known_names, workspace.settings["rules.calendar"] or None)


def _failures(item: dict[str, Any]) -> list[str]:
    if item["passed"]:
        return []
    told = (
        f"  {failed['place']}: expected {failed['expected']}, found {failed['found']}\n" for failed in item["failures"]
    )
    return [f"FAILED {item['id']} ({item['place']})\n", *told]
