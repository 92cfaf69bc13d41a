import errno
import os
from pathlib import Path

import pytest

from svcctl.desk.evidence import attach, file_of, keep_file
from svcctl.desk.workspace import STORE_FOLDER
from tests.desk.floor import Floor, refusal_of


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    floor = Floor()
    floor.workspace.home = tmp_path / "home"
    return floor


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "Black.PNG"
    path.write_bytes(b"pixels")
    return path


def test_evidence_is_kept_by_its_digest(floor: Floor, photo: Path, tmp_path: Path) -> None:
    assert keep_file(floor.workspace, photo, dry_run=True).size == 6
    assert not (tmp_path / "home").exists()
    kept = keep_file(floor.workspace, photo)
    assert keep_file(floor.workspace, photo).digest == kept.digest
    assert file_of(floor.workspace, kept.digest).read_bytes() == b"pixels"
    files = [path for path in (tmp_path / "home" / STORE_FOLDER).rglob("*") if path.is_file()]
    assert files == [file_of(floor.workspace, kept.digest)]
    [shown] = floor.on(floor.new(), attach, kept).evidence
    assert (shown.kind, shown.name, shown.size, shown.digest) == ("photo", "Black.PNG", 6, kept.digest)
    assert floor.on(floor.new(), attach, kept, "label", "quiet").evidence[0].kind == "label"
    assert refusal_of(lambda: keep_file(floor.workspace, tmp_path / "none")).code == "unknown-file"
    assert refusal_of(lambda: floor.on(floor.new(), attach, kept, " ")).code == "bad-argument"


def test_what_was_kept_is_on_disk_with_its_name(floor: Floor, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = os.fsync

    def noted(fd: int) -> None:
        synced.append(os.fstat(fd).st_ino)
        sync(fd)

    monkeypatch.setattr(os, "fsync", noted)
    path = file_of(floor.workspace, keep_file(floor.workspace, photo).digest)
    assert synced[-2:] == [path.stat().st_ino, path.parent.stat().st_ino]


def test_a_disk_that_is_full_is_told(floor: Floor, photo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    refused = refusal_of(lambda: keep_file(floor.workspace, photo))
    assert (refused.code, refused.details["outcome"]) == ("disk-refused", "lost")


def test_a_file_that_the_disk_refused_leaves_nothing(
    floor: Floor, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(fd: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("svcctl.store.disk.write_all", refuse)
    assert refusal_of(lambda: keep_file(floor.workspace, photo)).code == "disk-refused"
    assert not [path for path in floor.workspace.home.rglob("*") if path.is_file()]
