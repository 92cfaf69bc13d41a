"""Whatever a crash leaves, the store opens, verifies, and holds what it acknowledged; each fsync is needed."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import pytest

from svcctl.store.journal import Journal
from svcctl.store.pages import Pages
from tests.store.simulator import states
from tests.store.stories import Examiner, Story, made, stories

#: Small, so that the story crosses from one segment to the next.
SEGMENT = 1500
#: States after each change of a story, besides the regular ones.
EACH = 60
SHARDS = 4


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
