"""Readings from a file, such as the log of a sound level meter over a day."""

from datetime import datetime, tzinfo
from pathlib import Path

from svcctl.desk.rows import read_rows
from svcctl.desk.work import Reading
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant


def read_readings(path: Path, zone: tzinfo, at: datetime, *, encoding: str | None = None) -> tuple[Reading, ...]:
    """The reading of each row (`quantity`, `value`, and `at`, or else the instant given), in order of time.

    Times without an offset are in `zone`. A log is taken whole or not at all: a gap would count against
    coverage. Raises Refusal `unknown-file`, `bad-input`, `bad-time`.
    """
    readings = []
    for row in read_rows(path, encoding=encoding):
        if isinstance(row, Refusal):
            raise row
        line, cells = row
        absent = [column for column in ("quantity", "value") if not str(cells.get(column) or "").strip()]
        if absent:
            raise Refusal("bad-input", f"{path.name}, line {line}: `{absent[0]}` is missing", details={"line": line})
        moment = str(cells.get("at") or "").strip()
        try:
            taken_at = parse_instant(moment, zone) if moment else at
        except Refusal as wrong:
            raise Refusal(wrong.code, f"{path.name}, line {line}: {wrong.message}", help=wrong.help) from None
        readings.append(Reading(str(cells["quantity"]).strip(), str(cells["value"]).strip(), taken_at))
    return tuple(sorted(readings, key=lambda reading: reading.at))
