"""The past is what was recorded until then, whoever asks, and cannot be changed."""

from datetime import UTC, datetime, timedelta

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Store, Transaction, Where
from svcctl.store.memory import MemoryStore
from svcctl.store.past import PastStore
from svcctl.testing.store_cases import TABLES, make
from svcctl.ticket.event import Event, changes

DAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


def at(days: int) -> datetime:
    return DAY + timedelta(days=days)


@pytest.fixture
def store() -> Store:
    """A ticket that changes its state every day, and a customer who came on the third."""
    store = MemoryStore(TABLES)
    store.write(lambda t: make(t, state="day 0"), at=DAY, actor="li")

    def next_day(transaction: Transaction, day: int) -> None:
        found = changes(transaction.get("tickets", "T-000001"), {"state": f"day {day}"})
        transaction.record(Event("tickets", "T-000001", "moved", at(day), "li", found))
        if day == 3:
            transaction.record(Event("customers", "li", "created", at(day), "li"))

    for day in range(1, 6):
        store.write(lambda t, day=day: next_day(t, day), at=at(day), actor="li")  # type: ignore[misc]
    return store


@pytest.mark.parametrize("day", range(6))
def test_points_and_queries_tell_the_same_day(store: Store, day: int) -> None:
    past = PastStore(store, TABLES, at(day) + timedelta(hours=5))
    [document] = past.find("tickets")
    assert document == past.get("tickets", "T-000001")
    assert document["state"] == f"day {day}"
    assert document["revision"] == day + 1 == len(list(past.history("tickets", "T-000001")))
    assert past.count("tickets", Where("state", "==", f"day {day}")) == 1
    assert past.count("customers") == (day >= 3) == (past.get("customers", "li") is not None)


def test_before_the_beginning_there_is_nothing(store: Store) -> None:
    past = PastStore(store, TABLES, at(-1))
    assert past.get("tickets", "T-000001") is None
    assert list(past.find("tickets")) == []


def test_the_past_cannot_be_changed(store: Store) -> None:
    past = PastStore(store, TABLES, at(1))
    with pytest.raises(Refusal, match="the past"):
        past.write(make, at=DAY, actor="li")
    with pytest.raises(Refusal, match="the past"):
        past.load([])
    assert past.head() == store.head()
    assert list(past.verify(deep=True)) == []
