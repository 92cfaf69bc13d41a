"""The one place where what went wrong becomes words and an exit code."""

import errno
import json
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from svcctl.cli.call import colored
from svcctl.cli.root import root
from svcctl.cli.wording import worded
from svcctl.foundation.errors import Exit, Refusal

_DISK = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EMFILE}
)
#: What no file can be called.
_NO_NAME = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
_MOST_SHOWN = 100


def run(words: Sequence[str]) -> int:
    """Run a command line and return its exit code; everything that can happen ends here."""
    if sys.stdout is None or sys.stderr is None:  # closed by the caller
        nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - it is needed until the process ends
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    try:
        return _run(words)
    except BrokenPipeError:  # nobody reads what went wrong either
        return _without_output(Exit.PIPE_CLOSED)


def _run(words: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a lone surrogate becomes `\udc80`, which JSON reads back
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        signal.signal(signal.SIGTERM, _terminate)
        code = _invoke(list(words))
        sys.stdout.flush()
        return code
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as help_wanted:
        sys.stderr.write(f"{help_wanted.format_message()}\n")
        return Exit.USAGE
    except click.ClickException as mistake:
        return _tell(worded(mistake), words)
    except Refusal as refusal:
        if "--debug" in words:
            _trace()
        return _tell(refusal, words)
    except (KeyboardInterrupt, click.Abort):
        return _without_output(Exit.INTERRUPTED)
    except BrokenPipeError:
        return _without_output(Exit.PIPE_CLOSED)
    except _Terminated:
        return _without_output(Exit.TERMINATED)
    except Exception as surprise:
        if "--debug" in words:
            _trace()
        return _tell(_as_refusal(surprise), words)


def _invoke(words: list[str]) -> int:
    command = root()
    instruction = os.environ.get("_SVCCTL_COMPLETE")
    if instruction:
        from click.shell_completion import shell_complete

        return shell_complete(command, {}, "svcctl", "_SVCCTL_COMPLETE", instruction)
    with command.make_context("svcctl", words) as context:
        return int(command.invoke(context))


def _as_refusal(surprise: Exception) -> Refusal:
    if isinstance(surprise, OSError) and surprise.errno in _NO_NAME:
        name = str(surprise.filename)
        shown = name if len(name) <= _MOST_SHOWN else f"{name[:_MOST_SHOWN]}…"
        return Refusal("unknown-file", f"there is no file `{shown}`: {str(surprise.strerror).lower()}")
    if isinstance(surprise, OSError) and surprise.errno in _DISK:
        place = f"`{surprise.filename}`: " if surprise.filename else ""
        return Refusal("disk-refused", f"{place}{(surprise.strerror or 'the disk refused').lower()}")
    words = " ".join(str(surprise).split()) or "no message"
    return Refusal(
        "bug",
        f"this is a bug in svcctl: {type(surprise).__name__}: {words}",
        help="please report it with what `--debug` shows",
    )


def _tell(refusal: Refusal, words: Sequence[str]) -> int:
    """One line on stderr, or one JSON object where the data would be JSON."""
    if _format(words) in ("json", "jsonl"):
        told = {**refusal.to_json(), "exit": int(refusal.exit)}
        details = {"details": refusal.details} if refusal.details else {}
        sys.stderr.write(json.dumps({"error": told | details}, ensure_ascii=False, default=str) + "\n")
        return refusal.exit
    name = f"error[{refusal.code}]"
    if colored(_option(words, "--color") or "auto", sys.stderr):
        name = f"\x1b[1;31m{name}\x1b[0m"
    sys.stderr.write(f"{name}: {refusal.message}\n" + (f"help: {refusal.help}\n" if refusal.help else ""))
    return refusal.exit


def _format(words: Sequence[str]) -> str | None:
    """The format asked for; looked up by hand because the mistake may be in the command line itself."""
    return _option(words, "--output", "-o") or os.environ.get("SVCCTL_OUTPUT")


def _option(words: Sequence[str], name: str, short: str = "\0") -> str | None:
    found = None
    for index, word in enumerate(words):
        if word == "--":
            break
        if word in (name, short):
            found = words[index + 1] if index + 1 < len(words) else None
        elif word.startswith(f"{name}="):
            found = word.partition("=")[2]
        elif word.startswith(short) and not word.startswith("--"):
            found = word[len(short) :].removeprefix("=")
    return found


def _trace() -> None:
    import traceback

    traceback.print_exc()


def _without_output(code: Exit) -> int:
    """Nobody reads what is still unwritten: give it to the null device, so that closing the streams cannot fail."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a stream without a file under it has nowhere to fail
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


class _Terminated(BaseException):
    """SIGTERM came."""


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    raise _Terminated
