"""The pace of a channel: in no minute more attempts than it bears, whoever makes them.

A message remembers when it was last tried (`tried_at`), so the outbox itself says what the last minute has seen, and no
bucket beside it can be wrong. A token bucket that has rested lets nearly twice as many through in a minute; this lets
none, for there are robots that are deaf for ten minutes after one message too many.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from svcctl.desk.outbox import OUTBOX, record_change
from svcctl.foundation.instant import parse_instant, stored
from svcctl.store.contract import Reader, Transaction, Where
from svcctl.ticket.event import Document

MINUTE = timedelta(minutes=1)


def free_at(reader: Reader, document: Document, per_minute: int, at: datetime) -> datetime:
    """When a message may be tried: at `at`, or as soon after it as the channel bears."""
    since = stored(at - MINUTE)
    recent = Where("channel", "==", document["channel"]), Where("tried_at", ">", since)
    tried = sorted(other["tried_at"] for other in reader.find(OUTBOX, *recent))
    waits = [at]
    if len(tried) >= per_minute:
        waits.append(parse_instant(tried[-per_minute]) + MINUTE)
    # A message counts once, so it is not tried twice in a minute.
    if document.get("tried_at", "") > since:
        waits.append(parse_instant(document["tried_at"]) + MINUTE)
    return max(waits)


def spread(held: Iterable[Document], first: datetime, per_minute: int | None) -> Iterator[tuple[Document, datetime]]:
    """When each message that was held back is due: as many in each minute from `first` as the channel bears."""
    for place, document in enumerate(held):
        yield document, first + (place // per_minute if per_minute else 0) * MINUTE


def hold_back(
    transaction: Transaction, due: Iterable[tuple[Document, datetime]], at: datetime, actor: str
) -> list[Document]:
    """Make messages due later, where nobody has touched them in between; those that were, as they are now."""
    held = []
    for document, later in due:
        current = transaction.get(OUTBOX, document["id"])
        if current is not None and current == document:
            held.append(record_change(transaction, current, "held", {"next_at": stored(later)}, at, actor))
    return held
