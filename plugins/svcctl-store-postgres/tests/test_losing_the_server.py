"""The server goes away at the worst moments: what svcctl says of it is true."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from svcctl_store_postgres import PostgresStores

from svcctl.plugin_api import Refusal, SecretStr, Store
from svcctl.testing.store_cases import TABLES, change, make, write


@pytest.fixture
def store(store: Store) -> Store:
    write(store, lambda t: make(t, weight=0))
    return store


@contextmanager
def lost_at(statement: str, *, done: bool, answering_again: bool = True) -> Iterator[None]:
    """The connection breaks when the statement is sent: after the server has done it, or before."""

    def losing(cursor: psycopg.Cursor[Any], query: Any, *arguments: Any, **named: Any) -> Any:
        if not str(query).startswith(statement) or gone.is_set():
            return real(cursor, query, *arguments, **named)
        gone.set()
        if done:
            real(cursor, query, *arguments, **named)
        if not answering_again:
            patch.setattr(psycopg, "connect", refusing)
        cursor.connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    def refusing(*_: Any, **__: Any) -> Any:
        raise psycopg.OperationalError("connection refused")

    gone = threading.Event()
    real = psycopg.Cursor.execute
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", losing)
        yield


def add(store: Store) -> Any:
    return write(store, lambda t: change(t, "tickets", "T-000001", weight=t.get("tickets", "T-000001")["weight"] + 1))  # type: ignore[index]


def test_a_commit_whose_answer_is_lost_is_looked_for_and_found(store: Store) -> None:
    with lost_at("COMMIT", done=True):
        assert add(store)["weight"] == 1
    assert (store.get("tickets", "T-000001") or {})["weight"] == 1
    assert list(store.verify(deep=True)) == []


def test_a_commit_that_did_not_arrive_is_done_again(store: Store) -> None:
    with lost_at("COMMIT", done=False):
        assert add(store)["weight"] == 1
    assert (store.get("tickets", "T-000001") or {})["weight"] == 1
    assert store.head().sequence == 2


def test_a_commit_of_which_nobody_can_tell_is_unknown(store: Store) -> None:
    with lost_at("COMMIT", done=True, answering_again=False), pytest.raises(Refusal) as refused:
        add(store)
    assert (refused.value.code, refused.value.details["outcome"]) == ("disk-refused", "unknown")
    assert "unknown whether the change was saved" in refused.value.message
    assert add(store)["weight"] == 2


@pytest.mark.parametrize("statement", ["SELECT sequence", "BEGIN", "SELECT number"])
def test_before_the_commit_nothing_was_saved(store: Store, statement: str) -> None:
    with lost_at(statement, done=True), pytest.raises(Refusal) as refused:
        add(store)
    assert refused.value.code == "plugin-unavailable"
    assert refused.value.message.endswith("; nothing was saved")
    assert store.head().sequence == 1
    assert add(store)["weight"] == 1


def test_a_store_opens_its_connection_again(store: Store, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with pytest.raises(Refusal) as refused:
        store.get("tickets", "T-000001")
    assert refused.value.code == "plugin-unavailable"
    assert store.get("tickets", "T-000001") is not None


def test_what_keeps_the_database_from_being_used_is_told_without_its_secrets(database: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        wrong = {
            make_conninfo(database, port=nobody.getsockname()[1]): "plugin-unavailable",
            make_conninfo(database, password="hunter2"): "plugin-unavailable",
            make_conninfo(database, dbname="nowhere"): "plugin-unavailable",
            "postgres//li:hunter2@example.org": "bad-configuration",
            database: "no-workspace",
        }
        if "password" not in conninfo_to_dict(database):  # a server that trusts whoever reaches it
            del wrong[make_conninfo(database, password="hunter2")]
        for url, code in wrong.items():
            plug = PostgresStores(PostgresStores.Config(url=SecretStr(url), schema_name="nothing_here"))
            with pytest.raises(Refusal) as refused:
                plug.open(TABLES, lock_timeout=1)
            assert refused.value.code == code
            assert "hunter2" not in refused.value.message + refused.value.help
            assert plug.check().ok is False
            assert "hunter2" not in plug.check().text


def test_a_server_that_only_reads_is_told_of(database: str, schema: str, store: Store) -> None:
    url = make_conninfo(database, options="-c default_transaction_read_only=on")
    reading = PostgresStores(PostgresStores.Config(url=SecretStr(url), schema_name=schema)).open(TABLES, lock_timeout=1)
    assert reading.get("tickets", "T-000001") is not None
    with pytest.raises(Refusal, match="only reads"):
        add(reading)


def test_check_says_what_there_is(plug: Callable[[str], PostgresStores], schema: str, store: Store) -> None:
    assert plug(schema).check().ok
    assert "PostgreSQL" in plug(schema).check().text
    empty = plug(f"{schema}_none").check()
    assert not empty.ok
    assert "no store" in empty.text
