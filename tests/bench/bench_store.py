"""What a command costs as the store grows, beside stock TinyDB and SQLite with JSON rows.

    python tests/bench/bench_store.py [--sizes N ...] [--runs N] [--folder DIR]

Whole processes, as a shell starts them: the least time of some runs in milliseconds, the most memory of any in MB, the
bytes that one change writes, and each command at the largest size against the smallest. Every run takes all sizes in
turn, so that a machine that is busy for a while is so for each of them. History grows and the day's work does not: a
thousand tickets are open, the others closed. A million tickets take some ten minutes to make; with `--folder` they are
kept and used again.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from svcctl.foundation.instant import parse_instant
from svcctl.store.building import build
from svcctl.store.contract import Head
from svcctl.store.encoding import canonical
from svcctl.store.line import START, seal

ROOT = Path(__file__).parents[2]
AT = parse_instant("2026-11-23T01:00:00Z")
NOW = "2026-11-23T09:00:00+08:00"
#: Tickets of one generated commit.
TOGETHER = 100
#: The first so many tickets are open, the others closed.
OPEN = 1000
#: Beyond that, every command on a stock TinyDB file takes minutes and gigabytes.
TINYDB_MOST = 100_000
#: Store, command and size.
Key = tuple[str, str, int]
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "show": ("ticket", "show", "T-000500"),
    "new": ("ticket", "new", "--title", "black screen"),
    "comment": ("ticket", "comment", "T-000500", "seen"),
    "list --mine": ("ticket", "list", "--mine", "--limit", "20"),
    "idle sweep": ("sweep",),
}
#: The same work on a stock TinyDB file, and on SQLite with one JSON row a ticket and an index on its assignee.
_TINYDB = """
import sys
from tinydb import TinyDB, where
table = TinyDB(sys.argv[1]).table("tickets")
match sys.argv[2]:
    case "show": print(table.get(doc_id=500))
    case "new": table.insert({"title": "black screen"})
    case "comment": table.update({"comments": ["seen"]}, doc_ids=[500])
    case "list --mine": print(len(table.search(where("assignee") == "li")))
    case "idle sweep": print(len(table.search(where("wake_at") < "2026")))
"""
_SQLITE = """
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1])
match sys.argv[2]:
    case "show": print(db.execute("SELECT document FROM tickets WHERE id = 500").fetchone()[0])
    case "new": db.execute("INSERT INTO tickets (document) VALUES (?)", (json.dumps({"title": "black screen"}),))
    case "comment":
        document = json.loads(db.execute("SELECT document FROM tickets WHERE id = 500").fetchone()[0])
        document["comments"] = ["seen"]
        db.execute("UPDATE tickets SET document = ? WHERE id = 500", (json.dumps(document),))
    case "list --mine":
        print(len(db.execute("SELECT document FROM tickets WHERE assignee = 'li' LIMIT 20").fetchall()))
    case "idle sweep": print(len(db.execute("SELECT 1 FROM tickets WHERE wake_at < '2026'").fetchall()))
db.commit()
"""


class Cost(NamedTuple):
    """What one process takes: milliseconds from start to end, those of the processor, and MB."""

    wall: float
    cpu: float
    memory: float


def run(*words: str) -> Cost:
    """The cost of one process, whose success is expected."""
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    taken = (time.perf_counter() - started) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: {said.decode()}")
    return Cost(taken, (usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)


def svcctl(home: Path, *words: str) -> tuple[str, ...]:
    return sys.executable, "-m", "svcctl", "--home", str(home), "--now", NOW, "--actor", "li", *words


def sample_event(folder: Path) -> Mapping[str, Any]:
    """The event that makes a ticket, as the desk records it."""
    run(*svcctl(folder, "init", str(folder), "--zone", "Asia/Shanghai"))
    words = ("ticket", "new", "--title", "black screen", "--description", "the door panel is black after rain " * 20)
    run(*svcctl(folder, *words))
    line = json.loads((folder / ".svcctl/journal/000001.jsonl").read_text().splitlines()[-1])
    event: Mapping[str, Any] = next(event for event in line["events"] if event["table"] == "tickets")
    return event


def commits(count: int, sample: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Commits that make so many tickets."""
    head = START
    for first in range(1, count + 1, TOGETHER):
        numbers = range(first, min(first + TOGETHER, count + 1))
        events = [canonical(ticket(sample, number), "") for number in numbers]
        raw, head = seal(head, at=AT, actor="bench", events=events, highest={"tickets": numbers[-1]}, key=None)
        yield json.loads(raw)


def ticket(sample: Mapping[str, Any], number: int) -> dict[str, Any]:
    """The event of one ticket; every fiftieth of the open ones is the actor's."""
    is_open = number <= OPEN
    kept = {path: change for path, change in sample["set"].items() if path not in ("wake_at", "watches", "policies")}
    assignee = "li" if is_open and number % 50 == 0 else f"engineer-{number % 97}"
    set = {
        **kept,
        "assignee": [None, assignee],
        "open": [None, is_open],
        "state": [None, "new" if is_open else "closed"],
    }
    return {**sample, "id": f"T-{number:06d}", "number": number, "set": set}


def documents(count: int, sample: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        yield {path: after for path, (_, after) in ticket(sample, number)["set"].items()}


def make_store(home: Path, count: int, sample: Mapping[str, Any]) -> Head:
    run(*svcctl(home, "init", str(home), "--zone", "Asia/Shanghai"))
    (home / ".svcctl").rename(home / "empty")
    return build(home / ".svcctl", commits(count, sample))


def make_tinydb(path: Path, count: int, sample: Mapping[str, Any]) -> None:
    rows = {str(number): document for number, document in enumerate(documents(count, sample), 1)}
    path.write_text(json.dumps({"tickets": rows}))


def make_sqlite(path: Path, count: int, sample: Mapping[str, Any]) -> None:
    with sqlite3.connect(path) as db:
        columns = ", ".join(f"{name} AS (document ->> '$.{name}')" for name in ("assignee", "wake_at"))
        db.execute(f"CREATE TABLE tickets (id INTEGER PRIMARY KEY, document, {columns})")
        db.executemany(
            "INSERT INTO tickets (document) VALUES (?)", ((json.dumps(one),) for one in documents(count, sample))
        )
        for name in ("assignee", "wake_at"):
            db.execute(f"CREATE INDEX {name} ON tickets ({name})")


def written(home: Path) -> int:
    """Bytes that one comment writes: its line, and the page that has the ticket."""
    journal = max((home / ".svcctl/journal").glob("*.jsonl"))
    before = journal.stat().st_size
    run(*svcctl(home, *COMMANDS["comment"]))
    return journal.stat().st_size - before + (home / ".svcctl/data/tickets/0000/0000015.json").stat().st_size


def apart(work: Callable[[], Any]) -> None:
    """In a process of its own: the memory of this one would count as that of those which it starts."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the data could not be made")


def make_once(path: Path, work: Callable[[Path], Any]) -> None:
    """Unless it was made by an earlier run; half of one does not count."""
    if not path.exists():
        half = path.with_name(f"{path.name}.half")
        apart(lambda: work(half))
        half.rename(path)


def measured(kinds: Mapping[Key, Sequence[str]], runs: int) -> dict[Key, Cost]:
    """The least times and the most memory of each; every run takes all of them in turn. A sweep is idle only after one
    that has delivered what the ticket made before it tells."""
    found: dict[Key, Cost] = {}
    for _ in range(runs):
        for key, words in kinds.items():
            if key[:2] == ("svcctl", "idle sweep"):
                run(*words)
            cost = run(*words)
            before = found.get(key, cost)
            least = min(cost.wall, before.wall), min(cost.cpu, before.cpu)
            found[key] = Cost(*least, max(cost.memory, before.memory))
    return found


def stores(folder: Path, size: int, sample: Mapping[str, Any]) -> dict[Key, Sequence[str]]:
    """Make the stores of one size; the commands to be measured on them."""
    home = folder / f"svcctl-{size}"
    started = time.perf_counter()
    make_once(home, lambda path: make_store(path, size, sample))
    made = time.perf_counter() - started
    run(*svcctl(home, *COMMANDS["list --mine"]))  # builds the index, once
    indexed = time.perf_counter() - started - made
    run(*svcctl(home, *COMMANDS["idle sweep"]))  # takes notice of the rules, once
    print(
        f"{size:>9,}  made in {made:.0f} s, index in {indexed:.1f} s, one comment writes {written(home):,} bytes",
        flush=True,
    )
    kinds: dict[Key, Sequence[str]] = {("svcctl", name, size): svcctl(home, *words) for name, words in COMMANDS.items()}
    others = {"sqlite": (make_sqlite, _SQLITE), "tinydb": (make_tinydb, _TINYDB)}
    for other, (make, program) in others.items():
        if other == "tinydb" and size > TINYDB_MOST:
            continue
        path = folder / f"{other}-{size}"
        make_once(path, lambda path, make=make: make(path, size, sample))  # type: ignore[misc]
        kinds |= {(other, name, size): (sys.executable, "-c", program, str(path), name) for name in COMMANDS}
    return kinds


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keep the stores here, or use those that are here")
    options = parser.parse_args()
    sizes: Sequence[int] = options.sizes
    bare: Key = ("python", "start", 0)
    kinds: dict[Key, Sequence[str]] = {bare: (sys.executable, "-c", "pass")}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        sample = sample_event(Path(temporary) / "sample")
        for size in sizes:
            kinds |= stores(folder, size, sample)
        found = measured(kinds, options.runs)
    print(f"\nbare Python: {found[bare].wall:.0f} ms, {found[bare].memory:.0f} MB")
    print("columns: ms, MB above bare Python; then the last size over the first, in ms and in ms of the processor\n")
    print(f"{'':21}" + "".join(f"{size:>14,}" for size in sizes) + f"{'time':>8}{'cpu':>6}")
    for store in ("svcctl", "sqlite", "tinydb"):
        for command in COMMANDS:
            shown = [found.get((store, command, size)) for size in sizes]
            text = "".join(
                f"{one.wall:>9.0f} {one.memory - found[bare].memory:>4.0f}" if one else f"{'-':>14}" for one in shown
            )
            costs = [one for one in shown if one]
            wall, cpu = costs[-1].wall / costs[0].wall, costs[-1].cpu / costs[0].cpu
            print(f"{store:8} {command:12}{text}{wall:>8.2f}{cpu:>6.2f}")


if __name__ == "__main__":
    main()
