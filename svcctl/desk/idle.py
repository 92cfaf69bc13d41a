"""Whether there is anything for a sweep to do, which is asked far more often than there is."""

from datetime import datetime

from svcctl.desk.tables import HOLDS_FOR, WAKES
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.store.contract import Reader, Where


def is_idle(workspace: Workspace, now: datetime) -> bool:
    """Whether the rules are those of the last sweep, and no instant has come of which they speak."""
    followed = all(is_followed(workspace, place) for place in HOLDS_FOR.values())
    return followed and not any(is_due(workspace.store, table, field, now) for table, field in WAKES)


def is_followed(workspace: Workspace, place: tuple[str, str]) -> bool:
    """Whether the document at `place` (table and id) was written for the rules as they are. Rules that cannot be read
    change nothing; where something is due, that is said."""
    known = workspace.store.get(*place) or {}
    try:
        return bool(known.get("key") == workspace.rules_key)
    except Refusal:
        return True


def is_due(reader: Reader, table: str, field: str, now: datetime) -> bool:
    """Whether the instant in a field of some document of a table has come."""
    return next(reader.find(table, Where(field, "<=", stored(now)), order=field, limit=1), None) is not None
