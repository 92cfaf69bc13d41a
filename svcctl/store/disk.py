"""Writing to disk so that it stays written, and saying in the user's words what became of a change.

Everything goes through `os.open`, `os.write`, `os.fsync`, `os.rename` and `os.ftruncate`: what is
recorded or broken there is recorded or broken for the whole store.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from svcctl.foundation.errors import Refusal


class Outcome(StrEnum):
    """What became of the change when the disk refused."""

    LOST = "lost"
    SAVED = "saved"
    UNKNOWN = "unknown"


_WORDS = {
    Outcome.LOST: ("nothing was saved", "make room or repair the disk, then repeat the command"),
    Outcome.SAVED: ("the change is saved", "do not repeat it: the next command completes it"),
    Outcome.UNKNOWN: (
        "it is unknown whether the change was saved",
        "look before repeating; with the same idempotency key a repeat is harmless",
    ),
}


@contextmanager
def disk(outcome: Outcome) -> Iterator[None]:
    """Turns an OSError into Refusal `disk-refused` that says what became of the change."""
    try:
        yield
    except OSError as error:
        raise disk_refused(error, outcome) from error


#: What to do about an error that is no fault of the disk.
_REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "have its owner allow it, or run the command as its owner"),
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), "make room, then repeat the command"),
    errno.EROFS: "it is mounted read-only: mount it for writing, then repeat the command",
}


def disk_refused(error: OSError, outcome: Outcome) -> Refusal:
    """The Refusal for an error of the disk: what, where, and whether the change was saved."""
    saved, help = _WORDS[outcome]
    if outcome is Outcome.LOST:
        help = _REMEDIES.get(error.errno or 0, help)
    where = f" at `{error.filename}`" if error.filename else ""
    reason = (error.strerror or str(error)).lower()
    return Refusal(
        "disk-refused",
        f"the disk refused{where} ({reason}); {saved}",
        help=help,
        details={"outcome": outcome.value, "errno": error.errno},
    )


def damaged(place: str, message: str) -> Refusal:
    """The Refusal for something that is not as it was written."""
    return Refusal(
        "store-damaged",
        f"{place}: {message}",
        help="`svcctl store verify --deep` lists all damage, and says how what is damaged is brought back",
        details={"place": place},
    )


def sync(fd: int) -> None:
    """Until the device has it. On macOS `fsync` stops at the drive's cache and F_FULLFSYNC does not."""
    full = getattr(fcntl, "F_FULLFSYNC", None)
    if full is None:
        os.fsync(fd)
    else:
        fcntl.fcntl(fd, full)


def sync_folder(path: Path) -> None:
    """Makes the names in a folder durable: files made, renamed and removed."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_all(fd: int, data: bytes) -> None:
    """Every byte, over as many short writes as it takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]


def write_file(path: Path, data: bytes | Iterable[bytes]) -> None:
    """A whole file, given whole or in pieces, synced; its name is durable only after `sync_folder`."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        for piece in (data,) if isinstance(data, bytes) else data:
            write_all(fd, piece)
        sync(fd)
    finally:
        os.close(fd)


def read_file(path: Path) -> bytes | None:
    """The content, None where there is no such file. Raises Refusal `disk-refused` where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise disk_refused(error, Outcome.LOST) from error


def make_folder(path: Path) -> None:
    """The folder with its parents, each name durable."""
    if not path.is_dir():
        make_folder(path.parent)
        path.mkdir(exist_ok=True)
        sync_folder(path.parent)
