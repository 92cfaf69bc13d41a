"""Writes messages for people to standard error, or appends them to a text file."""

import sys
from pathlib import Path
from textwrap import indent
from typing import ClassVar

from svcctl.plugin_api import Delivery, Health, Limits, Message, Notifier, PluginConfig, Receipt, Rendered, stored


class ConsoleNotifier(Notifier):
    """Standard error, because standard output carries data only."""

    class Config(PluginConfig):
        path: Path | None = None

    capabilities: ClassVar[frozenset[str]] = frozenset({"urgent"})
    config: Config

    @property
    def limits(self) -> Limits:
        return Limits(attempt_seconds=5)

    def render(self, message: Message) -> Rendered:
        mark = "!! " if message.urgent else ""
        head = (
            f"{mark}{message.kind} {message.to.kind} {message.to.id} ({message.ticket}, {stored(message.created_at)})"
        )
        parts = [_harmless(head), *(indent(_harmless(part), "  ") for part in (message.subject, message.text))]
        body = "\n".join(part for part in parts if part.strip()) + "\n"
        return Rendered(f"{message.to.kind} {message.to.id}", body, subject=_harmless(message.subject))

    def deliver(self, delivery: Delivery) -> Receipt:
        body = delivery.rendered.body
        try:
            if self.config.path is None:
                encoding = sys.stderr.encoding or "utf-8"
                sys.stderr.write(body.encode(encoding, "backslashreplace").decode(encoding))
                sys.stderr.flush()
                return Receipt.delivered(text="written to standard error")
            with self.config.path.open("a", encoding="utf-8", errors="backslashreplace") as file:
                file.write(body)
            return Receipt.delivered(text=f"written to {self.config.path.name}")
        except OSError as failed:
            return Receipt.retry(f"cannot be written: {failed.strerror}", code="write-failed")

    def check(self) -> Health:
        path = self.config.path
        if path is None:
            return Health(True, "writes to standard error")
        if path.is_dir() or not path.parent.is_dir():
            return Health(False, f"`{path}` is no file in a folder that is there")
        return Health(True, f"appends to {path}")


def _harmless(text: str) -> str:
    """Control characters spelled out, so that a customer's words cannot steer a terminal."""
    return "".join(
        character if character == "\n" or character.isprintable() else ascii(character)[1:-1] for character in text
    )
