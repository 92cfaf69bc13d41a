"""Intake: one door for all channels. A complaint becomes a ticket, filled in from what is known, or is refused
with the fields that its form still wants."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.door import TicketInput, admit
from svcctl.facts.facts import plain_value
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.quantity import UNITS, Quantity, parse_duration
from svcctl.language.blocks import FlowBlock, FormBlock, FormField
from svcctl.ticket.model import StateEntry, Ticket, priority_of

#: The form field that is the asset's id: whoever gives one is not asked for the other.
SERIAL = "serial"
History = Callable[[FlowBlock, datetime], tuple[StateEntry, ...]]
_TIMES = ("occurred_at", "reported_at", "expected_at")


def open_ticket(
    desk: Desk,
    values: Mapping[str, Any],
    *,
    complete: bool = True,
    history: History | None = None,
    more: Mapping[str, Any] | None = None,
) -> Ticket:
    """A new ticket from what a channel brought.

    The asset gives product, batch, site and customer where they were not given; the site gives the customer.
    `complete` refuses a ticket that lacks what its form requires (evidence is asked for when it is resolved,
    because it can only be attached to a ticket that exists). `history` gives the log of states after the first
    of a ticket that comes from another system, asked with its flow and when it was reported; `more` is what else only
    such a ticket brings.

    Raises Refusal `bad-input`, `missing-fields`, `unknown-record`.
    """
    given = admit(TicketInput, _with_instants(values, desk), "the ticket")
    new: dict[str, Any] = given.model_dump(mode="json", exclude_defaults=True)
    for field in _TIMES:
        if field in new:
            new[field] = stored(parse_instant(new[field]))
    form = desk.rulebook.form(new.get("type"))
    _fill_in(desk, new, form)
    _check_names(desk, new)
    _check_environment(new.get("environment", {}))
    if form is not None:
        new["fields"] = read_fields(form, new.get("fields", {}), complete=complete)
        if not new["fields"]:
            del new["fields"]
    reported = parse_instant(new.setdefault("reported_at", stored(desk.now)))
    flow = desk.flow_of(new)
    first = StateEntry(flow.states[0], reported)
    if history is None:
        return desk.open_ticket("created", {**new, **(more or {})}, flow.id, (first,))
    return desk.open_ticket("imported", {**new, **(more or {})}, flow.id, (first, *history(flow, reported)))


def _with_instants(values: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    return {
        key: parse_instant(value, desk.workspace.zone) if key in _TIMES and isinstance(value, str) else value
        for key, value in values.items()
        if value is not None
    }


def _fill_in(desk: Desk, new: dict[str, Any], form: FormBlock | None) -> None:
    asks_serial = form is not None and any(field.name == SERIAL for field in form.fields)
    answers = new.get("fields", {})
    if "asset" in new and asks_serial:
        new["fields"] = {SERIAL: new["asset"], **answers}
    elif SERIAL in answers and desk.transaction.get("assets", str(answers[SERIAL])) is not None:
        new["asset"] = str(answers[SERIAL])
    asset = desk.transaction.get("assets", new["asset"]) if "asset" in new else None
    for field, source in (
        ("product_line", "product_line"),
        ("product_model", "model"),
        ("batch", "batch"),
        ("site", "site"),
        ("customer", "customer"),
    ):
        if asset is not None and source in asset:
            new.setdefault(field, asset[source])
    site = desk.transaction.get("sites", new["site"]) if "site" in new else None
    for field in ("customer", "region"):
        if site is not None and field in site:
            new.setdefault(field, site[field])
    if "priority" not in new:
        new["priority"] = priority_of(new.get("urgency", "medium"), new.get("impact", "medium"))


def _check_names(desk: Desk, new: Mapping[str, Any]) -> None:
    for noun, table in (("customer", "customers"), ("site", "sites"), ("asset", "assets")):
        id = new.get(noun)
        if id is not None and desk.transaction.get(table, id) is None and desk.transaction.count(table):
            raise Refusal(
                "unknown-record",
                f"there is no {noun} `{id}`",
                help=f"`svcctl {noun} list` shows them; `svcctl {noun} set {id}` adds one",
            )


def _check_environment(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if isinstance(plain_value(value), str):
            raise Refusal(
                "bad-input",
                f"`environment.{name}` must be a number, with a unit where it has one, not `{value}`",
                help="write it like `83 %` or `-5 °C`",
            )


def read_fields(form: FormBlock, given: Mapping[str, Any], *, complete: bool) -> dict[str, Any]:
    """The answers to a form, each read as its kind.

    Raises Refusal `missing-fields` naming all that is required and absent, `bad-input` for an answer of
    another kind or to a question that the form does not ask.
    """
    known = {field.name: field for field in form.fields}
    strange = [name for name in given if name not in known]
    if strange:
        raise Refusal(
            "bad-input",
            f"form `{form.id}` has no field `{strange[0]}`",
            help="it asks for " + ", ".join(f"`{name}`" for name in known),
        )
    answers = {name: _answer(known[name], value) for name, value in given.items() if value not in (None, "")}
    wanted = [
        field for field in form.fields if field.required and field.kind != "evidence" and field.name not in answers
    ]
    if complete and wanted:
        raise Refusal(
            "missing-fields",
            f"a ticket of type `{form.id}` needs " + ", ".join(f"`{field.name}`" for field in wanted),
            help="; ".join(f"--field {field.name}=... ({field.label or field.kind})" for field in wanted),
            details={"missing": [field.name for field in wanted]},
        )
    return answers


def _answer(field: FormField, value: Any) -> Any:
    found = plain_value(value)
    kind = field.kind
    if kind == "text":
        return str(value)
    if kind == "choice" and value in field.choices:
        return value
    if kind == "truth" and str(value).lower() in ("yes", "no", "true", "false", "是", "否"):
        return str(value).lower() in ("yes", "true", "是")
    if kind in ("number", "integer") and isinstance(found, int):
        return found
    if kind == "number" and not isinstance(found, str | Quantity | bool):
        return str(found)
    if kind in ("percent", "quantity"):
        unit = "%" if kind == "percent" else field.unit or ""
        if isinstance(found, Quantity) and found.dimension == UNITS[unit].dimension:
            return str(found)
        if not isinstance(found, str | Quantity | bool):
            return f"{found} {unit}"
    if kind == "duration" and parse_duration(str(value)):
        return str(value)
    if kind in ("date", "instant"):
        return stored(parse_instant(str(value)))
    wanted = "one of " + ", ".join(field.choices) if kind == "choice" else f"a {kind}"
    if kind == "quantity":
        wanted += f" in {field.unit}"
    raise Refusal("bad-input", f"`{field.name}` must be {wanted}, not `{value}`")
