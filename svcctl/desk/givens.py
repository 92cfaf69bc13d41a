"""What a rule test is given, put on stage: people, things, and the ticket."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from svcctl.decision.acceptance import VERIFIER
from svcctl.desk.desk import Desk
from svcctl.desk.fields import ticket_field
from svcctl.desk.tables import TICKETS
from svcctl.desk.work import read_survey
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.quantity import Elapsed, Quantity
from svcctl.foundation.record import Record
from svcctl.language.scenario_block import Given
from svcctl.ticket.document import to_document
from svcctl.ticket.event import Event, changes
from svcctl.ticket.model import (
    Acknowledgement,
    Comment,
    Cost,
    Evidence,
    Measurement,
    PlanStep,
    Signature,
    StateEntry,
    Survey,
    priority_of,
)

Words = tuple[str, ...]

#: Facts that are worked out from others, so that nobody can give them.
_DERIVED = frozenset({"id", "age.business", "state_age", "reopened"})
#: Records are given before the ticket that speaks of them.
_RECORDS = ("team", "engineer", "customer", "site")
#: What is on the ticket besides its fields.
_SHOWN = ("measurement", "survey", "evidence", "signature", "message")
#: Facts of a record that the ticket refers to: the table, and the record's field.
_RECORD_FIELDS = {
    "customer.tier": ("customers", "customer", "tier"),
    "customer.name": ("customers", "customer", "name"),
    "customer.region": ("customers", "customer", "region"),
    "site.name": ("sites", "site", "name"),
    "asset.installed_at": ("assets", "asset", "installed_at"),
    "asset.warranty_until": ("assets", "asset", "warranty_until"),
    "asset.under_warranty": ("assets", "asset", "warranty_until"),
    "asset.contract_until": ("assets", "asset", "contract_until"),
    "asset.under_contract": ("assets", "asset", "contract_until"),
}


class Stage(Record):
    """The ticket's id, and whether the givens placed it (with an assignee, team or state), so that it is not
    dispatched. Where only assets are given there is no ticket; `asset` is the last of them."""

    ticket: str | None
    placed: bool
    asset: str | None = None


def set_stage(desk: Desk, givens: Sequence[Given]) -> Stage:
    """Record everything given; without a given ticket or asset there is an empty ticket.

    Raises Refusal `bad-input` for what cannot be given.
    """
    for given in givens:
        if given.kind in _RECORDS:
            _save(desk, f"{given.kind}s", given.name or given.kind, _record_fields(given))
    assets = [give_asset(desk, given) for given in givens if given.kind == "asset"]
    teams = {str(engineer["team"]) for engineer in desk.transaction.find("engineers") if engineer.get("team")}
    for team in sorted(teams):
        if desk.transaction.get("teams", team) is None:
            _save(desk, "teams", team, {})
    fields = [pair for given in givens if given.kind == "ticket" for pair in given.fields]
    _load(desk, givens)
    asset = assets[-1] if assets else None
    if asset is not None and not any(given.kind not in ("asset", *_RECORDS) for given in givens):
        return Stage(None, True, asset)
    stage = _open(desk, [(".".join(words), value.value) for words, value in fields]).replace(asset=asset)
    assert stage.ticket is not None
    for given in givens:
        if given.kind in _SHOWN:
            _show(desk, stage.ticket, given)
    return stage


def _save(desk: Desk, table: str, id: str, fields: Mapping[str, Any]) -> None:
    before = desk.transaction.get(table, id)
    new = changes(before, {field: to_document(value) for field, value in fields.items()})
    desk.transaction.record(Event(table, id, "given", desk.now, desk.actor, new))


def _record_fields(given: Given) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for words, literal in given.fields:
        value, first = literal.value, words[0]
        if first == "skill" and len(words) > 1:
            fields.setdefault("skills", {})[words[1]] = value
        elif first in ("region", "role") and given.kind == "engineer":
            fields.setdefault(f"{first}s", []).append(value)
        elif first == "on_leave" and value:
            fields["leave"] = [{"start": "0001-01-01T00:00:00Z", "end": "9999-01-01T00:00:00Z"}]
        elif first != "open_tickets":
            fields["_".join(words)] = value
    return fields


def give_asset(desk: Desk, given: Given) -> str:
    """Record a given asset, with its model where rated values are given; its id."""
    fields: dict[str, Any] = {}
    ratings: dict[str, str] = {}
    for words, literal in given.fields:
        path = ".".join(words).removeprefix("asset.")
        scope, _, name = path.partition(".")
        value = _as_recorded(desk, literal.value)
        if path in ("product.line", "product.model"):
            fields["product_line" if name == "line" else "model"] = value
        elif path in ("under_warranty", "under_contract"):
            until = desk.now + timedelta(days=365 if value else -1)
            fields["warranty_until" if path == "under_warranty" else "contract_until"] = until
        elif scope == "product":
            ratings[name] = str(value)
        elif scope == "meter":
            fields.setdefault("meters", {})[name] = str(value)
        else:
            fields[{"customer.id": "customer", "site.id": "site", "serial": "id"}.get(path, path)] = value
    id = str(fields.pop("id", given.name or given.kind))
    if ratings:
        _save(desk, "products", str(fields.setdefault("model", "the-model")), {"ratings": ratings})
    _save(desk, "assets", id, fields)
    return id


def _as_recorded(desk: Desk, value: Any) -> Any:
    """A value as records keep it: a date is the first instant of its day."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return parse_instant(value.isoformat(), desk.workspace.zone)
    return str(value) if isinstance(value, Quantity) else value


def _open(desk: Desk, given: list[tuple[str, Any]]) -> Stage:
    new: dict[str, Any] = {}
    tags: list[str] = []
    for path, value in given:
        if path in _DERIVED:
            raise Refusal("bad-input", f"`{path}` is worked out, so a test cannot give it")
        if path == "tags":
            tags.append(value)
        elif path not in _RECORD_FIELDS:
            field, kept = _as_kept(desk, path, value)
            new[field] = kept
    for path, value in given:
        if path in _RECORD_FIELDS:
            table, holder, field = _RECORD_FIELDS[path]
            if path in ("asset.under_warranty", "asset.under_contract"):
                value = desk.now + timedelta(days=365 if value else -1)
            _save(desk, table, new.setdefault(holder, f"the-{holder}"), {field: value})
    if "priority" not in new:
        new["priority"] = priority_of(new.get("urgency", "medium"), new.get("impact", "medium"))
    reported = new.pop("reported_at", desk.now)
    flow = desk.flow_of(new)
    states: tuple[StateEntry, ...] = (StateEntry(flow.states[0], reported),)
    state = new.pop("state", None)
    if state is not None and state != flow.states[0]:
        states = (*states, StateEntry(state, desk.now))
    placed = state is not None or not new.keys().isdisjoint({"assignee", "team", "queue"})
    more = {"tags": tags} if tags else {}
    ticket = desk.open_ticket("given", {**new, **more, "reported_at": reported}, flow.id, states)
    return Stage(ticket.id, placed)


def _as_kept(desk: Desk, path: str, value: Any) -> tuple[str, Any]:
    """The field of the ticket that answers a fact, and what it must hold for that."""
    match path:
        case "plan.cost":
            return "plan", [PlanStep("A1", "as planned", "someone", desk.now, "as agreed", cost=value.amount)]
        case "plan":
            steps = range(1, max(value, 1) + 1) if isinstance(value, int) else (1,)
            return "plan", [PlanStep(f"A{step}", str(value), "someone", desk.now, "as agreed") for step in steps]
        case "cost.total":
            return "costs", [Cost("given", value.amount, value.unit, desk.now, desk.actor)]
        case "acknowledged":
            return "acknowledged", Acknowledgement(desk.actor, desk.now) if value is True else None
        case "survey.csat":
            return "survey", Survey(value, desk.now)
        case "age.elapsed":
            return "reported_at", desk.now - timedelta(seconds=value.seconds)
    plain = isinstance(value, str | int | datetime | Decimal)
    return ticket_field(path), value if plain else str(value)


def _load(desk: Desk, givens: Sequence[Given]) -> None:
    """Give each engineer as many other open tickets as the test says."""
    for given in givens:
        counts = [literal.value for words, literal in given.fields if words == ("open_tickets",)]
        for _ in range(counts[0] if counts and isinstance(counts[0], int) else 0):
            other = desk.transaction.next_id(TICKETS)
            new = {"assignee": given.name, "open": True, "state": "accepted", "created_at": stored(desk.now)}
            new |= {"reported_at": stored(desk.now)}
            desk.transaction.record(Event(TICKETS, other, "given", desk.now, desk.actor, changes(None, new)))


def _show(desk: Desk, id: str, given: Given) -> None:
    fields: dict[str, Any] = {".".join(words): literal.value for words, literal in given.fields}
    at = fields.get("at", desk.now)
    name = given.name or ""
    if given.kind == "survey":
        by = fields.get("by", desk.actor)
        desk.change(id, "surveyed", {"survey": read_survey(str(_needed(fields, "csat", "survey")), at, str(by))})
    elif given.kind == "evidence":
        shown = Evidence(name, name, "0" * 64, 0, at, desk.actor, fields.get("criterion"))
        desk.change(id, "attached", add={"evidence": (shown,) * int(fields.get("count", 1))})
    elif given.kind == "message":
        said = Comment(str(fields.get("text", "?")), at, desk.actor, public=True, by_customer=True)
        desk.change(id, "commented", add={"comments": (said,)})
    elif given.kind == "signature":
        signed = Signature(str(_needed(fields, "by", "signature")), name or VERIFIER, at)
        desk.change(id, "signed", add={"signatures": (signed,)})
    else:
        desk.change(id, "measured", add={"measurements": tuple(_readings(desk, name, fields, at))})


def _readings(desk: Desk, name: str, fields: Mapping[str, Any], at: datetime) -> list[Measurement]:
    value = _needed(fields, "value", name)
    amount, unit = (value.amount, value.unit) if isinstance(value, Quantity) else (value, None)
    every, until = fields.get("every"), fields.get("until", at)
    step = timedelta(seconds=every.seconds if isinstance(every, Elapsed) else 0)
    instants = [at + step * number for number in range(int(fields.get("count", 1)))]
    while step and instants[-1] + step <= until:
        instants.append(instants[-1] + step)
    batch, method, actor = fields.get("batch"), fields.get("method"), str(fields.get("by", desk.actor))
    return [Measurement(name, amount, instant, actor, unit, batch, method) for instant in instants]


def _needed(fields: Mapping[str, Any], field: str, what: str) -> Any:
    if field not in fields:
        raise Refusal("bad-input", f"the given `{what}` does not say its `{field}`")
    return fields[field]
