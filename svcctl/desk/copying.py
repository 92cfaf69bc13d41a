"""Moving a store: all its commits, byte for byte, into another that is empty, and the proof that they are the same."""

import hashlib
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any

from svcctl.desk.settings import CONFIG_FILE, JSON_STORE
from svcctl.desk.stores import open_plug
from svcctl.desk.tables import TABLES
from svcctl.desk.workspace import STORE_FOLDER, Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.contract import Head, Progress, Store
from svcctl.store.disk import Outcome, disk, make_folder, sync_folder, write_file
from svcctl.store.encoding import canonical
from svcctl.store.json_store import JsonStore

#: Commits, or documents, after which progress is told.
_EACH = 200


class StorePlace(Record):
    """Where a store is: in the folder of a workspace (`json`), or where its settings have a plugin keep it."""

    workspace: Workspace
    plugin: str

    def open(self) -> Store:
        """Raises Refusal `no-workspace` where there is none."""
        if self.plugin == JSON_STORE:
            counting = self.workspace.counting
            return JsonStore.open(self._folder, TABLES, lock_timeout=self._timeout, counting=counting)
        return open_plug(self.workspace).open(TABLES, lock_timeout=self._timeout)

    def open_empty(self) -> Store | None:
        """The store, None where there is none yet. Raises Refusal `already-exists` where it has commits."""
        try:
            store = self.open()
        except Refusal as refusal:
            if refusal.code != "no-workspace":
                raise
            return None
        if store.head().sequence:
            raise Refusal(
                "already-exists",
                f"the store to copy to has {store.head().sequence} commits already",
                help="only an empty one is filled: name another, or put that one aside",
            )
        return store

    def fill(self, store: Store | None, commits: Iterator[Mapping[str, Any]]) -> Store:
        """An empty store with these commits, made where it is None. What is broken off leaves none, or an empty one."""
        if store is None and self.plugin != JSON_STORE:
            return open_plug(self.workspace).create(TABLES, lock_timeout=self._timeout, commits=commits)
        store = store or JsonStore.create(self._folder, TABLES, lock_timeout=self._timeout)
        store.load(commits)
        return store

    @property
    def _folder(self) -> Path:
        return self.workspace.home / STORE_FOLDER

    @property
    def _timeout(self) -> float:
        return float(self.workspace.settings["lock_timeout"])


def place_of(workspace: Workspace, word: str) -> StorePlace:
    """What somebody means by `json`, by the plugin that the settings name, or by the folder of a workspace.

    Raises Refusal `bad-argument`, `bad-configuration`.
    """
    configured = str(workspace.settings.store.get("plugin", JSON_STORE))
    if word in (JSON_STORE, configured):
        return StorePlace(workspace, word)
    folder = Path(word)
    if (folder / CONFIG_FILE).is_file():
        other = Workspace.find(folder, workspace.environment, folder)
        other.counting = workspace.counting
        return StorePlace(other, str(other.settings.store.get("plugin", JSON_STORE)))
    raise Refusal(
        "bad-argument",
        f"`{word}` is neither `{JSON_STORE}`, nor the plugin of `[store]` in svcctl.toml, nor a workspace's folder",
        help=f'to move the store to `{word}`, first write `[store]` with `plugin = "{word}"` and its keys',
    )


def expect_copyable(source: StorePlace, target: StorePlace) -> Store | None:
    """The empty store to copy to, None where there is none yet. Raises Refusal `bad-argument`, `already-exists`."""
    if source == target:
        raise Refusal("bad-argument", "a store cannot be copied to itself")
    return target.open_empty()


def copy_store(source: StorePlace, target: StorePlace, copied: Progress, compared: Progress) -> Head:
    """Copy a store, with its evidence where the workspace is another one; the head that both have. `copied` is told
    commits, `compared` documents.

    Commits that come while it goes on are copied, too. Raises Refusal `already-exists` where the target is not empty,
    `stale-revision` where others wrote to the source at the very end, `store-damaged` where the copy is not the same.
    """
    empty = expect_copyable(source, target)
    old = source.open()
    _copy_evidence(source.workspace, target.workspace)
    new = target.fill(empty, _commits(old, copied))
    head = new.head()
    if old.head() != head:
        raise Refusal(
            "stale-revision",
            f"the copy ends with commit {head.sequence}, and others have gone on to {old.head().sequence}",
            help="stop those who write (cron first), put the copy aside, and copy again",
        )
    _expect_same(old, new, compared)
    new.close()
    old.close()
    return head


def _commits(store: Store, progress: Progress) -> Iterator[Mapping[str, Any]]:
    last = 0
    while True:
        before = last
        for line in store.commits(last):
            last = line["sequence"]
            if last % _EACH == 0:
                progress(last)
            yield line
        if last == before:
            return


def _expect_same(old: Store, new: Store, progress: Progress) -> None:
    """Every document of every table, in order of creation, is the same in both."""
    done = 0
    for table in TABLES:
        for one, other in zip_longest(old.find(table), new.find(table)):
            if one is None or other is None or canonical(one, table) != canonical(other, table):
                id = (one or other or {}).get("id")
                raise Refusal(
                    "store-damaged",
                    f"the copy of {table} `{id}` is not what it was copied from",
                    help="`svcctl store verify --deep` on both says which is damaged; the copy must not be used",
                )
            done += 1
            if done % _EACH == 0:
                progress(done)


def _copy_evidence(source: Workspace, target: Workspace) -> None:
    """Files of evidence lie beside whatever store there is; each is named by the digest of its bytes."""
    old, new = (workspace.home / STORE_FOLDER / "evidence" for workspace in (source, target))
    if old == new:
        return
    for path in sorted(old.glob("??/*")):
        aim = new / path.parent.name / path.name
        if aim.exists():
            continue
        content = path.read_bytes()
        if hashlib.sha256(content).hexdigest() != path.name:
            raise Refusal("store-damaged", f"the evidence `{path}` is not what was attached")
        with disk(Outcome.LOST):
            make_folder(aim.parent)
            draft = aim.with_suffix(".copy")
            write_file(draft, content)
            draft.rename(aim)
            sync_folder(aim.parent)
