"""The way of a workspace's store to PostgreSQL, and back."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from postgres_workspace import Shell, begin
from svcctl_store_postgres import PostgresStores

from svcctl.desk.tables import TABLES
from svcctl.plugin_api import Refusal
from svcctl.store.json_store import JsonStore


def settle(home: Path, schema: str) -> None:
    """Name the store in the database in the settings."""
    with (home / "svcctl.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[store]\nplugin = "postgres"\nurl = "env:SVCCTL_PG"\nschema_name = "{schema}"\n')


def test_a_workspace_moves_there_and_back_and_loses_nothing(
    shell: Shell, home: Path, schema: str, tmp_path: Path
) -> None:
    assert begin(shell, home).code == 0
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg")
    for number in range(4):
        assert shell("ticket", "new", "--title", f"black screen {number} 黑屏").code == 0
    assert shell("ticket", "attach", "T-000001", str(photo)).code == 0
    assert shell("customer", "set", "acme", "name=ACME").code == 0
    before = shell("store", "export").out
    tickets = shell("ticket", "list", "-o", "json").json
    assert shell("store", "copy", "json", "postgres").code == 2
    settle(home, schema)
    assert shell("ticket", "new", "--title", "too early").code == 3
    head = shell("store", "copy", "json", "postgres", "--dry-run", "-o", "json").json["head"]
    done = shell("store", "copy", "json", "postgres", "-o", "json")
    assert done.code == 0
    assert done.json["head"] == head
    assert "every document is the same" in done.err
    assert shell("store", "export").out == before
    assert shell("ticket", "list", "-o", "json").json == tickets
    assert shell("store", "verify", "--deep", "--head", head).code == 0
    again = shell("store", "copy", "json", "postgres")
    assert again.code == 5
    assert "commits already" in again.err
    assert shell("ticket", "new", "--title", "on PostgreSQL").out
    other = tmp_path / "other"
    assert begin(shell, other).code == 0
    assert shell("store", "copy", "postgres", str(other)).code == 0
    assert shell("store", "head", at=other).out == shell("store", "head").out
    assert shell("store", "export", at=other).out == shell("store", "export").out
    assert shell("store", "verify", "--deep", at=other).code == 0
    assert [path.read_bytes() for path in (other / ".svcctl/evidence").glob("*/*")] == [b"jpeg"]
    assert shell("ticket", "show", "T-000005", at=other).code == 0
    assert shell("store", "copy", "postgres", "postgres").code == 2
    assert shell("store", "copy", "nowhere", "postgres").code == 2


def test_a_copy_that_was_broken_off_is_no_store(
    shell: Shell, home: Path, schema: str, plug: Callable[[str], PostgresStores], database: str
) -> None:
    assert begin(shell, home).code == 0
    for number in range(3):
        assert shell("ticket", "new", "--title", f"black screen {number}").code == 0
    settle(home, schema)
    source = JsonStore.open(home / ".svcctl", TABLES)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(f"CREATE TABLE {schema}.theirs AS SELECT 7 AS number")

    def broken_off() -> Iterator[Mapping[str, Any]]:
        for line in source.commits():
            if line["sequence"] == 3:
                raise KeyboardInterrupt
            yield line

    with pytest.raises(KeyboardInterrupt):
        plug(schema).create(TABLES, lock_timeout=10, commits=broken_off())
    with pytest.raises(Refusal, match="broken off"):
        plug(schema).open(TABLES, lock_timeout=10)
    assert shell("ticket", "new", "--title", "too early").code == 3
    assert shell("store", "copy", "json", "postgres").code == 0
    assert len(shell("ticket", "list", "-o", "json").json) == 3
    assert shell("store", "verify", "--deep").code == 0
    with psycopg.connect(database) as connection:
        assert connection.execute(f"SELECT number FROM {schema}.theirs").fetchone() == (7,)
