"""What keeps a store for years: backups, closed segments compressed, documents brought to the newest version."""

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

from svcctl.foundation.errors import Refusal
from svcctl.store.building import build
from svcctl.store.compressed import compress, open_compressed
from svcctl.store.contract import Document, Head, Progress, Transaction
from svcctl.store.disk import Outcome, damaged, disk, make_folder, read_file, sync_folder, write_file
from svcctl.store.journal import Journal
from svcctl.store.json_store import JsonStore
from svcctl.store.layout import Layout
from svcctl.store.line import broken_link, unseal
from svcctl.store.lock import locked
from svcctl.store.pages import PageKey, Pages
from svcctl.store.recovery import acknowledged_tail, recover
from svcctl.store.replacing import KEPT, fresh_beside, replace
from svcctl.store.verification import PROGRESS_EACH
from svcctl.ticket.event import Event

#: What a backup says of itself; it comes last, so that half a backup is none.
MANIFEST = "backup.json"
#: Pages that are packed under one hold of the lock.
PACKED_AT_ONCE = 64
#: Documents that one commit brings to the newest version.
MIGRATED_AT_ONCE = 500


def backup(layout: Layout, target: Path, progress: Progress | None = None) -> Head:
    """Copy the journal up to its end of this moment, and what lies beside it, to a new folder; others may write on.

    Pages and index are not copied: restoring folds them from the journal. The copy is checked line by line.
    Raises Refusal `already-exists`, `store-damaged`, `disk-refused`.
    """
    if target.exists():
        raise Refusal("already-exists", f"`{target}` is there already", help="give every backup a name of its own")
    journal = Journal(layout.journal)
    tail = acknowledged_tail(layout.lock, journal)
    with disk(Outcome.LOST), fresh_beside(target) as fresh:
        make_folder(fresh / "journal")
        for segment in journal.segments():
            path = journal.stored_at(segment)
            _copy(path, fresh / "journal" / path.name, tail.end if segment == tail.segment else None)
        for name in KEPT:
            if (layout.root / name).exists():
                shutil.copytree(layout.root / name, fresh / name)
        _expect_chain(Journal(fresh / "journal"), tail.head, progress)
        os.sync()
        described = {"format": 1, "store": layout.id, "sequence": tail.head.sequence, "hash": tail.head.hash}
        write_file(fresh / MANIFEST, (json.dumps(described, indent=2) + "\n").encode())
        sync_folder(fresh)
        fresh.rename(target)
        sync_folder(target.parent)
    return tail.head


def restore(
    source: Path,
    root: Path,
    lock_timeout: float,
    *,
    keep: Path | None = None,
    later: bool = False,
    progress: Progress | None = None,
) -> Head:
    """Make the store in `root` what it was when the backup was made; the one that is there goes to `keep`. With `later`
    the commits follow that this one has after the backup's last, as far as they are whole.

    Without `keep` there must be none, or an empty one. Raises Refusal `unknown-file`, `store-damaged` where the backup
    is not as it was written, `already-exists`, `stale-revision` where others wrote meanwhile what would be left out,
    `store-busy`, `disk-refused`.
    """
    raw = read_file(source / MANIFEST)
    if raw is None:
        raise Refusal("unknown-file", f"there is no backup in `{source}`", help="name a folder of `store backup`")
    try:
        described = json.loads(raw)
        head = Head(int(described["sequence"]), str(described["hash"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged(f"{source}/{MANIFEST}", "it does not describe a backup") from None
    journal = Journal(source / "journal")
    _expect_chain(journal, head, progress)

    there = Journal(root / "journal")

    def expect_empty() -> None:
        if keep is None and (root / "journal").exists() and there.segments():
            raise Refusal("already-exists", f"`{root}` has commits", help="`--replace` puts them aside")

    def expect_nothing_left_out() -> None:
        expect_empty()
        if later and next(commits_after(head, there), None) is not None:
            raise Refusal("stale-revision", "others write to the store", help="stop them (cron first), and repeat this")

    expect_empty()
    with fresh_beside(root) as fresh:
        backed_up = (entry.line for entry in journal.walk())
        head = build(fresh, chain(backed_up, commits_after(head, there) if later else ()), progress)
        for name in KEPT:
            if (source / name).exists():
                shutil.copytree(source / name, fresh / name)
        replace(root, fresh, lock_timeout, expect_nothing_left_out, keep)
    return head


def commits_after(head: Head, journal: Journal) -> Iterator[Mapping[str, Any]]:
    """The commits that follow `head` one by one in a journal that may be damaged elsewhere."""
    with suppress(Refusal):  # no journal
        for segment in journal.segments():
            with suppress(Refusal):  # one that cannot be read
                for _, raw in journal.lines(segment):
                    with suppress(ValueError, KeyError, TypeError):
                        line = unseal(raw)
                        if broken_link(line, head) is None:
                            head = Head(line["sequence"], line["hash"])
                            yield line


def archive(layout: Layout) -> Iterator[dict[str, Any]]:
    """Compress every segment but the last, which alone is still written; each as it is done.

    Raises Refusal `disk-refused`; `store-damaged` where what was compressed does not read back.
    """
    journal = Journal(layout.journal)
    for segment in journal.segments()[:-1]:
        path = journal.path(segment)
        packed = path.with_suffix(".jsonl.gz")
        if not path.exists():
            continue
        draft = packed.with_suffix(f".gz.{os.getpid()}")
        with disk(Outcome.LOST):
            try:
                with path.open("rb") as source:
                    write_file(draft, compress(source))
                with path.open("rb") as source, open_compressed(draft) as again:
                    if any(block != again.read(1 << 20) for block in iter(lambda: source.read(1 << 20), b"")):
                        raise damaged(f"journal/{packed.name}", "it does not read back as it was")
                draft.rename(packed)
            finally:
                draft.unlink(missing_ok=True)
            sync_folder(layout.journal)
            before = path.stat().st_size
            path.unlink()
        yield {"id": path.name, "bytes": before, "compressed": packed.stat().st_size}


def archive_pages(
    layout: Layout,
    table: str,
    is_done: Callable[[Document], bool],
    lock_timeout: float,
    progress: Progress | None = None,
) -> Iterator[dict[str, Any]]:
    """Pack the pages of a table that are full and whose documents are all done with: how many, and their bytes.

    What is changed later unpacks its page by itself. Some pages at a time are packed under the lock, so that others get
    their turn. Raises Refusal `store-busy`, `store-damaged`, `disk-refused`.
    """
    pages = Pages(layout.data, layout.page_size)
    numbers = sorted(int(path.stem) for path in (layout.data / table).rglob("*.json") if path.stem.isdecimal())
    done = before = after = 0
    for start in range(0, len(numbers), PACKED_AT_ONCE):
        with locked(layout.lock, lock_timeout) as lock, disk(Outcome.LOST):
            recover(lock, Journal(layout.journal), pages)
            keys = [(table, number) for number in numbers[start : start + PACKED_AT_ONCE]]
            chosen = [key for key in keys if _is_done_with(pages, key, is_done)]
            sizes = pages.pack(chosen)
        done, before, after = done + len(chosen), before + sizes[0], after + sizes[1]
        if progress is not None:
            progress(start + len(keys))
    if done:
        yield {"id": f"{done} page{'s' * (done > 1)} of {table}", "bytes": before, "compressed": after}


def _is_done_with(pages: Pages, key: PageKey, is_done: Callable[[Document], bool]) -> bool:
    documents = pages.load(*key).documents
    first, after = pages.numbers(key[1])
    return len(documents) == after - max(first, 1) and all(map(is_done, documents.values()))


def migrate(store: JsonStore, at: datetime, actor: str, *, dry_run: bool = False) -> Iterator[dict[str, Any]]:
    """Store every document in its newest version, some at a time; how many of each table, as they are done."""
    for table in store.tables:
        done = 0
        while ids := store.outdated(table, MIGRATED_AT_ONCE):

            def work(transaction: Transaction, table: str = table, ids: Any = ids) -> None:
                for id in ids:
                    transaction.record(Event(table, id, "upgraded", at, actor))

            store.write(work, at=at, actor=actor, dry_run=dry_run)
            done += len(ids)
            if dry_run:
                break
        if done:
            yield {"id": table, "documents": done, "version": store.tables[table].version}


def _copy(source: Path, target: Path, size: int | None) -> None:
    with source.open("rb") as file, target.open("wb") as copy:
        left = source.stat().st_size if size is None else size
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            copy.write(block)
            left -= len(block)


def _expect_chain(journal: Journal, head: Head, progress: Progress | None) -> None:
    """Raises Refusal `store-damaged` where the journal is not the chain that ends at `head`."""
    last = Head(0, "0" * 64)
    for entry in journal.walk():
        last = entry.head
        if progress is not None and last.sequence % PROGRESS_EACH == 0:
            progress(last.sequence)
    if last != head:
        raise damaged("journal", f"it ends with commit {last.sequence}, and should with {head.sequence}")
