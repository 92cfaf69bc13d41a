"""The commands in the documents run, and print what the documents show.

`pytest --rewrite-golden` writes what they print into the documents; read the difference before committing it.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = (
    "README.md",
    "samples/access-control/README.md",
    "samples/ci/README.md",
    "samples/service-requests/README.md",
)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
SEPARATOR = "\x1e"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_shows_what_its_commands_print(name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    path = ROOT / name
    text = path.read_text(encoding="utf-8")
    commands = [line[2:] for block in BLOCK.findall(text) for line in block.splitlines() if line.startswith("$ ")]
    assert commands
    outputs = iter(_run(commands, tmp_path))

    def fresh(block: re.Match[str]) -> str:
        commands = (line for line in block[1].splitlines() if line.startswith("$ "))
        shown = [f"{line}\n{next(outputs)}" for line in commands]
        return f"```console\n{''.join(shown)}```"

    found = BLOCK.sub(fresh, text)
    if request.config.getoption("--rewrite-golden"):
        path.write_text(found, encoding="utf-8")
    assert found == text or request.config.getoption("--rewrite-golden")


def _run(commands: list[str], folder: Path) -> list[str]:
    """Run commands one after the other in one shell; what each printed, both streams as a terminal shows them."""
    programs = folder / "bin"
    programs.mkdir()
    (programs / "svcctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m svcctl "$@"\n')
    (programs / "svcctl").chmod(0o755)
    home = folder / "home"
    home.mkdir()
    (home / "samples").symlink_to(ROOT / "samples")
    script = "".join(f"{command}\nprintf '{SEPARATOR}'\n" for command in commands)
    environment = {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "SVCCTL_NOW": "2026-11-23T09:12:00+08:00",
        "SVCCTL_ACTOR": "liu",
    }
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=home,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=300,
    )
    text = done.stdout.decode().replace(str(home), "~")
    lines = "\n".join(line.rstrip(" ") for line in text.split("\n"))
    outputs = lines.split(SEPARATOR)
    assert len(outputs) == len(commands) + 1, text
    return [output.lstrip("\n") if not output.strip() else output for output in outputs[:-1]]
