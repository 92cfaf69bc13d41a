"""One occasion of care: a ticket is opened, a survey sent, somebody told; all in the commit that records it."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from svcctl.actions.applier import Notice, Outcome, apply_effects
from svcctl.decision.care import Occasion, asset_since, due_for_asset, due_for_ticket, is_answered, with_done
from svcctl.decision.effects import effects_of
from svcctl.decision.recipients import resolve_recipient
from svcctl.desk.assets import asset_facts, asset_of, record_care
from svcctl.desk.desk import Desk
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.notices import lead_of, post
from svcctl.desk.outcome import record_outcome
from svcctl.desk.tables import ASSETS, TICKETS
from svcctl.facts.asset import AssetFacts
from svcctl.facts.facts import Facts
from svcctl.foundation.instant import stored
from svcctl.language.placeholder import DUE, PLACEHOLDER
from svcctl.language.printer import print_action
from svcctl.language.tree import Action, Notify, OpenTicket, Recipient, SendSurvey
from svcctl.ticket.model import Ticket
from svcctl.ticket.people import Asset

TAG = "care"
Row = dict[str, Any]


def look_after_asset(desk: Desk, id: str) -> list[Row]:
    """See to the occasions of an asset that have come; what was done."""
    book, asset = desk.rulebook, asset_of(desk, id)
    facts = asset_facts(desk, asset)
    asset = asset.replace(care_since=asset_since(book, facts))
    rows: list[Row] = []
    for occasion in due_for_asset(book, AssetFacts(facts.of.replace(asset=asset))):
        row = _see_to_asset(desk, asset, facts, occasion)
        asset = asset.replace(care_done=with_done(asset.care_done, occasion))
        record_care(desk, facts, asset, "cared", str(occasion.rule.id), {**_why(occasion), **_told(row)})
        rows.append(row)
    if not rows:
        record_care(desk, facts, asset, "watched")
    return rows


def look_after_ticket(desk: Desk, id: str) -> list[Row]:
    """See to the occasions of a ticket that have come; what was done."""
    due = due_for_ticket(desk.rulebook, desk.facts(desk.ticket(id)))
    rows = [_see_to_ticket(desk, desk.ticket(id), occasion) for occasion in due]
    ticket = desk.ticket(id)
    if ticket.care_wake_at is not None and ticket.care_wake_at <= desk.now:
        desk.change(id, "watched")
    return rows


#: How the assets and tickets of a table are looked after.
LOOKS: Mapping[str, Callable[[Desk, str], list[Row]]] = {ASSETS: look_after_asset, TICKETS: look_after_ticket}


def _see_to_asset(desk: Desk, asset: Asset, facts: AssetFacts, occasion: Occasion) -> Row:
    actions = [_filled(action, facts, occasion, facts.of.zone) for action in occasion.actions]
    opened = [_open(desk, action, asset, occasion) for action in actions if isinstance(action, OpenTicket)]
    if opened:
        ticket = desk.ticket(opened[-1])
        outcome = _outcome(desk, ticket, actions)
        if outcome.new or outcome.add or outcome.notices or outcome.failures:
            record_outcome(desk, ticket, outcome, "cared", str(occasion.rule.id), _why(occasion))
    else:
        about = f"{occasion.rule.title or occasion.rule.id}: {asset.id}"
        draft = Ticket("", 0, "", desk.now, desk.now, about, asset=asset.id, customer=asset.customer, site=asset.site)
        outcome = _outcome(desk, draft, actions)
        for notice in outcome.notices:
            post(desk, "", notice, about, notice.text or about, str(occasion.rule.id))
        if outcome.failures:
            failed = Notice("failed", lead_of(desk, None))
            post(desk, "", failed, f"Nobody found: {about}", "; ".join(outcome.failures), str(occasion.rule.id))
    return _row(occasion, actions, outcome, opened[-1] if opened else None, asset.id)


def _see_to_ticket(desk: Desk, ticket: Ticket, occasion: Occasion) -> Row:
    facts = desk.facts(ticket)
    answered = is_answered(facts.case, occasion.rule.id) if facts.case else False
    wanted = (action for action in occasion.actions if not (answered and isinstance(action, SendSurvey)))
    actions = [_filled(action, facts, occasion, desk.workspace.zone) for action in wanted]
    asset = Asset(ticket.asset or "", customer=ticket.customer, site=ticket.site)
    opened = [_open(desk, action, asset, occasion) for action in actions if isinstance(action, OpenTicket)]
    outcome = _outcome(desk, ticket, actions)
    new = {**outcome.new, "care_done": with_done(ticket.care_done, occasion)}
    row = _row(occasion, actions, outcome, ticket.id, ticket.asset)
    why = {**_why(occasion), **_told({**row, "ticket": opened[-1] if opened else None})}
    record_outcome(desk, ticket, outcome.replace(new=new), "cared", str(occasion.rule.id), why)
    return row


def _open(desk: Desk, action: OpenTicket, asset: Asset, occasion: Occasion) -> str:
    """Open the ticket of an occasion and let the rules decide who does it; its id."""
    given = {"asset": asset.id, "customer": asset.customer, "site": asset.site}
    title = action.text or occasion.rule.title or f"{action.type} {asset.id}".strip()
    values: dict[str, Any] = {name: value for name, value in given.items() if value}
    values |= {"type": str(action.type), "title": title, "tags": [TAG]}
    if occasion.due > desk.now:
        values["expected_at"] = occasion.due
    from svcctl.desk.intake import open_ticket  # imports pydantic, which a sweep that opens nothing does without

    ticket = open_ticket(desk, values, complete=False)
    desk.change(ticket.id, "cared", rule=str(occasion.rule.id), why=_why(occasion))
    if desk.rulebook.entry is not None:
        dispatch_ticket(desk, ticket.id)
    return ticket.id


def _outcome(desk: Desk, ticket: Ticket, actions: Iterable[Action]) -> Outcome:
    """What the actions but the opening of tickets come to."""
    facts, roster = desk.facts(ticket), desk.roster
    plain = [action for action in actions if not isinstance(action, OpenTicket | SendSurvey)]
    resolved = effects_of(plain, facts, roster, desk.rulebook.calendar(None))
    outcome = apply_effects(resolved.effects, ticket, roster)
    for action in actions:
        if isinstance(action, SendSurvey):
            people = resolve_recipient(Recipient("customer"), facts.case, roster)
            asked = tuple(Notice("survey", person) for person in people)
            failures = () if people else (f"{print_action(action)}: there is nobody to ask",)
            outcome = outcome.replace(notices=(*outcome.notices, *asked), failures=(*outcome.failures, *failures))
    return outcome


def _filled(action: Action, facts: Facts, occasion: Occasion, zone: Any) -> Action:
    if isinstance(action, OpenTicket | Notify) and action.text:
        return action.replace(text=fill_in(action.text, facts, occasion, zone))
    return action


def fill_in(text: str, facts: Mapping[str, Any], occasion: Occasion, zone: Any) -> str:
    """The text with fields in place of what stands in braces; what is not known is `?`."""

    def shown(value: Any) -> str:
        if value is None:
            return "?"
        return str(value.astimezone(zone).date()) if isinstance(value, datetime) else str(value)

    return PLACEHOLDER.sub(lambda found: shown(occasion.due if found[1] == DUE else facts[found[1]]), text)


def _why(occasion: Occasion) -> dict[str, Any]:
    missed = {"missed": occasion.missed} if occasion.missed else {}
    repeat = {"repeat": occasion.repeat} if occasion.repeat else {}
    return {"occasion": occasion.key, "due_at": stored(occasion.due), **repeat, **missed}


def _told(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("actions", "to", "ticket") if row.get(name)}


def _row(occasion: Occasion, actions: Iterable[Action], outcome: Outcome, ticket: str | None, asset: str | None) -> Row:
    return {
        "asset": asset,
        "ticket": ticket,
        "rule": str(occasion.rule.id),
        "due_at": stored(occasion.due),
        "missed": occasion.missed,
        "actions": [print_action(action) for action in actions],
        "to": [f"{notice.to.kind} {notice.to.id}" for notice in outcome.notices],
    }
