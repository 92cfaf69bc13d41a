"""How many cells of a terminal a text takes: two for most characters of Chinese, one for most others."""

#: Ranges of characters that always take two cells, and one, wherever they stand: neither combining marks, nor what may
#: be an emoji together with what follows it.
_WIDE = (
    ("\u4e00", "\u9fff"),
    ("\u3000", "\u3029"),
    ("\uff01", "\uff60"),
    ("\u3400", "\u4dbf"),
    ("\u3041", "\u3096"),
    ("\u309b", "\u30ff"),
    ("\uffe0", "\uffe6"),
)
_NARROW = (
    (" ", "~"),
    ("\u2010", "\u2027"),
    ("\u00a1", "\u00ac"),
    ("\u00ae", "\u00ff"),
    ("\u0391", "\u03c9"),
    ("\u2200", "\u22ff"),
    ("\u2500", "\u257f"),
)


def display_width(text: str) -> int:
    """The cells that a text takes; 0 where it has characters that take none or move the cursor."""
    if text.isascii():
        return len(text)
    wide = 0
    for character in text:
        if any(first <= character <= last for first, last in _WIDE):
            wide += 1
        elif not any(first <= character <= last for first, last in _NARROW):
            return _of_any(text)
    return len(text) + wide


def _of_any(text: str) -> int:
    from wcwidth import wcswidth  # its import costs as much as all else of most commands

    return max(wcswidth(text), 0)
