"""The commit of one write, once its work is done: steps 2 to 6 of the protocol in `writing`."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import psycopg

from svcctl.plugin_api import Head, Record, Refusal, canonical, seal, stored
from svcctl_store_postgres.connection import Connection, Connections, begin, unknown
from svcctl_store_postgres.keys import text_key
from svcctl_store_postgres.layout import Layout, digest
from svcctl_store_postgres.rows import columns_of, commit_row, insert_commit, insert_document, insert_event, row_of
from svcctl_store_postgres.transaction import OutdatedError, PostgresTransaction
from svcctl_store_postgres.values import loads, read_value, stored_text

#: "Statement completion unknown": what some engines say of a commit in a changeover.
_UNKNOWN = "40003"


class Signed(Record):
    """Who writes, when, and under which idempotency key, with the digest of its arguments."""

    at: datetime
    actor: str
    key: str | None
    arguments: str


class Committing:
    """Commits to one store."""

    def __init__(self, layout: Layout, connections: Connections) -> None:
        self._layout = layout
        self._connections = connections
        self._digest = digest(layout.fields)

    def result_of(self, connection: Connection, signed: Signed) -> tuple[Any] | None:
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

    def write(
        self,
        connection: Connection,
        transaction: PostgresTransaction,
        signed: Signed,
        result: Any,
    ) -> Head:
        """All but COMMIT; the head that there will be. `result` is what the work returned, kept where there is a key.

        Raises OutdatedError where others came first, Refusal `bad-input`, `key-reused`, `store-busy`.
        """
        kept = None if signed.key is None else (signed.key, signed.arguments, canonical(result, "the result"))
        begin(connection)
        self._write_documents(connection, transaction)
        head, highest = self.lock_head(connection)
        if kept is not None and self.result_of(connection, signed) is not None:
            raise OutdatedError
        transaction.expect_current(head.sequence)
        for (table, _), (number, _) in transaction.changed.items():
            highest[table] = max(number, highest.get(table, 0))
        return self._append(connection, transaction, signed, kept, head, highest)

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

    def lock_head(self, connection: Connection) -> tuple[Head, dict[str, int]]:
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

    def _append(
        self,
        connection: Connection,
        transaction: PostgresTransaction,
        signed: Signed,
        kept: tuple[str, str, bytes] | None,
        head: Head,
        highest: Mapping[str, int],
    ) -> Head:
        """Write the commit after `head` and its events, and move the head on."""
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

    def finish(self, connection: Connection, head: Head) -> None:
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
                    self.lock_head(again)
                    row = again.execute(
                        f"SELECT hash FROM {self._layout.commits} WHERE sequence = %s", (head.sequence,)
                    ).fetchone()
            except psycopg.Error:
                raise unknown(lost) from None
            if row is None or row[0] != head.hash:
                raise OutdatedError from None
