"""Adopting what somebody edited by hand in the files of the store: it becomes a change like any other, on record."""

from svcctl.desk.assets import follow_record
from svcctl.desk.desk import Desk
from svcctl.desk.door import TicketInput, admit
from svcctl.desk.reading_desk import TICKETS
from svcctl.desk.records import TABLE_OF
from svcctl.foundation.errors import Refusal
from svcctl.store.transaction import JsonTransaction
from svcctl.ticket.event import Document, Event, changes

_NOUNS = {table: noun for noun, table in TABLE_OF.items()}


def adopt(desk: Desk, id: str, table: str = TICKETS) -> Document:
    """Record as a change what was edited of a document; the document afterwards. What follows from other fields of a
    ticket is worked out anew.

    Raises Refusal `unknown-ticket` or `unknown-record`; `illegal-move` where nothing was edited, or the store is not
    one of files; `bad-input` where what was edited cannot be read.
    """
    transaction = desk.transaction
    before = transaction.get(table, id)
    if before is None:
        code = "unknown-ticket" if table == TICKETS else "unknown-record"
        raise Refusal(code, f"there is no `{id}` in `{table}`")
    edited = transaction.put_back(table, id) if isinstance(transaction, JsonTransaction) else None
    if edited is None:
        raise Refusal("illegal-move", f"{id} is what its events make, so there is nothing to adopt")
    made = transaction.get(table, id) or {}
    new = {path: edited.get(path) for path in {**made, **edited} if path not in ("id", "revision")}
    new = {path: value for path, value in new.items() if value != made.get(path)}
    try:
        if table == TICKETS:
            _expect_sound(desk, id, {**made, **new}, new)
            desk.change(id, "adopted", new)
        else:
            transaction.record(Event(table, id, "adopted", desk.now, desk.actor, changes(made, new)))
            follow_record(desk, _NOUNS[table], id)
    except (AttributeError, KeyError, TypeError, ValueError) as broken:
        raise Refusal(
            "bad-input",
            f"what was edited of {id} cannot be read: {broken}",
            help="edit it again, or put back what its events make: `svcctl store verify --deep` says how",
        ) from broken
    return transaction.get(table, id) or {}


def _expect_sound(desk: Desk, id: str, after: Document, new: Document) -> None:
    """Raises Refusal `bad-input` for what no channel could have said, and for a state that the flow does not have."""
    admit(TicketInput, {name: new[name] for name in new.keys() & TicketInput.model_fields if new[name] is not None}, id)
    flow = desk.rulebook.flow(after.get("flow"))
    if after["state"] not in flow.states:
        raise Refusal(
            "bad-input",
            f"flow `{flow.id}` has no state `{after['state']}`",
            help="it has " + ", ".join(f"`{state}`" for state in flow.states),
        )
