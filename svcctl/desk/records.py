"""Customers, sites, products, assets, engineers and teams: taken in, listed, shown, changed by events."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from svcctl.desk.assets import follow_record
from svcctl.desk.desk import Desk
from svcctl.desk.following import follow_tickets
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.written import narrow
from svcctl.store.contract import Reader
from svcctl.ticket.event import Document, Event, changes

#: Tables of records by the noun that people type.
TABLE_OF = {
    "customer": "customers",
    "site": "sites",
    "product": "products",
    "asset": "assets",
    "engineer": "engineers",
    "team": "teams",
}

_LISTS = {"regions", "roles", "tags"}
_PAIRS = {"skills", "address", "meters", "ratings"}
TIMES = {"installed_at", "warranty_until", "contract_until"}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def record_of(reader: Reader, noun: str, id: str) -> Document:
    """The record. Raises Refusal `unknown-record`."""
    document = reader.get(TABLE_OF[noun], id)
    if document is None:
        raise Refusal("unknown-record", f"there is no {noun} `{id}`", help=f"`svcctl {noun} list` shows them")
    return document


def save_record(
    desk: Desk,
    noun: str,
    values: Mapping[str, Any],
    *,
    without: Collection[str] = (),
    why: Mapping[str, Any] | None = None,
) -> tuple[Document, str]:
    """Bring `values` into the record of their `id`; the record and `created`, `changed` or `unchanged`.

    Fields that are not given or are empty stay as they are, but those of `without` are taken away. `why` is recorded
    with what changes. Raises Refusal `bad-input`.
    """
    from svcctl.desk.door import DOORS, admit

    table = TABLE_OF[noun]
    given = read_cells(values, desk)
    strange = {field: "" for field in without if field not in DOORS[table].model_fields}
    checked = admit(DOORS[table], {**given, **strange}, f"{noun} {values.get('id', '')}".strip())
    before = desk.transaction.get(table, str(given["id"]))
    named = checked.model_dump(mode="json", include=set(given) - {"id"})
    zone = desk.workspace.zone
    said = {field: _stored(field, value, zone) for field, value in named.items()}
    new = changes(before, {**dict.fromkeys(without), **said})
    if before is not None and not new:
        return before, "unchanged"
    kind = "created" if before is None else "changed"
    event = Event(table, str(given["id"]), kind, desk.now, desk.actor, new, why=why)
    desk.transaction.record(event)
    follow_record(desk, noun, event.id)
    follow_tickets(desk, noun, event.id)
    return record_of(desk.transaction, noun, event.id), kind


def read_cells(values: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    """Values of a CSV row as the door takes them: empty cells left out, `a; b` a list, `a=3; b=2` pairs,
    `39.9, 116.4` a location, `2026-12-01..2026-12-05` an absence, times read in the workspace's zone. What is not
    text is taken as it is."""
    cells: dict[str, Any] = {}
    for field, value in values.items():
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        cells[field] = _cell(field, value.strip(), desk) if isinstance(value, str) else value
    return cells


def _cell(field: str, text: str, desk: Desk) -> Any:
    if field in _LISTS:
        return _split(text)
    if field in _PAIRS and "=" in narrow(text):
        pairs = (item.partition("=") for item in _split(narrow(text)))
        return {name.strip(): value.strip() for name, _, value in pairs}
    if field == "location":
        return tuple(part.strip() for part in narrow(text).split(","))
    if field in TIMES:
        return parse_instant(text, desk.workspace.zone)
    if field == "leave":
        return [_absence(span, desk.workspace.zone) for span in _split(text)]
    return text


def _absence(span: str, zone: tzinfo) -> dict[str, datetime]:
    """From and to of `2026-12-01..2026-12-05`, or of one day; a date at the end is the end of that day, as in a
    calendar's `closed`."""
    start, _, end = (part.strip() for part in span.partition(".."))
    end = end or start
    until = parse_instant(end, zone)
    if _DATE.fullmatch(end):
        # A day later on the wall clock, whatever the hours in between.
        until = parse_instant((date.fromisoformat(end) + timedelta(days=1)).isoformat(), zone)
    return {"start": parse_instant(start, zone), "end": until}


def _split(text: str) -> list[str]:
    return [item.strip() for item in text.replace("；", ";").split(";") if item.strip()]


def _stored(field: str, value: Any, zone: tzinfo) -> Any:
    if field in TIMES and isinstance(value, str):
        return stored(parse_instant(value, zone))
    if field == "leave":
        return [{end: stored(parse_instant(at, zone)) for end, at in span.items()} for span in value]
    return value


def import_records(
    desk: Desk, noun: str, rows: Iterable[tuple[int, Mapping[str, Any]] | Refusal]
) -> list[dict[str, Any]]:
    """Save each row (with its line number); what became of each, a refused one with its line and reason."""
    results: list[dict[str, Any]] = []
    for item in rows:
        if isinstance(item, Refusal):
            line = item.details.get("line")
            results.append({"line": line, "id": "", "outcome": "refused", "error": item.message})
            continue
        line, row = item
        try:
            document, outcome = save_record(desk, noun, row)
            results.append({"line": line, "id": document["id"], "outcome": outcome})
        except Refusal as refusal:
            results.append({"line": line, "id": str(row.get("id", "")), "outcome": "refused", "error": refusal.message})
    return results
