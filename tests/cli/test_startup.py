"""Starting is a feature: what is imported for an answer that needs nothing."""

import subprocess
import sys

import pytest

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


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["help", "unknown-ticket"]])
def test_version_and_help_import_nothing_heavy(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from svcctl.cli.boundary import run\n"
        f"code = run({words!r})\n"
        "print(code, *sorted(sys.modules), sep='\\n', file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    code, *modules = done.stderr.split()
    assert code == "0"
    assert [name for name in modules if name.startswith(HEAVY)] == []


def test_the_module_is_a_command() -> None:
    done = subprocess.run([sys.executable, "-m", "svcctl", "--version"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert done.stdout.startswith("svcctl ")
