"""`svcctl ticket undo`."""

import click

from svcctl.cli.batch import on_each
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.report.output import Answer


@verb("ticket undo", writes=True, revision=True)
@click.argument("id")
def undo(call: Call, id: str) -> Answer:
    """As a new event; nothing is erased. Messages of it that have not left are dropped. Undo twice to do it again.

    What rules only told somebody is no change. What a rule changed is not taken back: it would be changed again.
    """
    from svcctl.desk.desk import Desk
    from svcctl.desk.undoing import undo
    from svcctl.report.story import told_in_a_line

    notes: list[str] = []

    def undo_and_tell(desk: Desk, id: str) -> None:
        notes[:] = [f"taken back: {told_in_a_line(undo(desk, id), call.workspace.zone)}"]

    answer = on_each(call, (id,), undo_and_tell)
    return answer.replace(notes=(*notes, *answer.notes))
