"""Places in a text as editors count them: lines from 0, and in a line UTF-16 code units (LSP 3.17, Position)."""

import re
from bisect import bisect_right

from svcctl.foundation.source import Span

#: A line and a column, both from 0.
Position = tuple[int, int]
Range = tuple[Position, Position]

_BREAK = re.compile(r"\r\n|\n|\r")
_FIRST_OF_TWO = 0x10000


class Lines:
    """A text by its lines, each with where it begins and where it ends before its break."""

    def __init__(self, text: str) -> None:
        breaks = list(_BREAK.finditer(text))
        self.text = text
        self.starts = [0, *(match.end() for match in breaks)]
        self.ends = [*(match.start() for match in breaks), len(text)]

    def offset(self, position: Position) -> int:
        """The character at a position; a column beyond the line is its end, a line beyond the text the end of it.

        A position within a character of two units is taken as the start of that character.
        """
        line, units = position
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[line], self.ends[line]
        row = self.text[start:end]
        if row.isascii():
            return min(start + max(units, 0), end)
        for index, character in enumerate(row):
            units -= _units(character)
            if units < 0:
                return start + index
        return end

    def position(self, offset: int) -> Position:
        """The position of a character."""
        line = bisect_right(self.starts, offset) - 1
        row = self.text[self.starts[line] : min(offset, self.ends[line])]
        return line, len(row) if row.isascii() else sum(map(_units, row))

    def range(self, span: Span) -> Range:
        """The range of a stretch of the text."""
        return self.position(span.start), self.position(span.end)


def _units(character: str) -> int:
    return 2 if ord(character) >= _FIRST_OF_TWO else 1
