"""An old system's file, how its columns are mapped, and the workspace that it is imported into."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from svcctl.desk.importing import import_tickets
from svcctl.desk.mapping import read_mapping
from svcctl.desk.settings import load_settings
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn
from svcctl.desk.workspace import Workspace
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Document

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAPPING = """
source = "old"
zone = "UTC"
[fields]
external = "no"
title = "what"
reported_at = "reported"
responded_at = "answered"
resolved_at = "done"
closed_at = "closed"
environment.humidity = "humidity"
due.resolve = "due"
met.resolve = "met"
[fields.state]
column = "state"
[fields.state.values]
open = "new"
working = "in_progress"
waiting = "pending_parts"
closed = "closed"
cancelled = "cancelled"
lost = "misplaced"
"""
COLUMNS = ("no", "what", "reported", "answered", "done", "closed", "state", "humidity", "due", "met")


class Old:
    """An old system's file and the workspace that it is imported into."""

    def __init__(self, folder: Path, rules: str = "") -> None:
        self.folder = folder
        (folder / "rules").mkdir()
        (folder / "rules/test.rules").write_text(rules, encoding="utf-8")
        self.workspace = Workspace(folder, load_settings(None, {}), MemoryStore(TABLES))
        self.mapping(MAPPING)

    def mapping(self, text: str) -> None:
        path = self.folder / "mapping.toml"
        path.write_text(text, encoding="utf-8")
        self.mapped = read_mapping(path)

    def file(self, *rows: dict[str, str], name: str = "old.csv") -> Path:
        lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def take(self, path: Path, **how: Any) -> list[dict[str, Any]]:
        dispatch = how.pop("dispatch", False)
        return list(import_tickets(self.workspace, Turn(NOW, "lin", **how), path, self.mapped, dispatch=dispatch))

    def ticket(self, **row: str) -> Document:
        """The ticket that a row becomes."""
        given = {"no": "1", "reported": "2026-11-01T08:00Z", **row}
        [made] = self.take(self.file(given))
        assert made["outcome"] == "created", made
        document = self.workspace.store.get("tickets", made["id"])
        assert document is not None
        return document

    def refusal(self, **row: str) -> str:
        [made] = self.take(self.file({"no": "1", "reported": "2026-11-01T08:00Z", **row}))
        assert made["outcome"] == "refused"
        assert self.workspace.store.count("tickets") == 0
        return str(made["error"])
