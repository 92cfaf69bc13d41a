"""Every call of a real command's commit refused by the kernel, or its last: exit code and words are true each time."""

import json
import os
import shutil
import signal
import subprocess
import sys
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.tables import TABLES
from svcctl.foundation.errors import Exit
from svcctl.store.json_store import JsonStore

ROOT = Path(__file__).parents[2]
#: What a commit touches. Paths that are not there yet are named all the same.
PLACES = (
    "store.json", "LOCK", "journal", "journal/000001.jsonl", "data/tickets", "data/tickets/0000",
    "data/tickets/0000/0000000.json", "data/tickets/0000/0000000.new",
)  # fmt: skip
CALLS = ("openat", "write", "pwrite64", "fsync", "rename", "flock")
#: No commit makes more calls of one kind.
MOST = 60
OUTCOMES = {
    "lost": ("nothing was saved", (0,)),
    "saved": ("the change is saved", (1,)),
    "unknown": ("it is unknown whether", (0, 1)),
}


def command(home: Path, *words: str, traced: tuple[str, ...] = ()) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*traced, sys.executable, "-B", "-m", "svcctl", "--home", str(home), "--actor", "li", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a ticket; skips where no call can be had fail, and says so."""
    reason = "there is no strace"
    if shutil.which("strace"):
        tried = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True, check=False)
        reason = "" if tried.returncode == 0 else f"strace may not trace: {tried.stderr.strip()}"
    if reason:
        warnings.warn(f"calls that the kernel refuses were not tried on a real process: {reason}", stacklevel=2)
        pytest.skip(reason)
    home = tmp_path_factory.mktemp("kernel") / "workspace"
    assert command(home, "init", str(home)).returncode == 0
    for path in (home / "rules").iterdir():
        path.unlink()
    assert command(home, "ticket", "new", "--title", "black screen").returncode == 0
    return home


def comments(store: JsonStore) -> int:
    document = store.get("tickets", "T-000001")
    assert document is not None
    return len(document.get("comments", ()))


def happened(log: Path) -> bool:
    """Whether strace came to change a call."""
    text = log.read_text(errors="replace")
    return "(INJECTED)" in text or "killed by SIGKILL" in text


def expect_true(done: "subprocess.CompletedProcess[str]", said: int) -> None:
    """That the command said what became of its change, of which `said` is the truth."""
    if done.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL):
        assert said in (0, 1)
        return
    if done.returncode == 0:
        assert said == 1
        return
    assert done.returncode == Exit.DISK, done.stderr
    problem: dict[str, Any] = json.loads(done.stderr.splitlines()[-1])["error"]
    assert problem["code"] == "disk-refused"
    words, truth = OUTCOMES[problem["details"]["outcome"]]
    assert words in problem["message"]
    assert said in truth


@pytest.mark.slow
@pytest.mark.parametrize(
    ("call", "happening"),
    [("read", "error=EIO"), *((call, each) for call in CALLS for each in ("error=EIO", "error=ENOSPC", "signal=KILL"))],
)
def test_a_command_says_what_became_of_its_change(home: Path, tmp_path: Path, call: str, happening: str) -> None:
    log = tmp_path / "log"
    places = [word for place in PLACES for word in ("-P", str(home / ".svcctl" / place))]
    for number in range(1, MOST):
        store = mended(home)
        before = comments(store)
        inject = f"--inject={call}:{happening}:when={number}"
        traced = ("strace", "-f", "-o", str(log), f"--trace={call}", *places, inject)
        done = command(home, "ticket", "comment", "T-000001", "seen", "-o", "json", traced=traced)
        expect_true(done, comments(store) - before)
        assert list(store.verify(deep=True)) == []
        if not happened(log):
            assert done.returncode == 0, done.stderr
            assert number > 1
            return
    pytest.fail("the command never got through")


def mended(home: Path) -> JsonStore:
    """The store with nothing left to complete and its index up to date, so that each command makes the same calls."""
    store = JsonStore.open(home / ".svcctl", TABLES)
    store.write(lambda _: None, at=datetime(2026, 11, 23, tzinfo=UTC), actor="li")
    assert store.count("tickets") == 1
    store.close()
    return store
