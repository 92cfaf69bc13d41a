"""How far something long has come, on stderr: a line that changes at a terminal, one now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_FIRST, _EACH, _ELSEWHERE = 1.0, 0.2, 10.0


class Counted:
    """Called with how many of `total` are done; silent for the first second, and when nothing took longer."""

    def __init__(self, doing: str, total: int | None = None, unit: str = "commits") -> None:
        self._doing = doing
        self._total = total
        self._unit = unit
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + (_FIRST if self._terminal else _ELSEWHERE)
        self._told = False

    def __call__(self, done: int) -> None:
        moment = time.monotonic()
        if moment < self._next:
            return
        self._next = moment + (_EACH if self._terminal else _ELSEWHERE)
        share = f" of {self._total:,} ({min(100, 100 * done // self._total)}%)" if self._total else ""
        text = f"{self._doing} {done:,}{share} {self._unit}"
        sys.stderr.write(f"\r{text}\x1b[K" if self._terminal else f"{text}\n")
        sys.stderr.flush()
        self._told = True

    def end(self) -> None:
        """Take the line away again."""
        if self._told and self._terminal:
            sys.stderr.write("\r\x1b[K")


@contextmanager
def counted(doing: str, total: int | None = None, unit: str = "commits") -> Iterator[Counted]:
    """A count that ends whatever happens."""
    count = Counted(doing, total, unit)
    try:
        yield count
    finally:
        count.end()
