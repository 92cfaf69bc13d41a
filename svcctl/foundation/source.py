"""Text with a name, and places in it."""

from bisect import bisect_right
from functools import cached_property
from typing import NamedTuple

from svcctl.foundation.record import Record


class Span(NamedTuple):
    """A stretch of one source: `source` is its name, `start` and `end` are character offsets, end exclusive."""

    source: str
    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The span from the start of this one to the end of `other`."""
        return Span(self.source, self.start, other.end)


class Source(Record):
    """One text: `name` is what people see (a path relative to the workspace), `text` its content."""

    name: str
    text: str

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for index, character in enumerate(self.text):
            if character == "\n":
                starts.append(index + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1 in characters."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line counted from 1, without its line break."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def place(self, span: Span) -> str:
        """`file:line:column` of the start of a span."""
        line, column = self.position(span.start)
        return f"{self.name}:{line}:{column}"
