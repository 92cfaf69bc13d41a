"""`svcctl ticket undo`."""

import click

from svcctl.cli.batch import on_each
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.report.output import Answer


@verb("ticket undo", writes=True, revision=True)
@click.argument("id")
def undo(call: Call, id: str) -> Answer:
    """As a new event; nothing is erased. Messages of it that have not left are dropped. Undo twice to do it again."""
    from svcctl.desk.undoing import undo

    return on_each(call, (id,), undo)
