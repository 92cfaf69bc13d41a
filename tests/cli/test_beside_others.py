"""What only looks needs neither the lock of the store nor the right to write: timelines, and rounds rehearsed."""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Shell

NEW = ("ticket", "new", "--type", "hardware_fault", "--description", "black screen", "--field", "humidity=83")
LOOKS = (("rules", "timeline", "T-000001"), ("sweep", "--dry-run"), ("outbox", "deliver", "--dry-run"))


@pytest.mark.parametrize("words", LOOKS)
def test_another_process_that_holds_the_lock_is_not_waited_for(shell: Shell, words: tuple[str, ...]) -> None:
    shell.json(*NEW)
    shell.now = "2026-11-23T09:40"
    free = shell.json(*words)
    assert free
    with (shell.home / ".svcctl/LOCK").open("r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert shell("sweep", "--lock-timeout", "0").code == 75
        assert shell.json(*words, "--lock-timeout", "0") == free


@pytest.fixture
def sealed(shell: Shell) -> Iterator[Path]:
    """The workspace with a ticket, in which nothing can be written."""
    shell.json(*NEW)
    yield shell.home
    _allow(shell.home, 0o755, 0o644)


def _allow(home: Path, folders: int, files: int) -> None:
    for path in (home, *home.rglob("*")):
        path.chmod(folders if path.is_dir() else files)


def typed(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command in a process of its own, for which the modes of files hold even where the tests are root's."""
    code = "import sys; from svcctl.cli import boundary; sys.exit(boundary.run(sys.argv[1:]))"
    command = [sys.executable, "-B", "-c", code, "--home", str(home), "--now", "2026-11-23T09:40", *words]
    if os.getuid() == 0:
        if shutil.which("setpriv") is None:
            warnings.warn("not run: a store that root may not write to needs setpriv", stacklevel=1)
            pytest.skip("no setpriv")
        command = ["setpriv", "--bounding-set=-dac_override", *command]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "HOME": "/nowhere"})


@pytest.mark.parametrize("indexed", [True, False])
@pytest.mark.parametrize("words", LOOKS)
def test_a_store_that_may_not_be_written_to_is_enough(sealed: Path, words: tuple[str, ...], indexed: bool) -> None:
    if not indexed:
        for index in (sealed / ".svcctl").glob("index.db*"):
            index.unlink()
    _allow(sealed, 0o555, 0o444)
    before = sorted(str(path) for path in sealed.rglob("*"))
    done = typed(sealed, *words, "-o", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)
    assert sorted(str(path) for path in sealed.rglob("*")) == before
    assert typed(sealed, "sweep").returncode == 74
