"""The database answers as a store in memory does, whatever documents hold and whatever is asked."""

from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from svcctl_store_postgres import PostgresStores
from svcctl_store_postgres.keys import LONGEST

from svcctl.plugin_api import Store, TableSchema, Transaction, Where
from svcctl.store.memory import MemoryStore
from svcctl.store.rehearsal import Rehearsal
from svcctl.testing.store_cases import HOSTILE, change, make, write

TABLES = {"tickets": TableSchema("T", ("state", "site.region", "wake_at"))}
LONG = "长" * LONGEST
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from([0.5, -1.5, 2.0, 2**53, 2**53 + 1, 10**30, 1e22, -0.0]),
    st.sampled_from(["", "a", "b", "ab", "Ä", "ä", "长", "\ud800", "a\0", "\U0001f477", LONG, LONG + "b", LONG + "a"]),
)
VALUES = st.one_of(SCALARS, st.just(["a"]), st.just({"region": "a"}))
FIELDS = st.sampled_from(["state", "site.region", "site", "wake_at", "note", "id"])
CONDITIONS = st.one_of(
    st.builds(Where, FIELDS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), VALUES),
    st.builds(Where, FIELDS, st.just("in"), st.lists(VALUES, max_size=4)),
    st.builds(Where, st.just("id"), st.sampled_from(["==", ">=", "!="]), st.just("T-000002")),
)
DOCUMENTS = st.lists(
    st.fixed_dictionaries(
        {}, optional={"state": VALUES, "site": st.fixed_dictionaries({"region": VALUES}), "note": VALUES}
    ),
    max_size=6,
)
QUERIES = st.fixed_dictionaries(
    {
        "where": st.lists(CONDITIONS, max_size=2),
        "order": st.one_of(st.none(), FIELDS),
        "descending": st.booleans(),
        "limit": st.one_of(st.none(), st.integers(0, 4)),
    }
)


@pytest.fixture
def store(make: Callable[[Mapping[str, TableSchema]], Store]) -> Store:
    return make(TABLES)


def empty(store: Store, database: str, schema: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        for table in ("tickets", "svcctl_events", "svcctl_commits"):
            connection.execute(f"DELETE FROM {schema}.{table}")
        connection.execute(f"UPDATE {schema}.svcctl_head SET sequence = 0, hash = repeat('0', 64), highest = '{{}}'")
        connection.execute(f"UPDATE {schema}.svcctl_counters SET given = 0")


def test_queries_find_what_they_find_in_memory(
    plug: Callable[[str], PostgresStores], database: str, schema: str
) -> None:
    store = plug(schema).create(TABLES, lock_timeout=30)

    @settings(max_examples=60)
    @given(DOCUMENTS, DOCUMENTS, st.lists(QUERIES, min_size=1, max_size=6))
    def same(before: list[dict[str, Any]], after: list[dict[str, Any]], queries: list[dict[str, Any]]) -> None:
        empty(store, database, schema)
        memory = MemoryStore(TABLES)

        def work(transaction: Transaction) -> list[Any]:
            """Documents changed and made here are found together with those that are committed."""
            for number, fields in enumerate(after):
                if number < len(before) and number % 2:
                    change(transaction, "tickets", f"T-{number + 1:06d}", **fields)
                else:
                    make(transaction, **fields)
            return [asked(transaction, query) for query in queries]

        for each in (store, memory):
            write(each, lambda t: [make(t, **fields) for fields in before])
        assert [asked(store, query) for query in queries] == [asked(memory, query) for query in queries]
        assert write(store, work, dry_run=True) == write(memory, work, dry_run=True)
        assert write(Rehearsal(store, TABLES), work) == write(memory, work, dry_run=True)
        assert write(store, work) == write(memory, work)
        assert [asked(store, query) for query in queries] == [asked(memory, query) for query in queries]

    same()
    assert list(store.verify(deep=True)) == []


def asked(reader: Any, query: Mapping[str, Any]) -> tuple[list[str], int]:
    how = {name: query[name] for name in ("order", "descending", "limit")}
    found = reader.find("tickets", *query["where"], **how)
    return [document["id"] for document in found], reader.count("tickets", *query["where"])


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(st.characters()),
        st.sampled_from([value for value in HOSTILE if not isinstance(value, list | dict)]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(st.characters(), max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_whatever_json_holds_comes_back_as_it_was(store: Store) -> None:
    @settings(max_examples=150)
    @given(JSON)
    def same(value: Any) -> None:
        memory = MemoryStore(TABLES)
        id = write(store, lambda t: make(t, note=value))
        write(memory, lambda t: make(t, note=value))
        ours, theirs = store.get("tickets", id), memory.get("tickets", "T-000001")
        assert ours is not None
        assert theirs is not None
        assert repr(ours.get("note")) == repr(theirs.get("note"))
        [event] = store.history("tickets", id)
        assert repr(dict(event.set)) == repr(dict(next(memory.history("tickets", "T-000001")).set))

    same()
    assert list(store.verify(deep=True)) == []


def test_documents_are_jsonb_unless_jsonb_cannot_keep_them(
    plug: Callable[[str], PostgresStores], database: str, schema: str
) -> None:
    store = plug(schema).create(TABLES, lock_timeout=30)
    write(store, lambda t: [make(t, note="黑屏"), make(t, note="a\0b"), make(t, note=1e22)])
    with psycopg.connect(database) as connection:
        rows = connection.execute(f"SELECT document->>'note', exact FROM {schema}.tickets ORDER BY number").fetchall()
        found = connection.execute(
            f"SELECT count(*) FROM {schema}.svcctl_events WHERE document->>'kind' = 'created' AND tbl = 'tickets'"
        ).fetchone()
    assert rows[0] == ("黑屏", None)
    assert [row[0] for row in rows[1:]] == [None, None]
    assert all(row[1] is not None for row in rows[1:])
    assert found == (1,)


def test_ten_megabytes_are_kept_and_what_is_larger_than_a_document_may_be_is_refused(store: Store) -> None:
    text = "长\0" * 1_100_000
    write(store, lambda t: make(t, note=text))
    assert (store.get("tickets", "T-000001") or {})["note"] == text
    with pytest.raises(Exception, match="32 MB of one document"):
        write(store, lambda t: make(t, note="x" * 33 * 2**20))
    assert store.head().sequence == 1


def test_a_query_on_a_wake_time_is_answered_by_an_index(
    plug: Callable[[str], PostgresStores], database: str, schema: str
) -> None:
    store = plug(schema).create(TABLES, lock_timeout=30)
    write(store, lambda t: [make(t, wake_at=f"2026-11-23T{number % 24:02d}:00:00Z") for number in range(2_000)])
    asked: list[str] = []
    real = psycopg.Cursor.execute

    def noting(cursor: psycopg.Cursor[Any], query: Any, *arguments: Any, **named: Any) -> Any:
        asked.append(str(query))
        return real(cursor, query, *arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", noting)
        due = Where("wake_at", "<=", "2026-11-23T00:30:00Z")
        assert len(list(store.find("tickets", due, order="wake_at", limit=50))) == 50
    [sql] = [sql for sql in asked if "wake_at" in sql]
    with psycopg.connect(database) as connection:
        connection.execute(f"ANALYZE {schema}.tickets")
        arguments = [b"\x02x"] * sql.count("%s")
        plan = connection.execute(f"EXPLAIN {sql}", arguments).fetchall()
    assert any("Index" in line for (line,) in plan)
    assert not any("Seq Scan" in line for (line,) in plan)
