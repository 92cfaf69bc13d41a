"""Whatever happens, a script sees one line and the promised exit code."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click
import pytest

from svcctl.cli import boundary, guide
from svcctl.foundation.errors import ERRORS, Exit, Refusal


def failing(error: BaseException) -> click.Command:
    @click.command("help", context_settings={"ignore_unknown_options": True})
    @click.argument("rest", nargs=-1)
    def command(rest: tuple[str, ...]) -> None:
        raise error

    return command


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    def run(error: BaseException, *words: str) -> int:
        monkeypatch.setattr(guide, "help_", failing(error))
        return boundary.run(["help", *words])

    return run


def test_a_refusal_is_one_line_and_its_help(raising: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    code = raising(Refusal("unknown-ticket", "there is no ticket `T-9`", help="see `svcctl ticket list`"))
    out, err = capsys.readouterr()
    assert (code, out) == (3, "")
    assert err == "error[unknown-ticket]: there is no ticket `T-9`\nhelp: see `svcctl ticket list`\n"


@pytest.mark.parametrize("words", [("-o", "json"), ("-ojson",), ("--output=jsonl",), ("--output", "json")])
def test_a_refusal_is_one_object_where_data_would_be_json(
    raising: Callable[..., int], capsys: pytest.CaptureFixture[str], words: Sequence[str]
) -> None:
    assert raising(Refusal("stale-revision", "moved on", details={"revision": 4}), *words) == 5
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err) == {
        "error": {
            "code": "stale-revision",
            "message": "moved on",
            "help": "",
            "exit": 5,
            "details": {"revision": 4},
        }
    }


@pytest.mark.parametrize("code", ERRORS)
def test_every_code_exits_as_it_says(raising: Callable[..., int], code: str) -> None:
    assert raising(Refusal(code, "x")) == ERRORS[code][0]


@pytest.mark.parametrize(
    ("number", "expected"),
    [(errno.ENOSPC, Exit.DISK), (errno.EIO, Exit.DISK), (errno.EROFS, Exit.DISK), (errno.ENOTDIR, Exit.BUG)],
)
def test_a_disk_that_refuses_is_not_a_bug(raising: Callable[..., int], number: int, expected: Exit) -> None:
    assert raising(OSError(number, os.strerror(number), "/somewhere")) == expected


def test_a_name_that_no_file_can_have_is_not_a_bug(
    raising: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert raising(OSError(errno.ENAMETOOLONG, "File name too long", "x" * 5000)) == Exit.NOT_FOUND
    assert capsys.readouterr().err == f"error[unknown-file]: there is no file `{'x' * 100}…`: file name too long\n"


def test_a_bug_is_one_line_without_debug(raising: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(KeyError("lost\nway")) == 70
    err = capsys.readouterr().err
    assert err.startswith("error[bug]: this is a bug in svcctl: KeyError: ")
    assert len(err.splitlines()) == 2
    assert "Traceback" not in err


def test_debug_shows_the_traceback(raising: Callable[..., int], capsys: pytest.CaptureFixture[str]) -> None:
    assert raising(KeyError("lost"), "--debug") == 70
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_says_nothing(raising: Callable[..., int], capfd: pytest.CaptureFixture[str]) -> None:
    assert raising(KeyboardInterrupt()) == 130
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "line", "help"),
    [
        (["tickt"], "there is no command `svcctl tickt`", "did you mean `ticket`?"),
        (["team", "add"], "there is no command `svcctl team add`", "`svcctl team` has import, list, show, set"),
        (["completion"], "`svcctl completion` needs {bash|zsh|fish}", "--help"),
        (["completion", "csh"], "{bash|zsh|fish}: `csh` is not one of `bash`, `zsh`, `fish`", "--help"),
        (["help", "--colour"], "`svcctl help` has no option `--colour`", "did you mean `--color`?"),
        (["help", "-o", "xml"], "`--output`: `xml` is not one of", "--help"),
    ],
)
def test_wrong_usage_is_worded_and_exits_2(
    capsys: pytest.CaptureFixture[str], words: list[str], line: str, help: str
) -> None:
    assert boundary.run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert line in err.splitlines()[0]
    assert help in err.splitlines()[1]


def test_a_format_in_the_environment_is_checked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SVCCTL_OUTPUT", "xml")
    assert boundary.run(["help", "errors"]) == 2
    assert "there is no format `xml`" in capsys.readouterr().err


def test_no_command_is_wrong_usage_with_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert boundary.run([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Commands:" in err


def test_a_reader_that_goes_away_leaves_no_traceback() -> None:
    script = f"{sys.executable} -m svcctl help errors | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    assert done.stdout.strip() in ("141", "0")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_under_stdout_exits_74() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "svcctl", "help", "errors"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 74
    assert done.stderr.splitlines()[0] == "error[disk-refused]: no space left on device"


def test_a_closed_pipe_exits_141(raising: Callable[..., int]) -> None:
    assert raising(BrokenPipeError(errno.EPIPE, "Broken pipe")) == 141


def test_sigterm_exits_143() -> None:
    program = (
        "import os, signal, sys\n"
        "from svcctl.cli import boundary\n"
        "boundary._invoke = lambda words: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.exit(boundary.run([]))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (143, "")


@pytest.fixture(autouse=True)
def _signals() -> object:
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("redirection", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_do_not_matter(redirection: str) -> None:
    script = f"{sys.executable} -m svcctl help errors {redirection}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_of_errors_may_go_away_too() -> None:
    script = f"({sys.executable} -m svcctl nothing; echo $? >&3) 2>&1 3>&4 | true"
    done = subprocess.run(["bash", "-c", f"exec 4>&1; {script}"], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() in ("2", "141")
    assert "Traceback" not in done.stderr
