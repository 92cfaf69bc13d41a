"""Questions by the line: read from a file or stdin, answered one by one."""

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from svcctl.cli.batch import with_failures
from svcctl.cli.call import Call
from svcctl.foundation.errors import Refusal
from svcctl.report.output import Answer, Column
from svcctl.report.table import Looks


def answered(
    call: Call,
    answers: Iterator[dict[str, Any]],
    written: Callable[[dict[str, Any], Looks], str],
    shown: tuple[Column, ...],
) -> Answer:
    """The answers, each `written` as soon as it is there; all at once, with the columns `shown`, in a format that is
    not by the line."""
    if call.output not in ("table", "jsonl"):
        return with_failures(call, list(answers), shown)
    told = _as_they_come(answers)
    return Answer(told, page=lambda looks: (f"{written(answer, looks)}\n" for answer in told))


def _as_they_come(answers: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Each answer, which is out before the next line is read; at the end a refusal where any failed."""
    failed = count = 0
    for answer in answers:
        count += 1
        failed += "error" in answer
        yield answer
        sys.stdout.flush()
    if failed:
        raise Refusal("partly-failed", f"{failed} of {count} failed")


def lines_of(file: str) -> Iterator[str | bytes]:
    """The lines of a file, or of stdin for `-`, as they come. Raises Refusal `unknown-file`."""
    if file == "-":
        yield from getattr(sys.stdin, "buffer", sys.stdin)
        return
    try:
        with open(file, "rb") as lines:  # noqa: PTH123 - a stream such as /dev/fd/3 is welcome, too
            yield from lines
    except (FileNotFoundError, IsADirectoryError):
        raise Refusal("unknown-file", f"there is no file `{file}`") from None
