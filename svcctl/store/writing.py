"""The write protocol. What it promises, and in which order it keeps it, is the store's whole point.

1 lock; 2 mend the journal's end and publish the last commit, if its process died on the way; 3 run the
work in memory; 4 write the changed pages beside the old ones and sync; 5 append the line and sync: that
is the commit; 6 rename the pages and sync their folders; 7 unlock, then acknowledge.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeVar

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.contract import Head, TableSchema, Transaction
from svcctl.store.disk import Outcome, disk
from svcctl.store.encoding import canonical
from svcctl.store.journal import Journal, Tail
from svcctl.store.layout import Layout
from svcctl.store.line import digest_of, seal
from svcctl.store.lock import Lock, locked
from svcctl.store.pages import Pages
from svcctl.store.reading import Reading
from svcctl.store.recovery import recover
from svcctl.store.transaction import JsonTransaction

T = TypeVar("T")


class Writing(Record):
    """What a write needs of its store."""

    layout: Layout
    tables: Mapping[str, TableSchema]
    journal: Journal
    pages: Pages
    reading: Reading

    def run(
        self,
        work: Callable[[Transaction], T],
        *,
        at: datetime,
        actor: str,
        key: str | None,
        arguments: Sequence[str],
        dry_run: bool,
        lock_timeout: float,
    ) -> tuple[T, Head | None]:
        """The result of the work, and the commit that keeps it, if there is one. See `Store.write`."""
        digest = digest_of(arguments)
        if key is not None:
            # What there is to catch up with is read before the lock, not under it.
            self.reading.index()
        with locked(self.layout.lock, lock_timeout) as lock:
            with disk(Outcome.LOST):
                tail = recover(lock, self.journal, self.pages)
                used = None if key is None else self._result_of(key, digest)
                if used is not None:
                    return used[0], None
                highest = tail.entry.line["highest"] if tail.entry else {}
                transaction = JsonTransaction(self.tables, self.reading, self.pages, highest)
                try:
                    result = work(transaction)
                finally:
                    transaction.close()
            if dry_run or not transaction.events:
                return result, None
            kept = None if key is None else (key, digest, canonical(result, "the result"))
            return result, self._commit(lock, tail, transaction, at, actor, kept)

    def _commit(
        self,
        lock: Lock,
        tail: Tail,
        transaction: JsonTransaction,
        at: datetime,
        actor: str,
        key: tuple[str, str, bytes] | None,
    ) -> Head:
        """Pages beside the old ones, the line, then the pages in place: steps 4 to 6 of the protocol."""
        highest = {table: number for table, number in transaction.highest.items() if number}
        line, head = seal(tail.head, at=at, actor=actor, events=transaction.events, highest=highest, key=key)
        changed = transaction.changed
        try:
            with disk(Outcome.LOST):
                for (table, number), page in changed.items():
                    page.head = head
                    self.pages.prepare(table, number, page)
            if not lock.is_current:
                raise Refusal("store-busy", f"`{lock.path}` was deleted while it was held; nothing was saved")
            self.journal.append(tail, line)
        except Refusal as refusal:
            if refusal.details.get("outcome") != Outcome.UNKNOWN:
                with suppress(OSError):
                    self.pages.discard(changed)
            raise
        with disk(Outcome.SAVED):
            self.pages.publish(changed)
        lock.publish(head)
        return head

    def _result_of(self, key: str, digest: str) -> tuple[Any] | None:
        """What the write with this key returned, in a tuple; None where there was none."""
        used = self.reading.index().key(key)
        if used is None:
            return None
        arguments, segment, offset = used
        if arguments != digest:
            raise Refusal(
                "key-reused",
                f"the idempotency key `{key}` was used before with other arguments",
                help="give every change a key of its own",
            )
        return (self.journal.read(segment, offset).line["result"],)
