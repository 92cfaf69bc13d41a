"""A compressed segment that can be read from anywhere: gzip in blocks, as `zcat` reads it.

Each block is a member of its own (RFC 1952, 2.2), whose header says in an extra field how long the member is and how
many bytes it holds: a reader steps from header to header and unpacks only what it asks for. BGZF of SAM/BAM does the
same with blocks of 64 KB.
"""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import BinaryIO

BLOCK_BYTES = 1024 * 1024
_HEADER = Struct("<4sIBBH2sHII")
_MAGIC, _FIELD = b"\x1f\x8b\x08\x04", b"SV"
_TRAILER = Struct("<II")
#: zlib's number for its gzip form.
_GZIP = 31


def compress(source: BinaryIO) -> Iterator[bytes]:
    """All of `source`, block by block."""
    while block := source.read(BLOCK_BYTES):
        packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packer.compress(block) + packer.flush()
        size = _HEADER.size + len(packed) + _TRAILER.size
        yield _HEADER.pack(_MAGIC, 0, 0, 255, 12, _FIELD, 8, size, len(block))
        yield packed + _TRAILER.pack(zlib.crc32(block), len(block))


def packed(data: bytes) -> bytes:
    """A small file, as `zcat` reads it; the same for the same data and library."""
    packer = zlib.compressobj(6, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()


def unpacked(raw: bytes) -> bytes:
    """What `packed` was given. Raises ValueError where it is not what was written."""
    unpacker = zlib.decompressobj(_GZIP)
    try:
        data = unpacker.decompress(raw)
    except zlib.error as error:
        raise ValueError(f"it cannot be unpacked: {error}") from None
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("it is cut off, or something follows it")
    return data


def open_compressed(path: Path) -> BinaryIO:
    """The content of a segment; of one that was compressed by other means, all of it in memory.

    Raises OSError, and ValueError where it is not what was written.
    """
    file = path.open("rb")
    try:
        return io.BufferedReader(_Blocks(file))
    except ValueError:
        with file:
            import gzip

            file.seek(0)
            try:
                return io.BytesIO(gzip.decompress(file.read()))
            except (EOFError, zlib.error, OSError) as error:
                raise ValueError(f"it cannot be unpacked: {error}") from None


class _Blocks(io.RawIOBase):
    """Unpacks a block when something in it is read, and keeps it for what is read next."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._places: list[tuple[int, int, int]] = []  # first byte inside, in the file, length in the file
        self._at = self._size = 0
        self._block: tuple[int, bytes] = (0, b"")
        end, place = file.seek(0, io.SEEK_END), 0
        while place < end:
            file.seek(place)
            raw = file.read(_HEADER.size)
            if len(raw) < _HEADER.size or raw[:4] != _MAGIC or raw[12:14] != _FIELD:
                raise ValueError("it has no blocks")
            length, inside = _HEADER.unpack(raw)[-2:]
            if length < _HEADER.size + _TRAILER.size:
                raise ValueError("it has no blocks")
            self._places.append((self._size, place, length))
            self._size += inside
            place += length
        if place != end:
            raise ValueError("its last block is cut off")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = start + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        first, block = self._block
        if not first <= self._at < first + len(block):
            first, block = self._block = self._unpacked()
        part = block[self._at - first : self._at - first + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _unpacked(self) -> tuple[int, bytes]:
        from bisect import bisect_right

        if self._at >= self._size:
            return self._size, b""
        first, place, length = self._places[bisect_right(self._places, self._at, key=lambda each: each[0]) - 1]
        self._file.seek(place)
        raw = self._file.read(length)
        try:
            block = zlib.decompress(raw[_HEADER.size : -_TRAILER.size], -zlib.MAX_WBITS)
        except zlib.error as error:
            raise ValueError(f"a block at byte {place} cannot be unpacked: {error}") from None
        inside = _HEADER.unpack(raw[: _HEADER.size])[-1]
        if _TRAILER.unpack(raw[-_TRAILER.size :]) != (zlib.crc32(block), len(block)) or inside != len(block):
            raise ValueError(f"the block at byte {place} was altered")
        return first, block

    def close(self) -> None:
        self._file.close()
        super().close()
