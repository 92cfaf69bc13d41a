"""The store as a TinyDB database."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import Query, TinyDB, where
from tinydb.operations import delete, increment
from tinydb.storages import MemoryStorage
from tinydb.table import Document as TinyDocument
from tinydb.table import Table

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import TableSchema
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
Create = Callable[..., str]
Edit = Callable[..., Document]


@pytest.fixture
def tickets(store: JsonStore, create: Create) -> Table:
    for weight in range(40):
        create(store, weight=weight, state="open" if weight % 2 else "new", due={"at": f"2026-12-{weight:02d}"})
    return store.database(actor="erp", at=AT).table("tickets")


def test_queries_find_documents_by_number(tickets: Table) -> None:
    ticket = Query()
    assert len(tickets) == 40
    assert [document.doc_id for document in tickets.search((ticket.weight < 3) & (ticket.state == "new"))] == [1, 3]
    assert tickets.count(ticket.weight.one_of([5, 50])) == 1
    assert tickets.search(ticket.due.at == "2026-12-07")[0]["id"] == "T-000008"
    assert tickets.search(ticket.id.matches("T-00000[12]")) == tickets.get(doc_ids=[2, 1])
    assert tickets.get(doc_id=41) is tickets.get(where("weight") == 41) is None
    assert tickets.contains(doc_id=33)
    assert [document.doc_id for document in tickets] == list(range(1, 41))


def test_another_process_s_change_is_seen_at_once(tickets: Table, store: JsonStore, edit: Edit) -> None:
    assert tickets.count(where("state") == "new") == 20
    edit(store, "T-000001", state="open")
    assert tickets.count(where("state") == "new") == 19


def test_edits_are_events(tickets: Table, store: JsonStore) -> None:
    assert tickets.update({"state": "closed", "note": {"by": ["erp"]}}, doc_ids=[2, 99]) == [2]
    last = list(store.history("tickets", "T-000002"))[-1]
    assert (last.kind, last.actor, last.at) == ("edited", "erp", AT)
    assert last.set == {"state": ("open", "closed"), "note": (None, {"by": ["erp"]})}
    assert tickets.update(increment("weight"), where("weight") >= 38) == [39, 40]
    assert tickets.update(delete("note"), doc_ids=[2]) == [2]
    assert store.get("tickets", "T-000002") == {
        "id": "T-000002",
        "revision": 3,
        "due": {"at": "2026-12-01"},
        "state": "closed",
        "weight": 1,
    }
    assert list(store.verify(deep=True)) == []


def test_an_edit_that_changes_nothing_is_no_commit(tickets: Table, store: JsonStore) -> None:
    head = store.head()
    tickets.update({"state": "open"}, doc_ids=[2])
    assert store.head() == head


def test_ids_are_given_by_the_store(tickets: Table, store: JsonStore) -> None:
    assert tickets.insert({"state": "new"}) == 41
    assert tickets.insert_multiple([{"weight": 1}, {}]) == [42, 43]
    assert tickets.upsert({"state": "odd"}, where("state") == "odd") == [44]
    assert store.get("tickets", "T-000043") == {"id": "T-000043", "revision": 1}
    customers = store.database(actor="erp", at=AT).table("customers")
    assert customers.insert({"id": "华东-01", "name": "东方"}) == 1
    assert store.get("customers", "华东-01") == {"id": "华东-01", "revision": 1, "name": "东方"}


def test_what_is_removed_leaves_its_history(tickets: Table, store: JsonStore) -> None:
    assert tickets.remove(doc_ids=[1, 3]) == [1, 3]
    assert tickets.get(doc_id=1) is None
    assert len(tickets) == 38
    assert [event.kind for event in store.history("tickets", "T-000001")][-1] == "removed"
    assert tickets.insert({"state": "new"}) == 41
    tickets.truncate()
    assert tickets.all() == []
    assert store.count("tickets") == 0
    assert tickets.insert({"state": "new"}) == 42
    store.database(actor="erp", at=AT).drop_tables()
    assert len(tickets) == 0
    assert list(store.verify(deep=True)) == []


def test_what_the_store_does_not_do_is_refused(tickets: Table, store: JsonStore) -> None:
    database = store.database(actor="erp", at=AT)
    customers = database.table("customers")
    customers.insert({"id": "li"})
    head = store.head()
    refused: list[tuple[Callable[[], Any], str]] = [
        (lambda: database.storage.write({"tickets": {"1": {}}}), "bad-input"),
        (lambda: tickets.update({"id": "T-000002"}, doc_ids=[1]), "bad-input"),
        (lambda: tickets.insert(TinyDocument({}, 900)), "bad-input"),
        (lambda: customers.insert({"name": "nobody"}), "bad-input"),
        (lambda: customers.insert({"id": "li"}), "already-exists"),
        (lambda: store.database().table("tickets").insert({}), "bad-argument"),
    ]
    for use, code in refused:
        with pytest.raises(Refusal) as refusal:
            use()
        assert refusal.value.code == code
    assert store.head() == head
    with pytest.raises(ValueError, match="no table `ticket`"):
        database.table("ticket")


scalars = st.sampled_from([None, 0, 1, 2, 2.5, True, "a", "b", "", "2"])
paths = st.sampled_from([("a",), ("b",), ("c", "d"), ("absent",)])


def leaf(path: tuple[str, ...], op: str, value: Any) -> Any:
    query = Query()
    for part in path:
        query = query[part]
    match op:
        case "==":
            return query == value
        case "!=":
            return query != value
        case "one_of":
            return query.one_of([value, 2])
        case _:
            return query.exists()


queries = st.recursive(
    st.builds(leaf, paths, st.sampled_from(["==", "!=", "one_of", "exists"]), scalars),
    lambda inner: st.one_of(
        st.builds(lambda a, b: a & b, inner, inner),
        st.builds(lambda a, b: a | b, inner, inner),
        st.builds(lambda a: ~a, inner),
    ),
    max_leaves=5,
)
documents = st.fixed_dictionaries(
    {}, optional={"a": scalars, "b": scalars | st.just([1]), "c": st.fixed_dictionaries({}, optional={"d": scalars})}
)


@settings(max_examples=40)
@given(st.lists(documents, max_size=5), st.lists(queries, min_size=1, max_size=10))
def test_the_index_finds_what_tinydb_finds(
    tmp_path_factory: pytest.TempPathFactory, given_documents: list[Any], asked: list[Any]
) -> None:
    root = tmp_path_factory.mktemp("tinydb") / "store"
    store = JsonStore.create(root, {"tickets": TableSchema("T", ("a", "b", "c.d"))})
    table = store.database(actor="erp", at=AT).table("tickets")
    table.insert_multiple(given_documents)
    stock = TinyDB(storage=MemoryStorage).table("tickets")
    stock.insert_multiple([dict(document) for document in table])
    for query in asked:
        assert table.search(query) == stock.search(query)
    store.close()
