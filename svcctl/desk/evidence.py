"""Evidence files, kept by their digest beside the store, so that what was shown can be shown again."""

import os
from pathlib import Path

from svcctl.desk.desk import Desk
from svcctl.desk.tables import TICKETS
from svcctl.desk.workspace import STORE_FOLDER, Workspace
from svcctl.extension.contract import Attachment
from svcctl.foundation.errors import Refusal, filled
from svcctl.store.disk import Outcome, disk, make_folder, sync_folder, write_file
from svcctl.ticket.event import Document
from svcctl.ticket.model import Evidence, Ticket

KINDS = {
    ".jpg": "photo", ".jpeg": "photo", ".png": "photo", ".heic": "photo", ".webp": "photo",
    ".mp4": "video", ".mov": "video", ".mkv": "video", ".webm": "video",
}  # fmt: skip


class Kept:
    """A file whose bytes are safe: `digest` is their SHA-256, `size` their number."""

    def __init__(self, name: str, digest: str, size: int) -> None:
        self.name = name
        self.digest = digest
        self.size = size


def keep_file(workspace: Workspace, path: Path, *, dry_run: bool = False) -> Kept:
    """Copy a file under the store by its digest. Raises Refusal `unknown-file`; `disk-refused`.

    The bytes are on disk before the event that speaks of them is; a copy without an event is harmless.
    """
    from hashlib import sha256  # files may be large

    if not path.is_file():
        raise Refusal("unknown-file", f"there is no file `{path}`")
    content = path.read_bytes()
    digest = sha256(content).hexdigest()
    target = file_of(workspace, digest)
    if not dry_run and not target.exists():
        with disk(Outcome.LOST):
            make_folder(target.parent)
            draft = target.with_suffix(f".{os.getpid()}")
            try:
                write_file(draft, content)
                draft.replace(target)
            finally:
                draft.unlink(missing_ok=True)
            sync_folder(target.parent)
    return Kept(path.name, digest, len(content))


def file_of(workspace: Workspace, digest: str) -> Path:
    """Where the bytes of a digest are kept."""
    return workspace.home / STORE_FOLDER / "evidence" / digest[:2] / digest


def attachments_of(workspace: Workspace, document: Document) -> tuple[Attachment, ...]:
    """The files that the ticket of a message had when that was queued, as far as they are kept here."""
    ticket = workspace.store.get(TICKETS, document["ticket"]) or {}
    found = []
    for shown in ticket.get("evidence", ()):
        path = file_of(workspace, shown["digest"])
        if shown["at"] <= document["created_at"] and path.is_file():
            found.append(Attachment(shown["kind"], shown["name"], path, shown["size"], shown["digest"]))
    return tuple(found)


def attach(desk: Desk, id: str, kept: Kept, kind: str | None = None, criterion: str | None = None) -> Ticket:
    """Attach a kept file to a ticket; its kind follows from its ending where none is given."""
    ending = Path(kept.name).suffix.lower()
    kind = KINDS.get(ending, "file") if kind is None else filled("kind", kind, "such as `photo`, or leave it out")
    shown = Evidence(kind, kept.name, kept.digest, kept.size, desk.now, desk.actor, criterion)
    return desk.change(id, "attached", add={"evidence": (shown,)})
