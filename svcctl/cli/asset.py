"""`svcctl asset`."""

import click

from svcctl.cli.batch import dry, key_values
from svcctl.cli.call import Call
from svcctl.cli.records import record_commands
from svcctl.cli.verb import verb
from svcctl.report.output import Answer

import_, list_, show, set_, history = record_commands("asset")


@verb("asset meter", writes=True, revision=True)
@click.argument("id")
@click.argument("readings", nargs=-1, required=True)
def meter(call: Call, id: str, readings: tuple[str, ...]) -> Answer:
    """READINGS are NAME=VALUE, such as `filter_hours="380 h"`. Rules of care may wait for them."""
    from svcctl.desk.assets import read_meters
    from svcctl.desk.desk import Desk
    from svcctl.desk.queries import expect_revision
    from svcctl.desk.turn import perform
    from svcctl.ticket.event import Document

    def work(desk: Desk) -> Document:
        expect_revision(desk.transaction, "assets", id, call.if_revision)
        return read_meters(desk, id, key_values(readings, "READINGS"))

    return Answer(perform(call.workspace, call.turn, work), notes=dry(call))
