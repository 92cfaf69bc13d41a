"""The rules that a command is about: those of the workspace, or the files and folders that it names."""

from pathlib import Path
from typing import TYPE_CHECKING

from svcctl.cli.call import Call
from svcctl.foundation.errors import Refusal

if TYPE_CHECKING:
    from svcctl.desk.rulefiles import Given, RuleSet


def rule_set_of(call: Call, paths: tuple[str, ...]) -> "RuleSet":
    """Checked rules. Raises Refusal `no-workspace` where no paths are given outside of one, `unknown-file`."""
    if not paths:
        return call.workspace.rule_set
    return given_of(call, paths).read()


def given_of(call: Call, paths: tuple[str, ...]) -> "Given":
    """The files that a command is about, and what they are checked with. Raises Refusal `no-workspace`."""
    from svcctl.desk.rulefiles import Given

    if not paths:
        own = call.workspace
        return Given(
            own.home, tuple(own.settings["rules.paths"]), own.known_names, own.settings["rules.calendar"] or None
        )
    try:
        workspace = call.workspace
    except Refusal as refusal:
        if refusal.code != "no-workspace":
            raise
        return Given(Path.cwd(), paths)
    return Given(Path.cwd(), paths, workspace.known_names, workspace.settings["rules.calendar"] or None)


def files_of(call: Call, paths: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Where the files lie that a command is about, and their names there. Raises Refusal `no-workspace`."""
    if paths:
        return Path.cwd(), paths
    return call.workspace.home, tuple(call.workspace.settings["rules.paths"])
