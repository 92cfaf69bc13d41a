"""The rule files that belong together, with the texts of an editor in the place of those on the disk."""

import re
from collections.abc import Mapping
from pathlib import Path

from svcctl.desk.rulefiles import SUFFIX, find_rule_files, read_sources, shown_name
from svcctl.desk.settings import CONFIG_FILE
from svcctl.desk.workspace import Workspace
from svcctl.editor.view import View, look
from svcctl.foundation.errors import Refusal
from svcctl.foundation.source import Source, Span

_CALENDAR = re.compile(r'^[ \t]*calendar[ \t]*=[ \t]*"(?P<name>[^"\n]*)"', re.MULTILINE)
_RULES = re.compile(r"^\[rules\][ \t]*$", re.MULTILINE)


class Project:
    """The files of a workspace, or those of a folder that is in none. `trouble` says what was wrong with the settings,
    the store or a file when it was last read."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.environment = environment
        self.drafts: dict[str, str] = {}
        self.trouble = ""
        self._names: Mapping[str, frozenset[str]] | None = None
        self._calendar: str | None = None
        self._paths: tuple[str, ...] = (".",)
        self._disk: dict[str, Source] = {}
        self._view: View | None = None
        self.reread()

    def name_of(self, path: Path) -> str:
        """What a file is called in findings."""
        return shown_name(path, self.home)

    def path_of(self, name: str) -> Path:
        return self.home / name

    def reread(self) -> None:
        """Look at the disk again: settings, names of the workspace, and files."""
        self.trouble = ""
        if (self.home / CONFIG_FILE).is_file():
            try:
                workspace = Workspace.find(self.home, self.environment, self.home)
                self._paths = tuple(workspace.settings["rules.paths"])
                self._calendar = workspace.settings["rules.calendar"] or None
                self._names = workspace.known_names
                if "store" in workspace.__dict__:
                    workspace.store.close()
            except Refusal as refusal:
                self.trouble = refusal.message
        self._disk = {}
        for name in self._paths:
            try:
                self._disk.update((source.name, source) for source in self._read(name))
            except Refusal as refusal:
                self.trouble = self.trouble or refusal.message
        self._view = None if self._view is None else self._looked(self._view)

    def draft(self, path: Path, text: str | None) -> None:
        """A file as the editor has it; None where the editor has closed it."""
        name = self.name_of(path)
        if text is None:
            self.drafts.pop(name, None)
            self._disk.pop(name, None)
            if path.is_file() and path.suffix == SUFFIX:
                try:
                    self._disk.update((source.name, source) for source in read_sources(self.home, [str(path)]))
                except Refusal as refusal:
                    self.trouble = refusal.message
        else:
            self.drafts[name] = text
        if self._view is not None:
            self._view = self._looked(self._view)

    @property
    def view(self) -> View:
        """The rules as they stand."""
        if self._view is None:
            self._view = self._looked(None)
        return self._view

    def calendar_in_settings(self) -> tuple[str, Span] | None:
        """The text of the settings, and where in it the calendar in force is named."""
        path = self.home / CONFIG_FILE
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        table = _RULES.search(text)
        named = _CALENDAR.search(text, table.end()) if table else None
        return (text, Span(CONFIG_FILE, *named.span("name"))) if named else None

    def _read(self, name: str) -> tuple[Source, ...]:
        folder = self.home / name
        if name == "." and folder.is_dir():  # in no workspace: what lies beside the file, not below it
            files = [
                str(path) for path in find_rule_files(folder, sorted(each.name for each in folder.glob("*.rules")))
            ]
            return read_sources(self.home, files)
        return read_sources(self.home, [name])

    def _looked(self, before: View | None) -> View:
        texts = {**self._disk, **{name: Source(name, text) for name, text in self.drafts.items()}}
        return look((texts[name] for name in sorted(texts)), self._names, self._calendar, before)


def home_of(path: Path) -> Path:
    """Where the files lie that a file belongs to: its workspace, or else its folder."""
    for folder in path.parents:
        if (folder / CONFIG_FILE).is_file():
            return folder
    return path.parent
