"""A workspace whose store is in PostgreSQL, as people and cron use it, and its way there and back."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from svcctl_store_postgres import PostgresStores

from svcctl.cli.boundary import run
from svcctl.desk.desk import Desk
from svcctl.desk.intake import open_ticket
from svcctl.desk.outbox import OUTBOX
from svcctl.desk.records import save_record
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import parse_instant, stored
from svcctl.plugin_api import Refusal
from svcctl.store.json_store import JsonStore

BEGIN = parse_instant("2026-11-23T01:00:00Z")
DUE = parse_instant("2026-11-23T02:00:00Z")
#: Tickets that are due at once; CI takes ten thousand.
MANY = int(os.environ.get("SVCCTL_TEST_DUE", "300"))
WORKERS = 4


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Shell = Callable[..., Done]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def shell(
    home: Path, database: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    """Runs a command in the workspace; the database is in `SVCCTL_PG`."""
    monkeypatch.setenv("SVCCTL_PG", database)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "nobody"))

    def call(*words: str, at: Path | None = None) -> Done:
        capfd.readouterr()
        code = run([*words, "--home", str(at or home), "--now", stored(BEGIN)])
        return Done(code, *capfd.readouterr())

    return call


def begin(shell: Shell, folder: Path, *words: str) -> Done:
    """`svcctl init`, without the standard rules: this is about the store."""
    done = shell("init", str(folder), *words)
    for standard in (folder / "rules").rglob("*.rules"):
        standard.unlink()
    settings = folder / "svcctl.toml"
    if done.code == 0:
        text = settings.read_text(encoding="utf-8").replace('calendar = "service-hours"\n', "")
        settings.write_text(text, encoding="utf-8")
    return done


@pytest.fixture
def made(shell: Shell, home: Path, schema: str) -> str:
    """The workspace is made, with its store in the database; the schema."""
    keys = ("--store-key", "url=env:SVCCTL_PG", "--store-key", f"schema_name={schema}")
    assert begin(shell, home, "--store", "postgres", *keys).code == 0
    return schema


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


# ------------------------------------------------------------------ side by side


@pytest.fixture
def late(made: str, shell: Shell, home: Path, database: str) -> Callable[[int], Workspace]:
    """Makes so many tickets that are all due an hour later, when each fires a step that queues a message."""
    (home / "rules/late.rules").write_text('escalation late { after 1h { tag "late"  remind assignee } }\n')
    with (home / "svcctl.toml").open("a", encoding="utf-8") as file:
        file.write('\n[channels.console]\nplugin = "console"\npath = "sent"\n')

    def fill(count: int) -> Workspace:
        def work(desk: Desk) -> None:
            for _ in range(100):
                desk.change(open_ticket(desk, {"title": "black screen"}).id, "assigned", {"assignee": "wu"})

        workspace = Workspace.find(home, {"SVCCTL_PG": database}, home)
        perform(workspace, Turn(BEGIN, "li"), lambda desk: save_record(desk, "engineer", {"id": "wu"}))
        for _ in range(count // 100):
            perform(workspace, Turn(BEGIN, "li"), work)
        assert shell("sweep").code == 0
        return workspace

    return fill


@pytest.fixture
def together(home: Path, database: str, root: Path) -> Callable[..., list[dict[str, Any]]]:
    """Runs a command in some processes at once; what all of them did."""

    def run_all(*words: str) -> list[dict[str, Any]]:
        common = ("--home", str(home), "--now", stored(DUE), "-o", "json", "--lock-timeout", "120")
        environment = {**os.environ, "SVCCTL_PG": database}
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "svcctl", *words, *common],
                stdout=subprocess.PIPE,
                text=True,
                env=environment,
                cwd=root,
            )
            for _ in range(WORKERS)
        ]
        answers = [json.loads(process.communicate()[0]) for process in processes]
        assert all(process.returncode == 0 for process in processes)
        return [item for answer in answers for item in answer]

    return run_all


def test_workers_that_sweep_side_by_side_fire_each_ticket_once(
    late: Callable[[int], Workspace], together: Callable[..., list[dict[str, Any]]]
) -> None:
    store = late(MANY).store
    fired = Counter(item["ticket"] for item in together("sweep", "--no-delivery"))
    tickets = list(store.find("tickets"))
    assert len(tickets) == MANY
    assert fired == Counter(ticket["id"] for ticket in tickets)
    assert all(len(ticket["firings"]) == 1 and ticket["tags"] == ["late"] for ticket in tickets)
    assert Counter(message["ticket"] for message in store.find(OUTBOX)) == fired
    assert list(store.verify(deep=True)) == []


def test_workers_that_deliver_side_by_side_send_each_message_once(
    late: Callable[[int], Workspace], together: Callable[..., list[dict[str, Any]]], home: Path
) -> None:
    store = late(100).store
    did = Counter((item["did"], item["ticket"]) for item in together("sweep"))
    tickets = [ticket["id"] for ticket in store.find("tickets")]
    assert did == Counter((what, id) for what in ("escalated", "delivered") for id in tickets)
    assert all((one["status"], one["attempts"]) == ("delivered", 1) for one in store.find(OUTBOX))
    assert sum("T-000042" in line for line in (home / "sent").read_text(encoding="utf-8").splitlines()) >= 1
    assert list(store.verify(deep=True)) == []
