"""Senders: what takes an entry of the outbox to where it goes, and says what became of it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime

from svcctl.desk.outbox import message_of
from svcctl.extension.contract import Attachment, Delivery, Limits, Message, Notifier, Receipt, Rendered
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Transaction
from svcctl.ticket.event import Document

#: The code of a receipt for what the other side has no place for: it is dropped, and that is no failure.
NOT_TAKEN = "not-taken"


class Sender(ABC):
    """A way out of the outbox. No lock of the store is held while `send` runs."""

    #: How often it is tried before an entry is dead, where that is not what all are given.
    attempts: int | None = None

    @property
    @abstractmethod
    def limits(self) -> Limits:
        """What it bears."""

    @abstractmethod
    def rehearse(self, document: Document) -> Receipt:
        """What `send` comes to where the other side takes what it is given; nothing is sent. Raises nothing."""

    @abstractmethod
    def send(self, document: Document) -> Receipt:
        """Send it. Raises nothing: what cannot be told apart from delivered is `unknown`."""

    def ended(  # noqa: B027 - most have nothing to record
        self, transaction: Transaction, document: Document, receipt: Receipt, at: datetime, actor: str
    ) -> None:
        """Record what follows once an entry has ended as its document says; in the commit that records the receipt."""


Attachments = Callable[[Document], tuple[Attachment, ...]]


class NotifierSender(Sender):
    """Sends messages by a channel's notifier; `attachments` finds the files that may go with one."""

    def __init__(self, notifier: Notifier, attachments: Attachments | None = None) -> None:
        self._notifier = notifier
        self._attachments = attachments if "attachments" in notifier.capabilities else None

    @property
    def limits(self) -> Limits:
        return self._notifier.limits

    def rehearse(self, document: Document) -> Receipt:
        message = self._message(document)
        rendered = self._rendered(message)
        return rendered if isinstance(rendered, Receipt) else Receipt.delivered(text=message.subject)

    def send(self, document: Document) -> Receipt:
        notifier, message = self._notifier, self._message(document)
        rendered = self._rendered(message)
        if isinstance(rendered, Receipt):
            return rendered
        try:
            receipt = notifier.deliver(Delivery(rendered, message.key, document["attempts"]))
        except (Exception, SystemExit) as failed:
            return Receipt.unknown(self._words(failed), code="raised")
        if not isinstance(receipt, Receipt):
            return Receipt.unknown("the notifier gave no receipt", code="no-receipt")
        return without_secrets(receipt, notifier.scrub)

    def _rendered(self, message: Message) -> Rendered | Receipt:
        try:
            return self._notifier.render(message)
        except (Exception, SystemExit) as failed:
            return Receipt.retry(self._words(failed), code="render-failed")

    def _message(self, document: Document) -> Message:
        message = message_of(document)
        return message if self._attachments is None else message.replace(attachments=self._attachments(document))

    def _words(self, failed: BaseException) -> str:
        return self._notifier.scrub(f"{type(failed).__name__}: {failed}")


class Rehearsing(Sender):
    """Stands in for a sender in a dry run: sends nothing, and all else is as it is with that one."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.attempts = sender.attempts

    @property
    def limits(self) -> Limits:
        return self._sender.limits

    def rehearse(self, document: Document) -> Receipt:
        return self._sender.rehearse(document)

    def send(self, document: Document) -> Receipt:
        return self._sender.rehearse(document)

    def ended(self, transaction: Transaction, document: Document, receipt: Receipt, at: datetime, actor: str) -> None:
        self._sender.ended(transaction, document, receipt, at, actor)


def without_secrets(receipt: Receipt, scrub: Callable[[str], str]) -> Receipt:
    """The receipt with the secrets of a plug taken out of its words."""
    named = {name: getattr(receipt, name) for name in ("text", "code", "remote_id")}
    return receipt.replace(**{name: scrub(str(value)) for name, value in named.items() if value})


def opened(channels: Callable[[str], Notifier | Sender], channel: str) -> tuple[Sender, Limits]:
    """The sender of a channel, and what it bears. Raises Refusal where it cannot be opened."""
    found = channels(channel)
    sender = NotifierSender(found) if isinstance(found, Notifier) else found
    try:
        return sender, sender.limits
    except Exception as failed:
        words = f"{type(failed).__name__}: {failed}"
        told = found.scrub(words) if isinstance(found, Notifier) else words
        what = f"the notifier of `{channel}` does not tell its limits: {told}"
        raise Refusal("plugin-unavailable", what) from None
