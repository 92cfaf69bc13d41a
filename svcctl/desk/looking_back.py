"""A workspace as it was at an instant. Its rules and settings are those of now: git has the earlier ones."""

from datetime import datetime

from svcctl.desk.tables import TABLES, TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import shown
from svcctl.store.past import PastStore


def as_it_was(workspace: Workspace, moment: datetime) -> Workspace:
    """The workspace with its store as it was; nothing can be written in it."""
    return Workspace(workspace.home, workspace.settings, PastStore(workspace.store, TABLES, moment))


def expect_there(workspace: Workspace, id: str, moment: datetime) -> None:
    """Raises Refusal `unknown-ticket` where there is a ticket of the id now, and was none then."""
    first = next(iter(workspace.store.history(TICKETS, id)), None)
    if first is not None and first.at > moment:
        raise Refusal(
            "unknown-ticket",
            f"there was no ticket `{id}` at {shown(moment, workspace.zone)}",
            help=f"it came in at {shown(first.at, workspace.zone)}",
        )
