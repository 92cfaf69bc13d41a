"""`svcctl ticket set`."""

from typing import Any

import click

from svcctl.cli.batch import on_each
from svcctl.cli.call import Call
from svcctl.cli.ticket_options import said, said_of_it
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.output import Answer


@verb("ticket set", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@said_of_it("reported-at")
@click.option("--untag", multiple=True, metavar="TAG", help="A tag to take away; may be repeated.")
@click.option("--incomplete", is_flag=True, help="Even if the form of its type requires more.")
def set_(call: Call, ids: tuple[str, ...], untag: tuple[str, ...], incomplete: bool, **options: Any) -> Answer:
    """An empty value takes it away. Another asset or site brings what it says, another urgency or impact its priority,
    another type its form and what is promised; `svcctl dispatch` then lets the rules decide anew. `-` reads ids from
    stdin.
    """
    from svcctl.desk.correcting import correct

    if options["description"] == "-" and "-" in ids:
        raise Refusal("wrong-usage", "ids and description cannot both come from stdin", help="give one as argument")
    values = said(call, options)
    return on_each(
        call,
        ids,
        lambda desk, id: correct(desk, id, values, untag=untag, complete=not incomplete),
        content=values,
    )
