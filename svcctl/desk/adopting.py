"""Adopting what somebody edited by hand in the files of the store: it becomes a change like any other, on record."""

from typing import Any

from svcctl.desk.assets import follow_record
from svcctl.desk.desk import Desk
from svcctl.desk.door import DOORS, Door, TicketInput, admit
from svcctl.desk.kinds import KINDS
from svcctl.desk.records import TABLE_OF
from svcctl.desk.tables import TICKETS
from svcctl.foundation.errors import Refusal
from svcctl.store.transaction import JsonTransaction
from svcctl.ticket.admission import admit_record
from svcctl.ticket.document import to_document
from svcctl.ticket.event import Document, Event, changes

_NOUNS = {table: noun for noun, table in TABLE_OF.items()}


def adopt(desk: Desk, id: str, table: str = TICKETS) -> Document:
    """Record as a change what was edited of a document; the document afterwards. What follows from other fields of a
    ticket is worked out anew.

    Raises Refusal `unknown-ticket` or `unknown-record`; `illegal-move` where nothing was edited, or the store is not
    one of files; `bad-input` where what was edited means nothing.
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
    new = _read(desk, table, id, made, edited)
    if table == TICKETS:
        desk.change(id, "adopted", new)
    else:
        transaction.record(Event(table, id, "adopted", desk.now, desk.actor, changes(made, new)))
        follow_record(desk, _NOUNS[table], id)
    return transaction.get(table, id) or {}


def _read(desk: Desk, table: str, id: str, made: Document, edited: Document) -> dict[str, Any]:
    """What was edited, as it is stored. Raises Refusal `bad-input` for a field that there is not, for what no channel
    could have said, and for a state that the flow does not have."""
    names = [
        name for name in {**made, **edited} if name not in ("id", "revision") and edited.get(name) != made.get(name)
    ]
    after = {**made, **{name: edited.get(name) for name in names}}
    given = {name: value for name, value in after.items() if value is not None}
    read = to_document(admit_record(KINDS[table], given, id, desk.workspace.zone, also=made))
    door: type[Door] = TicketInput if table == TICKETS else DOORS[table]
    admit(door, {name: read[name] for name in read.keys() & door.model_fields if name in (*names, "id")}, id)
    if table == TICKETS:
        flow = desk.rulebook.flow(read.get("flow"))
        if read["state"] not in flow.states:
            raise Refusal(
                "bad-input",
                f"flow `{flow.id}` has no state `{read['state']}`",
                help="it has " + ", ".join(f"`{state}`" for state in flow.states),
            )
    return {name: read.get(name) for name in names}
