"""`svcctl rules test` and `rules mutate`: whether the rules do as their tests say, and what the tests would notice."""

from typing import Any

import click

from svcctl.cli.call import Call
from svcctl.cli.rules_given import rule_set_of
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.output import Answer, columns


@verb("rules test")
@click.argument("paths", nargs=-1)
@click.option("--coverage", is_flag=True, help="Also which outcomes of which clauses no test has seen.")
@click.option("--at-least", type=click.IntRange(0, 100), metavar="PERCENT", help="Fail below this coverage.")
@click.option("--format", "style", type=click.Choice(["junit"]), metavar="FORMAT", help="junit.")
def test(call: Call, paths: tuple[str, ...], coverage: bool, at_least: int | None, style: str | None) -> Answer:
    """Run the `test` blocks in PATHS, or all of the workspace's. No test is a failure, too.

    --coverage counts both outcomes of every clause; a clause is asked where all clauses before it hold. Percentages
    round down, so that 100 % means every one. CSV and JSON lines then have the clauses.
    """
    from svcctl.desk.coverage import Watched, percent
    from svcctl.desk.rule_queries import place_in, test_rules
    from svcctl.report.ci import tests_junit

    rules = rule_set_of(call, paths)
    counted = coverage or at_least is not None
    watched = Watched(rules.compiled().rules) if counted else None
    items = test_rules(rules, call.workspace, watched)
    if not items:
        raise Refusal("tests-failed", "there is no test to run", help='write one: `test "..." { ... }`')
    failed = sum(not item["passed"] for item in items)
    page = (
        "".join(row for item in items for row in _failures(item))
        + f"{len(items) - failed} of {len(items)} tests passed\n"
    )
    bad = failed > 0
    answer: list[dict[str, Any]] | dict[str, Any] = items
    shown, rows = columns("id=test", "passed", "place"), None
    if watched is not None:
        clauses = watched.clauses()
        share = percent(clauses)
        rows = [
            {"place": place_in(rules, row.span), "clause": row.text, "held": row.held, "failed": row.failed}
            for row in clauses
        ]
        page += _coverage(rows, share)
        bad = bad or share < (at_least or 0)
        answer = {"tests": items, "coverage": {"percent": share, "clauses": rows}}
        shown = columns("place", "clause", "held", "failed")
    return Answer(
        answer,
        shown,
        page=lambda looks: tests_junit(items) if style else page,
        exit=Exit.NO if bad else Exit.DONE,
        rows=rows,
    )


@verb("rules mutate")
@click.argument("paths", nargs=-1)
@click.option("--within", type=click.IntRange(1), default=60, metavar="SECONDS", help="Stop then; 60 if not given.")
def mutate(call: Call, paths: tuple[str, ...], within: int) -> Answer:
    """Put one small mistake after another into the rules: a threshold a little off, a clause left out, an operator
    swapped. What no test notices is listed, with a test that would.

    A mistake that no ticket can show is counted apart. Survivors are a failure; CSV and JSON lines have them alone.
    """
    from time import monotonic

    from svcctl.desk.mutation import mutate as hunt
    from svcctl.desk.rule_queries import place_in

    rules = rule_set_of(call, paths)
    end = monotonic() + within
    found = hunt(rules, call.workspace, lambda: monotonic() < end)
    items = [
        {
            "place": place_in(rules, each.mutant.span),
            "written": each.mutant.written,
            "instead": each.mutant.instead,
            "example": each.example,
            "test": each.test,
        }
        for each in found.survivors
    ]
    counts = {name: getattr(found, name) for name in ("mutants", "tried", "killed", "equivalent")}
    late = f"; stopped after {within} s, {found.mutants - found.tried} not tried" if found.tried < found.mutants else ""
    told = f"{found.killed} noticed, {found.equivalent} change nothing, {len(items)} survive"
    summary = f"{found.tried} mutants: {told}{late}\n"
    return Answer(
        {**counts, "survivors": items},
        columns("place", "written", "instead", "example", "test"),
        page=lambda looks: "".join(map(_survivor, items)) + summary,
        exit=Exit.NO if items else Exit.DONE,
        rows=items,
    )


def _survivor(item: dict[str, Any]) -> str:
    instead = f"`{item['instead']}`" if item["instead"] else "nothing"
    lines = [f"{item['place']}: {instead} in the place of `{item['written']}`"]
    if item["test"]:
        lines += ["", *(f"    {line}" for line in item["test"].splitlines()), ""]
    elif item["example"]:
        lines += [f"    no test was found; it would have to tell of {item['example']}"]
    return "\n".join(lines) + "\n"


def _failures(item: dict[str, Any]) -> list[str]:
    if item["passed"]:
        return []
    told = (
        "\n    ".join((f"  {failed['place']}: expected {failed['expected']}, found {failed['found']}", *failed["why"]))
        + "\n"
        for failed in item["failures"]
    )
    return [f"FAILED {item['id']} ({item['place']})\n", *told]


def _coverage(rows: list[dict[str, Any]], share: int) -> str:
    told = {(False, False): "never asked", (True, False): "always held", (False, True): "never held"}
    lines = [
        f"{row['place']}: {told[row['held'], row['failed']]}: {row['clause']}"
        for row in rows
        if not (row["held"] and row["failed"])
    ]
    seen = sum(row["held"] + row["failed"] for row in rows)
    return "\n".join([*lines, f"coverage {share} %: {seen} of {2 * len(rows)} outcomes of {len(rows)} clauses"]) + "\n"
