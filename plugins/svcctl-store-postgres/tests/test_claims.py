"""What one has claimed no other gets, until its transaction ends or its machine is gone."""

import threading
import time
from collections.abc import Callable

import pytest
from svcctl_store_postgres import PostgresStores
from svcctl_store_postgres.connection import Connections

from svcctl.plugin_api import Refusal, Store, Transaction, Where
from svcctl.testing.store_cases import TABLES, change, make, write


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
