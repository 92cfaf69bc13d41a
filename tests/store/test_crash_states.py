"""Whatever a crash leaves, the store opens, verifies, and holds what it acknowledged; each fsync is needed."""

import os
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Document, Store
from svcctl.store.journal import Journal
from svcctl.store.json_store import JsonStore
from svcctl.store.keeping import archive, archive_pages
from svcctl.store.layout import open_layout
from svcctl.store.line import START
from svcctl.store.pages import Pages
from svcctl.testing.store_cases import TABLES, change, make, write
from svcctl.ticket.event import Event, fold
from tests.store.simulator import Killed, Recorder, State, put, states

#: Small, so that the story crosses from one segment to the next.
SEGMENT = 1500
#: States after each change of a story, besides the regular ones.
EACH = 60
SHARDS = 4
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


def folder() -> Path:
    """A fresh folder in memory, where the machine has one; `_cleaned` takes it away."""
    made.append(Path(mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)))
    return made[-1]


made: list[Path] = []


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


@pytest.fixture(autouse=True)
def _cleaned() -> Iterator[None]:
    yield
    while made:
        shutil.rmtree(made.pop())


@pytest.fixture(autouse=True)
def _small_pages_and_segments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", SEGMENT)
    monkeypatch.setattr("svcctl.store.layout.PAGE_SIZE", 4)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No state is ever cut off again, so that nothing need wait for the disk."""
    monkeypatch.setattr(os, "fsync", lambda fd: None)


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_every_crash_state_opens_verifies_and_holds_what_was_acknowledged(shard: int, quick: None) -> None:
    judged = 0
    for number, story in enumerate(stories()):
        examiner = Examiner(story)
        for state in islice(states(story.recorder, random.Random(number), EACH), shard, None, SHARDS):
            judged += 1
            wrong = examiner.judge(state)
            assert wrong is None, f"story {number}, before change {state.crash}: {wrong}"
    assert judged >= 20_000 / SHARDS


def found_by(judged: Iterator[Story], without: str = "", each: int = 12) -> str | None:
    """The first thing that is wrong in a state of these stories."""
    for number, story in enumerate(judged):
        if without and not any(op.label == without for op in story.recorder.ops):
            continue
        examiner = Examiner(story)
        for state in states(story.recorder, random.Random(number), each, without):
            wrong = examiner.judge(state)
            if wrong is not None:
                return wrong
    return None


SYNCS = (
    "JsonStore.create > create_layout > sync_folder",
    "JsonStore.create > create_layout > write_file",
    "Writing.run > Writing._commit > Pages.prepare > sync_folder",
    "Writing.run > Writing._commit > Pages.prepare > write_file",
    "Writing.run > Writing._commit > Journal.append > sync_folder",
    "JsonStore.write > Writing.run > Writing._commit > Journal.append",
    "Writing.run > Writing._commit > Pages.publish > sync_folder",
    "Writing.run > recover > Journal.cut > write_file",
    "Writing.run > recover > Journal.cut > sync_folder",
    "JsonStore.write > Writing.run > recover > Journal.cut",
    "JsonStore.write > Writing.run > recover > _complete",
    "recover > _complete > Pages.prepare > write_file",
    "recover > _complete > Pages.publish > sync_folder",
    "archive > write_file",
    "archive > sync_folder",
    "archive_pages > Pages.pack > write_file",
    "archive_pages > Pages.pack > sync_folder",
)


def test_the_syncs_are_known() -> None:
    assert {op.label for story in stories() for op in story.recorder.ops if op.kind == "sync"} == set(SYNCS)


@pytest.mark.parametrize("label", SYNCS)
def test_every_sync_is_needed(label: str, quick: None) -> None:
    assert found_by(stories(), without=label) is not None


def publish_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    def prepare(pages: Pages, table: str, page: int, content: Any) -> None:
        real_prepare(pages, table, page, content)
        real_publish(pages, [(table, page)])

    real_prepare, real_publish = Pages.prepare, Pages.publish
    patch.setattr(Pages, "prepare", prepare)
    patch.setattr(Pages, "publish", lambda *_: None)


def never_complete(patch: pytest.MonkeyPatch) -> None:
    patch.setattr("svcctl.store.recovery._complete", lambda *_: None)


def never_cut(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Journal, "cut", lambda _, tail: tail)


def believe_any_mark(patch: pytest.MonkeyPatch) -> None:
    """Takes what a crash left of the mark of the last complete commit as it is."""
    patch.setattr("svcctl.store.lock._checksum", lambda text: "0" * 8)


@pytest.mark.parametrize("mutation", [publish_before_the_commit, never_complete, never_cut, believe_any_mark])
def test_every_step_of_the_protocol_is_needed(
    mutation: Callable[[pytest.MonkeyPatch], None], quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutation(monkeypatch)
    assert found_by(stories(), each=30) is not None
