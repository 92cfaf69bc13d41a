"""A whole store from its commits: the journal line by line, then every page once."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Head, Progress
from svcctl.store.disk import Outcome, disk, sync, sync_folder
from svcctl.store.folding import Folded
from svcctl.store.journal import SEGMENT_BYTES, Journal
from svcctl.store.layout import create_layout
from svcctl.store.line import START, reseal
from svcctl.store.pages import Pages
from svcctl.store.verification import PROGRESS_EACH


def build(root: Path, commits: Iterable[Mapping[str, Any]], progress: Progress | None = None) -> Head:
    """Make a store in `root` that has these commits, byte for byte; its head. It is durable when this returns.

    Raises Refusal `bad-input` where they are no chain or do not fold, `disk-refused`, `already-exists`.
    """
    layout = create_layout(root)
    journal = Journal(layout.journal)
    with disk(Outcome.LOST):
        head = _write_journal(journal, commits, progress)
        folded = Folded(Pages(layout.data, layout.page_size))
        for entry in journal.walk():
            for damage in folded.apply(entry):
                raise Refusal("bad-input", f"commit {entry.head.sequence}: {damage.message}; nothing was loaded")
            if progress is not None and entry.head.sequence % PROGRESS_EACH == 0:
                progress(entry.head.sequence)
        _write_pages(Pages(layout.data, layout.page_size), folded)
    return head


def _write_journal(journal: Journal, commits: Iterable[Mapping[str, Any]], progress: Progress | None) -> Head:
    head, segment, file = START, 0, None
    try:
        for line in commits:
            raw, head = reseal(line, head)
            if file is None or file.tell() >= SEGMENT_BYTES:
                _finish(file)
                segment += 1
                file = journal.path(segment).open("xb")
            file.write(raw)
            if progress is not None and head.sequence % PROGRESS_EACH == 0:
                progress(head.sequence)
    finally:
        _finish(file)
    sync_folder(journal.path(1).parent)
    return head


def _finish(file: BinaryIO | None) -> None:
    if file is not None:
        with file:
            file.flush()
            sync(file.fileno())


def _write_pages(pages: Pages, folded: Folded) -> None:
    """Many small files are synced together: one by one would take as long as the disk has files to turn to."""
    import os

    for table, page in sorted(folded.keys()):
        path = pages.path(table, page)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(folded.page((table, page)).encode(table))
    folded.close()
    os.sync()
