"""Sweeps and deliveries of a workspace side by side, as cron starts them on many machines."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from postgres_workspace import BEGIN, Shell

from svcctl.desk.desk import Desk
from svcctl.desk.intake import open_ticket
from svcctl.desk.outbox import OUTBOX
from svcctl.desk.records import save_record
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.instant import parse_instant, stored

DUE = parse_instant("2026-11-23T02:00:00Z")
#: Tickets that are due at once; CI takes ten thousand.
MANY = int(os.environ.get("SVCCTL_TEST_DUE", "300"))
WORKERS = 4


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
