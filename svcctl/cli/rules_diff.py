"""`svcctl rules diff`: which tickets two sets of rules decide differently."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.call import Call
from svcctl.cli.progress import counted
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.output import Answer, Column, columns

if TYPE_CHECKING:
    from svcctl.decision.rulebook import Rulebook
    from svcctl.desk.workspace import Workspace

_SHOWN = (*columns("kind", "block", "before", "after", "tickets"), Column("example", flexible=True))


@verb("rules diff")
@click.argument("old")
@click.argument("new")
@click.option("--max-changed", metavar="SHARE", help="Fail where more of the recorded tickets are concerned: 2%.")
@click.option("--calendar", metavar="ID", help="The calendar in force where rules name none; the workspace's if none.")
def diff(call: Call, old: str, new: str, max_changed: str | None, calendar: str | None) -> Answer:
    """OLD and NEW are rule files or folders, or REVISION:PATH in git (HEAD~1:rules). Every block that decides otherwise
    is told with the tickets that it does so for, exactly, and an example; what has too many cases is said to be not
    proven. With a workspace also how many tickets on record fall into each: for dispatch as they came in, for other
    blocks as they ever were.
    """
    from svcctl.desk.rulediff import compare_rules
    from svcctl.report.rulediff import diff_page, difference_items

    budget = None if max_changed is None else _share(max_changed)
    workspace = _workspace(call)
    books = [_book(workspace, name, calendar) for name in (old, new)]
    with counted("counted", workspace.store.head().sequence if workspace else None) as count:
        found = compare_rules(books[0], books[1], workspace, count)
    items = difference_items(found)
    if budget is not None and not found.tickets:
        raise Refusal("bad-argument", "there are no tickets on record to count for --max-changed")
    share = len(found.changed) / found.tickets if found.tickets else 0.0
    exceeded = budget is not None and share > budget
    notes = (f"error: {share:.2%} of the tickets on record are concerned, more than {max_changed}",) if exceeded else ()
    whole: dict[str, Any] = {"tickets": found.tickets, "changed": list(found.changed), "differences": items}
    return Answer(
        whole,
        _SHOWN,
        page=lambda looks: diff_page(whole),
        exit=Exit.NO if exceeded else Exit.DONE,
        notes=notes,
        rows=items,
    )


def _share(text: str) -> float:
    """A share as a fraction: `2%` is 0.02. Raises Refusal `bad-argument`."""
    try:
        share = float(text.strip().removesuffix("%")) / 100
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise Refusal("bad-argument", f"`{text}` of --max-changed is not a share", help="write it like `2%`")
    return share


def _workspace(call: Call) -> "Workspace | None":
    try:
        return call.workspace
    except Refusal as refusal:
        if refusal.code != "no-workspace" or call.home is not None:
            raise
        return None


def _book(workspace: "Workspace | None", name: str, calendar: str | None) -> "Rulebook":
    """The rules of a file, a folder or a revision. Raises Refusal `unknown-file`, `rules-broken`."""
    from svcctl.desk.revisions import is_revision, sources_at
    from svcctl.desk.rulefiles import check_sources, read_sources

    base = Path.cwd()
    sources = sources_at(base, name) if is_revision(base, name) else read_sources(base, (name,))
    if workspace is None:
        return check_sources(sources, None, calendar).compiled()
    return check_sources(
        sources, workspace.known_names, calendar or workspace.settings["rules.calendar"] or None
    ).compiled()
