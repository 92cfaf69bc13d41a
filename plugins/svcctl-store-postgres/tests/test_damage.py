"""Whatever is altered in the database behind svcctl's back is found, and named."""

from collections.abc import Callable
from functools import partial

import psycopg
import pytest
from svcctl_store_postgres import PostgresStores

from svcctl.plugin_api import Refusal, Store
from svcctl.testing.store_cases import TABLES, change, make, write

#: An alteration of the schema `s`, and where it is found.
ALTERATIONS = [
    ("UPDATE s.svcctl_events SET document = jsonb_set(document, '{actor}', '\"wu\"') WHERE sequence = 2", "commit 2"),
    ("UPDATE s.svcctl_events SET exact = replace(exact::text, 'b', 'c')::bytea WHERE exact IS NOT NULL", "commit 3"),
    ("UPDATE s.svcctl_events SET document = '{}' WHERE exact IS NOT NULL", "commit 3"),
    ("UPDATE s.svcctl_events SET id = '\\x0255' WHERE sequence = 2", "commit 2"),
    ("UPDATE s.svcctl_events SET tbl = 'outbox' WHERE sequence = 2", "commit 2"),
    ("UPDATE s.svcctl_events SET document = '5' WHERE sequence = 2", "commit 2"),
    ("DELETE FROM s.svcctl_events WHERE sequence = 4 AND position = 1", "commit 4"),
    ("UPDATE s.svcctl_events SET position = 2 - position - 1 + 10 WHERE sequence = 4", "commit 4"),
    ("UPDATE s.svcctl_commits SET document = document || '{\"at\": \"2026-01-01T00:00:00Z\"}' WHERE sequence = 1",
     "commit 1"),
    ("UPDATE s.svcctl_commits SET hash = repeat('0', 64) WHERE sequence = 5", "commit 5"),
    ("UPDATE s.svcctl_commits SET key = NULL WHERE key IS NOT NULL", "commit 1"),
    ("DELETE FROM s.svcctl_commits WHERE sequence = 3", "commit 4"),
    ("DELETE FROM s.svcctl_commits WHERE sequence = 5", "svcctl_head"),
    ("UPDATE s.svcctl_head SET sequence = 4", "svcctl_head"),
    ("UPDATE s.svcctl_head SET highest = '{}'", "svcctl_head"),
    ("UPDATE s.svcctl_counters SET given = 1 WHERE tbl = 'tickets'", "svcctl_counters tickets"),
    ("UPDATE s.tickets SET document = jsonb_set(document, '{state}', '\"done\"') WHERE number = 1",
     "tickets T-000001"),
    ("UPDATE s.tickets SET document = jsonb_set(document, '{urgent}', '1') WHERE number = 1", "tickets T-000001"),
    ("UPDATE s.tickets SET document = NULL WHERE number = 1", "tickets T-000001"),
    ("UPDATE s.tickets SET exact = 'x' WHERE number = 2", "tickets T-000002"),
    ("UPDATE s.tickets SET \"by state\" = NULL WHERE number = 1", "tickets T-000001"),
    ("UPDATE s.tickets SET revision = 9 WHERE number = 1", "tickets T-000001"),
    ("UPDATE s.tickets SET removed = TRUE WHERE number = 1", "tickets T-000001"),
    ("UPDATE s.tickets SET number = 9 WHERE number = 1", "tickets T-000001"),
    ("DELETE FROM s.tickets WHERE number = 3", "tickets T-000003"),
    ("INSERT INTO s.tickets SELECT 8, '\\x0254', 1, 1, FALSE, document FROM s.tickets WHERE number = 1", "tickets T"),
    ("UPDATE s.customers SET id = '\\x026c75'", "customers lu"),
]  # fmt: skip


@pytest.fixture
def store(store: Store) -> Store:
    write(store, lambda t: make(t, state="new", urgent=True), key="k")
    write(store, lambda t: change(t, "tickets", "T-000001", state="open"))
    write(store, lambda t: make(t, note="a\0b"))
    write(store, lambda t: [make(t, weight=1), make(t, "outbox", status="pending")])
    write(store, lambda t: change(t, "customers", "li", tier="gold"))
    return store


def alter(database: str, schema: str, sql: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        assert connection.execute(sql.replace(" s.", f" {schema}.")).rowcount > 0


@pytest.mark.parametrize(("sql", "place"), ALTERATIONS, ids=[sql for sql, _ in ALTERATIONS])
def test_an_alteration_is_found_and_named(store: Store, database: str, schema: str, sql: str, place: str) -> None:
    assert list(store.verify(deep=True)) == []
    alter(database, schema, sql)
    found = list(store.verify(deep=True))
    assert [damage.place for damage in found][:1] == [place]


def test_who_rewrites_the_whole_chain_is_found_by_a_head_kept_elsewhere(
    store: Store, plug: Callable[[str], PostgresStores], schema: str
) -> None:
    kept = store.head()
    forged = plug(f"{schema}_forged").create(TABLES, lock_timeout=30)
    for number in range(5):
        write(forged, partial(make, state=f"forged {number}"))
    assert list(forged.verify(deep=True)) == []
    assert "commit 5 is not the one that was kept" in next(forged.verify(kept=kept)).message


def test_what_is_no_document_is_told_and_not_passed_on(store: Store, database: str, schema: str) -> None:
    alter(database, schema, "UPDATE s.tickets SET document = '[1]' WHERE number = 1")
    with pytest.raises(Refusal) as refused:
        store.get("tickets", "T-000001")
    assert refused.value.code == "store-damaged"
