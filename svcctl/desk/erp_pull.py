"""Pulling: what changed in an ERP since the last time, brought into svcctl's own records.

The cursor is kept in the commit of the last records that came with it, so a pull that is interrupted brings again what
it brought, which changes nothing. No lock is held while the ERP is asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.erp import asked, connected
from svcctl.desk.erp_records import ERP_RECORDS, admitted, keep
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.extension.connector import Change, Connector, PullRequest, PullResult
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.ticket.event import Event, changes

#: What is known of each ERP as a whole: how far it was pulled, and when.
ERP = "erp"
#: Records a commit, so that others get their turn at the lock.
COMMIT_RECORDS = 200

Item = dict[str, Any]


def pull(workspace: Workspace, turn: Turn, name: str, *, anew: bool = False) -> Iterator[Item]:
    """Bring in what changed in an ERP, and say of each record whether it was `created`, `changed`, is `gone` there, or
    was `refused`, with the reason; what is as it was is not told. `anew` asks for everything.

    Raises Refusal as the connector does, `bad-argument` where it cannot pull, and `store-busy` where another pull was
    faster.
    """
    with connected(workspace, name) as connector:
        if "pull" not in connector.capabilities:
            raise Refusal("bad-argument", f"the connector of `{name}` cannot pull")
        kept = None if anew else (workspace.store.get(ERP, name) or {}).get("cursor")
        cursor, more = kept, True
        while more:
            result = _pulled(connector, name, cursor)
            yield from _bring(workspace, turn, name, cursor, result, anew=anew and cursor is None)
            more = result.more and result.cursor != cursor
            cursor = result.cursor


def _pulled(connector: Connector, name: str, cursor: str | None) -> PullResult:
    def draw() -> PullResult:
        result = connector.pull(PullRequest(cursor))
        if isinstance(result, PullResult):
            if not isinstance(result.cursor, str):
                raise TypeError("its PullResult has no cursor")
            if not all(isinstance(change, Change) for change in result.changes):
                raise TypeError("its PullResult has something that is no Change")
        return result

    return asked(connector, name, PullResult, draw)


def _bring(
    workspace: Workspace, turn: Turn, name: str, cursor: str | None, result: PullResult, *, anew: bool
) -> Iterator[Item]:
    rest: Sequence[Change] = result.changes
    while True:
        some, rest = rest[:COMMIT_RECORDS], rest[COMMIT_RECORDS:]
        last = None if rest else result.cursor

        def work(desk: Desk, some: Sequence[Change] = some, last: str | None = last) -> list[Item]:
            known = (desk.transaction.get(ERP, name) or {}).get("cursor")
            if known != cursor and not anew:
                raise Refusal(
                    "store-busy", f"another pull from `{name}` was faster", help="nothing is lost; pull again"
                )
            items = [_take(desk, name, change) for change in some]
            if last is not None:
                _remember(desk, name, last, result.more)
            return items

        for item in perform(workspace, turn.replace(key=None), work):
            if item["outcome"] != "unchanged":
                yield item
        if not rest:
            return


def _take(desk: Desk, name: str, change: Change) -> Item:
    item: Item = {"id": change.id, "kind": change.kind, "erp": name}
    try:
        if change.kind not in ("customer", "site", "asset"):
            raise Refusal("bad-input", f"svcctl has no records of kind `{change.kind}`")
        record = None
        if change.record is not None:
            if not isinstance(change.record, Mapping):
                raise Refusal("bad-input", f"{change.kind} `{change.id}` as the ERP has it is no record")
            record = admitted(change.kind, change.id, change.record, desk.workspace.zone)
        return {**item, "outcome": keep(desk, name, change.kind, change.id, record, desk.now, "pull")}
    except Refusal as refusal:
        new = {"erp": name, "kind": change.kind, "record": change.id, "refused": refusal.message}
        id = f"{name}/{change.kind}/{change.id}"
        said = changes(desk.transaction.get(ERP_RECORDS, id), new)
        if said:
            desk.transaction.record(Event(ERP_RECORDS, id, "refused", desk.now, desk.actor, said))
        return {**item, "outcome": "refused", "error": refusal.to_json()}


def _remember(desk: Desk, name: str, cursor: str, more: bool) -> None:
    new: dict[str, Any] = {"cursor": cursor} if more else {"cursor": cursor, "pulled_at": stored(desk.now)}
    before = desk.transaction.get(ERP, name)
    desk.transaction.record(Event(ERP, name, "pulled", desk.now, desk.actor, changes(before, new)))
