"""Ten thousand open tickets: a sweep reads those that are due; and when all are due, each fires once, whoever helps."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from svcctl.cli.boundary import run
from svcctl.desk.due import COMMIT
from svcctl.desk.intake import open_ticket
from svcctl.desk.sweep import sweep
from svcctl.desk.tables import TABLES, TICKETS
from svcctl.foundation.instant import stored
from svcctl.store.contract import Transaction, Where
from svcctl.store.json_store import JsonStore
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Document
from tests.desk.floor import Floor

T = TypeVar("T")
MANY = 10_000
#: Two processes sweep a store on disk that holds so many.
ON_DISK = 400
RULES = """
escalation late  { after 1h { tag "late" } }
escalation early { for priority == urgent  after 10m { tag "early" } }
"""


class Counted:
    """A reader, or a transaction, that notes which tickets are read."""

    def __init__(self, inner: Any, read: list[str]) -> None:
        self._inner = inner
        self._read = read

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def get(self, table: str, id: str) -> Document | None:
        if table == TICKETS:
            self._read.append(id)
        found: Document | None = self._inner.get(table, id)
        return found

    def find(self, table: str, *where: Where, **how: Any) -> Iterator[Document]:
        for document in self._inner.find(table, *where, **how):
            if table == TICKETS:
                self._read.append(document["id"])
            yield document


class CountingStore(MemoryStore):
    """`read` are the tickets that were asked for, by readers and in transactions."""

    def __init__(self) -> None:
        super().__init__(TABLES)
        self.read: list[str] = []

    def write(self, work: Callable[[Transaction], T], **how: Any) -> T:
        def counted(transaction: Transaction) -> T:
            watched: Any = Counted(transaction, self.read)
            return work(watched)

        return super().write(counted, **how)

    def get(self, table: str, id: str) -> Document | None:
        return Counted(super(), self.read).get(table, id)

    def find(self, table: str, *where: Where, **how: Any) -> Iterator[Document]:
        return Counted(super(), self.read).find(table, *where, **how)


@pytest.fixture(scope="module")
def floor() -> Floor:
    """Ten thousand open tickets, of which three are urgent."""
    floor = Floor(RULES, CountingStore())

    def work(desk: Any) -> None:
        for number in range(MANY):
            open_ticket(desk, {"title": "t", "priority": "urgent" if number % 4_000 == 7 else "low"})

    floor.do(work)
    return floor


def test_a_sweep_reads_the_three_that_are_due(floor: Floor) -> None:
    store: Any = floor.workspace.store
    floor.later(minutes=10)
    store.read.clear()
    fired = list(sweep(floor.workspace, floor.turn("cron")))
    due = {"T-000008", "T-004008", "T-008008"}
    assert {item["ticket"] for item in fired} == due
    assert set(store.read) == due
    store.read.clear()
    assert list(sweep(floor.workspace, floor.turn("cron"))) == []
    assert store.read == []


def test_ten_thousand_fire_once_each_though_another_sweep_comes_between(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svcctl.desk.due.COMMIT", 1_000)
    floor.later(minutes=50)
    ours = sweep(floor.workspace, floor.turn("cron"))
    first = [next(ours) for _ in range(1_500)]
    between = list(sweep(floor.workspace, floor.turn("other")))
    fired = [item["ticket"] for item in (*first, *between, *ours) if item["rule"] == "late"]
    assert sorted(fired) == [f"T-{number:06}" for number in range(1, MANY + 1)]
    assert between
    tickets = floor.workspace.store.find(TICKETS)
    assert all(ticket["tags"].count("late") == 1 for ticket in tickets)


@pytest.mark.parametrize("first", [1, COMMIT + 1])
def test_two_processes_that_sweep_at_once_share_the_work(tmp_path: Path, first: int) -> None:
    home = tmp_path / "home"
    assert run(["init", str(home), "--zone", "Asia/Shanghai"]) == 0
    for standard in (home / "rules").rglob("*.rules"):
        standard.unlink()
    (home / "rules/a.rules").write_text(RULES, encoding="utf-8")
    settings = (home / "svcctl.toml").read_text(encoding="utf-8")
    (home / "svcctl.toml").write_text(settings.replace('calendar = "service-hours"', ""), encoding="utf-8")
    store = JsonStore.open(home / ".svcctl", TABLES)
    floor = Floor(RULES, store)
    floor.do(lambda desk: [open_ticket(desk, {"title": "t", "priority": "low"}).id for _ in range(ON_DISK)])
    floor.later(hours=1)
    ours = sweep(floor.workspace, floor.turn("cron"))
    fired = [next(ours)["ticket"] for _ in range(first)]
    command = [sys.executable, "-m", "svcctl", "--home", str(home), "--now", stored(floor.now), "sweep", "-o", "json"]
    due = Where("wake_at", "<=", stored(floor.now))
    before = store.count(TICKETS, due)
    other = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while store.count(TICKETS, due) == before and other.poll() is None:
        time.sleep(0.005)
    fired += [item["ticket"] for item in ours]
    out, err = other.communicate(timeout=120)
    assert other.returncode == 0, err
    theirs = [item["ticket"] for item in json.loads(out) if item["did"] == "escalated"]
    tickets = list(store.find(TICKETS))
    assert sorted([*fired, *theirs]) == [ticket["id"] for ticket in tickets]
    assert len(tickets) == ON_DISK
    assert fired
    assert theirs
    assert all(len(ticket["firings"]) == 1 and ticket["tags"] == ["late"] for ticket in tickets)
    assert list(sweep(floor.workspace, floor.turn("cron"))) == []
