"""Ids and numbers: `T-000042` is document 42; tables without a prefix number their callers' ids as they come."""

_DIGITS = 6


def id_of(prefix: str, number: int) -> str:
    """The id that the store gives."""
    return f"{prefix}-{number:0{_DIGITS}d}"


def number_of(prefix: str, id: str) -> int | None:
    """The number in an id of that prefix, None where the store never gives such an id."""
    digits = id.removeprefix(f"{prefix}-")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 16):
        return None
    number = int(digits)
    return number if number > 0 and id_of(prefix, number) == id else None
