"""One store in the place of another: under the lock of the one that goes, in two renames.

A process that waits for the old lock finds that its file is another one now, and takes the new one instead.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from svcctl.store.disk import Outcome, disk, sync_folder
from svcctl.store.lock import locked

#: What lies in a store's folder and is not the store's: it stays where the workspace looks for it.
KEPT = ("evidence",)


@contextmanager
def fresh_beside(root: Path) -> Iterator[Path]:
    """A path beside the store to build another one at; what is left of one there goes, before and after."""
    fresh = root.with_name(f"{root.name}.svcctl-draft")
    with disk(Outcome.LOST):
        shutil.rmtree(fresh, ignore_errors=True)
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def replace(root: Path, fresh: Path, lock_timeout: float, expect: Callable[[], None], keep: Path | None = None) -> None:
    """Put the store in `fresh` in the place of that in `root`, if there is one, unless `expect` raises.

    The old one goes, or to `keep`. A crash between the two renames leaves no store in `root`: repeating the command
    brings it. Raises Refusal `store-busy`, `disk-refused`.
    """
    with disk(Outcome.LOST), locked(root / "LOCK", lock_timeout) if root.exists() else nullcontext():
        expect()
        for name in KEPT:
            if (root / name).exists():
                shutil.copytree(root / name, fresh / name, dirs_exist_ok=True, copy_function=_copy_if_missing)
        old = keep or root.with_name(f"{root.name}.svcctl-replaced")
        if root.exists():
            if keep is None:
                shutil.rmtree(old, ignore_errors=True)
            root.rename(old)
        fresh.rename(root)
        sync_folder(root.parent)
        if keep is None:
            shutil.rmtree(old, ignore_errors=True)


def _copy_if_missing(source: str, target: str) -> None:
    """What a backup brought stays: the file that is there may be what was damaged."""
    if not Path(target).exists():
        shutil.copy2(source, target)
