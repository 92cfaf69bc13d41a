"""The store's lock: `flock` on a file that is never deleted, with a deadline.

The kernel gives it back when a process dies, however it dies. The file also says which commit is
published completely, so that the next writer need not look at its pages again.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.contract import Head
from svcctl.store.disk import Outcome, disk, disk_refused, read_file

_FIRST_PAUSE, _LONGEST_PAUSE = 0.0005, 0.02


class Lock(Record):
    """The lock while it is held."""

    path: Path
    fd: int

    @property
    def is_current(self) -> bool:
        """Whether the file of this name is still the one locked; false once somebody deleted it."""
        with suppress(FileNotFoundError):
            return self.path.stat().st_ino == os.fstat(self.fd).st_ino
        return False

    def published(self) -> Head | None:
        """The last commit known to be complete and durable, pages included; None where nothing is known."""
        return _published(os.pread(self.fd, 200, 0))

    def publish(self, head: Head) -> None:
        """Remember the last complete commit. Only a saving of time: a lost or refused write costs a look."""
        text = f"{head.sequence:020d} {head.hash}"
        with suppress(OSError):
            os.pwrite(self.fd, f"{text} {_checksum(text)}\n".encode(), 0)


def last_published(path: Path) -> Head | None:
    """What `Lock.published` says, for those who do not hold the lock; None also where they may not read it."""
    try:
        return _published(read_file(path) or b"")
    except Refusal:
        return None


def _published(raw: bytes) -> Head | None:
    """What was written last; None where a crash left only a part of it."""
    text, _, checksum = raw.decode("ascii", "replace").strip().rpartition(" ")
    sequence, _, hash = text.partition(" ")
    return Head(int(sequence), hash) if text and checksum == _checksum(text) else None


def _checksum(text: str) -> str:
    from zlib import crc32

    return f"{crc32(text.encode()):08x}"


@contextmanager
def locked(path: Path, timeout: float, *, shared: bool = False) -> Iterator[Lock]:
    """Holds the lock; `timeout` in seconds. Raises Refusal `store-busy` where it is not had in time,
    `disk-refused` where its file cannot be opened or locked."""
    deadline = time.monotonic() + timeout
    while True:
        with disk(Outcome.LOST):
            fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _wait(fd, path, timeout, deadline, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            lock = Lock(path, fd)
            if lock.is_current:
                yield lock
                return
        finally:
            os.close(fd)


def _wait(fd: int, path: Path, timeout: float, deadline: float, kind: int) -> None:
    pause = _FIRST_PAUSE
    while True:
        try:
            fcntl.flock(fd, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Refusal(
                    "store-busy",
                    f"another process held `{path}` for {timeout:g} seconds; nothing was saved",
                    help="try again, or wait longer with `--lock-timeout`",
                ) from None
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        except OSError as error:
            raise disk_refused(error, Outcome.LOST) from error
