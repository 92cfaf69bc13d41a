"""A turn: one command's write, with who acts, when, and under which guards."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.store.contract import Transaction
from svcctl.ticket.event import Document

if TYPE_CHECKING:
    from svcctl.desk.desk import Desk

T = TypeVar("T")
Operation = Callable[["Desk", str], Any]


class Turn(Record):
    """`now` is the command's one reading of the clock; `key` and `arguments` make a repeat return the first
    result; `if_revision` refuses to change a ticket that has moved on; `dry_run` shows and keeps nothing; `rehearsed`
    is a dry run of several turns, whose store keeps nothing."""

    now: datetime
    actor: str
    dry_run: bool = False
    key: str | None = None
    arguments: tuple[str, ...] = ()
    if_revision: int | None = None
    rehearsed: bool = False


class ItemResult(Record):
    """What became of one item of a batch: its document, or the refusal."""

    id: str
    document: Document | None = None
    refusal: Refusal | None = None


def perform(workspace: Workspace, turn: Turn, work: "Callable[[Desk], T]") -> T:
    """Run `work` at a desk in one commit; what it returns must be JSON."""
    from svcctl.desk.desk import Desk

    def at_desk(transaction: Transaction) -> T:
        return work(Desk(workspace, transaction, turn.now, turn.actor))

    return workspace.store.write(
        at_desk, at=turn.now, actor=turn.actor, key=turn.key, arguments=turn.arguments, dry_run=turn.dry_run
    )


def perform_on(workspace: Workspace, turn: Turn, id: str, operation: Operation) -> Document:
    """Run `operation` on one ticket; its document afterwards.

    Raises Refusal `unknown-ticket`, `stale-revision`, and what the operation refuses.
    """

    def work(desk: "Desk") -> Document:
        _operate(desk, turn, id, operation)
        return desk.document(id)

    return perform(workspace, turn, work)


def _operate(desk: "Desk", turn: Turn, id: str, operation: Operation) -> None:
    revision = desk.document(id)["revision"]
    if turn.if_revision is not None and revision != turn.if_revision:
        raise Refusal(
            "stale-revision",
            f"{id} is at revision {revision}, not {turn.if_revision}",
            help=f"look at it again with `svcctl ticket show {id}`",
        )
    operation(desk, id)


def perform_each(
    workspace: Workspace, turn: Turn, ids: Iterable[str], operation: Operation, *, atomic: bool = False
) -> Iterator[ItemResult]:
    """Run `operation` on each ticket, going on past one that is refused; `atomic` takes all or nothing.

    Each ticket has a commit of its own, and its own idempotency key made from the turn's.
    """
    if atomic:
        chosen = list(ids)

        def work(desk: "Desk") -> list[Document]:
            for id in chosen:
                _operate(desk, turn, id, operation)
            return [desk.document(id) for id in chosen]

        for document in perform(workspace, turn, work):
            yield ItemResult(document["id"], document)
        return
    for id in ids:
        own = turn.replace(key=f"{turn.key}/{id}") if turn.key else turn
        try:
            yield ItemResult(id, perform_on(workspace, own, id, operation))
        except Refusal as refusal:
            yield ItemResult(id, refusal=refusal)
