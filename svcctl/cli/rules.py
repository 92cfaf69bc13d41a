"""`svcctl rules`: check and list what the workspace's rules say."""

import click

from svcctl.cli.call import Call
from svcctl.cli.options import WRITES
from svcctl.cli.rules_given import rule_set_of
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.ci import CI_FORMATS, print_for_ci
from svcctl.report.columns import FORESEEN, RULES
from svcctl.report.output import Answer, columns

#: How many findings a page has, unless all are asked for.
_SHOWN = 20


@verb("rules check")
@click.argument("paths", nargs=-1)
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--data", is_flag=True, help="Also whether the workspace has what the rules name.")
@click.option("--all", "every", is_flag=True, help="Show every finding, not the first twenty.")
@click.option("--fix", is_flag=True, help="Put right what is certain, then tell what is left.")
@click.option("--diff", is_flag=True, help="With --fix: write nothing, show what would change.")
@click.option("--format", "style", type=click.Choice(CI_FORMATS), metavar="FORMAT", help="github, sarif or junit.")
@WRITES[0]
def check(
    call: Call,
    paths: tuple[str, ...],
    strict: bool,
    data: bool,
    every: bool,
    fix: bool,
    diff: bool,
    style: str | None,
) -> Answer:
    """Every mistake at once, each at its place. PATHS are files or folders; the workspace's rules as if not given.

    What is proven of conditions is told, too: rules that are never reached, overlaps, gaps, contradictions, each with a
    ticket that shows it. --data also looks for teams without engineers, skills that nobody has, models that do not
    exist and regions that nobody serves.

    Where there is no mistake, every start slot of the year to come is tried on the real calendars: steps that can never
    fire, come in another order, or are all heard at one opening, are doubts.

    --fix writes what can only have been meant (full-width marks, `=` for `==`, the case of a word or unit), and no file
    in which more would be wrong afterwards.
    """
    from svcctl.desk.rule_queries import with_doubts
    from svcctl.foundation.diagnostic import Severity, has_errors, in_reading_order
    from svcctl.language.suppressions import BY_DATA, DOUBTS, allow
    from svcctl.report.diagnostics import diagnostics_json, print_diagnostics

    if (diff or call.dry_run) and not fix:
        raise Refusal("bad-argument", "--diff and --dry-run go with --fix")
    notes: tuple[str, ...] = ()
    if fix:
        from svcctl.cli.rules_fix import fix_files, would_fix

        if diff or call.dry_run:
            return would_fix(call, paths, diff)
        notes = fix_files(call, paths)
    rules = with_doubts(rule_set_of(call, paths), call.now.date())
    found = rules.diagnostics
    if data:
        from svcctl.desk.rulenames import check_names

        found = in_reading_order([*found, *check_names(rules, call.workspace)])
    found, allowed = allow(found, rules.sources, DOUBTS if data else DOUBTS - BY_DATA)
    doubts = [finding for finding in found if finding.severity is not Severity.NOTE]
    bad = has_errors(found) or (strict and bool(doubts))
    fixes = sum(finding.fix is not None for finding in found)
    return Answer(
        diagnostics_json(found, rules.sources),
        columns("severity", "code", "file", "line", "column", "message"),
        page=lambda looks: (
            print_for_ci(style, found, rules.sources)
            if style
            else print_diagnostics(found, rules.sources, colour=looks.color, limit=None if every else _SHOWN)
        ),
        exit=Exit.NO if bad else Exit.DONE,
        notes=(
            *notes,
            *(() if found else (f"{len(rules.sources)} files: nothing to find fault with",)),
            *((f"{len(allowed)} allowed in the text, with reasons",) if allowed else ()),
            *((f"{fixes} with a certain fix: `svcctl rules check --fix`",) if fixes and not fix else ()),
        ),
    )


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
