import os
import subprocess
import sys
from pathlib import Path

import pytest

from svcctl.desk.rulecache import KEPT, RuleCache
from svcctl.desk.starting import create_workspace
from svcctl.desk.workspace import Workspace
from svcctl.language.blocks import Rules


@pytest.fixture
def home(tmp_path: Path) -> Path:
    create_workspace(tmp_path, zone="Asia/Shanghai")
    return tmp_path


def _workspace(home: Path) -> Workspace:
    return Workspace.find(home, {}, home)


def _entries(home: Path) -> list[Path]:
    return sorted((home / ".svcctl" / "cache").iterdir())


def test_the_second_command_reads_the_same_rules_without_lark(home: Path) -> None:
    fresh = _workspace(home).rulebook
    code = (
        "import sys; from pathlib import Path; from svcctl.desk.workspace import Workspace;"
        f"home = Path({str(home)!r}); book = Workspace.find(home, {{}}, home).rulebook;"
        "print(len(book.rules.dispatches[0].rules), 'lark' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert done.stdout.split() == [str(len(fresh.rules.dispatches[0].rules)), "False"]
    assert _workspace(home).rulebook.rules == fresh.rules


def test_a_changed_rule_is_read_anew(home: Path) -> None:
    before = _workspace(home).rulebook.rules
    path = home / "rules" / "complaint.rules"
    path.write_text(path.read_text().replace("set priority high", "set priority urgent"))
    after = _workspace(home).rulebook.rules
    assert before != after
    assert len(_entries(home)) == 2


def test_a_damaged_entry_is_made_anew(home: Path) -> None:
    rules = _workspace(home).rulebook.rules
    (entry,) = _entries(home)
    entry.write_bytes(entry.read_bytes()[:-7])
    assert _workspace(home).rulebook.rules == rules
    assert RuleCache(entry.parent).load(entry.name) == rules


def test_an_entry_that_cannot_be_kept_is_no_error(home: Path) -> None:
    (home / ".svcctl" / "cache").write_text("in the way")
    assert _workspace(home).rulebook.rules.dispatches


def test_only_the_last_few_are_kept(tmp_path: Path) -> None:
    cache = RuleCache(tmp_path / "cache")
    for number in range(KEPT + 3):
        cache.store(f"{number:064}", Rules())
    assert len(list(cache.folder.iterdir())) == KEPT
    assert cache.load(f"{KEPT + 2:064}") == Rules()
