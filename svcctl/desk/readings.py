"""Readings from a file, such as the log of a sound level meter over a day."""

from datetime import datetime, tzinfo
from pathlib import Path

from svcctl.desk.desk import Desk
from svcctl.desk.rows import read_rows
from svcctl.desk.work import measure
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.record import Record


class Reading(Record):
    """One row: a quantity and its value as written, when it was taken (None: as the command says), of which batch."""

    quantity: str
    value: str
    at: datetime | None = None
    batch: str | None = None


def read_readings(path: Path, zone: tzinfo) -> tuple[Reading, ...]:
    """The rows of a file with `quantity`, `value` and, where they have them, `at` and `batch`, in order.

    Times without an offset are in `zone`. A log is taken whole or not at all, because a gap would count
    against coverage. Raises Refusal `unknown-file`, `bad-input`.
    """
    readings = []
    for row in read_rows(path):
        if isinstance(row, Refusal):
            raise row
        line, cells = row
        words = {column: str(cells.get(column) or "").strip() for column in ("quantity", "value", "at", "batch")}
        absent = next((column for column in ("quantity", "value") if not words[column]), None)
        if absent:
            raise Refusal("bad-input", f"{path.name}, line {line}: `{absent}` is missing", details={"line": line})
        at = parse_instant(words["at"], zone) if words["at"] else None
        readings.append(Reading(words["quantity"], words["value"], at, words["batch"] or None))
    return tuple(readings)


def measure_all(
    desk: Desk,
    id: str,
    readings: tuple[Reading, ...],
    *,
    at: datetime | None = None,
    batch: str | None = None,
    method: str | None = None,
) -> None:
    """Record readings, those of one instant and batch together; `at` and `batch` are for rows that do not say.

    Raises what `measure` does.
    """
    together: dict[tuple[datetime | None, str | None], list[tuple[str, str]]] = {}
    for reading in readings:
        taken = together.setdefault((reading.at or at, reading.batch or batch), [])
        taken.append((reading.quantity, reading.value))
    for (moment, lot), pairs in together.items():
        measure(desk, id, tuple(pairs), at=moment, batch=lot, method=method)
