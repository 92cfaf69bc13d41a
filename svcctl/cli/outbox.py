"""`svcctl outbox`: the messages that are to leave, and what became of them."""

from typing import Any

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call, ids_given
from svcctl.cli.delivery import delivered, exit_of
from svcctl.cli.verb import verb
from svcctl.report.columns import DELIVERED, MESSAGES
from svcctl.report.output import Answer


@verb("outbox list")
@click.option("--status", multiple=True, metavar="STATUS", help="pending, unknown, delivered, rejected, dead, ...")
@click.option("--ticket", metavar="ID", help="Only those about this ticket.")
@click.option("--channel", metavar="NAME", help="Only those for this channel, or for an ERP: `erp.NAME`.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Only the last so many.")
def list_(call: Call, status: tuple[str, ...], ticket: str | None, channel: str | None, limit: int | None) -> Answer:
    """All messages and what is wanted of ERPs, oldest first, unless options say which."""
    from svcctl.desk.queries import find_messages
    from svcctl.desk.slips import strange_messages

    messages = list(find_messages(call.workspace, call.now, status, ticket, channel, limit))
    broken = {message["template_problem"] for message in messages if "template_problem" in message}
    notes = [f"warning: {problem}; svcctl's own words were used" for problem in sorted(broken)]
    if not messages:
        notes += strange_messages(call.workspace, ticket, channel)
    return Answer(messages, MESSAGES, notes=tuple(notes))


@verb("outbox deliver", writes=True)
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
def deliver(call: Call, limit: int | None) -> Answer:
    """Try every message that is due once, without holding the store's lock while it is sent. A dry run sends nothing,
    and shows what would be if every channel took what it is given."""
    from svcctl.desk.rehearsing import rehearsed

    items, told = delivered(call, *rehearsed(call.workspace, call.turn), limit)
    return Answer(items, DELIVERED, exit=exit_of(items), notes=(*dry(call), *told))


@verb("outbox retry", writes=True)
@click.argument("ids", nargs=-1, required=True)
def retry(call: Call, ids: tuple[str, ...]) -> Answer:
    """Make messages that ended undelivered due again. `-` reads ids from stdin."""
    from svcctl.desk.erp_outbox import take_up

    return _on_messages(call, ids, take_up)


@verb("outbox drop", writes=True)
@click.argument("ids", nargs=-1, required=True)
def drop(call: Call, ids: tuple[str, ...]) -> Answer:
    """Give messages up; at a terminal, after asking. `-` reads ids from stdin."""
    from svcctl.desk.erp_outbox import give_up

    if call.interactive and not click.confirm(f"give up {len(ids)} messages?", err=True):
        return Answer([], MESSAGES, notes=("nothing was dropped",))
    return _on_messages(call, ids, give_up)


def _on_messages(call: Call, ids: tuple[str, ...], change: Any) -> Answer:
    chosen = ids_given(ids)

    def work(transaction: Any) -> Any:
        return [change(transaction, id, call.now, call.actor) for id in chosen]

    items = call.workspace.store.write(
        work, at=call.now, actor=call.actor, key=call.key, arguments=(*call.arguments, *chosen), dry_run=call.dry_run
    )
    return Answer(items, MESSAGES, notes=dry(call))
