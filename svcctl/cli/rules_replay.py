"""`svcctl rules replay`: what other rules would have decided about the tickets on record."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.call import Call
from svcctl.cli.progress import counted
from svcctl.cli.rules_given import rule_set_of
from svcctl.cli.verb import verb
from svcctl.report.output import Answer, columns

if TYPE_CHECKING:
    from svcctl.desk.replaying import Replayed


@verb("rules replay")
@click.option(
    "--rules", "paths", multiple=True, required=True, metavar="PATH", help="The changed rule files or folders."
)
@click.option("--since", metavar="TIME", help="Only decisions since then.")
def replay(call: Call, paths: tuple[str, ...], since: str | None) -> Answer:
    """Every decision on record is made again by the workspace's rules and by those of --rules, of the ticket as it was
    then: whom dispatch gave it to, what was promised and when that was due, which steps of escalations fell due,
    whether it was accepted. What differs between the two is told, with the tickets. Each decision stands for itself:
    what would have followed from another one is not played on. Escalations count as swept whenever they were due.

    How many decisions on record the workspace's rules make alike is told, too: all, unless they have changed since.
    Nothing is written.
    """
    from svcctl.desk.replaying import replay
    from svcctl.report.replay import change_items, replay_page, tally_items

    new = rule_set_of(call, paths).compiled()
    with counted("replayed", call.workspace.store.head().sequence) as count:
        found = replay(call.workspace, new, call.instant(since) if since else None, count)
    changes = change_items(found, call.zone)
    shown = columns("id", "kind=what", "at", "before.told=rules in force", "after.told=changed rules")
    whole: Mapping[str, Any] = {
        "tickets": found.tickets,
        "since": found.since,
        "until": found.until,
        "decisions": tally_items(found),
        "changes": changes,
    }
    notes = tuple(_notes(found))
    return Answer(whole, shown, page=lambda looks: replay_page(whole, shown, looks), notes=notes, rows=changes)


def _notes(found: "Replayed") -> Iterator[str]:
    if found.cut:
        yield f"warning: {len(found.cut)} tickets were not played to the end, because the rules never rest"
    for kind, tally in found.tallies.items():
        if tally.alike < tally.recorded:
            other = tally.recorded - tally.alike
            yield f"warning: {other} of {tally.recorded} decisions on record ({kind}) were made by rules of another day"
