"""How a change is committed, by many machines at once.

1 The work runs on what is committed, with no lock; its changes stay in memory, and what it read is noted. 2 A
transaction writes the changed documents, each only where its revision is the one that was read. 3 It locks the row of
the head. 4 Where others have committed since the work began, what the work read is looked at again: if any of it has
changed, all is rolled back and the work is done anew. 5 The commit is sealed with the hash of the one before, what it
says and its events are written, the head moves on. 6 COMMIT. Steps 2 to 6 are in `committing`.

So the work goes on side by side, and only steps 3 to 6 come one after another. Locks are taken in one order, documents
before the head. Work that is done anew first locks the documents over which it was too late, and after some tries the
head as well, so that it comes to an end however much the others write. What changes nothing is not looked at again.
"""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import TypeVar

import psycopg

from svcctl.plugin_api import Refusal, Transaction, digest_of
from svcctl_store_postgres.committing import Committing, Signed
from svcctl_store_postgres.connection import (
    AGAIN,
    Connection,
    Connections,
    begin,
    in_transaction,
    refusal,
    rollback,
    unsaved,
)
from svcctl_store_postgres.ids import Ids
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.layout import Layout
from svcctl_store_postgres.reading import Reading
from svcctl_store_postgres.transaction import OutdatedError, Place, PostgresTransaction

T = TypeVar("T")

#: Tries that go on side by side; the next one lets nobody else commit.
_FREE_TRIES = 3


class Writing:
    """Writes of one store."""

    def __init__(self, layout: Layout, connections: Connections) -> None:
        self._layout = layout
        self._connections = connections
        self._committing = Committing(layout, connections)

    def run(
        self,
        work: Callable[[Transaction], T],
        *,
        at: datetime,
        actor: str,
        key: str | None,
        arguments: Sequence[str],
        dry_run: bool,
    ) -> T:
        """See `Store.write`."""
        signed = Signed(at, actor, key, digest_of(arguments))
        deadline = time.monotonic() + self._connections.lock_timeout
        ids = Ids(self._layout, self._for_ids, keep=not dry_run)
        contended: Collection[Place] = ()
        try:
            for number in count(1):
                connection = self._connections.main
                try:
                    self._lock(connection, contended)
                    if number > _FREE_TRIES and not dry_run:
                        begin(connection)
                        self._committing.lock_head(connection)
                    return self._try(connection, work, signed, ids, dry_run=dry_run)
                except (OutdatedError, *AGAIN) as failed:
                    contended = failed.places if isinstance(failed, OutdatedError) else ()
                    if time.monotonic() > deadline:
                        waited = f"{self._connections.lock_timeout:g} s"
                        what = f"others changed what this needs for {waited}; nothing was saved"
                        raise Refusal("store-busy", what, help="try again") from None
                finally:
                    rollback(connection)
                ids.restart()
                if not contended:  # else the lock on these lets one after the other through
                    time.sleep(random.uniform(0, 0.01 * number))
            raise AssertionError("counting does not end")
        except psycopg.Error as error:
            raise unsaved(refusal(error)) from None
        finally:
            with suppress(psycopg.Error):
                ids.give_back()

    def _for_ids(self) -> Connection:
        """Numbers are committed at once, whatever transaction goes on."""
        main = self._connections.main
        return self._connections.aside if in_transaction(main) else main

    def _try(
        self,
        connection: Connection,
        work: Callable[[Transaction], T],
        signed: Signed,
        ids: Ids,
        *,
        dry_run: bool,
    ) -> T:
        reading = Reading(self._layout, connection)
        if signed.key is not None:
            used = self._committing.result_of(connection, signed)
            if used is not None:
                first: T = used[0]
                return first
        lock = None if dry_run else lambda: begin(connection)
        transaction = PostgresTransaction(reading, ids.next, lock)
        try:
            result = work(transaction)
        except psycopg.Error:
            raise
        except Exception:
            # What was read was committed at several moments: what does not fit together may be no fault of the work.
            transaction.expect_current(reading.head().sequence)
            raise
        if dry_run or not transaction.events:
            return result
        # Looked at now, so that there is less to look at while nobody else can commit.
        transaction.expect_current(reading.head().sequence)
        head = self._committing.write(connection, transaction, signed, result)
        ids.settle()
        self._committing.finish(connection, head)
        return result

    def _lock(self, connection: Connection, places: Collection[Place]) -> None:
        """Let nobody else change these documents, in order of table and number."""
        by_table: dict[str, list[bytes]] = defaultdict(list)
        for table, id in places:
            by_table[table].append(text_key(id))
        for table, ids in sorted(by_table.items()):
            begin(connection)
            connection.execute(
                f"SELECT number FROM {self._layout.documents(table)} WHERE id = ANY(%s::bytea[])"
                " ORDER BY number FOR UPDATE",
                (ids,),
            )
