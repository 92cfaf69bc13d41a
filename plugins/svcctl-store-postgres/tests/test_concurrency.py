"""Many processes, threads and machines on one store: nothing lost, nothing twice, whoever is killed."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from svcctl_store_postgres import PostgresStores
from svcctl_store_postgres.connection import Connections

from svcctl.plugin_api import Event, FoldError, Refusal, Store, TableSchema, Transaction, Where
from svcctl.testing.store_cases import AT, TABLES, change, make, write

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
def store(plug: Callable[[str], PostgresStores], schema: str) -> Store:
    return plug(schema).create(TABLES, lock_timeout=30)


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


def test_what_one_transaction_has_claimed_no_other_gets_until_it_ends(store: Store) -> None:
    write(store, lambda t: [make(t, wake_at=f"2026-11-23T0{number}:00:00Z") for number in range(6)])
    due = Where("wake_at", "<=", "2026-11-23T04:00:00Z")
    claimed, may_end = threading.Event(), threading.Event()
    got: list[list[str]] = []

    def claiming(limit: int, wait: bool) -> None:
        def work(transaction: Transaction) -> None:
            got.append([one["id"] for one in transaction.claim("tickets", due, order="wake_at", limit=limit)])
            claimed.set()
            assert not wait or may_end.wait(30)
            for id in got[-1] if not wait else got[0]:
                change(transaction, "tickets", id, wake_at=None)

        write(store, work)
        store.close()

    first = threading.Thread(target=claiming, args=(2, True))
    first.start()
    assert claimed.wait(30)
    claiming(2, wait=False)
    assert store.count("tickets", due) == 3
    may_end.set()
    first.join()
    claiming(9, wait=False)
    assert got == [["T-000001", "T-000002"], ["T-000003", "T-000004"], ["T-000005"]]
    assert store.count("tickets", due) == 0
    assert list(store.verify(deep=True)) == []


def test_what_a_machine_had_claimed_that_is_gone_without_a_word_becomes_free(
    plug: Callable[[str], PostgresStores], schema: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(store, make)
    monkeypatch.setattr(Connections, "idle_seconds", 1)
    silent = plug(schema).open(TABLES, lock_timeout=30)

    def work(transaction: Transaction) -> None:
        assert len(list(transaction.claim("tickets"))) == 1
        while not claimable():
            time.sleep(0.1)
        change(transaction, "tickets", "T-000001", state="done")

    def claimable() -> bool:
        return write(store, lambda t: bool(list(t.claim("tickets"))))  # type: ignore[no-any-return]

    with pytest.raises(Refusal) as refused:
        write(silent, work)
    assert refused.value.code == "plugin-unavailable"
    assert store.head().sequence == 1


@pytest.mark.parametrize("ask", ["get", "find", "count", "absent"])
def test_work_that_has_read_what_others_changed_meanwhile_is_done_again(store: Store, ask: str) -> None:
    """Both write only where the other has not: one of them must see the other."""
    write(store, lambda t: [make(t, state="new"), make(t, state="new")])
    both_have_read = threading.Barrier(2)
    done: list[int] = []

    def on_call(number: int) -> None:
        first = True

        def work(transaction: Transaction) -> None:
            nonlocal first
            if ask == "get":
                free = (transaction.get("tickets", f"T-00000{3 - number}") or {})["state"] == "new"
            elif ask == "find":
                free = not list(transaction.find("tickets", Where("state", "==", "on call")))
            elif ask == "count":
                free = transaction.count("tickets", Where("state", "==", "on call")) == 0
            else:
                free = transaction.get("customers", "on call") is None
            if first:
                first = False
                both_have_read.wait(30)
            if free:
                if ask == "absent":
                    change(transaction, "customers", "on call", tier=str(number))
                change(transaction, "tickets", f"T-00000{number}", state="on call")

        write(store, work)
        done.append(number)
        store.close()

    threads = [threading.Thread(target=on_call, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [1, 2]
    assert store.count("tickets", Where("state", "==", "on call")) == 1
    assert list(store.verify(deep=True)) == []


def test_work_that_failed_on_what_others_changed_meanwhile_is_done_again(store: Store) -> None:
    write(store, lambda t: [make(t, weight=0), make(t, weight=0)])
    tries = 0

    def work(transaction: Transaction) -> None:
        nonlocal tries
        tries += 1
        one = (transaction.get("tickets", "T-000001") or {})["weight"]
        if tries == 1:
            with_another(lambda t: [change(t, "tickets", id, weight=1) for id in ("T-000001", "T-000002")])
        if one != (transaction.get("tickets", "T-000002") or {})["weight"]:
            raise FoldError("they are always alike")

    def missing(transaction: Transaction) -> None:
        assert transaction.get("tickets", "T-000001")
        raise FoldError("none")

    def with_another(other: Callable[[Transaction], Any]) -> None:
        def once() -> None:
            write(store, other)
            store.close()

        thread = threading.Thread(target=once)
        thread.start()
        thread.join()

    write(store, work)
    assert tries == 2
    with pytest.raises(FoldError, match="none"):
        write(store, missing)


def test_work_that_reads_what_others_change_all_the_time_comes_to_an_end(store: Store) -> None:
    write(store, lambda t: [make(t, weight=0), make(t, weight=0)])
    ended = threading.Event()
    tries = 0

    def busy() -> None:
        while not ended.is_set():
            write(store, lambda t: change(t, "tickets", "T-000002", weight=t.count("tickets") + random.random()))
        store.close()

    def work(transaction: Transaction) -> None:
        nonlocal tries
        tries += 1
        seen = [one["weight"] for one in transaction.find("tickets")]
        time.sleep(0.1)
        change(transaction, "tickets", "T-000001", weight=max(seen) + 1)

    other = threading.Thread(target=busy)
    other.start()
    try:
        write(store, work)
    finally:
        ended.set()
        other.join()
    assert 2 <= tries <= 6
    assert list(store.verify(deep=True)) == []


@pytest.mark.parametrize("statement", ["UPDATE", "SELECT sequence, hash, highest", "COMMIT"])
def test_a_transaction_that_the_server_could_not_serialize_is_done_again(store: Store, statement: str) -> None:
    write(store, lambda t: make(t, weight=0))
    tries = 0

    def work(transaction: Transaction) -> int:
        nonlocal tries
        tries += 1
        return int(change(transaction, "tickets", "T-000001", weight=tries)["weight"])

    def refusing(cursor: psycopg.Cursor[Any], query: Any, *arguments: Any, **named: Any) -> Any:
        if str(query).startswith(statement) and tries < 3:
            raise psycopg.errors.SerializationFailure("restart transaction")
        return real(cursor, query, *arguments, **named)

    real = psycopg.Cursor.execute
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", refusing)
        assert write(store, work) == 3
    assert store.head().sequence == 2
    assert list(store.verify(deep=True)) == []


def test_the_same_key_at_the_same_time_makes_one_commit(store: Store) -> None:
    together = threading.Barrier(4)
    results: list[str] = []

    def once() -> None:
        together.wait(30)
        results.append(write(store, make, key="k", arguments=("a",)))
        store.close()

    threads = [threading.Thread(target=once) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [kept] = set(results)
    assert store.head().sequence == store.count("tickets") == 1
    assert write(store, make) != kept


def test_who_waits_too_long_for_a_lock_is_told_that_the_store_is_busy(
    plug: Callable[[str], PostgresStores], database: str, schema: str, store: Store
) -> None:
    write(store, lambda t: make(t, weight=0))
    impatient = plug(schema).open(TABLES, lock_timeout=0.2)
    with psycopg.connect(database) as other:
        other.execute(f"SELECT * FROM {schema}.svcctl_head FOR UPDATE")
        with pytest.raises(Refusal) as refused:
            write(impatient, lambda t: change(t, "tickets", "T-000001", weight=1))
    assert refused.value.code == "store-busy"
    assert write(impatient, lambda t: change(t, "tickets", "T-000001", weight=1))["weight"] == 1


def test_ids_follow_one_another_unless_others_came_between(store: Store, make: Callable[..., Store]) -> None:
    def failing(transaction: Transaction) -> None:
        for _ in range(20):
            transaction.next_id("tickets")
        raise KeyError("work")

    def some(transaction: Transaction) -> list[str]:
        ids = [transaction.next_id("tickets") for _ in range(10)]
        for id in ids:
            transaction.record(Event("tickets", id, "created", AT, "li"))
        return ids

    with pytest.raises(KeyError):
        write(store, failing)
    assert write(store, some) == [f"T-{number:06d}" for number in range(1, 11)]
    assert write(store, some)[0] == "T-000011"


def test_versions_of_svcctl_that_index_other_fields_share_a_store(
    plug: Callable[[str], PostgresStores], schema: str
) -> None:
    older: Mapping[str, TableSchema] = {"tickets": TableSchema("T", ("state", "gone"))}
    newer = {"tickets": TableSchema("T", ("state", "weight")), "notes": TableSchema("N", ("by",))}
    old = plug(schema).create(older, lock_timeout=30)
    write(old, lambda t: [make(t, weight=3), make(t, weight=8, gone="a")])
    new = plug(schema).open(newer, lock_timeout=30)
    assert [one["id"] for one in new.find("tickets", Where("weight", ">", 5))] == ["T-000002"]
    assert write(new, lambda t: make(t, "notes", by="li")) == "N-000001"
    assert write(new, lambda t: make(t, gone="a")) == "T-000003"
    assert list(new.verify(deep=True)) == []
    assert old.count("tickets", Where("gone", "==", "a")) == 2
    with pytest.raises(Refusal) as refused:
        write(old, make)
    assert refused.value.code == "store-busy"
    again = plug(schema).open(older, lock_timeout=30)
    assert write(again, lambda t: make(t, weight=9)) == "T-000004"
    assert [one["id"] for one in new.find("tickets", Where("weight", ">", 5))] == ["T-000002", "T-000004"]
    assert list(new.verify(deep=True)) == list(again.verify(deep=True)) == []
