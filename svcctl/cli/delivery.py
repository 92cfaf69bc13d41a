"""Delivery as commands see it: what became of each message, as an item."""

from collections.abc import Iterator, Sequence
from typing import Any

from svcctl.cli.call import Call
from svcctl.foundation.errors import Exit, Refusal


def delivered(call: Call, limit: int | None = None) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Deliver what is due, in a dry run what would be sent; and what is said of what could not leave."""
    from svcctl.desk.delivery import deliver_due
    from svcctl.desk.noise import gather
    from svcctl.desk.plugs import open_channels

    waiting = gather(call.workspace, call.turn)
    channels = open_channels(call.workspace, call.environment)
    if call.dry_run:
        items = list(_previewed(call, channels, limit))
        return items, troubles(items)
    results = deliver_due(call.workspace.store, channels, call.now, actor=call.actor, limit=limit)
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
            "error": _problem(result.refusal),
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


def _previewed(call: Call, channels: Any, limit: int | None) -> Iterator[dict[str, Any]]:
    from svcctl.desk.delivery import preview_due

    for message, rendered in preview_due(call.workspace.store, channels, call.now, limit=limit):
        refusal = rendered if isinstance(rendered, Refusal) else None
        yield {
            "id": message.id,
            "ticket": message.ticket,
            "to": [f"{message.to.kind} {message.to.id}"],
            "channel": message.channel,
            "status": "pending",
            "text": message.subject,
            "error": _problem(refusal),
        }


def _problem(refusal: Refusal | None) -> dict[str, str] | None:
    if refusal is None:
        return None
    return {"code": refusal.code, "message": refusal.message, "help": refusal.help}
