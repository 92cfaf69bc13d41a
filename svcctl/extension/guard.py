"""The guard around calls into plugs: what a plug raises or prints stops nothing else, and tells no secret.

Standard output carries data only, so what a plug prints there goes to standard error.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import Any, TypeVar

from svcctl.extension.contract import Plug
from svcctl.foundation.errors import ERRORS, Refusal

P = TypeVar("P", bound=Plug)
Scrub = Callable[[str], str]


class PlugFailed(Exception):
    """What a plug raised, in words without secrets."""


@contextmanager
def guarded(scrub: Scrub) -> Iterator[None]:
    """A call into a plug whose secrets `scrub` takes out of a text.

    Raises Refusal as the plug does, with `plugin-unavailable` for a code that svcctl does not have; PlugFailed for
    whatever else it raises. An interruption by the user passes.
    """
    aside: Any = _Aside(sys.stderr, scrub)
    with redirect_stdout(aside), redirect_stderr(aside):
        try:
            yield
        except Refusal as refusal:
            code = refusal.code if refusal.code in ERRORS else "plugin-unavailable"
            raise Refusal(code, scrub(str(refusal.message)), help=scrub(str(refusal.help))) from None
        except (Exception, SystemExit) as failed:
            raise PlugFailed(scrub(f"{type(failed).__name__}: {failed}")) from None
        finally:
            aside.flush()


@contextmanager
def closing(plug: P) -> Iterator[P]:
    """The plug, closed in the end; what it says to that changes nothing any more."""
    try:
        yield plug
    finally:
        with suppress(PlugFailed, Refusal), guarded(plug.scrub):
            plug.close()


class _Aside:
    """Stands in for both streams while a plug runs: what it wrote goes to standard error when it flushes or ends."""

    def __init__(self, stream: Any, scrub: Scrub) -> None:
        self._stream = stream
        self._scrub = scrub
        self._written: list[str] = []

    def write(self, text: str) -> int:
        self._written.append(text)
        return len(text)

    def flush(self) -> None:
        if self._written:
            text, self._written = self._scrub("".join(self._written)), []
            self._stream.write(text)
        self._stream.flush()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
