"""The file `index.db`: opened, brought up to date, replaced when it does not fit, done without when it cannot be had.

SQLite finds its log by name (`index.db-wal`), so a file may only be replaced while nobody has it open.
A lock on the store's folder sees to that: shared by everyone who has the index open, exclusive to
replace it. Where the file cannot be written or another process holds it for long, a private copy in a
temporary database takes its place; it dies with the process.
"""

import fcntl
import os
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Counting, Damage, TableSchema
from svcctl.store.index import Index
from svcctl.store.journal import Journal
from svcctl.store.layout import Layout
from svcctl.store.lock import last_published
from svcctl.store.recovery import acknowledged_tail
from svcctl.store.stale import StaleIndexError

T = TypeVar("T")

_BUSY_SECONDS = 5.0
_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    }
)
#: How many indexes of a store are open in this process: one that keeps the file from being replaced is not waited for.
_open_here: Counter[Path] = Counter()


class _Opened:
    """The file while it is open, with the lock on the folder. Forgotten, it gives the lock back."""

    def __init__(self, index: Index, folder: int, inode: int, root: Path) -> None:
        self.index = index
        self.inode = inode
        self._folder: int | None = folder
        self._root = root
        _open_here[root] += 1

    def close(self) -> None:
        self.index.close()
        self._unlock()

    def _unlock(self) -> None:
        folder, self._folder = self._folder, None
        if folder is not None:
            os.close(folder)
            _open_here[self._root] -= 1

    def __del__(self) -> None:
        self._unlock()


class IndexFile:
    """The index of one store, for every thread a connection of its own."""

    def __init__(self, layout: Layout, journal: Journal, tables: Mapping[str, TableSchema], counting: Counting) -> None:
        self._layout = layout
        self._journal = journal
        self._tables = tables
        self._counting = counting
        self._local = threading.local()

    def current(self) -> Index:
        """The index at the journal's end. Raises Refusal `store-damaged` where the journal does not verify, or lacks
        what was acknowledged: a list without it would look whole."""
        published = last_published(self._layout.lock)
        index = self._caught_up() or self._private()
        if published is not None and index.head.sequence < published.sequence:
            acknowledged_tail(self._layout.lock, self._journal)
            index = self._caught_up() or self._private()
        return index

    def overlay(self) -> Index:
        """An index at the journal's end that its holder may change; closing it throws the changes away."""
        if self._caught_up() is not None:
            with suppress(sqlite3.Error):
                index = self._connect()
                index.begin()
                return index
        index = self._temporary()
        index.begin()
        return index

    def ask(self, question: Callable[[Index], T]) -> T:
        """The answer of the index; of one that is made anew where it turns out that the file cannot be read."""
        try:
            return question(self.current())
        except StaleIndexError:
            self.discard()
            return question(self.current())

    def discard(self) -> None:
        """The file cannot be read: the next to be asked is made anew from the journal."""
        self._close("private")
        self._local.damaged = True

    def refresh(self) -> None:
        """Bring the file up to the journal's end where that is possible now."""
        self._caught_up()

    def verify(self) -> Iterator[Damage]:
        """What the file says otherwise than the journal. One that does not fit the store is no damage: whoever opens it
        next makes it anew. Raises Refusal `store-damaged` where the journal does not verify."""
        fresh = self._empty()
        try:
            copy = self._copy()
            while fresh.head != copy.head:  # others may write on
                self._catch_up(fresh)
                self._catch_up(copy)
            wrong = copy.difference(fresh)
        except (FileNotFoundError, StaleIndexError):
            return
        except (sqlite3.Error, UnicodeDecodeError) as error:
            if not self._layout.index.exists():
                return
            wrong = f"it cannot be read ({error})"
        if wrong:
            yield Damage(self._layout.index.name, wrong)

    def close(self) -> None:
        """Close this thread's connections."""
        self._close("opened")
        self._close("private")

    def _close(self, name: str) -> None:
        held = self._local.__dict__.pop(name, None)
        if held is not None:
            held.close()

    def _caught_up(self) -> Index | None:
        opened: _Opened | None = getattr(self._local, "opened", None)
        for unfit in (self._is_damaged, True, True):
            try:
                opened = self._renew(opened, unfit)
                self._catch_up(opened.index)
                self._local.damaged = False
                return opened.index
            except (StaleIndexError, UnicodeDecodeError, Refusal):
                # A broken link is damage only if it is still there when everything is read anew.
                continue
            except (sqlite3.Error, OSError) as error:
                code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
                if code in _UNAVAILABLE:
                    break
        return None

    def _catch_up(self, index: Index) -> None:
        """Bring an index up to the journal's end; where that takes more than a part, it is told how far it has come."""
        if not index.read_on(self._journal, lambda done: None):
            return
        with self._counting("indexed", self._journal.tail().head.sequence) as told:
            while index.read_on(self._journal, told):
                pass

    def _renew(self, opened: _Opened | None, unfit: bool) -> _Opened:
        inode = self._inode()
        if opened is not None and not unfit and opened.inode == inode:
            return opened
        self._close("opened")
        root = self._layout.root
        folder = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if unfit or inode is None:
                _flock(folder, fcntl.LOCK_EX, self._patience())
                if self._inode() == inode:
                    self._replace()
            _flock(folder, fcntl.LOCK_SH, _BUSY_SECONDS)
            index = self._connect()
        except BaseException:
            os.close(folder)
            raise
        self._local.opened = opened = _Opened(index, folder, self._inode() or 0, root)
        index.check()
        return opened

    def _patience(self) -> float:
        """Seconds to wait until nobody has the file open; none where a private copy does already, or waiting cannot
        help."""
        return 0 if "private" in self._local.__dict__ or _open_here[self._layout.root] else _BUSY_SECONDS

    def _replace(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                self._layout.index.with_name(f"index.db{suffix}").unlink()
        fresh = self._layout.index.with_name("index.db.new")
        fresh.unlink(missing_ok=True)
        connection = sqlite3.connect(fresh, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN")
            self._index(connection).create()
            connection.execute("COMMIT")
        finally:
            connection.close()
        fresh.rename(self._layout.index)

    def _connect(self) -> Index:
        path = self._layout.index.absolute().as_uri()
        connection = sqlite3.connect(f"{path}?mode=rw", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        connection.execute("PRAGMA synchronous = NORMAL")
        return self._index(connection)

    def _private(self) -> Index:
        private: Index | None = getattr(self._local, "private", None)
        if private is None:
            self._local.private = private = self._temporary()
        self._catch_up(private)
        return private

    def _temporary(self) -> Index:
        try:
            try:
                index = self._copy()
                self._catch_up(index)
            except (sqlite3.Error, StaleIndexError, UnicodeDecodeError):
                index = self._empty()
                self._catch_up(index)
        except sqlite3.Error as error:
            raise Refusal(
                "disk-refused",
                f"no index can be built, in `{self._layout.index}` or in a temporary file ({error}); nothing was saved",
                help="make room or repair the disk",
                details={"outcome": "lost"},
            ) from error
        return index

    def _empty(self) -> Index:
        index = self._index(sqlite3.connect("", isolation_level=None))
        index.create()
        return index

    def _copy(self) -> Index:
        """A temporary copy of the file as it is, which even a locked one allows."""
        if self._is_damaged:
            raise StaleIndexError
        source = sqlite3.connect(f"{self._layout.index.absolute().as_uri()}?mode=ro", uri=True)
        try:
            copy = sqlite3.connect("", isolation_level=None)
            source.backup(copy)
        finally:
            source.close()
        index = self._index(copy)
        index.check()
        return index

    def _index(self, connection: sqlite3.Connection) -> Index:
        return Index(connection, self._tables, self._layout.id)

    @property
    def _is_damaged(self) -> bool:
        return getattr(self._local, "damaged", False)

    def _inode(self) -> int | None:
        try:
            return self._layout.index.stat().st_ino
        except FileNotFoundError:
            return None


def _flock(fd: int, kind: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(0.005)
