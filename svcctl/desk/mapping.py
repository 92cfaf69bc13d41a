"""A mapping file: how the columns of somebody else's export become fields of tickets.

TOML: `source` (the system's name), `zone` and `times` (formats of `datetime.strptime`; RFC 3339 always goes),
`encoding`, and `[fields]`, where each field of a ticket is a column's name or a table with `column` or
`columns` (joined by `join`, a space), `values` (a value map; `*` for all others), `default`, or `constant`.
"""

import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import parse_instant, zone_named
from svcctl.foundation.record import Record

#: Fields of a ticket that a mapping may fill beside `fields.NAME` and `environment.NAME`.
TARGETS = (
    "external", "title", "description", "type", "channel", "mode", "urgency", "impact", "priority", "occurred_at",
    "reported_at", "expected_at", "customer", "site", "asset", "product_line", "product_model", "batch", "region",
    "tags", "assignee", "team", "queue", "state", "responded_at", "resolved_at", "closed_at",
    "due.respond", "due.arrive", "due.resolve", "met.respond", "met.arrive", "met.resolve",
    "survey.csat", "cause.direct", "cause.indirect", "cause.root",
)  # fmt: skip
INSTANTS = ("occurred_at", "reported_at", "expected_at", "responded_at", "resolved_at", "closed_at")
_TRUTHS = {"true": True, "yes": True, "1": True, "是": True, "false": False, "no": False, "0": False, "否": False}


class Part(Record):
    """Where one field comes from."""

    field: str
    columns: tuple[str, ...] = ()
    join: str = " "
    values: Mapping[str, Any] | None = None
    default: Any = None
    constant: Any = None


class Mapped(Record):
    """A mapping, read and checked."""

    source: str
    zone: str | None
    times: tuple[str, ...]
    encoding: str
    parts: tuple[Part, ...]

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for part in self.parts for column in part.columns))


def read_mapping(path: Path) -> Mapped:
    """The mapping in a file. Raises Refusal `unknown-file`, `bad-input` for an unknown field or key."""
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no mapping file `{path}`")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
        raise Refusal("bad-input", f"{path.name} is not TOML: {broken}") from None
    known = ("source", "zone", "times", "encoding", "fields")
    for key in content:
        if key not in known:
            raise _strange(path, key, set(known))
    fields = content.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise Refusal("bad-input", f"{path.name} maps no fields", help="add a `[fields]` table")
    zone = content.get("zone")
    if zone is not None:
        zone_named(zone)
    return Mapped(
        source=str(content.get("source", path.stem)),
        zone=zone,
        times=tuple(content.get("times", ())),
        encoding=str(content.get("encoding", "utf-8-sig")),
        parts=tuple(_part(path, field, value) for field, value in _flat(fields)),
    )


def _flat(fields: Mapping[str, Any]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in fields.items():
        if isinstance(value, dict) and key in ("fields", "environment", "due", "met", "survey", "cause"):
            pairs.extend((f"{key}.{inner}", item) for inner, item in value.items())
        else:
            pairs.append((key, value))
    return pairs


def _part(path: Path, field: str, value: Any) -> Part:
    if field not in TARGETS and not field.startswith(("fields.", "environment.")):
        raise _strange(path, field, set(TARGETS))
    if isinstance(value, str):
        return Part(field, (value,))
    keys = ("column", "columns", "join", "values", "default", "constant")
    if not isinstance(value, dict):
        raise Refusal("bad-input", f"`{field}` in {path.name} must be a column's name or a table")
    for key in value:
        if key not in keys:
            raise _strange(path, f"{field}.{key}", {f"{field}.{known}" for known in keys})
    columns = tuple(value.get("columns", (value["column"],) if "column" in value else ()))
    if not columns and "constant" not in value:
        raise Refusal("bad-input", f"`{field}` in {path.name} names no column", help="add `column` or `constant`")
    return Part(
        field, columns, value.get("join", " "), value.get("values"), value.get("default"), value.get("constant")
    )


def _strange(path: Path, word: str, known: set[str]) -> Refusal:
    meant = nearest(word, known)
    return Refusal(
        "bad-input",
        f"{path.name} has an unknown key `{word}`",
        help=f"did you mean `{meant}`?" if meant else "one of " + ", ".join(sorted(known)),
    )


def map_row(mapped: Mapped, row: Mapping[str, Any], zone: Any) -> dict[str, Any]:
    """The fields of one row; instants are datetimes, verdicts truths, absent values left out.

    Raises Refusal `bad-input` naming the column and what cannot be read in it.
    """
    zone = zone_named(mapped.zone) if mapped.zone else zone
    fields: dict[str, Any] = {}
    for part in mapped.parts:
        value = _value(part, row)
        if value is None or value == "":
            continue
        if part.field in INSTANTS or part.field.startswith("due."):
            value = _instant(mapped, part, value, zone)
        elif part.field.startswith("met."):
            value = _truth(part, value)
        elif part.field == "tags":
            value = value if isinstance(value, list) else [item.strip() for item in str(value).split(",")]
        elif not part.field.startswith(("fields.", "environment.")):
            value = str(value)
        fields[part.field] = value
    return fields


def _value(part: Part, row: Mapping[str, Any]) -> Any:
    if part.constant is not None:
        return part.constant
    cells = [cell for column in part.columns if (cell := _cell(row, column)) not in (None, "")]
    value = cells[0] if len(part.columns) == 1 and cells else part.join.join(str(cell) for cell in cells)
    if part.values is not None and value != "":
        known = part.values
        if str(value) not in known and "*" not in known:
            raise Refusal(
                "bad-input",
                f"column `{part.columns[0]}`: no value of `{part.field}` is mapped to `{value}`",
                help='add it to `values`, or `"*"` for all others',
            )
        value = known.get(str(value), known.get("*"))
    return part.default if value in (None, "") else value


def _cell(row: Mapping[str, Any], column: str) -> Any:
    value = row.get(column)
    return value.strip() if isinstance(value, str) else value


def _instant(mapped: Mapped, part: Part, value: Any, zone: Any) -> datetime:
    for format in mapped.times:
        try:
            moment = datetime.strptime(str(value), format)
        except ValueError:
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    try:
        return parse_instant(str(value), zone)
    except Refusal:
        raise Refusal(
            "bad-input",
            f"column `{', '.join(part.columns)}`: `{value}` is not a time",
            help="add its format to `times`, such as `%d/%m/%Y %H:%M`",
        ) from None


def _truth(part: Part, value: Any) -> bool:
    found = value if isinstance(value, bool) else _TRUTHS.get(str(value).strip().lower())
    if found is None:
        raise Refusal(
            "bad-input",
            f"column `{', '.join(part.columns)}`: `{value}` is neither true nor false",
            help="map it with `values`",
        )
    return found
