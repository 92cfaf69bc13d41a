"""The store in memory keeps the contract."""

from datetime import UTC, datetime
from threading import Event as Flag
from threading import Thread

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Head, TableSchema, Transaction, Where
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Event, FoldError

AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
TABLES = {"tickets": TableSchema("T", ("state", "weight")), "teams": TableSchema(None)}


def created(transaction: Transaction, **fields: object) -> str:
    id = transaction.next_id("tickets")
    transaction.record(Event("tickets", id, "created", AT, "lin", {name: (None, v) for name, v in fields.items()}))
    return id


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(TABLES)


def write(store: MemoryStore, *tickets: dict[str, object]) -> list[str]:
    return store.write(lambda t: [created(t, **fields) for fields in tickets], at=AT, actor="lin")


def test_ids_count_up_and_documents_are_the_fold_of_their_events(store: MemoryStore) -> None:
    assert write(store, {"state": "new"}, {"state": "open"}) == ["T-000001", "T-000002"]
    store.write(
        lambda t: t.record(Event("tickets", "T-000001", "moved", AT, "wu", {"state": ("new", "done")})),
        at=AT,
        actor="wu",
    )
    assert store.get("tickets", "T-000001") == {"id": "T-000001", "revision": 2, "state": "done"}
    assert [event.kind for event in store.history("tickets", "T-000001")] == ["created", "moved"]
    assert store.get("tickets", "T-000003") is None


def test_a_transaction_sees_its_own_changes_and_nobody_else_does(store: MemoryStore) -> None:
    write(store, {"state": "new"})

    def work(transaction: Transaction) -> None:
        transaction.record(Event("tickets", "T-000001", "moved", AT, "wu", {"state": ("new", "done")}))
        created(transaction, state="done")
        assert transaction.count("tickets", Where("state", "==", "done")) == 2
        assert store.count("tickets", Where("state", "==", "done")) == 0
        assert len(list(transaction.history("tickets", "T-000001"))) == 2

    store.write(work, at=AT, actor="wu")
    assert store.count("tickets", Where("state", "==", "done")) == 2


def test_an_exception_leaves_everything_as_it_was(store: MemoryStore) -> None:
    def work(transaction: Transaction) -> None:
        id = created(transaction, state="new")
        transaction.record(Event("tickets", id, "moved", AT, "wu", {"state": ("open", "done")}))

    with pytest.raises(FoldError, match="is 'new', not 'open'"):
        store.write(work, at=AT, actor="wu")
    assert store.head() == Head(0, "0" * 64)
    assert list(store.find("tickets")) == []
    assert write(store, {"state": "new"}) == ["T-000001"]


def test_a_dry_run_returns_the_result_and_keeps_nothing(store: MemoryStore) -> None:
    assert store.write(lambda t: created(t, state="new"), at=AT, actor="lin", dry_run=True) == "T-000001"
    assert store.head().sequence == 0


def test_no_events_make_no_commit(store: MemoryStore) -> None:
    assert store.write(lambda t: 7, at=AT, actor="lin", key="k") == 7
    assert store.head().sequence == 0


def test_a_key_returns_the_first_result_and_refuses_other_arguments(store: MemoryStore) -> None:
    def once(*arguments: str) -> str:
        return store.write(lambda t: created(t, state="new"), at=AT, actor="lin", key="k", arguments=arguments)

    assert once("a") == once("a") == "T-000001"
    assert store.count("tickets") == 1
    with pytest.raises(Refusal) as refused:
        once("b")
    assert refused.value.code == "key-reused"


def test_a_result_under_a_key_that_is_not_json_is_refused_and_nothing_kept(store: MemoryStore) -> None:
    def work(transaction: Transaction) -> object:
        created(transaction, state="new")
        return object()

    with pytest.raises(Refusal) as refused:
        store.write(work, at=AT, actor="lin", key="k")
    assert refused.value.code == "bad-input"
    assert store.count("tickets") == 0


def test_a_value_that_is_not_json_is_refused(store: MemoryStore) -> None:
    with pytest.raises(Refusal) as refused:
        write(store, {"at": AT})
    assert refused.value.code == "bad-input"


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Where("state", "==", "new"), [1, 4]),
        (Where("state", "!=", "new"), [2, 3]),
        (Where("state", "==", None), [3]),
        (Where("state", "!=", None), [1, 2, 4]),
        (Where("state", "in", ("open", "new")), [1, 2, 4]),
        (Where("weight", "<", 10), [1]),
        (Where("weight", "<=", 10), [1, 2]),
        (Where("weight", ">", 2.5), [2]),
        (Where("weight", ">=", "1"), [4]),
        (Where("weight", "<", None), []),
    ],
)
def test_find_compares_text_with_text_and_numbers_with_numbers(
    store: MemoryStore, where: Where, found: list[int]
) -> None:
    write(store, {"state": "new", "weight": 2}, {"state": "open", "weight": 10}, {}, {"state": "new", "weight": "9"})
    expected = [f"T-{number:06d}" for number in found]
    assert [document["id"] for document in store.find("tickets", where)] == expected
    assert store.count("tickets", where) == len(expected)


def test_find_orders_absent_first_then_by_creation_and_stops_at_the_limit(store: MemoryStore) -> None:
    write(store, {"weight": 5}, {"weight": 1}, {}, {"weight": 5})

    def ids(**how: object) -> list[str]:
        return [document["id"][-1] for document in store.find("tickets", order="weight", **how)]  # type: ignore[arg-type]

    assert ids() == ["3", "2", "1", "4"]
    assert ids(descending=True) == ["4", "1", "2", "3"]
    assert ids(limit=2) == ["3", "2"]


def test_what_is_given_out_can_be_changed_without_changing_the_store(store: MemoryStore) -> None:
    write(store, {"tags": ["noise"]})
    document = store.get("tickets", "T-000001")
    assert document is not None
    document["tags"].append("heat")
    assert store.get("tickets", "T-000001") == {"id": "T-000001", "revision": 1, "tags": ["noise"]}


def test_tables_without_a_prefix_take_the_callers_ids_and_the_others_do_not(store: MemoryStore) -> None:
    store.write(
        lambda t: t.record(Event("teams", "north", "created", AT, "lin", {"name": (None, "North")})), at=AT, actor="lin"
    )
    assert store.get("teams", "north") == {"id": "north", "revision": 1, "name": "North"}
    with pytest.raises(ValueError, match="given by the caller"):
        store.write(lambda t: t.next_id("teams"), at=AT, actor="lin")
    with pytest.raises(ValueError, match="not given by the store"):
        store.write(lambda t: t.record(Event("tickets", "X", "created", AT, "lin")), at=AT, actor="lin")


def test_commits_chain_and_verify_finds_what_was_altered(store: MemoryStore) -> None:
    write(store, {"state": "new"})
    write(store, {"state": "open"})
    lines = list(store.commits())
    assert [line["sequence"] for line in lines] == [1, 2]
    assert lines[1]["previous"] == lines[0]["hash"]
    assert [line["sequence"] for line in store.commits(after=1)] == [2]
    assert list(store.verify(deep=True)) == []
    store._documents_of["tickets"]["T-000001"]["state"] = "closed"
    assert [damage.place for damage in store.verify(deep=True)] == ["tickets T-000001"]
    store._lines[0] = store._lines[0].replace(b"new", b"old")
    assert [damage.place for damage in store.verify()] == ["commit 1"]


def test_a_writer_that_waits_too_long_is_told_so() -> None:
    store = MemoryStore(TABLES, lock_timeout=0.01)
    inside, leave = Flag(), Flag()

    def slow(transaction: Transaction) -> None:
        inside.set()
        leave.wait(5)

    thread = Thread(target=lambda: store.write(slow, at=AT, actor="lin"))
    thread.start()
    inside.wait(5)
    try:
        with pytest.raises(Refusal) as refused:
            store.write(lambda t: None, at=AT, actor="wu")
        assert refused.value.code == "store-busy"
    finally:
        leave.set()
        thread.join()
