"""What care is to come, and by which rules; nothing is changed."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from svcctl.decision.care import Occasion, planned_for_asset, planned_for_ticket
from svcctl.desk.assets import asset_facts, remembering
from svcctl.desk.occasions import fill_in
from svcctl.desk.reading_desk import Lookup, ReadingDesk, reading_desk
from svcctl.desk.tables import ASSETS, TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.language.print_care import print_subject, print_timing
from svcctl.language.printer import print_action
from svcctl.language.tree import Notify, OpenTicket
from svcctl.store.contract import Where
from svcctl.ticket.document import from_document
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Asset

Row = dict[str, Any]


def upcoming_care(
    workspace: Workspace, now: datetime, until: datetime, *, asset: str | None = None, customer: str | None = None
) -> list[Row]:
    """Every occasion up to an instant if nothing changes but the time, in order: of one asset, of one customer's, or
    of all. Raises Refusal `unknown-record`, `rules-broken`."""
    for table, id in (("assets", asset), ("customers", customer)):
        if id is not None and workspace.store.get(table, id) is None:
            noun = table.removesuffix("s")
            raise Refusal("unknown-record", f"there is no {noun} `{id}`", help=f"`svcctl {noun} list` shows them")
    desk = reading_desk(workspace, now)
    where = [] if customer is None else [Where("customer", "==", customer)]
    whose = [] if asset is None else [Where("id", "==", asset)]
    assets = workspace.store.find(ASSETS, *where, *whose)
    about = [] if asset is None else [Where("asset", "==", asset)]
    tickets = workspace.store.find(TICKETS, *where, *about, Where("care_wake_at", "!=", None))
    known = remembering(desk)
    rows = [row for document in assets for row in _of_asset(desk, from_document(Asset, document), until, known)]
    rows += [row for document in tickets for row in _of_ticket(desk, from_document(Ticket, document), until)]
    return sorted(rows, key=lambda row: (row["at"], row["rule"], row["asset"] or "", row["ticket"] or ""))


def _of_asset(desk: ReadingDesk, asset: Asset, until: datetime, known: Lookup) -> Iterator[Row]:
    facts = asset_facts(desk, asset, known)
    for occasion in planned_for_asset(desk.rulebook, facts, until):
        yield _row(occasion, facts, facts.of.zone, None, asset.id, asset.customer)


def _of_ticket(desk: ReadingDesk, ticket: Ticket, until: datetime) -> Iterator[Row]:
    facts = desk.facts(ticket)
    for occasion in planned_for_ticket(desk.rulebook, facts, until):
        yield _row(occasion, facts, desk.workspace.zone, ticket.id, ticket.asset, ticket.customer)


def _row(
    occasion: Occasion, facts: Mapping[str, Any], zone: Any, ticket: str | None, asset: str | None, customer: str | None
) -> Row:
    texts = (action.text for action in occasion.actions if isinstance(action, OpenTicket | Notify) and action.text)
    return {
        "id": occasion.key,
        "at": stored(occasion.at),
        "due_at": stored(occasion.due),
        "rule": str(occasion.rule.id),
        "asset": asset,
        "ticket": ticket,
        "customer": customer,
        "actions": [_plainly(action) for action in occasion.actions],
        "text": "; ".join(fill_in(text, facts, occasion, zone) for text in texts),
    }


def _plainly(action: Any) -> str:
    return print_action(action.replace(text=None) if isinstance(action, OpenTicket | Notify) else action)


def care_rows(workspace: Workspace) -> list[Row]:
    """The rules of care: what each is for, when it comes, and what is done. Raises Refusal `rules-broken`."""
    return [
        {
            "id": str(block.id),
            "title": block.title or "",
            "for": print_subject(block),
            "when": print_timing(block),
            "actions": [_plainly(action) for action in block.actions],
        }
        for block in workspace.rulebook.rules.cares
    ]
