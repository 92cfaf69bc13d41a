"""Import of tickets from files: bad rows are reported with their line, the rest go in, a repeat adds nothing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from svcctl.desk.desk import Desk
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.intake import open_ticket
from svcctl.desk.mapping import Mapped, identity, map_row
from svcctl.desk.past import told_past, told_targets
from svcctl.desk.rows import Row, read_rows
from svcctl.desk.tables import TICKETS
from svcctl.desk.turn import Turn, perform
from svcctl.desk.work import read_survey
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.language.blocks import FlowBlock
from svcctl.store.contract import Where
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import StateEntry, Ticket

#: Rows a commit: large enough that the disk is waited for seldom, small enough that others get their turn.
COMMIT_ROWS = 250
#: What only a ticket that was worked on elsewhere brings.
_GIVEN = ("assignee", "team", "queue", "cause.direct", "cause.indirect", "cause.root")


def import_tickets(
    workspace: Workspace, turn: Turn, path: Path, mapped: Mapped, *, format: str | None = None, dispatch: bool = False
) -> Iterator[dict[str, Any]]:
    """What became of each row: `{"line", "id", "outcome": created | exists | refused, "error", "help"}`.

    The file is read twice, so that what is wrong with all of it is found before anything is written. Raises Refusal
    `unknown-file`, and `bad-input` for a file that cannot be read or lacks a column of the mapping.
    """
    counting = _counting(read_rows(path, encoding=mapped.encoding, format=format), mapped)
    rows = (
        row
        for row in read_rows(path, encoding=mapped.encoding, format=format)
        if isinstance(row, Refusal) or counting.get(identity(mapped, row[1]), row[0]) == row[0]
    )
    # A dry run keeps nothing, so only a single one sees all that came before a row.
    size = None if turn.dry_run else COMMIT_ROWS
    for number, chunk in enumerate(_chunks(rows, size)):
        key = f"{turn.key}/{number}" if turn.key else None

        def work(desk: Desk, chunk: tuple[Row | Refusal, ...] = chunk) -> list[dict[str, Any]]:
            return list(_take_in(desk, mapped, chunk, dispatch))

        yield from perform(workspace, turn.replace(key=key), work)


def _counting(rows: Iterable[Row | Refusal], mapped: Mapped) -> dict[str, int]:
    """The line of the row that counts, by identity, where that is not simply the first."""
    columns, last = dict[str, None](), dict[str, int]()
    for row in rows:
        if not isinstance(row, Refusal):
            columns.update(dict.fromkeys(row[1]))
            if mapped.keep == "last":
                last[identity(mapped, row[1])] = row[0]
    absent = [column for column in mapped.columns() if column not in columns]
    if columns and absent:
        raise Refusal(
            "bad-input",
            "the file has no column " + ", ".join(f"`{column}`" for column in absent),
            help="it has " + ", ".join(f"`{column}`" for column in columns),
        )
    return last


def _take_in(desk: Desk, mapped: Mapped, rows: tuple[Row | Refusal, ...], dispatch: bool) -> Iterator[dict[str, Any]]:
    names = {row[0]: f"{mapped.source}/{identity(mapped, row[1])}" for row in rows if not isinstance(row, Refusal)}
    wanted = Where("external", "in", tuple(names.values()))
    known = {str(ticket["external"]): str(ticket["id"]) for ticket in desk.transaction.find(TICKETS, wanted)}
    for row in rows:
        if isinstance(row, Refusal):
            yield _refused(row.details.get("line"), row)
            continue
        line, cells = row
        external = names[line]
        if external in known:
            yield {"line": line, "id": known[external], "outcome": "exists"}
            continue
        try:
            ticket = _open(desk, mapped, {**map_row(mapped, cells, desk.workspace.zone), "external": external})
        except Refusal as refusal:
            yield _refused(line, refusal)
            continue
        known[external] = ticket.id
        made: dict[str, Any] = {"line": line, "id": ticket.id, "outcome": "created"}
        if dispatch and desk.rulebook.entry and is_open(ticket, desk.rulebook.milestones(ticket.flow)):
            try:
                dispatch_ticket(desk, ticket.id)
            except Refusal as refusal:
                made |= {"error": f"not dispatched: {refusal.message}", "help": refusal.help}
        yield made


def _refused(line: Any, refusal: Refusal) -> dict[str, Any]:
    return {"line": line, "id": None, "outcome": "refused", "error": refusal.message, "help": refusal.help}


def _open(desk: Desk, mapped: Mapped, fields: dict[str, Any]) -> Ticket:
    past, targets = told_past(fields), told_targets(fields, mapped.source)
    given: dict[str, Any] = {name: fields.pop(name) for name in _GIVEN if name in fields}
    csat = fields.pop("survey.csat", None)
    if csat is not None:
        given["survey"] = read_survey(csat, max(past.times.values(), default=desk.now), mapped.source)
    if mapped.tells_promises:
        given["targets"] = targets

    def history(flow: FlowBlock, reported: datetime) -> tuple[StateEntry, ...]:
        return past.entries(flow, desk.rulebook.milestones(flow.id), reported, desk.now)

    return open_ticket(desk, _nested(fields), complete=not past.is_told, history=history, more=given)


def _nested(fields: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, value in fields.items():
        scope, _, name = field.partition(".")
        if name:
            values.setdefault(scope, {})[name] = value
        else:
            values[field] = value
    return values


def _chunks(rows: Iterable[Row | Refusal], size: int | None) -> Iterator[tuple[Row | Refusal, ...]]:
    rest = iter(rows)
    while chunk := tuple(islice(rest, size)):
        yield chunk
