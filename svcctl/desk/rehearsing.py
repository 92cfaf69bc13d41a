"""Dry runs of work that takes several commits: each sees what those before it did, and nothing is kept."""

from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn
from svcctl.desk.workspace import Workspace


def rehearsed(workspace: Workspace, turn: Turn) -> tuple[Workspace, Turn]:
    """Where a turn is taken, and how: a dry run as if it were none, in a workspace whose store keeps nothing; any
    other as it is. Who takes several turns that belong together asks once.

    The store is only read, without its lock.
    """
    if not turn.dry_run:
        return workspace, turn
    from copy import copy

    from svcctl.store.rehearsal import Rehearsal

    other = copy(workspace)
    other.__dict__["store"] = Rehearsal(workspace.store, TABLES)
    return other, turn.replace(dry_run=False, rehearsed=True)
