"""What is due in a table: each document whose instant has come is looked at, some in a commit."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.idle import is_due
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.store.contract import Where

#: Documents a commit, so that others get their turn at the lock.
COMMIT = 50

Row = dict[str, Any]
Look = Callable[[Desk, str], list[Row]]


class _Stuck(Exception):
    """It cannot be said what is due for one document."""

    def __init__(self, id: str, refusal: Refusal) -> None:
        self.id = id
        self.refusal = refusal


def look_at_due(workspace: Workspace, turn: Turn, table: str, field: str, look: Look) -> Iterator[Row]:
    """Look once at each document of a table whose instant in `field` has come by the turn's, in that order; what `look`
    did, which leaves the document with a later instant or none.

    One for which `look` refuses (its calendar is gone) stays as it is and comes out as `{"did": "refused", "ticket" or
    "asset", "error"}`; the others go on. Raises Refusal `rules-broken`.
    """
    if turn.key is None and not is_due(workspace.store, table, field, turn.now):
        return
    due = Where(field, "<=", stored(turn.now))
    stuck: set[str] = set()

    def look_at_some(desk: Desk) -> tuple[list[Row], bool]:
        return _look_at_some(desk, table, due, look, stuck)

    number = 0
    while True:
        own = turn.replace(key=f"{turn.key}/{number}") if turn.key else turn
        try:
            done, more = perform(workspace, own, look_at_some)
        except _Stuck as refused:
            stuck.add(refused.id)
            yield {"did": "refused", table.removesuffix("s"): refused.id, "error": refused.refusal.to_json()}
            continue
        yield from done
        if not more:
            return
        number += 1


def _look_at_some(desk: Desk, table: str, due: Where, look: Look, stuck: AbstractSet[str]) -> tuple[list[Row], bool]:
    """What one commit does, and whether more is due. Documents are claimed, so that sweeps on several machines share
    them."""
    found = desk.transaction.claim(table, due, order=due.field, limit=COMMIT + 1 + len(stuck))
    ids = [id for id in (document["id"] for document in found) if id not in stuck]
    if ids:
        desk.workspace.rulebook  # noqa: B018 - broken rules stop all, and not each document by itself
    done: list[Row] = []
    for id in ids[:COMMIT]:
        try:
            done += look(desk, id)
        except Refusal as refusal:
            raise _Stuck(id, refusal) from None
    return done, len(ids) > COMMIT
