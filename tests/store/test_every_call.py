"""Every call of a commit that can fail, failing in turn: the words and the exit code are true, and nothing is half."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from svcctl.foundation.errors import Exit, Refusal
from svcctl.store.contract import Transaction, Where
from svcctl.store.json_store import JsonStore
from svcctl.testing.store_cases import TABLES, change, make, write

CALLS = ("open", "write", "pwrite", "fsync", "rename", "mkdir", "lseek")
ROOT = Path(__file__).parents[2]
_WORDS = {"lost": "nothing was saved", "saved": "the change is saved", "unknown": "it is unknown whether"}


@contextmanager
def nth(call: str, count: int, happening: Callable[..., Any]) -> Iterator[list[int]]:
    """`happening` instead of the `count`-th use of `os.<call>`; gives how many uses are left until then."""
    real, left = getattr(os, call), [count]

    def counted(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        return happening(real, *arguments) if left[0] == 0 else real(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, call, counted)
        yield left


def work(transaction: Transaction) -> None:
    """Changes two pages, begins a third in a folder of its own."""
    for id in ("T-000001", "T-000040"):
        document = transaction.get("tickets", id)
        assert document is not None
        change(transaction, "tickets", id, weight=document["weight"] + 1)
    make(transaction, "outbox", status="pending")


def expect_whole(store: JsonStore) -> int:
    """The weight that every part of the last commit agrees on."""
    first, last = store.get("tickets", "T-000001"), store.get("tickets", "T-000040")
    assert first is not None
    assert last is not None
    assert first["weight"] == last["weight"] == store.count("outbox", Where("status", "==", "pending"))
    assert list(store.verify(deep=True)) == []
    weight = first["weight"]
    assert isinstance(weight, int)
    return weight


def refusal_of(doing: Callable[[], Any]) -> Refusal | None:
    try:
        doing()
    except Refusal as refusal:
        return refusal
    return None


@pytest.fixture
def store(tmp_path: Path) -> JsonStore:
    store = JsonStore.create(tmp_path / "store", TABLES)
    write(store, lambda t: [make(t, weight=0) for _ in range(40)])
    return store


@pytest.mark.parametrize("segment_bytes", [1, 1_000_000])
@pytest.mark.parametrize("error", [errno.EIO, errno.ENOSPC])
@pytest.mark.parametrize("call", CALLS)
def test_the_error_says_what_became_of_the_change(
    store: JsonStore, monkeypatch: pytest.MonkeyPatch, call: str, error: int, segment_bytes: int
) -> None:
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", segment_bytes)

    def fail(_: Any, first: Any, *rest: Any) -> None:
        raise OSError(error, os.strerror(error))

    for count in range(1, 30):
        before = expect_whole(store)
        with nth(call, count, fail) as left:
            refused = refusal_of(lambda: write(store, work))
        outcome = "saved" if refused is None else str(refused.details["outcome"])
        if refused is not None:
            assert refused.code == "disk-refused"
            assert refused.exit == Exit.DISK
            assert _WORDS[outcome] in refused.message
            assert os.strerror(error).lower() in refused.message
        after = expect_whole(store)
        assert after - before in {"lost": (0,), "saved": (1,), "unknown": (0, 1)}[outcome]
        write(store, work)
        assert expect_whole(store) == after + 1
        if left[0] > 0:
            return
    pytest.fail("the command never got through")


def test_every_write_may_be_short(store: JsonStore) -> None:
    for count in range(1, 30):
        with nth("write", count, lambda real, fd, data: real(fd, bytes(data[:3]))) as left:
            write(store, work)
        assert expect_whole(store) == count
        if left[0] > 0:
            return
    pytest.fail("the command never got through")


_KILLED = """
import os, signal, sys
from pathlib import Path
from svcctl.store.json_store import JsonStore
from svcctl.testing.store_cases import TABLES, write
from tests.store.test_every_call import work
call, count = sys.argv[2], int(sys.argv[3])
store = JsonStore.open(Path(sys.argv[1]), TABLES)
real, left = getattr(os, call), [count]
def killing(*arguments, **named):
    left[0] -= 1
    if left[0] == 0:
        if call == "write":  # a part of it is written already
            real(arguments[0], bytes(arguments[1][:len(arguments[1]) // 2]))
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments, **named)
setattr(os, call, killing)
write(store, work)
"""


@pytest.mark.parametrize(("call", "count"), [("write", 1), ("write", 4), ("fsync", 4), ("rename", 2), ("pwrite", 1)])
def test_a_real_process_killed_in_a_call_leaves_nothing_half(store: JsonStore, call: str, count: int) -> None:
    root = store._layout.root
    words = [sys.executable, "-c", _KILLED, str(root), call, str(count)]
    assert subprocess.run(words, cwd=ROOT, check=False).returncode == -signal.SIGKILL
    weight = expect_whole(JsonStore.open(root, TABLES))
    write(store, work)
    assert expect_whole(store) == weight + 1
