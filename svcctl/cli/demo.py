"""`svcctl demo`: a sample workspace, played through its story with the commands that a user types."""

import io
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from svcctl.cli.call import Call, colored
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, shown
from svcctl.foundation.record import Record
from svcctl.report.output import Answer, columns

if TYPE_CHECKING:
    from svcctl.desk.story import Line
    from svcctl.desk.workspace import Workspace

SWEEP_EVERY = timedelta(minutes=30)
GENERATED = "service-requests"


class Played(Record):
    """A command that ran: its exit code, and all that it wrote."""

    time: str
    actor: str
    command: str
    exit: int
    output: str


@verb("demo")
@click.option("--sample", default="access-control", metavar="NAME", help="The sample to play.")
@click.option("--dir", "folder", metavar="DIR", help="Where the workspace is made; a temporary folder if not given.")
@click.option("--rows", default=5000, type=click.IntRange(0), metavar="N", help="Service requests to import after it.")
def demo(call: Call, sample: str, folder: str | None, rows: int) -> Answer:
    """Six weeks in the life of a service desk, and then the import of a large file of requests."""
    home = Path(folder or tempfile.mkdtemp(prefix="svcctl-demo-")).resolve()
    stage = _Stage(home, tell=call.output == "table", colour=colored(call.color, sys.stdout))
    stage.run("", ("init", str(home), "--sample", sample))
    with _inside(home):
        stage.play()
        if rows:
            stage.take_in(rows)
    done = len(stage.played)
    note = f"{done} commands played; look around: cd {home}"
    items = [
        dict(zip(Played._fields, (getattr(step, name) for name in Played._fields), strict=True))
        for step in stage.played
    ]
    page = (lambda looks: "") if call.output == "table" else None
    return Answer(items, columns("time", "actor", "exit", "command"), page=page, notes=(note,))


class _Stage:
    """Plays commands one after the other, tells of them, and stops at the first that does not go as told."""

    def __init__(self, home: Path, *, tell: bool, colour: bool) -> None:
        self.home = home
        self.tell = tell
        self.colour = colour
        self.played: list[Played] = []

    def play(self) -> None:
        from svcctl.desk.story import read_story

        before: datetime | None = None
        words: list[tuple[str, str]] = []
        for line in read_story(self.home / "story.txt"):
            if line.kind == "heading":
                words.append((f"\n{line.text}\n{'=' * len(line.text)}", "1"))
            elif line.kind == "narration":
                words.append((f"\n{line.text}", "3"))
            else:
                now = parse_instant(line.time, self.workspace.zone)
                if before is not None:
                    self.sweep(before, now)
                before = now
                while words:
                    self.say(*words.pop(0))
                self.step(line)

    def step(self, line: "Line") -> None:
        self.say(f"\n{line.time.replace('T', ' ')} {line.actor} $ {line.text}", "36")
        piped = ""
        for number, words in enumerate(line.commands, 1):
            last = number == len(line.commands)
            done = self.invoke((*words, "--now", line.time, "--actor", line.actor), piped)
            piped = done.output
            if last or done.exit:
                self.note(done, "refused" if line.refused else "done", tell=True)
                if (done.exit != 0) != line.refused:
                    raise Refusal("demo-failed", f"`{line.text}` exited {done.exit}", help=done.output.strip())

    def sweep(self, since: datetime, until: datetime) -> None:
        """What cron did between two moments. Ticks at which nothing is due would do nothing, and are left out."""
        tick = _next_tick(since)
        while (due := self.next_due()) is not None and due < until:
            tick = max(tick, _next_tick(due - timedelta(seconds=1)))
            if tick >= until:
                return
            time = shown(tick, self.workspace.zone)
            done = self.invoke(("sweep", "--now", time, "--actor", "cron"))
            fired = "escalated" in done.output or "cared" in done.output
            if fired:
                self.say(f"\n{time[:16].replace('T', ' ')} cron $ svcctl sweep", "35")
            self.note(done, "done", tell=fired)
            tick += SWEEP_EVERY

    def next_due(self) -> datetime | None:
        from svcctl.store.contract import Where

        instants = []
        waiting = (
            ("tickets", "wake_at"),
            ("tickets", "care_wake_at"),
            ("assets", "care_wake_at"),
            ("outbox", "next_at"),
        )
        for table, field in waiting:
            first = next(self.workspace.store.find(table, Where(field, "!=", None), order=field, limit=1), None)
            if first is not None:
                instants.append(parse_instant(first[field]))
        return min(instants, default=None)

    @property
    def workspace(self) -> "Workspace":
        from svcctl.desk.workspace import Workspace

        if "_workspace" not in self.__dict__:
            self._workspace = Workspace.find(self.home, os.environ, self.home)
        return self._workspace

    def take_in(self, rows: int) -> None:
        """Import a generated file of service requests, and look at the figures."""
        from runpy import run_path

        from svcctl.foundation.shipped import shipped

        source = shipped("samples") / GENERATED
        self.say("\nFrom the old system\n===================", "1")
        self.say(f"\n{rows} service requests, as the old system exported them; a few rows are broken.", "3")
        with (self.home / "requests.csv").open("w", encoding="utf-8", newline="") as file:
            run_path(str(source / "generate.py"))["write"](file, rows, 20261012)
        (self.home / "mapping.toml").write_bytes((source / "mapping.toml").read_bytes())
        now = "2026-10-26T09:00"
        self.run(now, ("import", "requests.csv", "--mapping", "mapping.toml", "--only", "refused"), allowed=(0, 4))
        self.run(now, ("report", "--until", "2026-10-26"))

    def run(self, time: str, words: tuple[str, ...], allowed: Sequence[int] = (0,)) -> None:
        self.say(f"\n$ svcctl {' '.join(words)}", "36")
        done = self.invoke((*words, "--now", time) if time else words)
        self.note(done, "done", tell=True)
        if done.exit not in allowed:
            raise Refusal("demo-failed", f"`{' '.join(words)}` exited {done.exit}", help=done.output.strip())

    def invoke(self, words: tuple[str, ...], piped: str = "") -> Played:
        from svcctl.cli.boundary import run

        written = io.StringIO()
        stdin = sys.stdin
        sys.stdin = io.StringIO(piped)
        try:
            with redirect_stdout(written), redirect_stderr(written):
                code = run(("--home", str(self.home), *words))
        finally:
            sys.stdin = stdin
        options = {words[index]: words[index + 1] for index in range(len(words) - 1)}
        time, actor = options.get("--now", ""), options.get("--actor", "")
        return Played(time, actor, f"svcctl {' '.join(words)}", int(code), written.getvalue())

    def note(self, done: Played, outcome: str, *, tell: bool) -> None:
        self.played.append(done)
        if tell:
            self.say(done.output.rstrip("\n"), "31" if outcome == "refused" else "")

    def say(self, text: str, code: str) -> None:
        if self.tell and text:
            sys.stdout.write(f"\x1b[{code}m{text}\x1b[0m\n" if self.colour and code else f"{text}\n")
            sys.stdout.flush()


def _next_tick(moment: datetime) -> datetime:
    """The first instant of cron's after a moment."""
    step = int(SWEEP_EVERY.total_seconds())
    seconds = int(moment.timestamp())
    return moment + timedelta(seconds=step - seconds % step)


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in a folder for a while, as a user who has changed into it."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
