"""Stories that a store goes through while each change to the disk is recorded, and who judges what a crash leaves."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Document, Store
from svcctl.store.json_store import JsonStore
from svcctl.store.keeping import archive, archive_pages
from svcctl.store.layout import open_layout
from svcctl.store.line import START
from svcctl.testing.store_cases import TABLES, change, make, write
from svcctl.ticket.event import Event, fold
from tests.store.simulator import Killed, Recorder, State, put

#: Every state is verified; one of so many deeply, before the next commit and after it.
DEEP_EACH = 6
#: Documents that steps change; the others are looked at by verifying deeply.
LOOKED_AT = {("tickets", f"T-{number:06d}") for number in (1, 2, 7)} | {("outbox", "M-000001")}
MEMORY = Path("/dev/shm")
Documents = Mapping[tuple[str, str], Document]
Step = Callable[[Any], Any]
STEPS: tuple[Step, ...] = (
    lambda t: [make(t, weight=number) for number in range(3)],
    lambda t: change(t, "tickets", "T-000001", weight=10),
    lambda t: [change(t, "customers", "li", tier="gold"), change(t, "tickets", "T-000002", note="黑屏")],
    lambda t: [make(t, weight=number) for number in range(4)],
    lambda t: [change(t, "tickets", id, weight=-1) for id in ("T-000001", "T-000007")],
    lambda t: [make(t, "outbox", status="pending"), change(t, "tickets", "T-000007", weight=-2)],
)
#: The folders made, for the tests to take away.
made: list[Path] = []


def folder() -> Path:
    """A fresh folder, in memory where the machine has it."""
    made.append(Path(mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)))
    return made[-1]


class Story:
    """Commits made while everything is recorded; `known` has the documents of every head that there was."""

    def __init__(self, base: Path | None = None) -> None:
        self.folder = folder()
        self.root = self.folder / "store"
        if base is not None:
            shutil.copytree(base, self.root)
        self.recorder = Recorder(self.folder)
        self.recorder.acknowledged = -1 if base is None else self.store().head().sequence
        self.kept = b""

    def store(self) -> JsonStore:
        return JsonStore.open(self.root, TABLES)

    def create(self) -> None:
        with self.recorder.recording():
            JsonStore.create(self.root, TABLES)
            self.recorder.acknowledged = 0

    def commit(self, step: Step, kill_at: int | None = None) -> bool:
        """Run a step in a process of its own; whether it came to its end."""
        store = self.store()
        with self.recorder.recording(kill_at):
            try:
                write(store, step)
                self.recorder.acknowledged = self.store().head().sequence
            except Killed:
                return False
            finally:
                store.close()
        return True

    def archive(self) -> None:
        layout = open_layout(self.root)
        with self.recorder.recording():
            list(archive(layout))
            list(archive_pages(layout, "tickets", lambda _: True, 1.0))

    def known(self) -> dict[str, tuple[int, Documents]]:
        documents: dict[tuple[str, str], Document] = {}
        found: dict[str, tuple[int, Documents]] = {START.hash: (0, {})}
        for line in self.store().commits():
            for event in map(Event.from_json, line["events"]):
                place = event.table, event.id
                documents[place] = fold(documents.get(place), event)
            found[line["hash"]] = line["sequence"], dict(documents)
        return found


class Examiner:
    """Judges states one after the other, each in a fresh folder."""

    def __init__(self, story: Story) -> None:
        self.known = story.known()
        self.kept = story.kept
        self._judgements = 0
        self._looked_at = {place for _, all in self.known.values() for place in all} & LOOKED_AT
        self.folder = folder()

    def judge(self, state: State) -> str | None:
        """What is wrong with a state, None where nothing is."""
        shutil.rmtree(self.folder)
        put(self.folder, state)
        root = self.folder / "store"
        try:
            return self._judged(root, state)
        except (Refusal, OSError, ValueError) as error:
            return f"{type(error).__name__}: {error}"

    def _judged(self, root: Path, state: State) -> str | None:
        if not (root / "store.json").exists():
            return "the store is gone" if state.acknowledged >= 0 else None
        store = JsonStore.open(root, TABLES)
        wrong = self._differs(store, state) or self._lost_what_was_torn(root)
        if wrong:
            return wrong
        if ("tickets", "T-000001") in self.known[store.head().hash][1]:
            write(store, lambda t: change(t, "tickets", "T-000001", weight=99))
        else:
            write(store, lambda t: make(t, weight=99))
        store = JsonStore.open(root, TABLES)
        damage = next(store.verify(deep=self._judgements % DEEP_EACH == 1), None)
        if damage is not None:
            return f"after the next commit: {damage.place}: {damage.message}"
        found = store.get("tickets", "T-000001")
        return None if found and found["weight"] == 99 else "the next commit is not there"

    def _differs(self, store: Store, state: State) -> str | None:
        head = store.head()
        if head.hash not in self.known:
            return f"commit {head.sequence} is none that there was"
        if head.sequence < state.acknowledged:
            return f"commit {state.acknowledged} was acknowledged, and {head.sequence} is the last"
        documents = self.known[head.hash][1]
        for place in self._looked_at:
            if store.get(*place) != documents.get(place):
                return f"{place} is {store.get(*place)}"
        self._judgements += 1
        damage = next(store.verify(deep=self._judgements % DEEP_EACH == 0), None)
        return f"{damage.place}: {damage.message}" if damage else None

    def _lost_what_was_torn(self, root: Path) -> str | None:
        """What was cut off is at the end of the journal as long as it is not kept beside it."""
        if not self.kept or any(path.read_bytes() == self.kept for path in root.glob("journal/*.torn")):
            return None
        last = max(root.glob("journal/*.jsonl"))
        return None if last.read_bytes().endswith(self.kept) else "what was torn off is not kept"


def whole_story() -> Story:
    """A store from its making on; each commit is let through."""
    story = Story()
    story.create()
    for step in STEPS:
        assert story.commit(step)
    return story


def stories() -> Iterator[Story]:
    """The whole story; then each change of a commit as the last one of its process, and another process after it;
    then torn ends of the journal that a process finds; then what is archived, and changed again."""
    first = whole_story()
    yield first
    for step, after in ((STEPS[4], STEPS[5]), (STEPS[5], STEPS[4])):
        for kill_at in range(40):
            story = Story(first.root)
            done = story.commit(step, kill_at)
            assert story.commit(after)
            yield story
            if done:
                break
    for torn in (b'{"actor":"li"', b'{"actor":"' + bytes(1200) + b'"}\n', bytes(3000) + b'"}\n'):
        story = Story(first.root)
        last = max(story.root.glob("journal/*.jsonl"))
        last.write_bytes(last.read_bytes() + torn)
        story.recorder = Recorder(story.folder)
        story.recorder.acknowledged = story.store().head().sequence
        story.kept = torn
        assert story.commit(STEPS[1])
        yield story
    story = Story(first.root)
    story.archive()
    assert story.commit(STEPS[4])
    story.archive()
    yield story
