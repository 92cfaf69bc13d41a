"""`svcctl ticket move|assign|accept|decline|comment|link`: the work on tickets, one or many."""

import click

from svcctl.cli.batch import on_each, text_given
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.output import Answer

Ids = tuple[str, ...]


@verb("ticket move", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.argument("state")
@click.option("--check-in", metavar="PLACE", help="Where the engineer arrived.")
def move(call: Call, ids: Ids, state: str, check_in: str | None) -> Answer:
    """STATE is a state of the ticket's flow, or the name of a move such as `reopen`. `-` reads ids from stdin."""
    from svcctl.desk import work

    return on_each(call, ids, lambda desk, id: work.move(desk, id, state, check_in=check_in))


@verb("ticket assign", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.option("--to", "engineer", metavar="ENGINEER", help="The engineer who is to do it.")
@click.option("--team", metavar="TEAM", help="The team that is to do it.")
def assign(call: Call, ids: Ids, engineer: str | None, team: str | None) -> Answer:
    """By hand; `svcctl dispatch` lets the rules decide. `-` reads ids from stdin."""
    from svcctl.desk import work

    if engineer is None and team is None:
        raise Refusal("wrong-usage", "nobody to assign to", help="name an engineer with --to, or a --team")
    return on_each(call, ids, lambda desk, id: work.assign(desk, id, engineer, team))


@verb("ticket accept", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
def accept(call: Call, ids: Ids) -> Answer:
    """The engineer takes the job; `svcctl acceptance` is about its result. `-` reads ids from stdin."""
    from svcctl.desk import work

    return on_each(call, ids, work.accept)


@verb("ticket ack", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
def ack(call: Call, ids: Ids) -> Answer:
    """Stops the escalations that ask whether a ticket is `acknowledged`, until its state changes.

    For its assignee, their team and the managers above. `-` reads ids from stdin."""
    from svcctl.desk import work

    return on_each(call, ids, work.acknowledge)


@verb("ticket decline", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept and told to the team's manager.")
def decline(call: Call, ids: Ids, reason: str) -> Answer:
    """The engineer gives the job back; dispatch will not ask them again. `-` reads ids from stdin."""
    from svcctl.desk import work

    return on_each(call, ids, lambda desk, id: work.decline(desk, id, reason))


@verb("ticket comment", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.argument("text")
@click.option("--public", is_flag=True, help="The customer sees it; it counts as a response.")
@click.option("--by-customer", is_flag=True, help="The customer said it.")
def comment(call: Call, ids: Ids, text: str, public: bool, by_customer: bool) -> Answer:
    """TEXT `-` reads it from stdin."""
    from svcctl.desk import work

    if text == "-" and "-" in ids:
        raise Refusal("wrong-usage", "ids and text cannot both come from stdin", help="give one of them as argument")
    said = text_given(text)
    return on_each(
        call,
        ids,
        lambda desk, id: work.comment(desk, id, said, public=public, by_customer=by_customer),
        content=said,
    )


@verb("ticket repromise", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="TEXT", help="Why; it is kept.")
def repromise(call: Call, ids: Ids, reason: str) -> Answer:
    """By the service levels as they are now. Clocks keep their start and their pauses. `-` reads ids from stdin."""
    from svcctl.desk import promises

    return on_each(call, ids, lambda desk, id: promises.repromise(desk, id, reason))


@verb("ticket link", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.argument("other")
@click.option(
    "--kind", default="related", metavar="KIND", help="duplicate, recurrence, similar or related (as if none is given)."
)
def link(call: Call, ids: Ids, other: str, kind: str) -> Answer:
    """Say that tickets are duplicates of OTHER, or its recurrence. `-` reads ids from stdin."""
    from svcctl.desk import work

    return on_each(call, ids, lambda desk, id: work.link(desk, id, kind, other))
