"""What all who share a store have in common: its ids, and the fields that it indexes."""

from collections.abc import Callable, Mapping

import pytest
from svcctl_store_postgres import PostgresStores

from svcctl.plugin_api import Event, Refusal, Store, TableSchema, Transaction, Where
from svcctl.testing.store_cases import AT, make, write


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
