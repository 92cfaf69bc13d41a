"""Starting is a feature: what is imported for an answer that needs nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from svcctl.cli.boundary import run

HEAVY = (
    "pydantic",
    "lark",
    "tinydb",
    "tabulate",
    "wcwidth",
    "jinja2",
    "urllib3",
    "sqlite3",
    "svcctl.desk",
    "svcctl.store",
)


def imported(words: list[str]) -> list[str]:
    """Names of the modules that a command has imported when it is done."""
    program = (
        "import sys\n"
        "from svcctl.cli.boundary import run\n"
        f"code = run({words!r})\n"
        "print('imported', code, *sorted(sys.modules), sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    code, *modules = done.stderr.rpartition("imported\n")[2].split()
    assert code == "0"
    return modules


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["help", "unknown-ticket"]])
def test_version_and_help_import_nothing_heavy(words: list[str]) -> None:
    assert [name for name in imported(words) if name.startswith(HEAVY)] == []


def test_everyday_commands_import_only_what_they_need(tmp_path: Path) -> None:
    at = ["--home", str(tmp_path), "--actor", "li", "--now", "2026-11-23T09:00:00Z"]
    for words in (["init", str(tmp_path)], ["ticket", "new", "--title", "black screen"], ["sweep"]):
        assert run([*at, *words]) == 0
    unneeded = ("pydantic", "lark", "tinydb", "wcwidth", "jinja2", "urllib3", "email", "importlib.metadata", "shutil")
    for line in ("ticket show T-000001", "ticket comment T-000001 seen", "ticket list --mine", "ticket list", "sweep"):
        found = imported([*at, *line.split()])
        assert [name for name in found if name.startswith(unneeded)] == [], line


def test_the_module_is_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "svcctl", "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("svcctl ")
