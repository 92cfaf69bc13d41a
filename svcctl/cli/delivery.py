"""Delivery as commands see it: what became of each message, as an item."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from svcctl.cli.call import Call
from svcctl.foundation.errors import Exit

if TYPE_CHECKING:
    from svcctl.desk.turn import Turn
    from svcctl.desk.workspace import Workspace


def delivered(
    call: Call, workspace: "Workspace", turn: "Turn", limit: int | None = None
) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Deliver what is due, where `rehearsed` said; and what is said of what could not leave. A dry run sends nothing,
    and takes it that each channel takes what it would be given."""
    from svcctl.desk.outbox import due_messages

    if next(due_messages(workspace.store, turn.now, 1), None) is None:
        return [], ()
    from svcctl.desk.delivery import deliver_due, rehearsing
    from svcctl.desk.noise import gather
    from svcctl.desk.plugs import open_channels

    waiting = gather(workspace, turn)
    with open_channels(workspace) as channels:
        if call.dry_run:
            channels = rehearsing(channels)
        results = deliver_due(workspace.store, channels, turn.now, actor=turn.actor, limit=limit)
        items = [
            {
                "id": result.id,
                "ticket": result.ticket,
                "to": [result.to],
                "channel": result.channel,
                "status": result.status,
                "attempts": result.attempts,
                "next_at": result.next_at,
                "text": result.receipt.text if result.receipt else "",
                "error": result.refusal and result.refusal.to_json(),
            }
            for result in results
        ]
    return items, ((f"warning: {waiting}",) if waiting else ()) + troubles(items)


def exit_of(items: Sequence[dict[str, Any]]) -> Exit:
    """Not available, where a channel could not be opened."""
    return Exit.UNAVAILABLE if any(item["error"] for item in items) else Exit.DONE


def troubles(items: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """What is said once of each channel that could not be opened."""
    found = {
        item["channel"]: f"error[{item['error']['code']}]: {item['error']['message']}"
        for item in items
        if item["error"]
    }
    return tuple(found.values())
