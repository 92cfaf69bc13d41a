"""Many processes and threads on one store: what was acknowledged is there, whoever is killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcctl.store.contract import Where
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Event

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
HERE = Path(__file__)
#: CI kills 504; eight at a time.
KILLS = int(os.environ.get("SVCCTL_TEST_KILLS", "80"))
Create = Callable[..., str]


def writer(root: Path, name: str, count: int) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.store.writer", str(root), name, str(count)],
        stdout=subprocess.PIPE,
        cwd=HERE.parents[2],
    )


def test_eight_processes_lose_no_update(store: JsonStore, root: Path, create: Create) -> None:
    create(store, weight=0)
    writers = [writer(root, f"w{number}", 200) for number in range(8)]
    given = [line for process in writers for line in process.communicate()[0].split()]
    assert all(process.returncode == 0 for process in writers)
    assert len(given) == len(set(given)) == 1600
    document = store.get("tickets", "T-000001")
    assert document is not None
    assert document["weight"] == 1600
    assert store.count("tickets", Where("state", "==", "w3")) == 200
    assert list(store.verify(deep=True)) == []


def test_eight_threads_on_one_store_lose_no_update(store: JsonStore, create: Create) -> None:
    create(store, weight=0)
    seen: list[int] = []

    def work(transaction: Any) -> None:
        weight = transaction.get("tickets", "T-000001")["weight"]
        transaction.record(Event("tickets", "T-000001", "edited", AT, "li", {"weight": (weight, weight + 1)}))
        assert transaction.count("tickets", Where("weight", "==", weight + 1)) == 1

    def many() -> None:
        for _ in range(10):
            store.write(work, at=AT, actor="li")
            seen.extend(document["weight"] for document in store.find("tickets"))
        store.close()

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    document = store.get("tickets", "T-000001")
    assert document is not None
    assert document["weight"] == 80
    assert len(seen) == 80
    assert list(store.verify(deep=True)) == []


@pytest.mark.slow
def test_processes_killed_at_random_lose_nothing_that_they_acknowledged(
    store: JsonStore, root: Path, create: Create
) -> None:
    create(store, weight=0)
    dice = random.Random(20261123)
    acknowledged: list[str] = []
    for each in range(1, KILLS // 8 + 1):
        writers = [writer(root, f"w{number}", 1000) for number in range(8)]
        acknowledged += [process.stdout.readline().decode().strip() for process in writers]  # type: ignore[union-attr]
        time.sleep(dice.random() * 0.1)
        for process in writers:
            os.kill(process.pid, signal.SIGKILL)
        for process in writers:
            acknowledged += process.stdout.read().decode().split()  # type: ignore[union-attr]
            process.wait()
        document = store.get("tickets", "T-000001")
        assert document is not None
        assert len(acknowledged) <= document["weight"] <= len(acknowledged) + 8 * each
        assert document["weight"] == store.count("tickets") - 1
        assert document == next(store.find("tickets", limit=1))
        assert all(store.get("tickets", id) for id in acknowledged[-200:])
        assert list(store.verify(deep=each % 9 == 0)) == []
    assert all(store.get("tickets", id) for id in acknowledged)
    assert list(store.verify(deep=True)) == []
    assert len(acknowledged) == len(set(acknowledged)) > 0


def test_readers_meet_only_whole_commits_while_others_write(store: JsonStore, root: Path, create: Create) -> None:
    create(store, weight=0)
    process = writer(root, "w", 150)
    last = 0
    while process.poll() is None:
        document = store.get("tickets", "T-000001")
        assert document is not None
        assert document["weight"] >= last
        last = document["weight"]
        found = list(store.find("tickets", order="id"))
        assert [document["id"] for document in found] == [f"T-{n:06d}" for n in range(1, len(found) + 1)]
        assert found[0]["weight"] >= len(found) - 1
    assert process.wait() == 0
    process.communicate()
    assert list(store.verify(deep=True)) == []
