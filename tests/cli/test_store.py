"""`svcctl store`: proofs, backups, and the way out and in."""

import shutil
import sys
from pathlib import Path

import pytest

from svcctl.cli import boundary
from tests.cli.conftest import Shell


@pytest.fixture
def shell(shell: Shell) -> Shell:
    for title in ("black screen", "door stays open"):
        assert shell("ticket", "new", "--title", title).code == 0
    return shell


def fresh(shell: Shell, folder: Path) -> None:
    assert boundary.run(["init", str(folder), "--zone", "Asia/Shanghai"]) == 0
    shell.home = folder


def test_a_head_proves_what_came_before_it(shell: Shell) -> None:
    head = shell("store", "head").out.strip()
    assert shell("ticket", "comment", "T-000001", "seen").code == 0
    assert shell("store", "verify", "--deep", "--head", head).code == 0
    journal = shell.home / ".svcctl/journal/000001.jsonl"
    other = f"{head.split(':')[0]}:{'0' * 64}"
    done = shell("store", "verify", "--head", other)
    assert done.code == 74
    assert "is not the one that was kept" in done.out
    assert "error[store-damaged]" in done.err
    journal.write_bytes(journal.read_bytes().replace(b"black", b"white", 1))
    done = shell("store", "verify", "-o", "json")
    assert done.code == 74
    assert done.json[0]["place"].startswith("journal/000001.jsonl at byte ")
    assert shell("store", "verify", "--head", "7").code == 2
    assert shell("store", "verify", "--head", "").code == 2, "a variable that is empty proves nothing"


def test_verify_says_how_what_is_damaged_is_brought_back(shell: Shell, tmp_path: Path) -> None:
    assert "every document is what they make of it" in shell("store", "verify", "--deep").err
    page = shell.home / ".svcctl/data/tickets/0000/0000000.json"
    page.write_bytes(page.read_bytes().replace(b"black", b"white", 1))
    done = shell("store", "verify", "--deep")
    assert (done.code, "document 1 (T-000001) differs" in done.out) == (74, True)
    assert "1 place not as written\nhelp: the journal is whole" in done.err
    assert shell("store", "backup", str(tmp_path / "now")).code == 0
    assert shell("store", "restore", str(tmp_path / "now"), "--replace").code == 0
    assert shell("store", "verify", "--deep").code == 0
    assert "black" in page.read_text(encoding="utf-8")
    journal = shell.home / ".svcctl/journal/000001.jsonl"
    assert shell("ticket", "new", "--title", "after the backup").code == 0
    journal.write_bytes(journal.read_bytes().replace(b"black", b"white", 1))
    assert "store restore FOLDER --replace --later` brings back a backup" in shell("store", "verify").err
    kept = shell.json("ticket", "list")
    done = shell("store", "restore", str(tmp_path / "now"), "--replace")
    assert (done.code, "commits after the backup that are only there: " in done.err) == (0, True)
    assert len(shell.json("ticket", "list")) == 2
    shutil.rmtree(shell.home / ".svcctl")
    (shell.home / ".svcctl.before-restore-2").rename(shell.home / ".svcctl")
    assert shell("store", "restore", str(tmp_path / "now"), "--later").code == 2
    done = shell("store", "restore", str(tmp_path / "now"), "--replace", "--later")
    assert (done.code, done.err.count("\n")) == (0, 1)
    assert shell.json("ticket", "list") == kept
    assert shell("store", "verify", "--deep").code == 0
    shutil.rmtree(journal.parent)
    done = shell("store", "verify")
    assert (done.code, "journal: the folder is missing" in done.err) == (74, True)


def test_an_export_that_fails_leaves_no_file(shell: Shell, tmp_path: Path) -> None:
    journal = shell.home / ".svcctl/journal/000001.jsonl"
    whole = journal.read_bytes()
    journal.write_bytes(whole.replace(b"stays", b"stuck", 1))
    assert shell("store", "export", str(tmp_path / "all.jsonl")).code == 74
    assert list(tmp_path.glob("*all*")) == []
    journal.write_bytes(whole)
    assert shell("store", "export", str(tmp_path / "all.jsonl")).code == 0
    assert (tmp_path / "all.jsonl").read_bytes() == whole


def test_a_clone_without_its_store_gets_one_and_what_was_damaged_none(shell: Shell, tmp_path: Path) -> None:
    assert shell("store", "export", str(tmp_path / "all.jsonl")).code == 0
    assert boundary.run(["init", str(shell.home)]) == 5
    (shell.home / ".svcctl/store.json").unlink()
    done = shell("ticket", "list")
    assert (done.code, "store.json: it is missing" in done.err) == (74, True)
    assert boundary.run(["init", str(shell.home)]) == 74
    shutil.rmtree(shell.home / ".svcctl")
    assert shell("ticket", "list").code == 3
    assert boundary.run(["init", str(shell.home)]) == 0
    assert shell("store", "import", str(tmp_path / "all.jsonl")).code == 0
    assert len(shell.json("ticket", "list")) == 2


def test_a_backup_is_restored_elsewhere_and_here(shell: Shell, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg")
    assert shell("ticket", "attach", "T-000001", str(photo)).code == 0
    head = shell.json("store", "backup", str(tmp_path / "monday"))["head"]
    tickets = shell.json("ticket", "list")
    assert shell("store", "backup", str(tmp_path / "monday")).code == 5
    assert shell("ticket", "new", "--title", "one more").code == 0
    assert shell("store", "restore", str(tmp_path / "monday")).code == 5
    done = shell("store", "restore", str(tmp_path / "monday"), "--replace")
    assert done.code == 0
    assert ".svcctl.before-restore-1" in done.err
    assert shell("store", "head").out.strip() == head
    assert shell.json("ticket", "list") == tickets
    assert shell("store", "verify", "--deep").code == 0
    fresh(shell, tmp_path / "elsewhere")
    assert shell("store", "restore", str(tmp_path / "monday")).code == 0
    assert shell.json("ticket", "list") == tickets
    assert shell("store", "restore", str(tmp_path)).code == 3


def test_a_store_is_exported_and_imported_whole(shell: Shell, tmp_path: Path) -> None:
    head = shell("store", "head").out
    lines = shell("store", "export", "-o", "json").out
    assert shell("store", "export", str(tmp_path / "store.jsonl")).out == head
    assert (tmp_path / "store.jsonl").read_text() == lines == shell.journal()
    assert shell("store", "export", str(tmp_path / "store.jsonl")).code == 5
    tickets = shell.json("ticket", "list")
    assert shell("store", "import", str(tmp_path / "store.jsonl")).code == 5
    fresh(shell, tmp_path / "elsewhere")
    (tmp_path / "wrong.jsonl").write_text(lines.replace("black", "white", 1))
    (tmp_path / "empty.jsonl").touch()
    for name, code in (("wrong.jsonl", 2), ("empty.jsonl", 2), ("absent.jsonl", 3)):
        assert shell("store", "import", str(tmp_path / name)).code == code
    assert shell("store", "import", str(tmp_path / "store.jsonl")).out == head
    assert shell.json("ticket", "list") == tickets
    assert shell.journal() == lines


def test_there_is_nothing_to_archive_or_migrate_in_a_young_store(shell: Shell) -> None:
    assert "nothing to compress" in shell("store", "archive").err
    assert "newest version" in shell("store", "migrate").err
    counted = {row["id"]: row for row in shell.json("store", "stats")}
    assert counted["tickets"]["count"] == 2
    assert counted["journal"]["bytes"] == len(shell.journal().encode())


def test_an_index_that_takes_long_is_told_of_beside_the_data(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svcctl.store.index._CHUNK", 4)

    def told(terminal: bool) -> str:
        for index in (shell.home / ".svcctl").glob("index.db*"):
            index.unlink()
        monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
        done = shell("ticket", "list", "-o", "json")
        assert [ticket["id"] for ticket in done.json] == ["T-000001", "T-000002"]
        return done.err

    total = int(shell("store", "head").out.split(":")[0])
    assert told(terminal=True) == told(terminal=False) == ""
    for moment in ("_FIRST", "_EACH", "_ELSEWHERE"):
        monkeypatch.setattr(f"svcctl.cli.progress.{moment}", 0.0)
    last = f"indexed {total} of {total} (100%) commits"
    assert told(terminal=False).splitlines()[-1] == last
    assert told(terminal=True).endswith(f"\r{last}\x1b[K\r\x1b[K")


def test_a_copy_that_is_refused_brings_nothing_along(shell: Shell, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg")
    assert shell("ticket", "attach", "T-000001", str(photo)).code == 0
    home, other = shell.home, tmp_path / "other"
    fresh(shell, other)
    assert shell("ticket", "new", "--title", "another's").code == 0
    shell.home = home
    for words in ((), ("--dry-run",)):
        done = shell("store", "copy", "json", str(other), *words)
        assert (done.code, "commits already" in done.err) == (5, True)
        assert list((other / ".svcctl").glob("evidence/*/*")) == []
    assert shell("store", "copy", "json", "json", "--dry-run").code == 2


def test_evidence_that_was_altered_is_named_and_comes_back_with_a_backup(shell: Shell, tmp_path: Path) -> None:
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(b"jpeg")
    assert shell("ticket", "attach", "T-000001", str(photo)).code == 0
    assert shell("store", "backup", str(tmp_path / "now")).code == 0
    [kept] = (shell.home / ".svcctl").glob("evidence/*/*")
    kept.write_bytes(b"other")
    done = shell("store", "verify", "--deep")
    assert (done.code, f"evidence/{kept.parent.name}/{kept.name}" in done.out) == (74, True)
    assert shell("store", "verify").code == 0
    assert shell("store", "restore", str(tmp_path / "now"), "--replace", "--later").code == 0
    assert kept.read_bytes() == b"jpeg"
    assert shell("store", "verify", "--deep").code == 0
