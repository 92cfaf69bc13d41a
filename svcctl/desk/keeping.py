"""The store of a workspace as those see it who keep it: its size, its backups, its way out and in."""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any, BinaryIO

from svcctl.desk.stores import expect_json
from svcctl.desk.tables import TABLES, TICKETS
from svcctl.desk.workspace import STORE_FOLDER, Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.contract import Damage, Head, Progress
from svcctl.store.disk import Outcome, disk, sync_folder, write_file
from svcctl.store.json_store import JsonStore
from svcctl.store.layout import Layout, open_layout
from svcctl.store.line import START, content_text


def parse_head(text: str) -> Head:
    """`SEQUENCE:HASH`, as `store head` prints it. Raises Refusal `bad-argument`."""
    sequence, _, hash = text.strip().partition(":")
    if not (sequence.isdecimal() and len(hash) == 64 and set(hash) <= set("0123456789abcdef")):
        raise Refusal("bad-argument", f"`{text}` is not a head", help="write what `svcctl store head` printed")
    return Head(int(sequence), hash)


def layout_of(workspace: Workspace) -> Layout:
    """Raises Refusal `bad-configuration` for a store that does not lie in the workspace's folder."""
    expect_json(workspace)
    return open_layout(workspace.home / STORE_FOLDER)


def altered_evidence(workspace: Workspace) -> Iterator[Damage]:
    """Files of evidence that are not what was attached: each is named by the digest of its bytes."""
    root = workspace.home / STORE_FOLDER
    for path in sorted(root.glob("evidence/??/*")):
        with disk(Outcome.LOST), path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        if digest != path.name and len(path.name) == len(digest):
            yield Damage(str(path.relative_to(root)), "its bytes are not those that were attached")


def back_up(workspace: Workspace, target: Path, progress: Progress | None) -> Head:
    """Copy journal and evidence to a new folder, checked; the head of the copy.

    Raises Refusal `bad-configuration` for a store that does not lie in the workspace's folder, `already-exists`,
    `store-damaged`, `disk-refused`.
    """
    from svcctl.store.keeping import backup

    return backup(layout_of(workspace), target, progress)


class Restored(Record):
    """What came of it: the head, where the store that was there lies now, and how many commits after the backup are
    only there."""

    head: Head
    aside: str
    left: int


def bring_back(
    workspace: Workspace, source: Path, progress: Progress | None, *, put_aside: bool, later: bool
) -> Restored:
    """Restore a backup; with `later` go on with what came after it, as far as that is whole."""
    from svcctl.store.journal import Journal
    from svcctl.store.keeping import commits_after, restore

    expect_json(workspace)
    root = (workspace.home / STORE_FOLDER).resolve()  # one behind a link stays on its disk
    keep = None
    if put_aside and root.exists():
        taken = (root.with_name(f"{root.name}.before-restore-{number}") for number in range(1, 10_000))
        keep = next(path for path in taken if not path.exists())
    timeout = float(workspace.settings["lock_timeout"])
    head = restore(source, root, timeout, keep=keep, later=later, progress=progress)
    if keep is None or not keep.exists():
        return Restored(head, "", 0)
    left = sum(1 for _ in commits_after(head, Journal(keep / "journal")))
    return Restored(head, _beside(keep, workspace.home), left)


def _beside(path: Path, home: Path) -> str:
    return path.name if path.parent == home.resolve() else str(path)


def exported(workspace: Workspace) -> Iterator[str]:
    """Every commit as its line, without the line break."""
    for line in workspace.store.commits():
        content = dict(line)
        hash = content.pop("hash")
        yield content_text(content).decode()[:-1] + f',"hash":"{hash}"}}'


def export_to(workspace: Workspace, target: Path, progress: Progress) -> Head:
    """Write every commit to a file that is there only once it has all of them; the head.

    Raises Refusal `already-exists`, `store-damaged`, `disk-refused`.
    """
    if target.exists():
        raise Refusal("already-exists", f"`{target}` is there already", help="choose another name")
    last = ""

    def lines() -> Iterator[bytes]:
        nonlocal last
        for number, last in enumerate(exported(workspace), 1):
            yield f"{last}\n".encode()
            progress(number)

    draft = target.with_name(f"{target.name}.{os.getpid()}.svcctl-draft")
    with disk(Outcome.LOST):
        try:
            write_file(draft, lines())
            draft.rename(target)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(target.absolute().parent)
    written = json.loads(last) if last else None
    return Head(written["sequence"], written["hash"]) if written else START


def take_in(workspace: Workspace, file: BinaryIO, progress: Progress | None) -> Head:
    """Load what `exported` wrote into the store, which must be empty.

    Raises Refusal `bad-input` where the lines are no chain, `already-exists`, `disk-refused`.
    """
    head = workspace.store.load(_lines(file, progress))
    if head == START:  # as of an export that failed at the other end of a pipe
        raise Refusal("bad-input", "there is no commit in it; nothing was loaded")
    return head


def _lines(file: BinaryIO, progress: Progress | None) -> Iterator[Mapping[str, Any]]:
    for number, raw in enumerate(file, 1):
        try:
            line = json.loads(raw)
        except (ValueError, RecursionError):
            line = None
        if not isinstance(line, dict):
            raise Refusal("bad-input", f"line {number} is not JSON; nothing was loaded")
        if progress is not None and number % 1000 == 0:
            progress(number)
        yield line


def compressed(workspace: Workspace, progress: Progress | None) -> Iterator[dict[str, Any]]:
    """Compress what is no longer written to: segments of the journal, and pages of which every ticket is closed."""
    from svcctl.store.keeping import archive, archive_pages

    layout = layout_of(workspace)
    yield from archive(layout)
    yield from archive_pages(layout, TICKETS, _is_closed, float(workspace.settings["lock_timeout"]), progress)


def _is_closed(ticket: Mapping[str, Any]) -> bool:
    return ticket.get("open") is False


def migrated(workspace: Workspace, at: datetime, actor: str, *, dry_run: bool) -> Iterator[dict[str, Any]]:
    """Raises Refusal `bad-configuration` for a store that does not lie in the workspace's folder."""
    from svcctl.store.keeping import migrate

    expect_json(workspace)
    store = workspace.store
    assert isinstance(store, JsonStore)
    return migrate(store, at, actor, dry_run=dry_run)


def statistics(workspace: Workspace) -> Iterator[dict[str, Any]]:
    """How much there is, and where it lies: documents by table, commits, files and bytes."""
    for table in TABLES:
        yield {"id": table, "count": workspace.store.count(table), "unit": "documents"}
    yield {"id": "commits", "count": workspace.store.head().sequence, "unit": "commits"}
    if workspace.settings.store:
        return
    layout = layout_of(workspace)
    files = {
        "journal": ("journal/*.jsonl", "segments"),
        "archive": ("journal/*.jsonl.gz", "segments"),
        "torn": ("journal/*.torn", "files"),
        "pages": ("data/**/*.json", "pages"),
        "archived pages": ("data/**/*.json.gz", "pages"),
        "index": ("index.db*", "files"),
        "evidence": ("evidence/*/*", "files"),
    }
    for name, (pattern, unit) in files.items():
        sizes = [path.stat().st_size for path in layout.root.glob(pattern)]
        yield {"id": name, "count": len(sizes), "unit": unit, "bytes": sum(sizes)}
