"""What we give to pre-commit and to GitHub runs as it is written, on rules that are right and on wrong ones."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from svcctl.cli.boundary import run

ROOT = Path(__file__).parents[2]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the rules of a workspace: its store is elsewhere."""
    folder = tmp_path / "clone"
    assert run(["init", str(folder)]) == 0
    shutil.rmtree(folder / ".svcctl")
    return folder


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "svcctl").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m svcctl "$@"\n')
    (programs / "svcctl").chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}"
    return {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "LANG": "C.UTF-8"}


def sh(command: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def break_rules(folder: Path) -> None:
    """A wrong value, in a file that is out of form as well."""
    path = folder / "rules/safety.rules"
    path.write_text(path.read_text(encoding="utf-8").replace("    set priority urgent", "  set priority urgnt"))


# ---------------------------------------------------------------------- pre-commit


def test_the_hooks_are_the_three_that_the_documents_name() -> None:
    assert [hook["id"] for hook in HOOKS] == ["svcctl-rules-check", "svcctl-rules-fmt", "svcctl-rules-test"]
    sample = yaml.safe_load((ROOT / "samples/ci/pre-commit.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for repo in sample["repos"] for hook in repo["hooks"]} == {hook["id"] for hook in HOOKS}
    assert all(hook["language"] == "python" for hook in HOOKS)


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: str(hook["id"]))
def test_a_hook_passes_and_fails_as_it_should(hook: dict[str, Any], clone: Path, environment: dict[str, str]) -> None:
    files = sorted(path.relative_to(clone).as_posix() for path in clone.rglob("*.rules"))
    command = hook["entry"] if hook.get("pass_filenames") is False else " ".join([hook["entry"], *files])
    fine = {name: (clone / name).read_bytes() for name in files}
    assert sh(command, clone, environment).returncode == 0
    assert {name: (clone / name).read_bytes() for name in files} == fine
    break_rules(clone)
    found = sh(command, clone, environment)
    changed = {name: (clone / name).read_bytes() for name in files} != fine
    # A hook that mends files fails by having changed them.
    assert found.returncode != 0 or (hook["id"] == "svcctl-rules-fmt" and changed)


def test_a_hook_may_be_told_where_the_workspace_is(clone: Path, environment: dict[str, str]) -> None:
    assert sh(f"svcctl rules check --home {clone.name}", clone.parent, environment).returncode == 0


def test_pre_commit_takes_the_definition(tmp_path: Path) -> None:
    program = shutil.which("pre-commit", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    if program is None:
        warnings.warn("pre-commit is not installed: `pre-commit validate-manifest` was not run", stacklevel=1)
        pytest.skip("pre-commit is not installed")
    for command, file in (("manifest", ".pre-commit-hooks.yaml"), ("config", "samples/ci/pre-commit.yaml")):
        done = subprocess.run(
            [program, f"validate-{command}", str(ROOT / file)],
            env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


# -------------------------------------------------------------------------- GitHub


def steps() -> list[dict[str, Any]]:
    workflow = yaml.safe_load((ROOT / "samples/ci/github.yml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = workflow["jobs"]["rules"]["steps"]
    return found


def played(folder: Path, environment: dict[str, str]) -> dict[str, subprocess.CompletedProcess[str]]:
    """The commands of the workflow, in order; after one that fails only those that always run."""
    done: dict[str, subprocess.CompletedProcess[str]] = {}
    for step in steps():
        failed = any(found.returncode for found in done.values())
        if "svcctl rules" in step.get("run", "") and (not failed or step.get("if") == "always()"):
            done[step["name"]] = sh(step["run"], folder, environment)
    return done


def test_the_workflow_passes_on_rules_that_are_right(clone: Path, environment: dict[str, str]) -> None:
    done = played(clone, environment)
    assert {name: found.returncode for name, found in done.items()} == dict.fromkeys(done, 0)
    assert len(done) == 4
    suite = ElementTree.parse(clone / "tests.xml").getroot()
    assert int(suite.get("tests") or suite[0].get("tests") or 0) > 100
    sarif = json.loads((clone / "rules.sarif").read_text(encoding="utf-8"))
    assert (sarif["version"], sarif["runs"][0]["results"]) == ("2.1.0", [])


def test_the_workflow_fails_on_a_mistake_and_still_uploads_it(clone: Path, environment: dict[str, str]) -> None:
    path = clone / "rules/safety.rules"
    path.write_text(path.read_text(encoding="utf-8").replace("set priority urgent", "set priority urgnt"))
    done = played(clone, environment)
    failed = [found for found in done.values() if found.returncode]
    assert len(failed) == 1
    assert failed[0].stdout.startswith("::error file=rules/safety.rules,line=5,")
    sarif = json.loads((clone / "rules.sarif").read_text(encoding="utf-8"))
    assert [result["ruleId"] for result in sarif["runs"][0]["results"]] == ["unknown-value"]


def test_what_the_workflow_uploads_is_what_it_wrote() -> None:
    written = " ".join(step.get("run", "") for step in steps())
    given = [step.get("with", {}) for step in steps()]
    files = [each[key] for each in given for key in ("sarif_file", "path") if key in each]
    assert files
    assert [file for file in files if f"> {file}" not in written] == []
