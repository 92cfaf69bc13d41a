"""How a change is committed, by many machines at once.

1 The work runs on what is committed, with no lock; its changes stay in memory, and what it read is noted. 2 A
transaction writes the changed documents, each only where its revision is the one that was read. 3 It locks the row of
the head. 4 Where others have committed since the work began, what the work read is looked at again: if any of it has
changed, all is rolled back and the work is done anew. 5 The commit is sealed with the hash of the one before, what it
says and its events are written, the head moves on. 6 COMMIT.

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
from typing import Any, TypeVar

import psycopg

from svcctl.plugin_api import (
    Head,
    Record,
    Refusal,
    Transaction,
    canonical,
    digest_of,
    expect_size,
    seal,
    stored,
    value_at,
)
from svcctl_store_postgres.connection import (
    AGAIN,
    Connection,
    Connections,
    begin,
    in_transaction,
    refusal,
    rollback,
    unknown,
)
from svcctl_store_postgres.ids import Ids
from svcctl_store_postgres.keys import key as key_of
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.layout import Layout, digest
from svcctl_store_postgres.reading import Reading
from svcctl_store_postgres.transaction import Place, PostgresTransaction
from svcctl_store_postgres.values import loads, read_value, stored_text

T = TypeVar("T")

#: "Statement completion unknown": what some engines say of a commit in a changeover.
_UNKNOWN = "40003"
#: Tries that go on side by side; the next one lets nobody else commit.
_FREE_TRIES = 3


class OutdatedError(Exception):
    """Others have changed what this work had read: the documents at `places`, as far as that is known."""

    def __init__(self, places: Collection[Place] = ()) -> None:
        self.places = places


class Signed(Record):
    """Who writes, when, and under which idempotency key, with the digest of its arguments."""

    at: datetime
    actor: str
    key: str | None
    arguments: str


class Writing:
    """Writes of one store."""

    def __init__(self, layout: Layout, connections: Connections) -> None:
        self._layout = layout
        self._connections = connections
        self._digest = digest(layout.fields)

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
                        self._lock_head(connection)
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
            raise refusal(error) from None
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
            used = self._result_of(connection, signed)
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
            if not self._holds(connection, reading, transaction):
                raise OutdatedError(transaction.contended) from None
            raise
        if dry_run or not transaction.events:
            return result
        kept = None if signed.key is None else (signed.key, signed.arguments, canonical(result, "the result"))
        # Looked at now, so that there is less to look at while nobody else can commit.
        if not self._holds(connection, reading, transaction):
            raise OutdatedError(transaction.contended)
        begin(connection)
        self._write_documents(connection, transaction)
        head = self._append(connection, reading, transaction, signed, kept)
        ids.settle()
        self._commit(connection, head)
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

    def _holds(self, connection: Connection, reading: Reading, transaction: PostgresTransaction) -> bool:
        """Whether what was read holds up to the last commit."""
        last = reading.head().sequence
        if transaction.seen in (None, last):
            return True
        rows = connection.execute(
            f"SELECT DISTINCT tbl, id FROM {self._layout.events} WHERE sequence > %s", (transaction.seen,)
        ).fetchall()
        if not transaction.still_holds({(table, id) for table, id in rows}):
            return False
        transaction.seen = last
        return True

    def _lock_head(self, connection: Connection) -> tuple[Head, dict[str, int]]:
        """The head and the highest numbers, which nobody else moves until this transaction ends.

        Raises Refusal `store-busy` where another svcctl has just begun to index more fields.
        """
        row = connection.execute(
            f"SELECT sequence, hash, highest, digest FROM {self._layout.head} FOR UPDATE"
        ).fetchone()
        assert row is not None
        if row[3] != self._digest:
            what = (
                f"another version of svcctl indexes more fields of the store `{self._layout.name}` since it was opened"
            )
            raise Refusal("store-busy", f"{what}; nothing was saved", help="try again")
        return Head(row[0], row[1]), row[2]

    def _write_documents(self, connection: Connection, transaction: PostgresTransaction) -> None:
        """In order of table and number, so that two that change the same documents do not wait for each other."""
        new: dict[str, list[Any]] = defaultdict(list)
        old: dict[str, list[Any]] = defaultdict(list)
        for place, (number, document) in sorted(transaction.changed.items(), key=lambda one: (one[0][0], one[1][0])):
            before = transaction.before(place)
            values = row_of(self._layout, place[0], document)
            if before is None:
                new[place[0]].append((number, text_key(place[1]), *values))
            else:
                old[place[0]].append((*values, number, before[1]["revision"]))
        with connection.cursor() as cursor:
            for table, rows in sorted(old.items()):
                names = columns_of(self._layout, table)
                settings = ", ".join(f"{name} = %s" for name in names)
                cursor.executemany(
                    f"UPDATE {self._layout.documents(table)} SET {settings} WHERE number = %s AND revision = %s", rows
                )
                if cursor.rowcount != len(rows):
                    raise OutdatedError(transaction.contended)
            for table, rows in sorted(new.items()):
                cursor.executemany(insert_document(self._layout, table), rows)

    def _append(
        self,
        connection: Connection,
        reading: Reading,
        transaction: PostgresTransaction,
        signed: Signed,
        kept: tuple[str, str, bytes] | None,
    ) -> Head:
        head, highest = self._lock_head(connection)
        if kept is not None and self._result_of(connection, signed) is not None:
            raise OutdatedError
        if head.sequence != transaction.seen and not self._holds(connection, reading, transaction):
            raise OutdatedError(transaction.contended)
        for (table, _), (number, _) in transaction.changed.items():
            highest[table] = max(number, highest.get(table, 0))
        events = [line for _, line in transaction.events]
        _, after = seal(head, at=signed.at, actor=signed.actor, events=events, highest=highest, key=kept)
        content: dict[str, Any] = {
            "actor": signed.actor,
            "at": stored(signed.at),
            "highest": highest,
            "previous": head.hash,
            "sequence": after.sequence,
        }
        if kept is not None:
            content |= {"key": kept[0], "arguments": kept[1], "result": loads(kept[2])}
        with connection.cursor() as cursor:
            cursor.execute(insert_commit(self._layout), commit_row(after, content))
            cursor.executemany(
                insert_event(self._layout),
                [
                    (after.sequence, position, table, text_key(id), *stored_text(text))
                    for position, ((table, id), text) in enumerate(transaction.events)
                ],
            )
            cursor.execute(
                f"UPDATE {self._layout.head} SET sequence = %s, hash = %s, highest = %s",
                (after.sequence, after.hash, canonical(highest, "the numbers").decode()),
            )
        return after

    def _commit(self, connection: Connection, head: Head) -> None:
        """COMMIT; where the connection is lost with it, look whether it was done."""
        try:
            connection.execute("COMMIT")
        except (psycopg.OperationalError, psycopg.InterfaceError) as lost:
            if not connection.closed and lost.sqlstate != _UNKNOWN:
                raise
            try:
                again = self._connections.main
                with again.transaction():
                    # The lock is free only when the server has ended what was going on.
                    self._lock_head(again)
                    row = again.execute(
                        f"SELECT hash FROM {self._layout.commits} WHERE sequence = %s", (head.sequence,)
                    ).fetchone()
            except psycopg.Error:
                raise unknown(lost) from None
            if row is None or row[0] != head.hash:
                raise OutdatedError from None

    def _result_of(self, connection: Connection, signed: Signed) -> tuple[Any] | None:
        """What the write with this key returned, in a tuple; None where there was none."""
        row = connection.execute(
            f"SELECT document, exact FROM {self._layout.commits} WHERE key = %s", (text_key(signed.key or ""),)
        ).fetchone()
        if row is None:
            return None
        content = read_value(*row)
        if content["arguments"] != signed.arguments:
            raise Refusal(
                "key-reused",
                f"the idempotency key `{signed.key}` was used before with other arguments",
                help="give every change a key of its own",
            )
        return (content["result"],)


def columns_of(layout: Layout, table: str) -> list[str]:
    """The columns of a document besides its number and id."""
    fields = [layout.columns(table)[field] for field in layout.fields[table]]
    return ["revision", "version", "removed", "document", "exact", *fields]


def row_of(layout: Layout, table: str, document: Any) -> tuple[Any, ...]:
    """Their values. Raises Refusal `bad-input` for a document that is too large."""
    text = canonical(document, f"`{document['id']}`")
    expect_size(document["id"], len(text))
    keys = (key_of(value_at(document, field)) for field in layout.fields[table])
    return (
        document["revision"],
        document.get("schema", 1),
        document.get("removed") is True,
        *stored_text(text),
        *keys,
    )


def insert_document(layout: Layout, table: str) -> str:
    names = ["number", "id", *columns_of(layout, table)]
    return f"INSERT INTO {layout.documents(table)} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})"


def insert_commit(layout: Layout) -> str:
    return f"INSERT INTO {layout.commits} (sequence, hash, key, document, exact) VALUES (%s, %s, %s, %s, %s)"


def commit_row(head: Head, content: Any) -> tuple[Any, ...]:
    key = content.get("key")
    kept = None if key is None else text_key(key)
    return (head.sequence, head.hash, kept, *stored_text(canonical(content, "the commit")))


def insert_event(layout: Layout) -> str:
    return f"INSERT INTO {layout.events} (sequence, position, tbl, id, document, exact) VALUES (%s, %s, %s, %s, %s, %s)"
