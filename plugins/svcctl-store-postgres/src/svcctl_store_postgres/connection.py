"""Connections of a process, and what the server says in the words of svcctl.

Each thread has connections of its own: one for everything, and a second one for what must be committed while the first
is in a transaction. Reads are statements of their own, outside any transaction.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors
from psycopg.types.json import set_json_loads

from svcctl.plugin_api import Refusal
from svcctl_store_postgres.values import loads

Connection = psycopg.Connection[tuple[Any, ...]]

#: What another transaction did makes this one run again: nothing of it was kept.
AGAIN = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
_BUSY = ("55P03", "57014", "57P03", "53300")
_DISK = ("53100", "58030")
_UNSAVED = "; nothing was saved"
_BUSY_WORDS = ("starting up", "shutting down", "too many clients", "remaining connection slots", "recovery mode")


class Connections:
    """Opened when first asked for, and again after they broke. `url` is a secret and never shown."""

    #: A machine that is gone without a word keeps its locks so long; work says something to the server more often.
    idle_seconds = 60

    def __init__(self, url: str, connect_seconds: int, lock_timeout: float) -> None:
        self._url = url
        self._seconds = connect_seconds
        self.lock_timeout = lock_timeout
        self._local = threading.local()

    @property
    def main(self) -> Connection:
        return self._open("main")

    @property
    def aside(self) -> Connection:
        """For short transactions of their own while `main` is in one."""
        return self._open("aside")

    def _open(self, name: str) -> Connection:
        found: Connection | None = getattr(self._local, name, None)
        if found is None or found.closed:
            found = self.connect()
            setattr(self._local, name, found)
        return found

    def connect(self) -> Connection:
        """A connection for the caller alone. Raises psycopg.Error."""
        connection = psycopg.connect(
            self._url, autocommit=True, connect_timeout=self._seconds, client_encoding="utf8", application_name="svcctl"
        )
        set_json_loads(loads, connection)
        connection.execute(
            f"SET lock_timeout = {max(1, int(self.lock_timeout * 1000))};"
            f" SET idle_in_transaction_session_timeout = {self.idle_seconds * 1000}"
        )
        return connection

    def close(self) -> None:
        """Close the connections of this thread."""
        for name in ("main", "aside"):
            found: Connection | None = getattr(self._local, name, None)
            if found is not None:
                found.close()


def begin(connection: Connection) -> None:
    """Begin a transaction where none is going on; each of its statements sees what is committed by then."""
    if not in_transaction(connection):
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")


def in_transaction(connection: Connection) -> bool:
    """Whether a transaction is going on, a failed one included."""
    return connection.info.transaction_status != psycopg.pq.TransactionStatus.IDLE


def rollback(connection: Connection) -> None:
    """Leave the transaction, if there is one, and nothing of it."""
    with suppress(psycopg.Error):
        if not connection.closed and in_transaction(connection):
            connection.execute("ROLLBACK")


@contextmanager
def told() -> Iterator[None]:
    """Turns what the server or the way to it refuses into a Refusal."""
    try:
        yield
    except psycopg.Error as error:
        raise refusal(error) from None


def refusal(error: psycopg.Error) -> Refusal:
    """What went wrong, where nothing was saved, in svcctl's words.

    What no rule here knows comes back as `plugin-unavailable` with the server's own words.
    """
    state = error.sqlstate or ""
    words = _words(error)
    if isinstance(error, AGAIN) or state in _BUSY or (not state and any(word in words for word in _BUSY_WORDS)):
        return Refusal("store-busy", f"the database is busy: {words}{_UNSAVED}", help="try again")
    if state in _DISK:
        return Refusal(
            "disk-refused",
            f"the database's disk refused: {words}{_UNSAVED}",
            help="make room on the server, then repeat the command",
            details={"outcome": "lost"},
        )
    if state in ("XX001", "XX002"):
        return Refusal("store-damaged", f"the database is damaged: {words}", help="restore it from a backup")
    if state == "54000":
        return Refusal(
            "bad-input", f"the database takes nothing so large: {words}", help="make several smaller changes"
        )
    if state == "25006":
        return Refusal("plugin-unavailable", f"this server only reads: {words}", help="name the primary in `url`")
    if state == "42501":
        return Refusal("plugin-unavailable", f"the database forbids it: {words}", help="grant the role what it needs")
    if isinstance(error, psycopg.ProgrammingError) and not state:
        what = "`store.url` is not the address of a PostgreSQL database"
        return Refusal("bad-configuration", what, help="write `postgresql://USER:PASSWORD@HOST:PORT/DATABASE`")
    return Refusal(
        "plugin-unavailable",
        f"the database cannot be used: {words}",
        help="see that the server runs and `store.url` is right; `svcctl plugin check postgres` tries it",
    )


def unsaved(told: Refusal) -> Refusal:
    """The refusal of a change that was not committed, which says so."""
    if told.message.endswith(_UNSAVED):
        return told
    return Refusal(told.code, f"{told.message}{_UNSAVED}", help=told.help, details=told.details)


def unknown(error: psycopg.Error) -> Refusal:
    """The connection was lost while the commit was on its way, and the server does not answer again."""
    return Refusal(
        "disk-refused",
        f"the database went away during the commit ({_words(error)}); it is unknown whether the change was saved",
        help="look before repeating; with the same idempotency key a repeat is harmless",
        details={"outcome": "unknown"},
    )


def _words(error: psycopg.Error) -> str:
    """The server's words in one line; those about the address are not shown, because it holds the password."""
    if isinstance(error, psycopg.ProgrammingError) and not error.sqlstate:
        return "the address cannot be read"
    said = error.diag.message_primary or str(error) or type(error).__name__
    return " ".join(said.split())
