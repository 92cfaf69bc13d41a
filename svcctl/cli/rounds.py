"""`svcctl dispatch` and `svcctl sweep`: the rules at work."""

from typing import Any

import click

from svcctl.cli.batch import dry, on_each
from svcctl.cli.call import Call
from svcctl.cli.delivery import delivered, exit_of
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.columns import SWEPT
from svcctl.report.output import Answer


@verb("dispatch", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1)
@click.option("--waiting", is_flag=True, help="Every open ticket that nobody has.")
def dispatch(call: Call, ids: tuple[str, ...], waiting: bool) -> Answer:
    """The rules decide who does it, and the reasons are kept: `svcctl rules explain`. `-` reads ids from stdin."""
    from svcctl.desk.dispatching import dispatch_ticket
    from svcctl.desk.queries import waiting_tickets

    if bool(ids) == waiting:
        raise Refusal("wrong-usage", "no ticket to dispatch", help="give ids, `-` for stdin, or --waiting")
    chosen = ids or tuple(waiting_tickets(call.workspace))
    return on_each(call, chosen, dispatch_ticket, many=waiting)


@verb("sweep", writes=True)
@click.option("--no-delivery", is_flag=True, help="Leave the outbox as it is.")
def sweep(call: Call, no_delivery: bool) -> Answer:
    """One pass for cron: escalation steps that are due fire, each once, care that has come is seen to, then messages
    that are due leave.

    A ticket or asset for which it cannot be said what is due is told of and left as it is; the exit code is then 4.

    A dry run shows what the sweep at this instant would, if every channel took what it is given: notices that go
    together, and what rules that have changed begin to watch."""
    from svcctl.desk.idle import is_idle
    from svcctl.desk.rehearsing import rehearsed

    stage = rehearsed(call.workspace, call.turn)
    fired: list[dict[str, Any]] = []
    if call.turn.key is not None or not is_idle(stage[0], call.now):
        from svcctl.desk.care import care_due
        from svcctl.desk.sweep import sweep as fire_due

        fired += [{"did": "escalated", **item} for item in fire_due(*stage)]
        fired += [{"did": "cared", **item} for item in care_due(*stage)]
    items, told = ([], ()) if no_delivery else delivered(call, *stage)
    sent = [{"did": item["status"], **item} for item in items]
    refused = [item["error"] for item in fired if item["did"] == "refused"]
    notes = (f"error[{error['code']}]: {error['message']}" for error in refused)
    return Answer(
        [*fired, *sent],
        SWEPT,
        exit=Exit.PARTIAL if refused else exit_of(sent),
        notes=(*dry(call), *notes, *told),
    )
