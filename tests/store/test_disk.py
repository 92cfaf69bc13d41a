"""A disk that refuses: what the user is told is what the next command finds."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from svcctl.foundation.errors import Exit, Refusal
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Document

Create = Callable[..., str]
Edit = Callable[..., Document]

_WORDS = {"lost": "nothing was saved", "saved": "the change is saved", "unknown": "it is unknown whether"}


def fail_at(monkeypatch: pytest.MonkeyPatch, call: str, error: int, matches: Callable[[Any], bool]) -> None:
    """`os.<call>` fails where its first argument (a path, or the path of a descriptor) matches."""
    real = getattr(os, call)

    def failing(first: Any, *arguments: Any, **named: Any) -> Any:
        path = str(Path(f"/proc/self/fd/{first}").readlink()) if isinstance(first, int) else str(first)
        if matches(path):
            raise OSError(error, os.strerror(error), path)
        return real(first, *arguments, **named)

    monkeypatch.setattr(os, call, failing)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
@pytest.mark.parametrize(
    ("call", "place", "outcome"),
    [
        ("open", "LOCK", "lost"),
        ("open", ".new", "lost"),
        ("write", ".new", "lost"),
        ("fsync", ".new", "lost"),
        ("open", ".jsonl", "lost"),
        ("write", ".jsonl", "lost"),
        ("fsync", ".jsonl", "unknown"),
        ("rename", ".new", "saved"),
        ("fsync", "0000", "saved"),
    ],
)
def test_the_refusal_says_what_became_of_the_change(
    store: JsonStore,
    create: Create,
    edit: Edit,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    place: str,
    outcome: str,
    error: int,
) -> None:
    create(store, state="new")
    with monkeypatch.context() as patch:
        fail_at(patch, call, error, lambda path: path.endswith(place))
        with pytest.raises(Refusal, match=_WORDS[outcome]) as refusal:
            edit(store, "T-000001", state="open")
    assert refusal.value.code == "disk-refused"
    assert refusal.value.exit == Exit.DISK
    assert os.strerror(error).lower() in refusal.value.message
    assert refusal.value.details == {"outcome": outcome, "errno": error}
    found = store.get("tickets", "T-000001")
    assert found is not None
    assert found["state"] in {"lost": ("new",), "saved": ("open",), "unknown": ("new", "open")}[outcome]
    assert edit(store, "T-000001", state="closed")["revision"] == found["revision"] + 1
    assert list(store.verify(deep=True)) == []


def test_a_short_write_is_continued_and_a_full_disk_in_its_middle_leaves_no_trace(
    store: JsonStore, root: Path, create: Create, edit: Edit, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(store, state="new")
    real, left = os.write, [10_000]

    def short(fd: int, data: bytes) -> int:
        if left[0] <= 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        left[0] -= 1
        return real(fd, bytes(data[:7]))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", short)
        edit(store, "T-000001", state="open")
        used = 10_000 - left[0]
        left[0] = used - 5
        before = (root / "journal/000001.jsonl").read_bytes()
        with pytest.raises(Refusal, match="nothing was saved"):
            edit(store, "T-000001", state="done")
    assert (root / "journal/000001.jsonl").read_bytes() == before
    assert not list(root.rglob("*.new"))
    assert list(store.verify(deep=True)) == []


def test_an_index_that_cannot_be_written_stops_neither_readers_nor_writers(
    store: JsonStore, root: Path, create: Create
) -> None:
    create(store, state="new")
    (root / "index.db").mkdir()
    assert [document["id"] for document in store.find("tickets")] == ["T-000001"]
    assert create(store) == "T-000002"
    assert store.count("tickets") == 2


def test_a_network_file_system_is_refused(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svcctl.store.layout._filesystem", lambda path: "nfs4")
    with pytest.raises(Refusal, match="network file system") as refusal:
        JsonStore.create(root, {})
    assert refusal.value.code == "disk-refused"
