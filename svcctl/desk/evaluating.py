"""Decisions without a store: a ticket as JSON with the records that it speaks of, and what the rules say of it."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from svcctl.decision.acceptance import check_acceptance
from svcctl.decision.decision import Decision
from svcctl.decision.dispatch import decide
from svcctl.decision.escalation import next_watches, plan, watching
from svcctl.decision.roster import Roster
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.sla import promise
from svcctl.facts.case import Case
from svcctl.facts.facts import collect_facts
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.record import Record
from svcctl.language.printer import print_action
from svcctl.ticket.admission import admit_record
from svcctl.ticket.clocks import derive_clocks
from svcctl.ticket.document import to_document
from svcctl.ticket.model import StateEntry, Ticket, priority_of
from svcctl.ticket.people import Asset, Customer, Engineer, Site, Team

#: What is told of a ticket, each by the kind of block that says it.
PARTS = ("dispatch", "sla", "escalation", "acceptance")
#: Records that a ticket names, by the field that names them.
_NAMED: Mapping[str, type[Record]] = {"customer": Customer, "site": Site, "asset": Asset}
_PEOPLE = ("engineers", "teams")
#: What the store adds to documents, and `ticket show` to tickets.
_ADDED = ("schema", "open", "clocks", "moves")
#: What a ticket takes over from its asset and its site where it does not say, as it does when it is opened.
_FROM_ASSET = {"product_line": "product_line", "product_model": "model", "batch": "batch"}


class Records(Record):
    """Records that many tickets speak of, by id; `load` is the number of open tickets of engineers.

    Who there is counts as known once there is an engineer or a team.
    """

    customers: Mapping[str, Customer] = {}
    sites: Mapping[str, Site] = {}
    assets: Mapping[str, Asset] = {}
    engineers: Mapping[str, Engineer] = {}
    teams: Mapping[str, Team] = {}
    load: Mapping[str, int] = {}


def records_of(given: Any, zone: tzinfo | None = None) -> Records:
    """Records from JSON: `{"customers": [...], "sites": [...], "assets": [...], "engineers": [...], "teams": [...]}`,
    each as `svcctl NOUN list -o json` writes it. Engineers may have `open_tickets`. Raises Refusal `bad-input`."""
    if not isinstance(given, Mapping):
        raise Refusal("bad-input", "the records are not an object", help='write `{"engineers": [...], ...}`')
    kinds: Mapping[str, type[Record]] = {f"{noun}s": kind for noun, kind in _NAMED.items()}
    kinds = {**kinds, "engineers": Engineer, "teams": Team}
    strange = next((name for name in given if name not in kinds), None)
    if strange is not None:
        raise Refusal("bad-input", f"there are no records `{strange}`", help=f"one of {', '.join(kinds)}")
    found = {name: {} if name not in given else _by_id(kind, given[name], zone) for name, kind in kinds.items()}
    return Records(**found, load=_load(given.get("engineers", ())))


def evaluate(
    book: Rulebook,
    given: Any,
    *,
    now: datetime,
    records: Records | None = None,
    zone: tzinfo | None = None,
    currency: str = "CNY",
    parts: Collection[str] = PARTS,
) -> dict[str, Any]:
    """What the rules say of one ticket, as plain JSON: the `dispatch` decision with its reasons, what each `sla`
    promises and when that is due, each `escalation` that watches with its steps, and the `acceptance` checklist.

    `given` is a ticket as JSON: fields of a ticket, all optional, the customer, site and asset by id or as objects in
    their place, and perhaps `engineers` and `teams` (lists) and `now` (a time). What it does not say is looked for in
    `records`; where neither knows who there is, an assignment stays a wish. Raises Refusal `bad-input`, `bad-time`, and
    `unknown-rule` where the ticket names a calendar that the rules do not have.
    """
    case, roster = _case(book, given, now, records or Records(), zone, currency)
    facts = collect_facts(case)
    told: dict[str, Any] = {"id": case.ticket.id or None}
    if "dispatch" in parts and book.entry is not None:
        told["dispatch"] = _dispatched(book, decide(book, facts, roster))
    if "sla" in parts:
        told["sla"] = _promised(book, case)
    if "escalation" in parts:
        told["escalation"] = _watched(book, case)
    if "acceptance" in parts:
        found = check_acceptance(book, facts, roster)
        checks = [{name: getattr(check, name) for name in check._fields} for check in found.checks]
        told["acceptance"] = {"accepted": found.accepted, "blocks": list(found.blocks), "checks": checks}
    return told


# ------------------------------------------------------------------------- case


def _case(
    book: Rulebook, given: Any, now: datetime, records: Records, zone: tzinfo | None, currency: str
) -> tuple[Case, Roster]:
    if not isinstance(given, Mapping):
        raise Refusal("bad-input", "the ticket is not an object", help='write `{"id": ..., "type": ..., ...}`')
    if "now" in given:
        now = _instant(given["now"], zone)
    things = {noun: _thing(noun, given.get(noun), records, zone) for noun in _NAMED}
    customer, site, asset = things["customer"], things["site"], things["asset"]
    if site is None and asset is not None:
        site = records.sites.get(asset.site or "")
    if customer is None:
        owner = (asset.customer if asset else None) or (site.customer if site else None)
        customer = records.customers.get(owner or "")
    ticket = _ticket({**given, **{noun: _id(given.get(noun)) for noun in _NAMED if noun in given}}, now, zone)
    ticket = _filled(ticket, customer, site, asset)
    roster = _roster(given, records, zone)
    case = Case(
        ticket,
        now,
        customer=customer,
        site=site,
        asset=asset,
        assignee=roster.engineers.get(ticket.assignee or ""),
        team=roster.teams.get(ticket.team or ""),
        form=book.form(ticket.type),
        calendar=book.calendar(site.calendar if site else None),
        calendars=book.calendars,
        currency=currency,
    )
    flow = book.flow_for(collect_facts(case))
    states = ticket.states
    if not states:
        first = StateEntry(flow.states[0], ticket.reported_at)
        states = (first,) if ticket.state in ("", first.state) else (first, StateEntry(ticket.state, now))
    ticket = ticket.replace(flow=flow.id, state=ticket.state or states[-1].state, states=states)
    return case.replace(ticket=ticket, milestones=book.milestones(flow.id)), roster


def _ticket(given: Mapping[str, Any], now: datetime, zone: tzinfo | None) -> Ticket:
    reported = given.get("reported_at")
    start = now if reported is None else _instant(reported, zone)
    defaults = {"id": "", "revision": 0, "state": "", "created_at": start, "reported_at": start}
    also = ("now", *_PEOPLE, *_ADDED)
    ticket = admit_record(Ticket, given, "the ticket", zone, also=also, defaults=defaults)
    if ticket.priority is None:
        levels = (ticket.urgency or "medium", ticket.impact or "medium")
        try:
            ticket = ticket.replace(priority=priority_of(*levels))
        except ValueError:
            raise Refusal(
                "bad-input", "the ticket: `urgency` and `impact` are each `low`, `medium` or `high`"
            ) from None
    return ticket


def _filled(ticket: Ticket, customer: Any, site: Any, asset: Any) -> Ticket:
    """The ticket with what its asset and its site answer where it does not say."""
    found: dict[str, Any] = {}
    if asset is not None:
        found.update((field, getattr(asset, source)) for field, source in _FROM_ASSET.items())
    found.update(customer=customer.id if customer else None, site=site.id if site else None)
    found["region"] = site.region if site else None
    lacking = {field: value for field, value in found.items() if value is not None and getattr(ticket, field) is None}
    return ticket.replace(**lacking)


def _thing(noun: str, given: Any, records: Records, zone: tzinfo | None) -> Any:
    if given is None or isinstance(given, str):
        return getattr(records, f"{noun}s").get(given or "")
    return admit_record(_NAMED[noun], given, f"the {noun}", zone, also=("revision", *_ADDED))


def _id(given: Any) -> Any:
    return given.get("id") if isinstance(given, Mapping) else given


def _roster(given: Mapping[str, Any], records: Records, zone: tzinfo | None) -> Roster:
    if not any(name in given for name in _PEOPLE):
        known = bool(records.engineers or records.teams)
        return Roster(records.engineers, records.teams, records.load, known)
    engineers = _by_id(Engineer, given.get("engineers", ()), zone)
    teams = _by_id(Team, given.get("teams", ()), zone)
    teams = {**{id: Team(id) for each in engineers.values() if (id := each.team)}, **teams}
    return Roster({**records.engineers, **engineers}, {**records.teams, **teams}, _load(given.get("engineers", ())))


def _by_id(kind: type[Record], given: Any, zone: tzinfo | None) -> dict[str, Any]:
    if not isinstance(given, list | tuple):
        raise Refusal("bad-input", "records stand in a list: `[{...}, ...]`")
    found = {}
    for each in given:
        record: Any = admit_record(
            kind, each, f"a record of `{kind.__name__.lower()}`", zone, also=("revision", "open_tickets", *_ADDED)
        )
        found[record.id] = record
    return found


def _load(given: Iterable[Any]) -> dict[str, int]:
    found = {}
    for each in given:
        count = each.get("open_tickets", 0)
        if not isinstance(count, int):
            raise Refusal("bad-input", f"`open_tickets` must be a whole number, not `{count}`")
        found[each["id"]] = count
    return found


def _instant(given: Any, zone: tzinfo | None) -> datetime:
    if not isinstance(given, str):
        raise Refusal("bad-input", f"`{given}` is not a time", help="write it like `2026-11-23T09:00:00+08:00`")
    return parse_instant(given, zone)


# ----------------------------------------------------------------------- answers


def _dispatched(book: Rulebook, decision: Decision) -> dict[str, Any]:
    rules = [book.rule(trace.rule) for trace in decision.considered if trace.matched]
    otherwise = book.dispatch(decision.block).block.otherwise if not decision.rules else None
    actions = [action for rule in rules for action in rule.actions] + list(otherwise or ())
    told = to_document(decision)
    return {
        "block": decision.block,
        "rule": decision.rule,
        "rules": list(decision.rules),
        "through": list(decision.through),
        "actions": [print_action(action) for action in actions],
        "effects": told.get("effects", []),
        "considered": told.get("considered", []),
        "choices": told.get("choices", []),
    }


def _promised(book: Rulebook, case: Case) -> list[dict[str, Any]]:
    targets = promise(book, collect_facts(case))
    ticket = case.ticket.replace(targets=targets)
    by_kind = {target.kind: target for target in targets}
    return [
        {
            "kind": clock.kind,
            "sla": clock.sla,
            "within": None if clock.within is None else str(clock.within),
            "calendar": clock.calendar,
            "pauses": list(by_kind[clock.kind].pauses) if clock.kind in by_kind else [],
            "due_at": None if clock.due is None else stored(clock.due),
        }
        for clock in derive_clocks(ticket, case.calendars, case.now, case.calendar, case.milestones)
    ]


def _watched(book: Rulebook, case: Case) -> list[dict[str, Any]]:
    """Each escalation that watches the ticket, and its steps with the instant at which each is next due."""
    ticket = case.ticket
    if not ticket.targets:
        ticket = ticket.replace(targets=promise(book, collect_facts(case)))
    truths = watching(book, collect_facts(case.replace(ticket=ticket)))
    case = case.replace(ticket=ticket.replace(watches=next_watches(ticket, case.now, truths)))
    clocks = derive_clocks(case.ticket, case.calendars, case.now, case.calendar, case.milestones)
    told = []
    for rule in book.escalations:
        if truths[rule.id] is False:
            continue
        steps = []
        for item in plan(rule, case, clocks):
            for at in item.repeats[item.last + 1 : item.last + 2]:
                actions = [print_action(action) for action in item.step.actions]
                steps.append({"step": item.name, "due_at": stored(at), "due": at <= item.horizon, "actions": actions})
        told.append({"rule": str(rule.id), "unknown": truths[rule.id] is None, "steps": steps})
    return told
