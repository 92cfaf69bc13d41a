"""Import of tickets from files: bad rows are reported with their line, the rest go in, a repeat adds nothing."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from svcctl.desk.desk import TICKETS, Desk
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.intake import open_ticket
from svcctl.desk.mapping import Mapped, map_row
from svcctl.desk.rows import Row, read_rows
from svcctl.desk.turn import Turn, perform
from svcctl.desk.work import read_survey
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Where
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import PinnedTarget, StateEntry

#: Rows a commit: large enough that the disk is waited for seldom, small enough that others get their turn.
COMMIT_ROWS = 250
#: What only a ticket that was worked on elsewhere brings.
_GIVEN = ("assignee", "team", "queue", "cause.direct", "cause.indirect", "cause.root")
#: The states that a row may give the times of.
_ENTERED = {"responded_at": "accepted", "resolved_at": "resolved", "closed_at": "closed"}


def import_tickets(
    workspace: Workspace, turn: Turn, path: Path, mapped: Mapped, *, format: str | None = None, dispatch: bool = False
) -> Iterator[dict[str, Any]]:
    """What became of each row: `{"line", "id", "outcome": created | exists | refused, "error"}`."""
    rows = _checked_columns(read_rows(path, encoding=mapped.encoding, format=format), mapped)
    for number, chunk in enumerate(_chunks(rows, COMMIT_ROWS)):
        key = f"{turn.key}/{number}" if turn.key else None

        def work(desk: Desk, chunk: tuple[Row | Refusal, ...] = chunk) -> list[dict[str, Any]]:
            return [_take_in(desk, mapped, row, dispatch) for row in chunk]

        yield from perform(workspace, turn.replace(key=key), work)


def _checked_columns(rows: Iterable[Row | Refusal], mapped: Mapped) -> Iterator[Row | Refusal]:
    checked = False
    for row in rows:
        if not checked and not isinstance(row, Refusal):
            absent = [column for column in mapped.columns() if column not in row[1]]
            if absent:
                raise Refusal(
                    "bad-input",
                    "the file has no column " + ", ".join(f"`{column}`" for column in absent),
                    help="it has " + ", ".join(f"`{column}`" for column in row[1]),
                )
            checked = True
        yield row


def _take_in(desk: Desk, mapped: Mapped, row: Row | Refusal, dispatch: bool) -> dict[str, Any]:
    if isinstance(row, Refusal):
        return {"line": row.details.get("line"), "id": None, "outcome": "refused", "error": row.message}
    line, cells = row
    try:
        return {"line": line, **_import_one(desk, map_row(mapped, cells, desk.workspace.zone), mapped.source, dispatch)}
    except Refusal as refusal:
        return {"line": line, "id": None, "outcome": "refused", "error": refusal.message, "help": refusal.help}


def _import_one(desk: Desk, fields: dict[str, Any], source: str, dispatch: bool) -> dict[str, Any]:
    if "external" in fields:
        fields["external"] = f"{source}/{fields['external']}"
        known = next(desk.transaction.find(TICKETS, Where("external", "==", fields["external"]), limit=1), None)
        if known is not None:
            return {"id": known["id"], "outcome": "exists"}
    past: dict[str, Any] = {
        name: fields.pop(name) for name in ("responded_at", "resolved_at", "closed_at") if name in fields
    }
    state = fields.pop("state", None)
    given: dict[str, Any] = {name: fields.pop(name) for name in _GIVEN if name in fields}
    csat = fields.pop("survey.csat", None)
    if csat is not None:
        given["survey"] = read_survey(csat, max(past.values(), default=desk.now), source)
    targets = _targets(fields, source)
    values = _nested(fields)
    reported = values.get("reported_at", desk.now)
    ticket = open_ticket(
        desk,
        values,
        complete=state is None and not past,
        history=_states(reported, past, state),
        more={**given, "targets": targets} if targets else given,
    )
    if dispatch and desk.rulebook.entry and is_open(ticket, desk.rulebook.milestones(ticket.flow)):
        ticket = dispatch_ticket(desk, ticket.id)
    return {"id": ticket.id, "outcome": "created"}


def _states(reported: Any, past: Mapping[str, Any], state: str | None) -> tuple[StateEntry, ...]:
    """The log of states that a row tells of, after the first; a state without a time of its own is entered last."""
    entries = [StateEntry(_ENTERED[name], past[name]) for name in _ENTERED if name in past]
    if state == "closed" and "closed_at" not in past and entries:
        entries.append(StateEntry("closed", entries[-1].at))
    elif state is not None and state not in {entry.state for entry in entries}:
        entries.append(StateEntry(state, entries[-1].at if entries else reported))
    return tuple(entries)


def _targets(fields: dict[str, Any], source: str) -> tuple[PinnedTarget, ...]:
    targets = []
    for kind in ("respond", "arrive", "resolve"):
        due, met = fields.pop(f"due.{kind}", None), fields.pop(f"met.{kind}", None)
        if due is not None or met is not None:
            targets.append(PinnedTarget(kind, source, due_at=due, met=met))
    return tuple(targets)


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, value in fields.items():
        scope, _, name = field.partition(".")
        if name:
            values.setdefault(scope, {})[name] = value
        else:
            values[field] = value
    return values


def _chunks(rows: Iterable[Row | Refusal], size: int) -> Iterator[tuple[Row | Refusal, ...]]:
    rest = iter(rows)
    while chunk := tuple(islice(rest, size)):
        yield chunk
