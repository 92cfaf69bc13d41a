"""Many processes on one store: nothing lost, nothing twice, whoever is killed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from svcctl.plugin_api import Store, Where
from svcctl.testing.store_cases import change, make, write

#: Processes that are killed; CI kills more.
KILLS = max(24, int(os.environ.get("SVCCTL_TEST_KILLS", "0")) // 4)

_WRITER = """
import os, sys
from datetime import UTC, datetime
from svcctl.plugin_api import Event, SecretStr
from svcctl.testing.store_cases import TABLES
from svcctl_store_postgres import PostgresStores
from svcctl_store_postgres.connection import Connections
at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
url, schema, writer, count = *sys.argv[1:4], int(sys.argv[4])
config = PostgresStores.Config(url=SecretStr(url), schema_name=schema)
store = PostgresStores(config).open(TABLES, lock_timeout=120)
def work(transaction):
    weight = transaction.get("tickets", "T-000001")["weight"]
    transaction.record(Event("tickets", "T-000001", "edited", at, writer, {"weight": (weight, weight + 1)}))
    id = transaction.next_id("tickets")
    transaction.record(Event("tickets", id, "created", at, writer, {"state": (None, writer)}))
    return id
for _ in range(count):
    os.write(1, store.write(work, at=at, actor=writer).encode() + b"\\n")
"""


@pytest.fixture
def writer(database: str, schema: str, root: Path) -> Callable[[str, int], "subprocess.Popen[bytes]"]:
    """Starts a process that adds to the weight of the first ticket and makes another one, in one commit each time."""

    def start(name: str, count: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", _WRITER, database, schema, name, str(count)]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root)

    return start


def test_eight_processes_lose_no_update(store: Store, writer: Callable[[str, int], "subprocess.Popen[bytes]"]) -> None:
    write(store, lambda t: make(t, weight=0))
    writers = [writer(f"w{number}", 200) for number in range(8)]
    given = [line for process in writers for line in process.communicate()[0].split()]
    assert all(process.returncode == 0 for process in writers)
    assert len(given) == len(set(given)) == 1600
    assert (store.get("tickets", "T-000001") or {})["weight"] == 1600
    assert store.count("tickets", Where("state", "==", "w3")) == 200
    assert store.head().sequence == 1601
    assert list(store.verify(deep=True)) == []


@pytest.mark.slow
def test_processes_killed_at_random_lose_nothing_that_they_acknowledged(
    store: Store, writer: Callable[[str, int], "subprocess.Popen[bytes]"]
) -> None:
    write(store, lambda t: make(t, weight=0))
    dice = random.Random(20261123)
    acknowledged: list[str] = []
    for each in range(1, KILLS // 8 + 1):
        writers = [writer(f"w{number}", 1000) for number in range(8)]
        acknowledged += [process.stdout.readline().decode().strip() for process in writers]  # type: ignore[union-attr]
        time.sleep(dice.random() * 0.1)
        for process in writers:
            os.kill(process.pid, signal.SIGKILL)
        for process in writers:
            acknowledged += process.stdout.read().decode().split()  # type: ignore[union-attr]
            process.wait()
        # A server may still be ending what a process began before it was killed.
        write(store, lambda t: change(t, "customers", "li", tier=str(each)))  # noqa: B023 - it runs at once
        weight = (store.get("tickets", "T-000001") or {})["weight"]
        assert len(acknowledged) <= weight <= len(acknowledged) + 8 * each
        assert weight == store.count("tickets") - 1
    assert list(store.verify(deep=True)) == []
    assert all(store.get("tickets", id) for id in acknowledged)
    assert len(acknowledged) == len(set(acknowledged)) > 0
