"""Starting is a feature: what is imported for an answer that needs nothing."""

import os
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


def imported(words: list[str], site: Path | None = None) -> list[str]:
    """Names of the modules that a command has imported when it is done."""
    program = (
        "import sys\n"
        "from svcctl.cli.boundary import run\n"
        f"code = run({words!r})\n"
        "print('imported', code, *sorted(sys.modules), sep='\\n', file=sys.stderr)\n"
    )
    path = os.pathsep.join(filter(None, [str(site or ""), os.environ.get("PYTHONPATH", "")]))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, env=environment
    )
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


def test_what_decides_is_imported_only_where_something_is_decided(tmp_path: Path) -> None:
    at = ["--home", str(tmp_path), "--actor", "li", "--now", "2026-11-23T09:00:00Z"]
    for words in (["init", str(tmp_path)], ["ticket", "new", "--title", "black screen"], ["sweep"]):
        assert run([*at, *words]) == 0
    unneeded = {
        "sweep": ("svcctl.desk.desk", "svcctl.desk.sweep", "svcctl.decision.rulebook", "svcctl.language.packing"),
        "rules explain T-000001": ("svcctl.decision", "svcctl.language", "svcctl.facts"),
        "ticket show T-000001": (
            "svcctl.desk.desk",
            "svcctl.decision.evaluator",
            "svcctl.facts",
            "svcctl.store.writing",
        ),
    }
    for line, names in unneeded.items():
        assert [name for name in imported([*at, *line.split()]) if name.startswith(names)] == [], line


def test_installed_plugins_cost_nothing_until_they_are_used(tmp_path: Path) -> None:
    """Neither is a plugin imported nor is the list of what is installed read, however many there are."""
    site, home = tmp_path / "site", tmp_path / "home"
    site.mkdir()
    for number in range(30):
        (site / f"idle_plug_{number}.py").write_text("raise SystemExit('nobody asked for me')")
        about = site / f"svcctl_notifier_idle{number}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: svcctl-notifier-idle{number}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[svcctl.notifiers.v1]\nidle{number} = idle_plug_{number}:X\n")
    at = ["--home", str(home), "--actor", "li", "--now", "2026-11-23T09:00:00Z"]
    assert run([*at, "init", str(home)]) == 0
    for line in ("--version", "--help", "ticket list", "outbox list", "sweep", "ticket new --title x --no-dispatch"):
        found = imported([*([] if line.startswith("--") else at), *line.split()], site)
        plugs = [name for name in found if name.startswith(("idle_plug", "svcctl_notifier", "svcctl_erp"))]
        assert plugs == [], line
        # Pydantic, which checks what comes in, looks for plugins of its own.
        assert "importlib.metadata" not in found or "pydantic" in found, line
    program = "import sys, svcctl, svcctl.plugin_api, svcctl.cli; print('importlib.metadata' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_module_is_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "svcctl", "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("svcctl ")
