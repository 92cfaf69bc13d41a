"""What a command costs as the store grows, beside stock TinyDB and SQLite with JSON rows.

    python tests/bench/bench_store.py [--sizes N ...] [--runs N]

A million tickets (`--sizes 1000 1000000`) take some minutes to make.

Whole processes, as a shell starts them: the median of some runs in milliseconds, the most memory of any in MB, and the
bytes that one change writes. A last table has each command at the largest size against the smallest.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

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


def run(*words: str) -> tuple[float, float]:
    """Milliseconds and MB of one process, whose success is expected."""
    started = time.perf_counter()
    process = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    taken = (time.perf_counter() - started) * 1000
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}: {said.decode()}")
    return taken, usage.ru_maxrss / 1024


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
    """Commits that make so many tickets, every hundredth of them the actor's."""
    head = START
    for first in range(1, count + 1, TOGETHER):
        numbers = range(first, min(first + TOGETHER, count + 1))
        events = [canonical(ticket(sample, number), "") for number in numbers]
        raw, head = seal(head, at=AT, actor="bench", events=events, highest={"tickets": numbers[-1]}, key=None)
        yield json.loads(raw)


def ticket(sample: Mapping[str, Any], number: int) -> dict[str, Any]:
    assignee = "li" if number % 1000 == 0 else f"engineer-{number % 97}"
    kept = {path: change for path, change in sample["set"].items() if path not in ("wake_at", "watches", "policies")}
    id = f"T-{number:06d}"
    return {**sample, "id": id, "number": number, "set": {**kept, "assignee": [None, assignee]}}


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


def measured(kinds: Mapping[str, Sequence[str]], runs: int) -> dict[str, tuple[float, float]]:
    found = {}
    for name, words in kinds.items():
        taken = [run(*words) for _ in range(runs)]
        found[name] = statistics.median(time for time, _ in taken), max(memory for _, memory in taken)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    sizes = options.sizes
    rows: dict[tuple[str, str], dict[int, float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        sample = sample_event(folder / "sample")
        bare = measured({"bare": (sys.executable, "-c", "pass")}, options.runs)["bare"]
        print(f"bare Python: {bare[0]:.0f} ms, {bare[1]:.0f} MB\n")
        print(f"{'tickets':>9}  {'store':8} {'command':12} {'ms':>8} {'MB':>6}")
        for size in sizes:
            for name, result in stores(folder, size, sample, options.runs):
                for command, (taken, memory) in result.items():
                    rows.setdefault((name, command), {})[size] = taken
                    print(f"{size:>9,}  {name:8} {command:12} {taken:8.0f} {memory:6.0f}", flush=True)
    print(f"\n{sizes[-1]:,} tickets against {sizes[0]:,}")
    for (name, command), times in rows.items():
        if sizes[-1] in times:
            print(f"  {name:8} {command:12} {times[sizes[-1]] / times[sizes[0]]:6.2f} times")


def stores(
    folder: Path, size: int, sample: Mapping[str, Any], runs: int
) -> Iterator[tuple[str, dict[str, tuple[float, float]]]]:
    home = folder / f"svcctl-{size}"
    started = time.perf_counter()
    apart(lambda: make_store(home, size, sample))
    made = time.perf_counter() - started
    run(*svcctl(home, *COMMANDS["list --mine"]))  # builds the index, once
    print(f"{size:>9,}  made in {made:.0f} s, index in {time.perf_counter() - started - made:.1f} s", end="")
    print(f", one comment writes {written(home):,} bytes")
    yield "svcctl", measured({name: svcctl(home, *words) for name, words in COMMANDS.items()}, runs)
    others = {"sqlite": (make_sqlite, _SQLITE), "tinydb": (make_tinydb, _TINYDB)}
    for name, (make, program) in others.items():
        if name == "tinydb" and size > 100_000:
            continue  # gigabytes of memory for each command
        path = folder / f"{name}-{size}"
        apart(lambda make=make, path=path: make(path, size, sample))  # type: ignore[misc]
        yield name, measured({each: (sys.executable, "-c", program, str(path), each) for each in COMMANDS}, runs)


if __name__ == "__main__":
    main()
