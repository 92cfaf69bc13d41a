"""Texts cut to what a channel bears, on whole characters as people see them."""

import unicodedata
from collections.abc import Callable

_JOINER = "\u200d"
_MARK = "…"


def longest_fitting(text: str, fits: Callable[[str], bool]) -> str:
    """The text, or its longest beginning with an ellipsis that fits; empty where not even that does.

    `fits` must hold of every text that is shorter than one of which it holds. No character is parted from the accents,
    skin tones and joined signs that belong to it: a simple form of the grapheme clusters of Unicode (UAX #29).
    """
    if fits(text):
        return text
    low, high = 0, len(text)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(text[:middle] + _MARK) else (low, middle)
    while low and _belongs_together(text, low):
        low -= 1
    cut = text[:low].rstrip() + _MARK
    return cut if fits(cut) else ""


def whole(text: str) -> str:
    """The text without halves of surrogate pairs, so that it can be encoded."""
    return text.encode("utf-8", "replace").decode()


def _belongs_together(text: str, at: int) -> bool:
    """Whether the characters before and after `at` are seen as one."""
    before, after = text[at - 1], text[at]
    if after == _JOINER or before == _JOINER or unicodedata.category(after) in ("Mn", "Me", "Mc"):
        return True
    if "\U0001f3fb" <= after <= "\U0001f3ff" or "\U000e0020" <= after <= "\U000e007f":
        return True
    # Two letters of a region make a flag.
    start = at
    while start and _is_region(text[start - 1]):
        start -= 1
    return _is_region(after) and (at - start) % 2 == 1


def _is_region(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
