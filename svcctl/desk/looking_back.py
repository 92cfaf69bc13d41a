"""A workspace as it was at an instant. Its rules and settings are those of now: git has the earlier ones."""

from datetime import datetime

from svcctl.desk.tables import TABLES
from svcctl.desk.workspace import Workspace
from svcctl.store.past import PastStore


def as_it_was(workspace: Workspace, moment: datetime) -> Workspace:
    """The workspace with its store as it was; nothing can be written in it."""
    return Workspace(workspace.home, workspace.settings, PastStore(workspace.store, TABLES, moment))
