"""Care in the sweep: occasions that have come are seen to, each once, by the assets and tickets whose instant it is."""

from collections.abc import Iterator
from contextlib import suppress

from svcctl import __version__
from svcctl.decision.care import cares_for, ticket_wake
from svcctl.desk.assets import follow_asset, remembering
from svcctl.desk.desk import Desk
from svcctl.desk.due import COMMIT, look_at_due
from svcctl.desk.following import Work, notice_rules
from svcctl.desk.occasions import LOOKS, Row
from svcctl.desk.rehearsing import rehearsed
from svcctl.desk.tables import ASSETS, HOLDS_FOR, TICKETS
from svcctl.desk.turn import Turn
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Where

_WAKE = "care_wake_at"


def care_due(workspace: Workspace, turn: Turn) -> Iterator[Row]:
    """See to every occasion of care that has come by the turn's instant; what was done.

    A second pass at the same instant finds nothing. Rules that say something else than at the last pass are noticed,
    and the wake times that they give recorded. An asset or ticket for which it cannot be said what is due stays as it
    is and comes out as `{"did": "refused", "asset" or "ticket", "error"}`. A dry run gives what the pass then gives.
    Raises Refusal `rules-broken`.
    """
    workspace, turn = rehearsed(workspace, turn)
    notice_rules(workspace, turn, HOLDS_FOR[_WAKE], _said, lambda: _works(workspace))
    for table, look in LOOKS.items():
        own = turn.replace(key=f"{turn.key}/{table}") if turn.key else turn
        yield from look_at_due(workspace, own, table, _WAKE, look)


def _works(workspace: Workspace) -> Iterator[Work]:
    """Works the wake times out anew."""
    yield from _assets_to_follow(workspace)
    yield from _tickets_to_follow(workspace)


def _said(workspace: Workspace) -> object:
    """What the occasions depend on, besides the assets and tickets; None without any rule of care."""
    rules = workspace.rulebook.rules
    if not rules.cares:
        return None
    return (__version__, str(workspace.zone), rules.default_calendar, rules.cares, rules.calendars)


def _assets_to_follow(workspace: Workspace) -> Iterator[Work]:
    asked = bool(cares_for(workspace.rulebook, "asset"))
    where = () if asked else (Where(_WAKE, "!=", None),)
    ids = [document["id"] for document in workspace.store.find(ASSETS, *where)]
    for start in range(0, len(ids), COMMIT):

        def work(desk: Desk, some: list[str] = ids[start : start + COMMIT]) -> None:
            known = remembering(desk)
            for id in some:
                follow_asset(desk, id, known)

        yield work


def _tickets_to_follow(workspace: Workspace) -> Iterator[Work]:
    states = sorted({state for rule in cares_for(workspace.rulebook, "ticket") for state in rule.states})
    waiting = workspace.store.find(TICKETS, Where(_WAKE, "!=", None))
    standing = workspace.store.find(TICKETS, Where("state", "in", states)) if states else iter(())
    ids = list(dict.fromkeys(document["id"] for found in (waiting, standing) for document in found))
    for start in range(0, len(ids), COMMIT):

        def work(desk: Desk, some: list[str] = ids[start : start + COMMIT]) -> None:
            for id in some:
                _follow_ticket(desk, id)

        yield work


def _follow_ticket(desk: Desk, id: str) -> None:
    ticket = desk.ticket(id)
    with suppress(Refusal):  # where its calendar is broken, it stays as it is
        if ticket_wake(desk.rulebook, desk.facts(ticket)) != ticket.care_wake_at:
            desk.change(id, "watched")
