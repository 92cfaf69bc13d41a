"""Intake: one door for all channels. A complaint becomes a ticket, filled in from what is known, or is refused
with the fields that its form still wants."""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from svcctl.desk.desk import Desk
from svcctl.desk.door import TicketInput, admit
from svcctl.desk.fields import FROM_ASSET
from svcctl.desk.records import TABLE_OF
from svcctl.facts.facts import plain_value
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.quantity import UNITS, Quantity, parse_duration
from svcctl.foundation.written import duration_in_symbols, quantity_in_symbols
from svcctl.language.blocks import FlowBlock, FormBlock, FormField
from svcctl.ticket.document import to_document
from svcctl.ticket.model import StateEntry, Ticket, priority_of

if TYPE_CHECKING:
    from svcctl.desk.erp_intake import Answer

#: The form field that is the asset's id: whoever gives one is not asked for the other.
SERIAL = "serial"
#: Other form fields that the asset answers where nobody else did.
_ANSWERED = {"batch": "batch", "model": "product_model"}
_YES, _NO = frozenset({"yes", "true", "y", "1", "是"}), frozenset({"no", "false", "n", "0", "否"})
_MEASURED = frozenset({"number", "integer", "percent", "quantity"})
_KINDS = {
    "number": "a number",
    "integer": "a whole number",
    "percent": "a percentage, such as `83 %`",
    "date": "a date, such as `2026-11-23`",
    "instant": "a time, such as `2026-11-23T09:00`",
    "duration": "a duration, such as `4h`",
    "truth": "yes or no",
    "evidence": "attached as a file, once the ticket is there",
}
History = Callable[[FlowBlock, datetime], tuple[StateEntry, ...]]
_TIMES = ("occurred_at", "reported_at", "expected_at")
_SAYING = ("title", "description", "type", "fields")


def open_ticket(
    desk: Desk,
    values: Mapping[str, Any],
    *,
    complete: bool = True,
    history: History | None = None,
    more: Mapping[str, Any] | None = None,
    answers: "tuple[Answer, ...]" = (),
) -> Ticket:
    """A new ticket from what a channel brought.

    The asset gives product, batch, site and customer where they were not given; the site gives the customer.
    `complete` refuses a ticket that says nothing, or lacks what its form requires (evidence is asked for when it is
    resolved, because it can only be attached to a ticket that exists). `history` gives the log of states after the
    first of a ticket that comes from another system, asked with its flow and when it was reported; `more` is what else
    only such a ticket brings. `answers` is what ERPs said of its asset: they fill it in as well, and one that did not
    answer is asked again later.

    Raises Refusal `bad-input`, `missing-fields`, `unknown-record`.
    """
    new = read_input(desk, values, "the ticket")
    form = desk.rulebook.form(new.get("type"))
    down = any(answer.failed for answer in answers)
    if answers:
        from svcctl.desk.erp_intake import keep_answers

        new["erp"] = to_document(keep_answers(desk, answers))
    fill_in(desk, new, form, down=down)
    new.setdefault("priority", priority_of(new.get("urgency", "medium"), new.get("impact", "medium")))
    check_names(desk, new, ("customer", "site") if down else ("customer", "site", "asset"))
    if form is not None:
        spared = frozenset(_ANSWERED) if down else frozenset()
        told = read_fields(form, new.pop("fields", {}), desk.workspace.zone, complete=complete, spared=spared)
        if told:
            new["fields"] = told
    reported = parse_instant(new.setdefault("reported_at", stored(desk.now)))
    flow = desk.flow_of(new)
    first = StateEntry(flow.states[0], reported)
    if history is None:
        if complete and not any(new.get(field) for field in _SAYING):
            raise Refusal("missing-fields", "the ticket does not say what it is about", help="give at least a title")
        ticket = desk.open_ticket("created", {**new, **(more or {})}, flow.id, (first,))
        if down:
            from svcctl.desk.erp_intake import ask_later

            ask_later(desk, ticket, answers)
        return ticket
    return desk.open_ticket("imported", {**new, **(more or {})}, flow.id, (first, *history(flow, reported)))


def read_input(desk: Desk, values: Mapping[str, Any], what: str) -> dict[str, Any]:
    """What a channel says of a ticket, as documents have it; times without an offset are those of the workspace.
    Raises Refusal `bad-input`."""
    timed = {
        key: parse_instant(value, desk.workspace.zone) if key in _TIMES and isinstance(value, str) else value
        for key, value in values.items()
        if value is not None
    }
    new: dict[str, Any] = admit(TicketInput, timed, what).model_dump(mode="json", exclude_defaults=True)
    for field in _TIMES:
        if field in new:
            new[field] = stored(parse_instant(new[field]))
    if "environment" in new:
        new["environment"] = _environment(new["environment"])
    return new


def fill_in(desk: Desk, new: dict[str, Any], form: FormBlock | None, *, down: bool = False) -> None:
    """Put into `new` what its asset and site say, where it says nothing itself. `down`: an ERP did not answer, so that
    what is not on record may exist all the same."""
    asked = {field.name for field in form.fields} if form is not None else set()
    answers = {name: value for name, value in new.get("fields", {}).items() if value not in (None, "")}
    if "asset" in new and SERIAL in asked:
        answers.setdefault(SERIAL, new["asset"])
    elif "asset" not in new and SERIAL in answers and (down or desk.transaction.get("assets", str(answers[SERIAL]))):
        new["asset"] = str(answers[SERIAL])
    asset = desk.transaction.get("assets", new["asset"]) if "asset" in new else None
    for field, source in FROM_ASSET.items():
        if asset is not None and source in asset and _is_there(desk, field, asset[source]):
            new.setdefault(field, asset[source])
    for name, field in _ANSWERED.items():
        if name in asked and field in new:
            answers.setdefault(name, new[field])
    if answers:
        new["fields"] = answers
    site = desk.transaction.get("sites", new["site"]) if "site" in new else None
    for field in ("customer", "region"):
        if site is not None and field in site:
            new.setdefault(field, site[field])


def _is_there(desk: Desk, noun: str, id: str) -> bool:
    """Whether what an asset names is on record, or nothing of its kind is: an ERP may name what is not."""
    table = TABLE_OF.get(noun)
    return table is None or desk.transaction.get(table, id) is not None or not desk.transaction.count(table)


def check_names(desk: Desk, new: Mapping[str, Any], nouns: Iterable[str]) -> None:
    """Raises Refusal `unknown-record` for a record that is not there, where there are any of its kind."""
    for noun in nouns:
        id = new.get(noun)
        if id is not None and not _is_there(desk, noun, id):
            raise Refusal(
                "unknown-record",
                f"there is no {noun} `{id}`",
                help=f"`svcctl {noun} list` shows them; `svcctl {noun} set {id}` adds one",
            )


def _environment(given: Mapping[str, Any]) -> dict[str, Any]:
    read = {name: quantity_in_symbols(value) if isinstance(value, str) else value for name, value in given.items()}
    for name, value in read.items():
        found = plain_value(value)
        if isinstance(found, bool) or not isinstance(found, int | Decimal | Quantity):
            raise Refusal(
                "bad-input",
                f"`environment.{name}` must be a number, with a unit where it has one, not `{value}`",
                help="write it like `83 %` or `-5 °C`",
            )
    return read


def read_fields(
    form: FormBlock,
    given: Mapping[str, Any],
    zone: tzinfo,
    *,
    complete: bool,
    spared: AbstractSet[str] = frozenset(),
) -> dict[str, Any]:
    """The answers to a form, each read as its kind; times without an offset are in `zone`. Those `spared` may lack.

    Raises Refusal `missing-fields` naming all that is required and absent, `bad-input` for an answer of
    another kind or to a question that the form does not ask.
    """
    known = {field.name: field for field in form.fields}
    strange = [name for name in given if name not in known]
    if strange:
        raise Refusal(
            "bad-input",
            f"form `{form.id}` has no field `{strange[0]}`",
            help="it asks for " + (", ".join(f"`{name}`" for name in known) or "nothing"),
        )
    answers = {name: _answer(known[name], value, zone) for name, value in given.items() if value not in (None, "")}
    wanted = [
        field
        for field in form.fields
        if field.required and field.kind != "evidence" and field.name not in answers.keys() | spared
    ]
    if complete and wanted:
        raise Refusal(
            "missing-fields",
            f"a ticket of type `{form.id}` needs " + ", ".join(f"`{field.name}`" for field in wanted),
            help="; ".join(f"--field {field.name}=... ({field.label or field.kind})" for field in wanted),
            details={"missing": [field.name for field in wanted]},
        )
    return answers


def _answer(field: FormField, value: Any, zone: tzinfo) -> Any:
    kind = field.kind
    written = quantity_in_symbols(value) if isinstance(value, str) and kind in _MEASURED else value
    found = plain_value(written)
    number = isinstance(found, int | Decimal) and not isinstance(found, bool)
    match kind:
        case "text" if not isinstance(value, list | dict):
            return str(value)
        case "choice" if value in field.choices:
            return value
        case "truth" if str(value).lower() in _YES | _NO:
            return str(value).lower() in _YES
        case "integer" | "number" if number and isinstance(found, int):
            return found
        case "number" if number:
            return str(found)
        case "percent" | "quantity":
            unit = "%" if kind == "percent" else str(field.unit)
            if number:
                return f"{found} {unit}"
            if isinstance(found, Quantity) and found.dimension == UNITS[unit].dimension:
                return str(found)
        case "duration" if parse_duration(duration_in_symbols(str(value))) is not None:
            return duration_in_symbols(str(value))
        case "date" | "instant" if isinstance(value, str | datetime):
            with suppress(Refusal):
                return stored(parse_instant(str(value), zone))
    wanted = {
        "text": "text",
        "choice": "one of " + ", ".join(f"`{choice}`" for choice in field.choices),
        "quantity": f"a number in {field.unit}",
        **_KINDS,
    }[kind]
    raise Refusal("bad-input", f"`{field.name}` must be {wanted}, not `{value}`")
