"""Care in the sweep: occasions that have come are seen to, each once, by the assets and tickets whose instant it is."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from svcctl import __version__
from svcctl.decision.care import cares_for, ticket_wake
from svcctl.desk.assets import ASSETS, follow_asset, remembering
from svcctl.desk.desk import Desk
from svcctl.desk.due import COMMIT, look_at_due
from svcctl.desk.occasions import LOOKS, Row
from svcctl.desk.rehearsing import rehearsed
from svcctl.desk.tables import TICKETS
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.foundation.digest import sha256
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Where
from svcctl.ticket.event import Event, changes

CARE = "care"
#: The document that says for which rules the wake times of assets and tickets hold.
RULES = "rules"
_WAKE = "care_wake_at"


def care_due(workspace: Workspace, turn: Turn) -> Iterator[Row]:
    """See to every occasion of care that has come by the turn's instant; what was done.

    A second pass at the same instant finds nothing. Rules that say something else than at the last pass are noticed,
    and the wake times that they give recorded. An asset or ticket for which it cannot be said what is due stays as it
    is and comes out as `{"did": "refused", "asset" or "ticket", "error"}`. A dry run gives what the pass then gives.
    Raises Refusal `rules-broken`.
    """
    workspace, turn = rehearsed(workspace, turn)
    _notice_rules(workspace, turn)
    for table, look in LOOKS.items():
        own = turn.replace(key=f"{turn.key}/{table}") if turn.key else turn
        yield from look_at_due(workspace, own, table, _WAKE, look)


# ------------------------------------------------------------- rules that change


def _notice_rules(workspace: Workspace, turn: Turn) -> None:
    """Work the wake times out anew where the rules of care say something else than when they were recorded."""
    known = workspace.store.get(CARE, RULES) or {}
    try:
        key = workspace.rules_key
        if known.get("key") == key:
            return
        digest = _digest(workspace)
    except Refusal:  # rules that cannot be read change nothing; where something is due, that is said
        return
    plain = turn.replace(key=None)
    if known.get("digest", "") != digest:
        for work in (*_assets_to_follow(workspace), *_tickets_to_follow(workspace)):
            perform(workspace, plain, work)
    perform(workspace, plain, lambda desk: _remember(desk, {"key": key, "digest": digest or None}))


def _digest(workspace: Workspace) -> str:
    """What the occasions depend on, besides the assets and tickets; empty without any rule of care."""
    rules = workspace.rulebook.rules
    if not rules.cares:
        return ""
    said = (__version__, str(workspace.zone), rules.default_calendar, rules.cares, rules.calendars)
    return sha256(repr(said).encode()).hexdigest()


def _assets_to_follow(workspace: Workspace) -> Iterator[Callable[[Desk], None]]:
    asked = bool(cares_for(workspace.rulebook, "asset"))
    where = () if asked else (Where(_WAKE, "!=", None),)
    ids = [document["id"] for document in workspace.store.find(ASSETS, *where)]
    for start in range(0, len(ids), COMMIT):

        def work(desk: Desk, some: list[str] = ids[start : start + COMMIT]) -> None:
            known = remembering(desk)
            for id in some:
                follow_asset(desk, id, known)

        yield work


def _tickets_to_follow(workspace: Workspace) -> Iterator[Callable[[Desk], None]]:
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


def _remember(desk: Desk, new: dict[str, Any]) -> None:
    before = desk.transaction.get(CARE, RULES)
    desk.transaction.record(Event(CARE, RULES, "noticed", desk.now, desk.actor, changes(before, new)))
