"""A message as JSON has it: what plugs hand to programs and services that are not ours."""

from typing import Any

from svcctl.extension.contract import Message
from svcctl.foundation.instant import stored


def message_fields(message: Message) -> dict[str, Any]:
    """The message without its key, which says how to send it and is the plug's to place, and without its files."""
    return {
        "id": message.id,
        "ticket": message.ticket,
        "kind": message.kind,
        "to": {"kind": message.to.kind, "id": message.to.id, "address": dict(message.to.address)},
        "channel": message.channel,
        "subject": message.subject,
        "text": message.text,
        "urgent": message.urgent,
        "rule": message.rule,
        "created_at": stored(message.created_at),
    }
