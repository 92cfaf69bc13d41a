"""Correcting what was said of a ticket when it came in. Who has it and how far it is are changed by their own verbs."""

from collections.abc import Mapping, Sequence
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.intake import check_names, fill_in, read_fields, read_input
from svcctl.desk.outcome import flow_of_type
from svcctl.foundation.errors import Refusal
from svcctl.language.blocks import FormBlock
from svcctl.ticket.document import to_document
from svcctl.ticket.event import changes
from svcctl.ticket.model import Ticket, priority_of
from svcctl.ticket.people import Contact

_PARTS = ("fields", "environment")


def correct(
    desk: Desk, id: str, values: Mapping[str, Any], *, untag: Sequence[str] = (), complete: bool = True
) -> Ticket:
    """Bring `values` into a ticket, as its channel would have said them; an empty text takes a value away, and tags are
    added to those there are. What changes nothing is not recorded.

    Another asset or site brings what it says, another urgency or impact its priority, and another type its form and,
    where the ticket has been nowhere that it does not know, its flow. A contact without a name is the one there is.
    Raises Refusal `unknown-ticket`, `bad-argument` where nothing is given, and what taking in a ticket raises.
    """
    ticket = desk.ticket(id)
    said = {name: _without_empty(value) if name in _PARTS else value for name, value in values.items()}
    if "contact" in values:
        said["contact"] = _contact(ticket.contact, values["contact"])
    taken = [name for name, value in said.items() if value == ""]
    new = read_input(desk, {name: value for name, value in said.items() if value != ""}, id)
    if not (new or taken or untag or any(values.get(name) for name in _PARTS)):
        raise Refusal("bad-argument", "nothing is given to be set", help="see `svcctl ticket set --help`")
    form = desk.rulebook.form(None if "type" in taken else new.get("type", ticket.type))
    fill_in(desk, new, form)
    check_names(desk, new, ("customer", "site", "asset"))
    if form is not None and ("type" in new or "fields" in values or "fields" in new):
        new["fields"] = _answers(desk, ticket, form, values.get("fields", {}), new.get("fields", {}), complete)
    elif "fields" in values:
        new["fields"] = _merged(ticket.fields, values["fields"], new.get("fields", {}))
    if "environment" in values:
        new["environment"] = _merged(ticket.environment, values["environment"], new.get("environment", {}))
    if "tags" in new or untag:
        tags = dict.fromkeys((*ticket.tags, *new.get("tags", ())))
        new["tags"] = [tag for tag in tags if tag not in untag] or None
    new |= dict.fromkeys(taken)
    if new.keys() & {"urgency", "impact", "priority"} and not new.get("priority"):
        levels = (new.get(name, getattr(ticket, name)) or "medium" for name in ("urgency", "impact"))
        new["priority"] = priority_of(*levels)
    new |= flow_of_type(desk, ticket, new)
    return desk.change(id, "corrected", new) if changes(desk.document(id), to_document(new)) else ticket


def _without_empty(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value != ""}


def _contact(known: Contact | None, said: Mapping[str, Any]) -> Any:
    """Another name is another person; without one it is said how to reach the person there is."""
    if "name" in said:
        return {**said, "address": _without_empty(said["address"])} if said["name"] else ""
    address = _without_empty({**(known.address if known is not None else {}), **said["address"]})
    return {"address": address, **({"name": known.name} if known is not None else {})}


def _merged(before: Mapping[str, Any], said: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any] | None:
    return {name: value for name, value in {**before, **read}.items() if said.get(name) != ""} or None


def _answers(
    desk: Desk, ticket: Ticket, form: FormBlock, said: Mapping[str, Any], new: Mapping[str, Any], complete: bool
) -> dict[str, Any] | None:
    """The answers to a form, those from before with them; of another form only those that both ask."""
    asked = {field.name for field in form.fields}
    before = {name: value for name, value in ticket.fields.items() if name in asked}
    gone = {name: value for name, value in said.items() if value == ""}
    return read_fields(form, {**before, **new, **gone}, desk.workspace.zone, complete=complete) or None
