"""A workspace whose store is in PostgreSQL, as people use it."""

from pathlib import Path

import psycopg
import pytest
from postgres_workspace import Shell, begin


def test_the_loop_runs_on_it(shell: Shell, made: str, home: Path) -> None:
    assert not (home / ".svcctl/journal").exists()
    assert shell("customer", "set", "acme", "name=ACME").code == 0
    for title in ("black screen", "door stays open", "黑屏 👷🏽"):
        assert shell("ticket", "new", "--title", title).code == 0
    assert shell("ticket", "comment", "T-000001", "late", "--if-revision", "99").code == 5
    assert shell("ticket", "comment", "T-000002", "seen", "--idempotency-key", "k").code == 0
    again = shell("ticket", "comment", "T-000002", "seen", "--idempotency-key", "k", "-o", "json")
    assert again.code == 0
    assert shell("ticket", "comment", "T-000002", "other", "--idempotency-key", "k").code == 5
    assert shell("dispatch", "T-000003").code == 0
    assert shell("sweep").code == 0
    assert [row["id"] for row in shell("ticket", "list", "-o", "json").json] == ["T-000001", "T-000002", "T-000003"]
    assert shell("ticket", "list", "--as-of", "2026-01-01T00:00:00Z", "-o", "json").json == []
    assert len(shell("ticket", "history", "T-000002", "-o", "json").json) >= 2
    assert shell("ticket", "undo", "T-000002").code == 0
    assert shell("report", "-o", "json").code == 0
    assert shell("rules", "explain", "T-000001").code == 0
    assert shell("store", "verify", "--deep").code == 0
    assert shell("store", "stats", "-o", "json").json[0] == {"id": "tickets", "count": 3, "unit": "documents"}
    head = shell("store", "head").out.strip()
    assert shell("store", "verify", "--head", head).code == 0
    plugin = next(row for row in shell("plugin", "list", "-o", "json").json if row["id"] == "postgres")
    assert (plugin["kind"], plugin["active"], plugin["problem"]) == ("store", ["store"], "")
    assert [row["ok"] for row in shell("plugin", "check", "postgres", "-o", "json").json] == [True, True]
    for verb in ("archive", "migrate"):
        refused = shell("store", verb)
        assert refused.code == 2
        assert "kept by `postgres`" in refused.err


def test_what_is_wrong_is_told_in_one_line(
    shell: Shell, made: str, home: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {
        psycopg.conninfo.make_conninfo(database, password="hunter2"): (6, "plugin-unavailable"),
        psycopg.conninfo.make_conninfo(database, port=1): (6, "plugin-unavailable"),
        "postgres//li:hunter2@example.org": (2, "bad-configuration"),
        "": (2, "bad-configuration"),
    }
    if "password" not in psycopg.conninfo.conninfo_to_dict(database):  # a server that trusts whoever reaches it
        del wrong[psycopg.conninfo.make_conninfo(database, password="hunter2")]
    for url, (code, name) in wrong.items():
        monkeypatch.setenv("SVCCTL_PG", url)
        done = shell("ticket", "list")
        assert done.code == code
        assert done.err.startswith(f"error[{name}]: ")
        assert "hunter2" not in done.err
        assert done.err.count("\n") == 2
    monkeypatch.setenv("SVCCTL_PG", database)
    settings = home / "svcctl.toml"
    text = settings.read_text(encoding="utf-8")
    for other, words in (
        (text.replace("schema_name", "schema_nam"), "did you mean `schema_name`"),
        (text.replace("env:SVCCTL_PG", "postgresql://li:hunter2@example.org/x"), "a secret must be a reference"),
        (text.replace('"postgres"', '"postgre"'), "did you mean `postgres`"),
        (text.replace(f'"{made}"', '"no such name"'), "schema_name"),
        (text.replace(f'"{made}"', f'"{made}_none"'), "holds no store"),
    ):
        settings.write_text(other, encoding="utf-8")
        done = shell("ticket", "list")
        assert done.code in (2, 3)
        assert words in done.err
        assert "hunter2" not in done.err


def test_a_second_workspace_has_a_schema_of_its_own(shell: Shell, made: str, tmp_path: Path) -> None:
    keys = ("--store", "postgres", "--store-key", "url=env:SVCCTL_PG", "--store-key")
    taken = begin(shell, tmp_path / "second", *keys, f"schema_name={made}")
    assert taken.code == 5
    assert not (tmp_path / "second/svcctl.toml").exists()
    assert begin(shell, tmp_path / "second", *keys, f"schema_name={made}_2").code == 0
    assert shell("ticket", "new", "--title", "here").code == 0
    assert shell("ticket", "list", "-o", "json", at=tmp_path / "second").json == []
