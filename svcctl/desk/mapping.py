"""A mapping file: how the columns of somebody else's export become fields of tickets.

TOML: `source` (the system's name), `zone` and `times` (formats of `datetime.strptime`; RFC 3339 always goes),
`encoding`, `absent` (cells that mean nothing, such as `?`), `keep` (`first` or `last`: which row of those with the same
`external` counts), and `[fields]`, where each field of a ticket is a column's name or a table with `column` or
`columns` (joined by `join`, a space), `values` (a value map; `*` for all others), `default`, or `constant`.
"""

import json
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from svcctl.foundation.digest import sha256
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
_KEYS = ("source", "zone", "times", "encoding", "absent", "keep", "fields")
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
    parts: tuple[Part, ...]
    zone: str | None = None
    times: tuple[str, ...] = ()
    encoding: str | None = None
    absent: frozenset[str] = frozenset()
    keep: str = "first"

    @property
    def tells_promises(self) -> bool:
        """Whether rows tell what was promised for them; a row that then names nothing was promised nothing."""
        return any(part.field.startswith(("due.", "met.")) for part in self.parts)

    def columns(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(column for part in self.parts for column in part.columns))


def read_mapping(path: Path) -> Mapped:
    """The mapping in a file. Raises Refusal `unknown-file`, `bad-input` for an unknown field or key."""
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no mapping file `{path}`")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Refusal("bad-input", f"{path.name} is not TOML: {broken}") from None
    for key in content:
        if key not in _KEYS:
            raise _strange(path, key, set(_KEYS))
    fields = content.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise Refusal("bad-input", f"{path.name} maps no fields", help="add a `[fields]` table")
    zone, keep = content.get("zone"), content.get("keep", "first")
    if zone is not None:
        zone_named(zone)
    if keep not in ("first", "last"):
        raise Refusal("bad-input", f"`keep` in {path.name} must be `first` or `last`, not `{keep}`")
    return Mapped(
        str(content.get("source", path.stem)),
        tuple(_part(path, field, value) for field, value in _flat(fields)),
        zone,
        _words(path, content, "times"),
        str(content["encoding"]) if "encoding" in content else None,
        frozenset(_words(path, content, "absent")),
        keep,
    )


def _words(path: Path, content: Mapping[str, Any], key: str) -> tuple[str, ...]:
    words = content.get(key, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Refusal("bad-input", f"`{key}` in {path.name} must be a list of texts")
    return tuple(words)


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
    if not isinstance(value.get("values", {}), dict):
        raise Refusal("bad-input", f"`{field}.values` in {path.name} must be a table of values")
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
        value = _value(mapped, part, row)
        if value is None or value == "":
            continue
        if part.field in INSTANTS or part.field.startswith("due."):
            value = _instant(mapped, part, value, zone)
        elif part.field.startswith("met."):
            value = _truth(part, value)
        elif part.field == "tags":
            value = value if isinstance(value, list) else [item.strip() for item in str(value).split(",")]
        elif not part.field.startswith(("fields.", "environment.")):
            value = _word(value)
        fields[part.field] = value
    return fields


def identity(mapped: Mapped, row: Mapping[str, Any]) -> str:
    """What tells a row from all others of its source: its `external`, or else its own content's digest."""
    part = next((part for part in mapped.parts if part.field == "external"), None)
    with suppress(Refusal):
        given = _value(mapped, part, row) if part is not None else None
        if given not in (None, ""):
            return _word(given)
    content = json.dumps(row, sort_keys=True, default=str).encode()
    return sha256(content).hexdigest()[:16]


def _value(mapped: Mapped, part: Part, row: Mapping[str, Any]) -> Any:
    if part.constant is not None:
        return part.constant
    cells = [cell for column in part.columns if (cell := _cell(mapped, row, column)) not in (None, "")]
    value = cells[0] if len(part.columns) == 1 and cells else part.join.join(str(cell) for cell in cells)
    if part.values is not None and value != "":
        known, word = part.values, _word(value)
        if word not in known and "*" not in known:
            raise Refusal(
                "bad-input",
                f"column `{part.columns[0]}`: no value of `{part.field}` is mapped to `{word}`",
                help='add it to `values`, or `"*"` for all others',
            )
        value = known.get(word, known.get("*"))
    return part.default if value in (None, "") else value


def _word(value: Any) -> str:
    """A JSON value as a mapping writes it: `true`, not `True`."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cell(mapped: Mapped, row: Mapping[str, Any], column: str) -> Any:
    value = row.get(column)
    text = value.strip() if isinstance(value, str) else value
    return None if isinstance(text, str) and text in mapped.absent else text


def _instant(mapped: Mapped, part: Part, value: Any, zone: Any) -> datetime:
    for format in mapped.times:
        try:
            moment = datetime.strptime(str(value), format)
            return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    try:
        return parse_instant(str(value), zone)
    except (Refusal, OverflowError):
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
