"""Values as bytes that sort as the values do, so that one indexed column takes whatever a field holds.

Absent is NULL; then numbers, then text by code points, then lists and mappings, which are all one key: the order of
`svcctl.plugin_api.order_key`. No collation of a database is asked, and NUL and lone surrogates are bytes like others.
"""

import struct
from hashlib import sha256
from typing import Any

#: Bytes of a text that its key holds; a longer one goes on with a digest, which tells equal texts from others.
LONGEST = 1000
NUMBER, TEXT, OTHER = b"\x01", b"\x02", b"\x03"


def key(value: Any) -> bytes | None:
    """The key of a value of a document."""
    if value is None:
        return None
    if isinstance(value, int | float):
        return NUMBER + _number(value)
    if not isinstance(value, str):
        return OTHER
    text = value.encode("utf-8", "surrogatepass")
    return TEXT + (text if len(text) <= LONGEST else text[:LONGEST] + sha256(text).digest())


def text_key(text: str) -> bytes:
    """The key of an id."""
    found = key(text)
    assert found is not None
    return found


def is_cut(key: bytes | None) -> bool:
    """Whether the key is of a text too long for its order to be known beyond the first `LONGEST` bytes."""
    return key is not None and key[:1] == TEXT and len(key) > LONGEST + 1


def _number(value: float) -> bytes:
    """Sign, binary exponent and digits, most significant first: exact for integers and floats of every size.

    The digits of a negative number are the two's complement of its size, so that larger sizes come first.
    """
    numerator, denominator = value.as_integer_ratio()
    if numerator == 0:
        return b"\x01"
    size = abs(numerator)
    exponent = size.bit_length() - denominator.bit_length() + 1
    digits = (size << -size.bit_length() % 8).to_bytes((size.bit_length() + 7) // 8, "big").rstrip(b"\0")
    if numerator > 0:
        return b"\x02" + struct.pack(">I", 2**31 + exponent) + digits
    complement = (1 << 8 * len(digits)) - int.from_bytes(digits, "big")
    return b"\x00" + struct.pack(">I", 2**31 - exponent) + complement.to_bytes(len(digits), "big")
