"""Senders: what takes an entry of the outbox to where it goes, and says what became of it."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Literal

from svcctl.desk.outbox import message_of
from svcctl.extension.connector import Connector, PushResult
from svcctl.extension.contract import Attachment, Delivery, Limits, Message, Notifier, Receipt, Rendered
from svcctl.extension.guard import PlugFailed, guarded
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Transaction
from svcctl.ticket.event import Document

#: The code of a receipt for what the other side has no place for: it is dropped, and that is no failure.
NOT_TAKEN = "not-taken"

_OUTCOMES: Mapping[object, Literal["delivered", "retry", "rejected", "unknown"]] = {
    "delivered": "delivered",
    "done": "delivered",
    "repeated": "delivered",
    "retry": "retry",
    "rejected": "rejected",
    "unknown": "unknown",
}


class Sender(ABC):
    """A way out of the outbox. No lock of the store is held while `send` runs."""

    #: How often it is tried before an entry is dead, where that is not what all are given.
    attempts: int | None = None

    @property
    @abstractmethod
    def limits(self) -> Limits:
        """What it bears. Raises PlugFailed where the plug does not say so."""

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
        return limits_of(self._notifier)

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
            with guarded(notifier.scrub):
                receipt = notifier.deliver(Delivery(rendered, message.key, document["attempts"]))
        except (PlugFailed, Refusal) as failed:
            return Receipt.unknown(str(failed), code="raised")
        return as_receipt(receipt, notifier.scrub)

    def _rendered(self, message: Message) -> Rendered | Receipt:
        try:
            with guarded(self._notifier.scrub):
                rendered = self._notifier.render(message)
        except (PlugFailed, Refusal) as failed:
            return Receipt.retry(str(failed), code="render-failed")
        if not isinstance(rendered, Rendered):
            return Receipt.retry("the notifier gave no Rendered", code="render-failed")
        return rendered

    def _message(self, document: Document) -> Message:
        message = message_of(document)
        return message if self._attachments is None else message.replace(attachments=self._attachments(document))


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


def as_receipt(given: object, scrub: Callable[[str], str]) -> Receipt:
    """The receipt that a plug gave, or the result of a push as one, without secrets.

    The outcome alone must be as the contract has it: what was delivered is not sent again because its remote id is a
    number.
    """
    if not isinstance(given, Receipt | PushResult) or given.outcome not in tuple(_OUTCOMES):
        return Receipt.unknown("the plugin gave no receipt", code="no-receipt")
    text = given.text or ("it was there already" if given.outcome == "repeated" else "")
    code, remote_id = (scrub(str(word)) if word not in (None, "") else None for word in (given.code, given.remote_id))
    return Receipt(_OUTCOMES[given.outcome], scrub(str(text)), code, remote_id, _seconds(given.after))


def _seconds(after: object) -> int | None:
    return math.ceil(after) if isinstance(after, int | float) and 0 <= after < math.inf else None


def limits_of(plug: Notifier | Connector) -> Limits:
    """What a plug bears. Raises PlugFailed where it does not say so."""
    with guarded(plug.scrub):
        limits = plug.limits
        if not (isinstance(limits, Limits) and _is_limit(limits.attempt_seconds)):
            raise TypeError("it gave no Limits with `attempt_seconds`")
        if limits.per_minute is not None and not _is_limit(limits.per_minute):
            raise ValueError("`per_minute` is no whole number above zero")
        return limits


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and value > 0


def opened(channels: Callable[[str], Notifier | Sender], channel: str) -> tuple[Sender, Limits]:
    """The sender of a channel, and what it bears. Raises Refusal where it cannot be opened."""
    found = channels(channel)
    sender = NotifierSender(found) if isinstance(found, Notifier) else found
    try:
        return sender, sender.limits
    except PlugFailed as failed:
        what = f"the plugin of `{channel}` does not tell its limits: {failed}"
        raise Refusal("plugin-unavailable", what) from None
