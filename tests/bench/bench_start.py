"""What a command takes with its rules in the cache, and without, beside a bare Python that imports click."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory

ROUNDS = 15
ROOT = Path(__file__).parents[2]
NOUNS = ("team", "engineer", "customer", "site", "product", "asset")
NEW = (
    *("ticket", "new", "--type", "hardware_fault", "--asset", "FT200-0312", "--channel", "phone"),
    *("--title", "2 号门黑屏", "--description", "人脸终端黑屏，重启无效", "--field", "symptom=黑屏"),
)
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "ticket list": ("ticket", "list"),
    "ticket show": ("ticket", "show", "T-000001"),
    "rules explain": ("rules", "explain", "T-000001"),
    "sweep, nothing due": ("sweep",),
    "ticket comment": ("ticket", "comment", "T-000001", "seen"),
    "ticket new": NEW,
}


def milliseconds(*words: str) -> float:
    """Of processor time, which what else goes on changes less than what a clock shows."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    before = getrusage(RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], env=environment, check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000


def desk(folder: Path) -> Sequence[str]:
    """The words that begin a command in a workspace of the sample, with a ticket in it."""
    begin = ("-m", "svcctl", "--home", str(folder), "--now", "2026-11-23T09:12:00+08:00", "--actor", "li")
    milliseconds(*begin, "init", str(folder), "--sample", "access-control")
    for noun in NOUNS:
        milliseconds(*begin, noun, "import", str(folder / "people" / f"{noun}s.csv"))
    milliseconds(*begin, *NEW)
    milliseconds(*begin, "outbox", "deliver")
    return begin


def main() -> None:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "desk"
        begin = desk(folder)
        taken: dict[str, list[float]] = {}
        for _ in range(ROUNDS):
            taken.setdefault("click", []).append(milliseconds("-c", "import click"))
            for name, words in COMMANDS.items():
                taken.setdefault(name, []).append(milliseconds(*begin, *words))
            milliseconds(*begin, "sweep")  # delivers what the new ticket tells, so that the next sweep is idle
            shutil.rmtree(folder / ".svcctl/cache")
            taken.setdefault("ticket show, no cache", []).append(milliseconds(*begin, *COMMANDS["ticket show"]))
    least = {name: min(each) for name, each in taken.items()}
    print(f"bare Python that imports click: {least['click']:.0f} ms of the processor")
    for name, each in least.items():
        if name != "click":
            print(f"  {name:<22} {each - least['click']:>+6.0f} ms, {each / least['click']:>5.1f} times")


if __name__ == "__main__":
    main()
