"""Random histories: the JSON store answers as the store in memory does, and the index as a scan does."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.store.contract import Store, TableSchema, Where
from svcctl.store.json_store import JsonStore
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Event, changes

AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
INDEXED = {"tickets": TableSchema("T", ("a", "b", "c.d")), "customers": TableSchema(None, ("a",))}
SCANNED = {"tickets": TableSchema("T"), "customers": TableSchema(None)}

texts = st.text(max_size=3) | st.sampled_from(["\ud800", "\0", "9", "10", "黑屏", "\u202e", "\U0001f600", "\uffff"])
numbers = (
    st.integers(-3, 3)
    | st.booleans()
    | st.sampled_from([2**63, -(2**63), 2**70, 0.5, -0.0, 1e300, 2**53 + 1, float(2**53)])
)
scalars = st.none() | numbers | texts
values = scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from(["d", "e"]), scalars, max_size=2)
ids = st.sampled_from(["li", "华东-01", "../../etc/passwd", "a\0b", "\udcff", "", "T-000001"])
fields = st.dictionaries(st.sampled_from(["a", "b", "c"]), values, max_size=3)
changes_of_one = st.one_of(
    st.tuples(st.just("new"), fields),
    st.tuples(st.just("edit"), st.integers(0, 40), fields),
    st.tuples(st.just("customer"), ids, fields),
    st.tuples(st.just("many"), st.integers(20, 45)),
    st.tuples(st.just("fail"), fields),
)
happenings = st.lists(changes_of_one, min_size=1, max_size=4) | st.sampled_from(["reopen", "no index"])
operators = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
conditions = st.builds(
    Where, st.sampled_from(["a", "b", "c.d", "c", "id", "revision", "absent"]), operators, values
) | st.builds(Where, st.sampled_from(["a", "c.d", "id"]), st.just("in"), st.lists(values, max_size=3))
queries = st.tuples(
    st.sampled_from(["tickets", "customers"]),
    st.lists(conditions, max_size=2),
    st.sampled_from([None, "a", "b", "c.d", "c", "id"]),
    st.booleans(),
    st.none() | st.integers(0, 5),
)


class Failed(Exception):
    """Raised by work that gives up."""


def change(transaction: Any, one: Any) -> Any:
    match one:
        case ("new", fields):
            id = transaction.next_id("tickets")
            return transaction.record(Event("tickets", id, "created", AT, "li", changes(None, fields)))
        case ("edit", number, fields):
            id = f"T-{number:06d}"
            document = transaction.get("tickets", id)
            if document is None:
                return None
            return transaction.record(Event("tickets", id, "edited", AT, "li", changes(document, fields)))
        case ("customer", id, fields):
            document = transaction.get("customers", id)
            return transaction.record(Event("customers", id, "edited", AT, "li", changes(document, fields)))
        case ("many", count):
            for number in range(count):
                change(transaction, ("new", {"a": number % 3, "b": "x"}))
            return transaction.count("tickets", Where("a", "==", 1))
        case ("fail", fields):
            change(transaction, ("new", fields))
            raise Failed
    raise AssertionError(one)


def run(store: Store, all: list[Any], asked: Any) -> Any:
    table, where, order, descending, limit = asked

    def work(transaction: Any) -> Any:
        results = [change(transaction, one) for one in all]
        found = list(transaction.find(table, *where, order=order, descending=descending, limit=limit))
        return results, found

    try:
        return store.write(work, at=AT, actor="li")
    except Failed:
        return "failed"


def everything(store: Store, queries: list[Any]) -> Any:
    return (
        store.head(),
        [
            list(store.find(table, *where, order=order, descending=descending, limit=limit))
            for table, where, order, descending, limit in queries
        ],
        [store.count(table, *where) for table, where, *_ in queries],
        [list(store.history("tickets", f"T-{number:06d}")) for number in range(5)],
        [store.get("customers", id) for id in ("li", "华东-01", "\udcff", "absent")],
    )


@settings(max_examples=40)
@given(st.lists(happenings, max_size=5), st.lists(queries, min_size=1, max_size=5))
def test_the_json_store_answers_as_the_store_in_memory(happened: list[Any], asked: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        root = Path(folder) / "store"
        model, store = MemoryStore(INDEXED), JsonStore.create(root, INDEXED)
        for one in happened:
            if one == "reopen":
                store.close()
                store = JsonStore.open(root, INDEXED)
            elif one == "no index":
                (root / "index.db").unlink(missing_ok=True)
            else:
                assert run(store, one, asked[0]) == run(model, one, asked[0])
        assert everything(store, asked) == everything(model, asked)
        assert list(store.commits()) == list(model.commits())
        assert list(store.verify(deep=True)) == []
        store.close()


@settings(max_examples=40)
@given(st.lists(fields, max_size=6), st.lists(queries, min_size=1, max_size=20))
def test_the_index_and_a_scan_agree(documents: list[Mapping[str, Any]], asked: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        indexed = JsonStore.create(Path(folder) / "indexed", INDEXED)
        scanned = JsonStore.create(Path(folder) / "scanned", SCANNED)
        for store in (indexed, scanned):
            run(store, [("new", document) for document in documents], ("tickets", [], None, False, None))
        for one in asked:
            assert everything(indexed, [one]) == everything(scanned, [one])
        indexed.close()
        scanned.close()


MIXED = [None, -1, 0, 2, 2.5, True, 2**70, "", "2", "9", "黑屏", "\ud800", [], [2], {"d": 1}]


def test_every_comparison_of_every_kind_agrees_with_a_scan(tmp_path: Path) -> None:
    indexed = JsonStore.create(tmp_path / "indexed", INDEXED)
    scanned = JsonStore.create(tmp_path / "scanned", SCANNED)
    for store in (indexed, scanned):
        # `a` holds what SQLite cannot hold exactly, `b` does not.
        documents = [{"a": value, "b": None if value in (2**70, "\ud800") else value} for value in MIXED]
        run(store, [("new", document) for document in documents], ("tickets", [], None, False, None))
    for field in ("a", "b"):
        wheres = [Where(field, op, value) for op in ("==", "!=", "<", "<=", ">", ">=") for value in MIXED]
        wheres += [Where(field, "in", [value, other]) for value in MIXED for other in (None, 2, [2])]
        for where in wheres:
            assert indexed.count("tickets", where) == scanned.count("tickets", where), where
            assert list(indexed.find("tickets", where)) == list(scanned.find("tickets", where)), where
