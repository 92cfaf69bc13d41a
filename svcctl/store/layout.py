"""Where everything lies in the store's folder, and `store.json`, which says how to read it."""

import json
import os
from pathlib import Path

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.disk import Outcome, damaged, disk, make_folder, read_file, sync_folder, write_file

#: The version of the files' form. A store of a higher one is refused.
FORMAT = 1
#: Documents of a page.
PAGE_SIZE = 32

_NETWORK = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre"})


class Layout(Record):
    """The paths of one store; `id` tells it from any other, `page_size` is in documents."""

    root: Path
    id: str
    page_size: int

    @property
    def lock(self) -> Path:
        return self.root / "LOCK"

    @property
    def journal(self) -> Path:
        return self.root / "journal"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def index(self) -> Path:
        return self.root / "index.db"


def create_layout(root: Path) -> Layout:
    """Lay out an empty store; `store.json` comes last, so that half a layout is no store.

    Raises Refusal `already-exists`, or `disk-refused`, also for a network file system, where locks do not hold.
    """
    if (root / "store.json").exists():
        raise Refusal("already-exists", f"there is a store in `{root}` already")
    with disk(Outcome.LOST):
        make_folder(root)
        filesystem = _filesystem(root)
        if filesystem in _NETWORK:
            raise Refusal(
                "disk-refused",
                f"`{root}` is on a network file system ({filesystem}), where locks do not hold",
                help="put the workspace on a local disk",
            )
        layout = Layout(root, os.urandom(8).hex(), PAGE_SIZE)
        make_folder(layout.journal)
        make_folder(layout.data)
        layout.lock.touch()
        text = json.dumps({"format": FORMAT, "id": layout.id, "page_size": PAGE_SIZE}, indent=2) + "\n"
        write_file(root / "store.json.new", text.encode())
        (root / "store.json.new").rename(root / "store.json")
        sync_folder(root)
    return layout


def open_layout(root: Path) -> Layout:
    """The layout of the store in `root`. Raises Refusal `no-workspace`, `store-newer` or `store-damaged`."""
    data = read_file(root / "store.json")
    if data is None and any((root / "journal").glob("*.jsonl*")):
        raise damaged("store.json", "it is missing, though there is a journal")
    if data is None:
        raise Refusal("no-workspace", f"there is no store in `{root}`", help="make one with `svcctl init`")
    try:
        described = json.loads(data)
        format, id, page_size = int(described["format"]), str(described["id"]), int(described["page_size"])
        if page_size < 1:
            raise ValueError
    except (ValueError, OverflowError, KeyError, TypeError, RecursionError):
        raise damaged("store.json", "it does not describe a store") from None
    if format > FORMAT:
        raise Refusal(
            "store-newer",
            f"the store in `{root}` has format {format}; this svcctl knows {FORMAT}",
            help="upgrade svcctl; nothing was changed",
        )
    return Layout(root, id, page_size)


def _filesystem(path: Path) -> str | None:
    """The type of the file system that holds `path`, from Linux's table of mounts; None where there is none."""
    table = read_file(Path("/proc/self/mounts"))
    best, found = "", None
    for row in (table or b"").decode(errors="replace").splitlines():
        _, point, kind, *_ = row.split(" ")
        point = point.replace("\\040", " ")
        if len(point) >= len(best) and path.resolve().is_relative_to(point):
            best, found = point, kind
    return found
