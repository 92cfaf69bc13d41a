"""Delivery: what is due in the outbox leaves, at least once, and what became of it is recorded.

Each attempt is three steps: a short write takes a lease, the notifier sends with no lock held, a second
write records the receipt. Whoever is killed in between leaves a lease that runs out: the message is then sent
again with the same key, and its history says that the earlier attempt's outcome is unknown.

A channel that has seen as many messages in a minute as it bears, or that asked to be left alone for a while, gets no
more in this run: the rest is made due later, in one write.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from svcctl.desk.erp_outbox import waits_for
from svcctl.desk.outbox import OUTBOX, Status, due_messages, is_due, receiver_of, record_change
from svcctl.desk.pace import free_at, hold_back, spread
from svcctl.desk.sending import NOT_TAKEN, Rehearsing, Sender, opened
from svcctl.extension.contract import Notifier, Receipt
from svcctl.foundation.digest import sha256
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record
from svcctl.store.contract import Store, Transaction, Where
from svcctl.ticket.document import to_document
from svcctl.ticket.event import Document

Channels = Callable[[str], Notifier | Sender]

_ENDINGS: Mapping[str, tuple[str, Status]] = {
    "delivered": ("delivered", "delivered"),
    "rejected": ("rejected", "rejected"),
    "retry": ("retried", "pending"),
    "unknown": ("retried", "unknown"),
}


class Patience(Record):
    """How long to go on: `attempts` in all, waiting from `first_seconds` doubled each time up to `longest_seconds`.

    As it stands a message dies after some 15 to 20 hours. A receiver that asks for more than
    `longest_asked_seconds` is asked again by then. A lease lasts `lease_seconds`, or as long as the channel needs.
    A channel by which so many messages in a row did not get through is left alone for the rest of a run.
    """

    attempts: int = 12
    first_seconds: int = 60
    longest_seconds: int = 6 * 3600
    longest_asked_seconds: int = 24 * 3600
    lease_seconds: int = 300
    failures_in_a_row: int = 5


PATIENCE = Patience()


class DeliveryResult(Record):
    """What became of one message.

    `to` is whom it is for; `receipt` is None where nothing was tried: because of `refusal`, or because the channel
    bears no more before `next_at`.
    """

    id: str
    ticket: str
    channel: str
    status: Status
    attempts: int
    receipt: Receipt | None = None
    next_at: datetime | None = None
    refusal: Refusal | None = None
    to: str = ""


def deliver_due(
    store: Store,
    channels: Channels,
    now: datetime,
    *,
    actor: str,
    limit: int | None = None,
    patience: Patience = PATIENCE,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[DeliveryResult]:
    """Try each message that is due at `now` once, the longest due first, and say what became of it.

    `channels` opens a channel's notifier or raises a Refusal: its messages then stay as they are, and the
    result carries the refusal. `clock` measures how long this run has lasted, so that leases are long enough.
    Raises Refusal `store-busy` and what else the store refuses.
    """
    started = clock()
    closed: dict[str, _Closed] = {}
    waiting: list[tuple[Document, datetime]] = []
    for document in list(due_messages(store, now, limit)):
        channel = document["channel"]
        try:
            sender, limits = opened(channels, channel)
        except Refusal as refusal:
            yield _result(document).replace(refusal=refusal)
            continue
        at = now + timedelta(seconds=int(clock() - started))
        known = closed.setdefault(channel, _Closed(limits.per_minute, now))
        if known.failed >= patience.failures_in_a_row:
            continue  # still due, for the next run: to write that down for each of them would only fill the journal
        if at < known.until:
            known.held.append(document)
            continue
        lasting = timedelta(minutes=1, seconds=max(patience.lease_seconds, 2 * limits.attempt_seconds))
        leased = _lease(store, document["id"], now, at, at + lasting, limits.per_minute, actor)
        if isinstance(leased, _Later):
            if leased.all:
                known.until = leased.at
            else:
                waiting.append((document, leased.at))
                continue
            known.held.append(document)
        elif leased is not None:
            receipt = sender.send(leased)
            known.note(receipt, at, _wait(leased, receipt, patience))
            yield _record(store, sender, leased, receipt, now, actor, patience)
    later = [due for channel in closed.values() for due in spread(channel.held, channel.until, channel.per_minute)]
    yield from _held_back(store, [*later, *waiting], now, actor)


class _Later(Record):
    """When a message may be tried: `all` of its channel's wait until then, or it alone, for one of its ticket's."""

    at: datetime
    all: bool


class _Closed:
    """A channel that is to be left alone until an instant, and the messages that wait for it."""

    def __init__(self, per_minute: int | None, until: datetime) -> None:
        self.per_minute = per_minute
        self.until = until
        self.held: list[Document] = []
        self.failed = 0

    def note(self, receipt: Receipt, at: datetime, wait: int) -> None:
        """Count what did not get through, and leave the channel alone where it asked for that."""
        self.failed = 0 if receipt.outcome in ("delivered", "rejected") else self.failed + 1
        if receipt.outcome == "retry" and receipt.after:
            self.until = at + timedelta(seconds=wait)


def _held_back(
    store: Store, later: list[tuple[Document, datetime]], now: datetime, actor: str
) -> Iterator[DeliveryResult]:
    if later:
        for document in store.write(lambda transaction: hold_back(transaction, later, now, actor), at=now, actor=actor):
            yield _result(document).replace(next_at=parse_instant(document["next_at"]))


def rehearsing(channels: Channels) -> Channels:
    """The same channels for a dry run: nothing leaves, and all that is given to them counts as delivered."""
    return lambda name: Rehearsing(opened(channels, name)[0])


def backoff_seconds(key: str, attempt: int, patience: Patience = PATIENCE) -> int:
    """Seconds to wait after the attempt of this number: exponential, between half and the whole of the step.

    The spread is "equal jitter" (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015), taken from the
    key instead of chance, so that a run can be repeated exactly.
    """
    step = min(patience.longest_seconds, patience.first_seconds << min(attempt - 1, 32))
    spread = int.from_bytes(sha256(f"{key}/{attempt}".encode()).digest()[:4], "big")
    return max(1, step // 2 + (step - step // 2) * spread // 2**32)


def _lease(
    store: Store, id: str, now: datetime, at: datetime, until: datetime, per_minute: int | None, actor: str
) -> Document | _Later | None:
    """The message's document under our lease until `until`; None where somebody else was faster.

    `at` is what time it is; where the channel bears no more now, or something has to leave before it, when to look
    again.
    """

    def take(transaction: Transaction) -> Document | _Later | None:
        document = next(transaction.claim(OUTBOX, Where("id", "==", id)), None)
        if document is None or not is_due(document, now):
            return None
        free = at if per_minute is None else free_at(transaction, document, per_minute, at)
        if free > at:
            return _Later(free, True)
        first = waits_for(transaction, document)
        if first is not None:
            return _Later(max(at + timedelta(seconds=1), parse_instant(first["next_at"])), False)
        new = {
            "status": "leased",
            "attempts": document["attempts"] + 1,
            "next_at": stored(until),
            "lease_until": stored(until),
            "tried_at": stored(at),
        }
        why = None
        if document["status"] == "leased":
            why = {"repeats": f"attempt {document['attempts']} was not recorded: whether it was delivered is unknown"}
        return record_change(transaction, document, "leased", new, now, actor, why=why)

    return store.write(take, at=now, actor=actor)


def _record(
    store: Store,
    sender: Sender,
    leased: Document,
    receipt: Receipt,
    now: datetime,
    actor: str,
    patience: Patience,
) -> DeliveryResult:
    kind, status = ("dropped", "dropped") if receipt.code == NOT_TAKEN else _ENDINGS[receipt.outcome]
    next_at: datetime | None = None
    if status in ("pending", "unknown"):
        if leased["attempts"] >= (sender.attempts or patience.attempts):
            kind, status = "died", "dead"
        else:
            next_at = now + timedelta(seconds=_wait(leased, receipt, patience))

    def note(transaction: Transaction) -> Document:
        document = transaction.get(OUTBOX, leased["id"])
        assert document is not None
        ours = all(document.get(field) == leased[field] for field in ("status", "attempts", "lease_until"))
        # After our lease others may have gone on. That it was delivered must be known; the rest is theirs to say.
        if not ours and (receipt.outcome != "delivered" or document["status"] == "delivered"):
            return document
        new = {
            "status": status,
            "next_at": stored(next_at) if next_at else None,
            "lease_until": None,
            "receipt": to_document(receipt),
        }
        after = record_change(transaction, document, kind, new, now, actor)
        if next_at is None:
            sender.ended(transaction, after, receipt, now, actor)
        return after

    document = store.write(note, at=now, actor=actor)
    return _result(document).replace(receipt=receipt, next_at=next_at)


def _wait(leased: Document, receipt: Receipt, patience: Patience) -> int:
    if receipt.after is not None:
        return max(1, min(receipt.after, patience.longest_asked_seconds))
    return backoff_seconds(leased["key"], leased["attempts"], patience)


def _result(document: Document) -> DeliveryResult:
    return DeliveryResult(
        document["id"],
        document["ticket"],
        document["channel"],
        document["status"],
        document["attempts"],
        to=receiver_of(document),
    )
