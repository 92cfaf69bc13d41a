"""Power cuts on a real ext4, and disks that are really full: what the simulator plays, where the machine allows it.

Root makes a file system in a file, mounts it, has processes write to a store on it, and shuts the file system down
without a flush, as a power cut would: what no fsync has asked for is gone.
"""

import fcntl
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from struct import pack
from typing import NoReturn

import pytest

from svcctl.foundation.errors import Exit, Refusal
from svcctl.store.json_store import JsonStore
from svcctl.store.keeping import archive
from tests.store.writer import AT, TABLES, add_one

ROOT = Path(__file__).parents[2]
#: How many times the power is cut.
CUTS = int(os.environ.get("SVCCTL_TEST_CUTS", "30"))
WRITERS = 3
#: `EXT4_IOC_SHUTDOWN`, and its flag `EXT4_GOING_FLAGS_NOLOGFLUSH`, of Linux's `fs/ext4/ext4.h`.
_SHUTDOWN, _WITHOUT_FLUSH = 0x8004587D, 2
#: Segments are small, so that cuts meet them being closed and compressed.
_SMALL_SEGMENTS = "import svcctl.store.journal as journal; journal.SEGMENT_BYTES = 20_000"
_NO_FSYNC = "import os; os.fsync = lambda fd: None"

Create = Callable[..., str]


def not_run(reason: str) -> NoReturn:
    warnings.warn(f"power cuts and full disks were not tried: {reason}", stacklevel=2)
    pytest.skip(reason)


def mount(folder: Path, *words: str) -> None:
    done = subprocess.run(["mount", *words, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        not_run(f"mounting takes root and a kernel that lets it: {done.stderr.strip()}")


def unmount(folder: Path) -> None:
    for _ in range(100):
        if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.05)
    raise AssertionError(f"{folder} stays in use")


class Disk:
    """A file system of its own, whose power can be cut."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "disk"
        self.folder.mkdir()
        self._image = folder / "image"
        make = shutil.which("mkfs.ext4", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
        if make is None:
            not_run("there is no mkfs.ext4")
        with self._image.open("wb") as file:
            file.truncate(64 << 20)
        subprocess.run([make, "-q", "-F", str(self._image)], check=True)
        self.plug_in()

    def plug_in(self) -> None:
        mount(self.folder, "-o", "loop", str(self._image))

    def cut(self) -> None:
        fd = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(fd, _SHUTDOWN, pack("I", _WITHOUT_FLUSH))
        finally:
            os.close(fd)

    def cut_under(self, writers: "list[subprocess.Popen[bytes]]", seconds: float) -> list[str]:
        """Cut the power so long after each writer's first commit, and plug in again; the ids that were acknowledged.

        The writers are stopped first, wherever they are: after the cut nothing may be acknowledged.
        """
        acknowledged = [process.stdout.readline().decode().strip() for process in writers]  # type: ignore[union-attr]
        time.sleep(seconds)
        for process in writers:
            os.kill(process.pid, signal.SIGSTOP)
        self.cut()
        for process in writers:
            os.kill(process.pid, signal.SIGKILL)
        for process in writers:
            acknowledged += process.stdout.read().decode().split()  # type: ignore[union-attr]
            process.wait()
        unmount(self.folder)
        self.plug_in()
        return acknowledged


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path)
    yield disk
    unmount(disk.folder)


@pytest.fixture
def on_disk(disk: Disk, create: Create) -> JsonStore:
    """A store with the ticket that each commit of a writer raises."""
    store = JsonStore.create(disk.folder / "store", TABLES)
    create(store, weight=0)
    store.close()
    os.sync()
    return store


def writer(root: Path, name: str, before: str) -> "subprocess.Popen[bytes]":
    program = f"{before}\nfrom tests.store.writer import main\nmain({str(root)!r}, {name!r}, '100000')"
    return subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=ROOT)


def weight_of(store: JsonStore) -> int:
    document = store.get("tickets", "T-000001")
    assert document is not None
    return int(document["weight"])


@pytest.mark.slow
def test_a_power_cut_loses_nothing_that_was_acknowledged(
    disk: Disk, on_disk: JsonStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("svcctl.store.journal.SEGMENT_BYTES", 20_000)
    dice = random.Random(20261123)
    root = disk.folder / "store"
    acknowledged: list[str] = []
    kept = on_disk.head()
    for cut in range(1, CUTS + 1):
        writers = [writer(root, f"w{number}", _SMALL_SEGMENTS) for number in range(WRITERS)]
        acknowledged += disk.cut_under(writers, dice.random() * 0.2)
        store = JsonStore.open(root, TABLES)
        assert len(acknowledged) <= weight_of(store) <= len(acknowledged) + WRITERS * cut
        assert all(store.get("tickets", id) for id in acknowledged[-200:])
        assert list(store.verify(deep=True, kept=kept)) == []
        acknowledged.append(store.write(lambda t: add_one(t, "after"), at=AT, actor="li"))
        assert store.count("tickets") == weight_of(store) + 1
        assert list(store.verify(deep=cut % 5 == 0)) == []
        kept = store.head()
        if cut % 4 == 0:
            list(archive(store._layout))
        store.close()
    assert all(JsonStore.open(root, TABLES).get("tickets", id) for id in acknowledged)


def test_the_cut_is_real_without_fsync_it_loses_commits(disk: Disk, on_disk: JsonStore) -> None:
    root = disk.folder / "store"
    assert any(loses(root, disk.cut_under([writer(root, "w", _NO_FSYNC)], 0.1)) for _ in range(5))


def loses(root: Path, acknowledged: list[str]) -> bool:
    """Whether one of these documents is gone, or the store no longer opens."""
    try:
        store = JsonStore.open(root, TABLES)
        return not all(store.get("tickets", id) for id in acknowledged)
    except Refusal:
        return True


def test_a_disk_that_is_really_full_says_so_and_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "disk"
    home.mkdir()
    mount(home, "-t", "tmpfs", "-o", "size=4m", "none")
    try:
        assert command(home, "init", str(home)).returncode == 0
        made = command(home, "ticket", "new", "--title", "black screen")
        assert made.returncode == 0, made.stderr
        outcomes = set()
        for room in range(0, 40_000, 4096):
            fill(home / "filling", room)
            done = command(home, "ticket", "comment", "T-000001", "the panel is black after rain " * 200, "-o", "json")
            if done.returncode:
                problem = json.loads(done.stderr.splitlines()[-1])["error"]
                assert done.returncode == Exit.DISK, done.stderr
                assert problem["code"] == "disk-refused"
                outcomes.add(problem["details"]["outcome"])
            (home / "filling").unlink()
            assert json.loads(command(home, "store", "verify", "--deep", "-o", "json").stdout) == []
        assert outcomes == {"lost"}
        assert command(home, "ticket", "comment", "T-000001", "there is room again").returncode == 0
    finally:
        unmount(home)


def command(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-B", "-m", "svcctl", "--home", str(home), "--actor", "li", *words],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip


def fill(path: Path, room: int) -> None:
    """Take all of the disk but so many bytes."""
    left = os.statvfs(path.parent)
    free = left.f_bavail * left.f_frsize - room
    with path.open("wb") as file:
        file.write(bytes(max(free, 0)))
