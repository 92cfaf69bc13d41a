"""A program that is given its input, and that ends, with all that it started, by a deadline."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from svcctl.plugin_api import Record

_MOST_BYTES = 64 * 1024
_STEP = 32 * 1024


class Ended(Record):
    """How a program ended: its exit code, what it wrote, or the `cause` for which it was killed."""

    code: int
    output: bytes
    errors: bytes
    cause: str = ""

    @property
    def words(self) -> str:
        """The last of what it wrote for people."""
        text = " ".join(self.errors.decode("utf-8", "replace").split())
        return ("…" + text[-200:] if len(text) > 200 else text) or "(no words)"


def run(command: Sequence[str], given: bytes, environment: Mapping[str, str], folder: Path, seconds: float) -> Ended:
    """Run a program in a process group of its own, which is killed when the program ends or time is up.

    Raises OSError where it cannot be started.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(environment),
        cwd=folder,
        start_new_session=True,
    )
    try:
        output, errors, cause = _talk(process, given, time.monotonic() + seconds)
    finally:
        _kill(process)
    return Ended(process.returncode, output, errors, cause)


def _talk(process: "subprocess.Popen[bytes]", given: bytes, deadline: float) -> tuple[bytes, bytes, str]:
    """What the program wrote until it closed its output, and why it was not waited for, if it was not."""
    assert process.stdin
    assert process.stdout
    assert process.stderr
    heard: dict[IO[bytes], bytes] = {process.stdout: b"", process.stderr: b""}
    cause = ""
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdin, *heard):
            os.set_blocking(stream.fileno(), False)
            is_input = stream is process.stdin
            selector.register(stream, selectors.EVENT_WRITE if is_input else selectors.EVENT_READ)
        while selector.get_map() and not cause:
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                cause = "did not end in time"
            for key, _ in ready:
                stream = key.fileobj  # type: ignore[assignment]
                if stream is process.stdin:
                    given = _written(stream, given)
                    is_over = not given
                else:
                    part = os.read(stream.fileno(), _STEP)
                    heard[stream] = (heard[stream] + part)[-_MOST_BYTES - 1 :]
                    is_over = not part
                    if len(heard[process.stdout]) > _MOST_BYTES:
                        cause = "wrote too much"
                if is_over:
                    selector.unregister(stream)
                    stream.close()
    if not cause:
        try:
            process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            cause = "did not end in time"
    return heard[process.stdout], heard[process.stderr], cause


def _written(stream: IO[bytes], given: bytes) -> bytes:
    """What is still to be written; nothing where the program does not want it."""
    try:
        return given[os.write(stream.fileno(), given[:_STEP]) :]
    except BrokenPipeError:
        return b""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End the whole group, whether or not its first process has ended."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None and not stream.closed:
            stream.close()
