"""Wake times that no longer hold: rules or records have changed, so what waits under the old ones is looked at anew."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any

from svcctl import __version__
from svcctl.decision.escalation import next_watches, states_watched_done, watching
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.wake import wake_of_watched
from svcctl.desk.desk import Desk
from svcctl.desk.due import COMMIT
from svcctl.desk.idle import is_followed
from svcctl.desk.tables import HOLDS_FOR, TICKETS
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.digest import sha256
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Reader, Where
from svcctl.ticket.document import from_document
from svcctl.ticket.event import Document, Event, changes
from svcctl.ticket.model import Ticket

Work = Callable[[Desk], None]

#: The field of tickets by which a record of another noun concerns them.
_CONCERNED_BY: Mapping[str, str] = {"customer": "customer", "site": "site", "asset": "asset"}


def follow_rules(workspace: Workspace, turn: Turn) -> None:
    """Let every open ticket take notice of rules that are no longer those of the last sweep.

    Escalations that run go on as they were; others may begin now.
    """

    def works() -> Iterator[Work]:
        ids = _concerned(workspace.store, workspace.rulebook)
        for start in range(0, len(ids), COMMIT):
            yield partial(_follow_all, ids=ids[start : start + COMMIT], rehearsed=turn.rehearsed)

    notice_rules(workspace, turn, HOLDS_FOR["wake_at"], _said, works)


def notice_rules(
    workspace: Workspace,
    turn: Turn,
    place: tuple[str, str],
    said_by: Callable[[Workspace], object],
    works: Callable[[], Iterable[Work]],
) -> None:
    """Do the works, each in a commit, where what the rules say (None: nothing) is not what it was by the document at
    `place` (table and id), and record there that they are done.

    Where nothing has changed this reads one document. Interrupted, it is done again.
    """
    if is_followed(workspace, place):
        return
    try:
        said = said_by(workspace)
    except Refusal:  # as rules that cannot be read
        return
    known, key = workspace.store.get(*place) or {}, workspace.rules_key
    digest = "" if said is None else sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()
    plain = turn.replace(key=None)
    if known.get("digest", "") != digest:
        for work in works():
            perform(workspace, plain, work)
    perform(workspace, plain, partial(_remember, place=place, said={"key": key, "digest": digest or None}))


def follow_tickets(desk: Desk, noun: str, id: str) -> None:
    """Let the open tickets that speak of a record take notice that it has changed."""
    if noun in _CONCERNED_BY:
        with suppress(Refusal):  # with rules that cannot be read nothing begins; once they can, a sweep follows them
            _follow_all(desk, _concerned(desk.transaction, desk.rulebook, Where(_CONCERNED_BY[noun], "==", id)))


def _concerned(reader: Reader, book: Rulebook, *where: Where) -> list[str]:
    """The tickets that rules may begin to watch: open, or done but not closed, in a state that a `while` names.

    What is closed, or was done before it came in, is past: a new rule begins nothing for it.
    """
    left = [document["id"] for document in reader.find(TICKETS, *where, Where("open", "==", True))]
    states = sorted(str(state) for state in states_watched_done(book))
    if not states:
        return left
    done = reader.find(TICKETS, *where, Where("open", "==", False), Where("state", "in", states))
    return left + [each["id"] for each in done if not _is_past(each, book)]


def _is_past(document: Document, book: Rulebook) -> bool:
    milestones = book.milestones(document["flow"])
    done_before = document["states"][-1]["at"] < document["created_at"]
    return done_before or document["state"] in (*milestones.close, *milestones.cancel)


def _follow_all(desk: Desk, ids: Iterable[str], rehearsed: bool = False) -> None:
    """Nobody looks in a rehearsal at a ticket that is not due in it, and keeping each would take the memory of all."""
    for document in list(desk.transaction.find(TICKETS, Where("id", "in", tuple(ids)))):
        ticket = from_document(Ticket, document)
        try:
            if _wake(desk, ticket) == ticket.wake_at:
                continue
            if not rehearsed or _is_due(desk, ticket.wake_at) or _is_due(desk, desk.watched(ticket)[1]):
                desk.change(ticket.id, "watched")
        except Refusal:  # what is due for it cannot be said now: the sweep says so when its instant comes
            continue


def _wake(desk: Desk, ticket: Ticket) -> datetime | None:
    """When a sweep must look at the ticket as it is on record."""
    book, facts = desk.book(ticket), desk.facts(ticket)
    if next_watches(ticket, desk.now, watching(book, facts)) != ticket.watches:
        return desk.now
    assert facts.case is not None
    return wake_of_watched(book, facts, desk.clocks_of(facts.case))


def _is_due(desk: Desk, at: datetime | None) -> bool:
    return at is not None and at <= desk.now


def _said(workspace: Workspace) -> object:
    """What wake times depend on, besides the tickets and records."""
    rules = workspace.rulebook.rules
    return (__version__, rules.default_calendar, rules.escalations, rules.calendars, rules.flows)


def _remember(desk: Desk, place: tuple[str, str], said: Mapping[str, Any]) -> None:
    new = changes(desk.transaction.get(*place), said)
    desk.transaction.record(Event(*place, "noticed", desk.now, desk.actor, new))
