"""Readings from a file, such as the log of a sound level meter over a day."""

from datetime import datetime, tzinfo
from pathlib import Path

from svcctl.desk.desk import Desk
from svcctl.desk.rows import read_rows
from svcctl.desk.work import measure
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant

Reading = tuple[datetime, str, str]
_COLUMNS = ("at", "quantity", "value")


def read_readings(path: Path, zone: tzinfo) -> tuple[Reading, ...]:
    """Instant, quantity and value as written of each row, in order of time; times without an offset are in `zone`.

    A log is taken whole or not at all: a gap would count against coverage. Raises Refusal `unknown-file`, `bad-input`.
    """
    readings = []
    for row in read_rows(path):
        if isinstance(row, Refusal):
            raise row
        line, cells = row
        absent = [column for column in _COLUMNS if not str(cells.get(column) or "").strip()]
        if absent:
            raise Refusal("bad-input", f"{path.name}, line {line}: `{absent[0]}` is missing", details={"line": line})
        at, quantity, value = (str(cells[column]).strip() for column in _COLUMNS)
        readings.append((parse_instant(at, zone), quantity, value))
    return tuple(sorted(readings, key=lambda reading: reading[0]))


def measure_all(
    desk: Desk, id: str, readings: tuple[Reading, ...], *, batch: str | None = None, method: str | None = None
) -> None:
    """Record readings, those of one instant together. Raises what `measure` does."""
    at_once: dict[datetime, list[tuple[str, str]]] = {}
    for at, quantity, value in readings:
        at_once.setdefault(at, []).append((quantity, value))
    for at, taken in at_once.items():
        measure(desk, id, tuple(taken), at=at, batch=batch, method=method)
