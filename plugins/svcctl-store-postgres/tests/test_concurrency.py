"""Work that goes on side by side: what others have overtaken is done again, and comes to an end."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from svcctl_store_postgres import PostgresStores

from svcctl.plugin_api import FoldError, Refusal, Store, Transaction, Where
from svcctl.testing.store_cases import TABLES, change, make, write


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
