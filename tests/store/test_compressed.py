"""A compressed segment reads as the one it was made of, from anywhere; damage in it is found."""

import gzip
import io
import random
from contextlib import suppress
from pathlib import Path

import pytest

from svcctl.store.compressed import compress, open_compressed

LINES = b"".join(b'{"number":%d,"noise":"%x"}\n' % (n, random.Random(n).getrandbits(200)) for n in range(40_000))


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "000001.jsonl.gz"
    path.write_bytes(b"".join(compress(io.BytesIO(LINES))))
    return path


def test_any_gzip_reads_it(packed: Path) -> None:
    assert gzip.decompress(packed.read_bytes()) == LINES
    assert packed.stat().st_size < len(LINES) * 0.8


def test_it_reads_from_anywhere(packed: Path) -> None:
    with open_compressed(packed) as file:
        assert file.read() == LINES
        assert file.seek(0, io.SEEK_END) == len(LINES)
        for place in (0, 1, 2**20 - 1, 2**20, len(LINES) - 5, len(LINES), 12_345):
            file.seek(place)
            assert file.readline() == LINES[place : LINES.find(b"\n", place) + 1 or len(LINES)]
            file.seek(place)
            assert file.read(3_000_000) == LINES[place : place + 3_000_000]
            assert file.tell() == min(len(LINES), place + 3_000_000)


def test_what_others_compressed_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "000001.jsonl.gz"
    path.write_bytes(gzip.compress(LINES))
    with open_compressed(path) as file:
        file.seek(100)
        assert file.read(10) == LINES[100:110]


def test_damage_is_found(packed: Path) -> None:
    raw = packed.read_bytes()
    dice = random.Random(3)
    for _ in range(40):
        at = dice.randrange(len(raw))
        packed.write_bytes(raw[:at] + bytes([raw[at] ^ (1 << dice.randrange(8))]) + raw[at + 1 :])
        with suppress(ValueError), open_compressed(packed) as file:
            assert file.read() == LINES  # a bit of a header that says nothing
    packed.write_bytes(raw[:-10])
    with pytest.raises(ValueError, match=r"cut off|cannot be unpacked"), open_compressed(packed) as file:
        file.read()
