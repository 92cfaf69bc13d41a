"""The journal: the truth and the audit trail. Lines are appended, never changed; segments are closed at 64 MB.

A line is there once its line break is. The last line of the last segment may be torn by a crash: without
its line break, or with a hole of zeros where a block never reached the disk (JSON has no zero bytes).
A whole line that does not verify is damage wherever it stands.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.contract import Head
from svcctl.store.disk import Outcome, damaged, disk, disk_refused, sync, sync_folder, write_all, write_file
from svcctl.store.line import START, Entry, broken_link, place_of, unseal

SEGMENT_BYTES = 64 * 1024 * 1024
_BLOCK = 64 * 1024


class Tail(Record):
    """The end of the journal: the last whole line, where the next one goes, and what is torn off after it."""

    entry: Entry | None
    segment: int
    end: int
    torn: bytes

    @property
    def head(self) -> Head:
        return self.entry.head if self.entry else START


class Journal:
    """The segments of one store, read without a lock; writers hold the store's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def segments(self) -> list[int]:
        """Numbers of the segments, oldest first."""
        try:
            with disk(Outcome.LOST):
                names = [path.name for path in self._folder.iterdir()]
        except Refusal as refusal:
            if refusal.details.get("errno") in (errno.ENOENT, errno.ENOTDIR):
                raise damaged("journal", "the folder is missing") from None
            raise
        return sorted({int(name[:6]) for name in names if name[6:] in (".jsonl", ".jsonl.gz")})

    def path(self, segment: int) -> Path:
        return self._folder / f"{segment:06d}.jsonl"

    def stored_at(self, segment: int) -> Path:
        """The file that a segment is read from."""
        path = self.path(segment)
        return path if path.exists() else path.with_suffix(".jsonl.gz")

    def tail(self) -> Tail:
        """The end of the journal. Raises Refusal `store-damaged` where the last whole line does not verify."""
        segments = self.segments()
        torn, last, end = b"", segments[-1] if segments else 1, 0
        for segment in reversed(segments):
            with self._open(segment) as file:
                stop = file.seek(0, os.SEEK_END)
                raw = _line_before(file, stop)
                if segment == last:
                    if _is_torn(raw):
                        torn, stop = raw, stop - len(raw)
                        raw = _line_before(file, stop)
                    end = stop
            if raw:
                offset = stop - len(raw)
                return Tail(self._entry(segment, offset, raw), last, end, torn)
        return Tail(None, last, end, torn)

    def lines(self, segment: int, offset: int = 0) -> Iterator[tuple[int, bytes]]:
        """Offset and bytes of every line from `offset` on; a torn one at the end is left out."""
        with self._open(segment) as file:
            try:
                file.seek(offset)
                raw = file.readline()
                while raw.endswith(b"\n"):
                    after = file.readline()
                    if not after and _is_torn(raw):
                        return
                    yield offset, raw
                    offset += len(raw)
                    raw = after
            except ValueError as error:  # of a compressed segment
                raise damaged(f"journal/{self.stored_at(segment).name}", str(error)) from None

    def walk(self, head: Head = START, segment: int = 1, offset: int = 0) -> Iterator[Entry]:
        """The commits after `head`, whose line ends at `offset` of `segment`.

        Raises Refusal `store-damaged` at the first line that does not verify or does not follow.
        """
        for number in self.segments():
            if number < segment:
                continue
            for start, raw in self.lines(number, offset if number == segment else 0):
                entry = self._entry(number, start, raw)
                broken = broken_link(entry.line, head)
                if broken:
                    raise damaged(entry.place, broken)
                head = entry.head
                yield entry

    def read(self, segment: int, offset: int) -> Entry:
        """The line at a known place. Raises Refusal `store-damaged`."""
        for _, raw in self.lines(segment, offset):
            return self._entry(segment, offset, raw)
        raise damaged(place_of(segment, offset), "there is no line")

    def hash_before(self, segment: int, end: int) -> str:
        """The hash in the line that ends at `end`; empty or nonsense where no line ends there."""
        if segment not in self.segments():
            return ""
        with self._open(segment) as file:
            file.seek(max(0, end - len(START.hash) - 3))
            return file.read(len(START.hash)).decode("ascii", "replace")

    def ends_with(self, hash: str) -> bool:
        """Whether the last line is known to be the commit of this hash, at the price of its last bytes."""
        segments = self.segments()
        if not segments:
            return False
        expected = f'"hash":"{hash}"}}\n'.encode()
        with self._open(segments[-1]) as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - len(expected)))
            return file.read() == expected

    def _entry(self, segment: int, offset: int, raw: bytes) -> Entry:
        try:
            return Entry(segment, offset, offset + len(raw), unseal(raw))
        except ValueError as error:
            raise damaged(place_of(segment, offset), str(error)) from None

    def cut(self, tail: Tail) -> Tail:
        """Cut off a torn line, which was never acknowledged; its bytes are kept in a file beside the segment."""
        aside = self._folder / f"{tail.segment:06d}.{tail.end}.{os.urandom(4).hex()}.torn"
        with disk(Outcome.LOST):
            write_file(aside, tail.torn)
            sync_folder(self._folder)
            fd = os.open(self.path(tail.segment), os.O_WRONLY)
            try:
                os.ftruncate(fd, tail.end)
                sync(fd)
            finally:
                os.close(fd)
        return Tail(tail.entry, tail.segment, tail.end, b"")

    def sync(self, segment: int) -> None:
        """Makes durable what another process may have written and not synced. Raises OSError."""
        if self.path(segment).exists():  # a compressed one was synced when it was made
            fd = os.open(self.path(segment), os.O_RDONLY)
            try:
                sync(fd)
            finally:
                os.close(fd)

    def append(self, tail: Tail, line: bytes) -> None:
        """Append after `tail` and sync: this is the commit. Raises Refusal `disk-refused`, lost or unknown."""
        segment, end = tail.segment, tail.end
        if end >= SEGMENT_BYTES:
            segment, end = segment + 1, 0
        with disk(Outcome.LOST):
            fd = os.open(self.path(segment), os.O_WRONLY | os.O_CREAT, 0o666)
        try:
            if end == 0:
                with disk(Outcome.LOST):
                    sync_folder(self._folder)
            try:
                os.lseek(fd, end, os.SEEK_SET)
                write_all(fd, line)
            except BaseException as error:
                is_cut = _cut_back(fd, end)
                if isinstance(error, OSError):
                    raise disk_refused(error, Outcome.LOST if is_cut else Outcome.UNKNOWN) from error
                raise
            try:
                sync(fd)
            except OSError as error:
                # After a failed fsync the kernel calls its pages clean. Dropped, they are read from the disk
                # next time, so that the next writer decides by what is really there.
                if hasattr(os, "posix_fadvise"):
                    with suppress(OSError):
                        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
                raise disk_refused(error, Outcome.UNKNOWN) from error
        finally:
            os.close(fd)

    def _open(self, segment: int) -> BinaryIO:
        with disk(Outcome.LOST):
            with suppress(FileNotFoundError):
                return self.path(segment).open("rb")
            from svcctl.store.compressed import open_compressed

            path = self.path(segment).with_suffix(".jsonl.gz")
            try:
                return open_compressed(path)
            except ValueError as error:
                raise damaged(f"journal/{path.name}", str(error)) from None


def _line_before(file: BinaryIO, end: int) -> bytes:
    """The line that ends at `end`, with its line break if it has one; empty at the start of the file."""
    start, data = end, b""
    while start > 0:
        block = min(start, max(_BLOCK, len(data)))
        start -= block
        file.seek(start)
        data = file.read(block) + data
        cut = data.rfind(b"\n", 0, len(data) - 1)
        if cut >= 0:
            return data[cut + 1 :]
    return data


def _is_torn(raw: bytes) -> bool:
    return bool(raw) and (not raw.endswith(b"\n") or b"\0" in raw)


def _cut_back(fd: int, end: int) -> bool:
    """Whether what was written of a line is off again; if not, the next writer finds it torn."""
    try:
        os.ftruncate(fd, end)
    except OSError:
        return False
    return True
