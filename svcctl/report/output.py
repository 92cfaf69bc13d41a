"""The answer of a command as text: one shape of values, six formats.

JSON has every key of an item; tables and CSV have the columns that the command chose. Times are stored
in UTC and shown in the workspace's zone, in JSON with its offset.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any

from svcctl.foundation.errors import Exit
from svcctl.foundation.instant import parse_instant, shown
from svcctl.foundation.record import Record
from svcctl.report.table import Looks, brief, cell, lay_out, pairs
from svcctl.ticket.event import value_at

FORMATS = ("table", "json", "jsonl", "csv", "tsv", "ids")
_BY_ROW = ("jsonl", "csv", "tsv", "ids")

Item = Mapping[str, Any]

_TIME_KEYS = frozenset({"at", "when", "until", "since", "start", "end", "entry", "now", "watches", "warranty_until"})
_STORED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z")


class Column(Record):
    """One column: the dotted `path` of its value, its `title` (else the path), `flexible` where it may be cut
    to the width of a terminal."""

    path: str
    title: str = ""
    flexible: bool = False


class Answer(Record):
    """What a command has to say: many `items`, or one where it is a mapping; without columns that is a page of
    names and values. `page` is what people read instead of a table; `rows` is what of one item stands in the formats
    that have a row or a line each; `notes` go beside the data, to stderr."""

    items: Iterable[Item] | Item
    columns: tuple[Column, ...] = ()
    page: Callable[[Looks], str | Iterable[str]] | None = None
    exit: Exit = Exit.DONE
    notes: tuple[str, ...] = ()
    rows: Iterable[Item] | None = None


def columns(*titles: str, flexible: str = "") -> tuple[Column, ...]:
    """Columns by path; `path=Title` gives another title."""
    pairs = (entry.partition("=") for entry in titles)
    return tuple(Column(path, title or path, path == flexible) for path, _, title in pairs)


def render(answer: Answer, format: str, looks: Looks) -> Iterator[str]:
    """The text of an answer, in pieces."""
    items: Iterable[Item] = [answer.items] if isinstance(answer.items, Mapping) else answer.items
    if answer.rows is not None and format in _BY_ROW:
        items = answer.rows
    match format:
        case "json" if isinstance(answer.items, Mapping):
            yield _json(answer.items, looks.zone, indent=2) + "\n"
        case "json":
            lead = "["
            for item in items:
                yield f"{lead}\n{_json(item, looks.zone, indent=2)}"
                lead = ","
            yield "[]\n" if lead == "[" else "\n]\n"
        case "jsonl":
            for item in items:
                yield _json(item, looks.zone) + "\n"
        case "ids":
            for item in items:
                if item.get("id") not in (None, ""):
                    yield f"{item['id']}\n"
        case "csv" | "tsv":
            yield from _separated(items, answer.columns, "," if format == "csv" else "\t", looks.zone)
        case _ if answer.page is not None:
            page = answer.page(looks)
            yield from (page,) if isinstance(page, str) else page
        case _ if isinstance(answer.items, Mapping) and not answer.columns:
            yield pairs([(key, _cell(key, value, looks)) for key, value in answer.items.items()], looks)
        case _:
            yield _table(list(items), answer.columns, looks)


def outward(value: Any, zone: tzinfo, key: str = "") -> Any:
    """A value as scripts see it: times with the offset of `zone`, decimals as numbers, records and named tuples as
    mappings."""
    if isinstance(value, str):
        return shown(parse_instant(value), zone) if is_time(key, value) else value
    if isinstance(value, datetime):
        return shown(value, zone)
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Mapping):
        inherited = key if key in _TIME_KEYS else ""
        return {str(name): outward(item, zone, inherited or str(name)) for name, item in value.items()}
    if hasattr(value, "_fields"):
        return {name: outward(getattr(value, name), zone, name) for name in value._fields}
    if isinstance(value, list | tuple):
        return [outward(item, zone, key) for item in value]
    return value


def is_time(key: str, text: str) -> bool:
    """Whether a text of that name is an instant as it is stored, and not what somebody wrote."""
    return (key in _TIME_KEYS or key.endswith("_at")) and _STORED.match(text) is not None


def _json(item: Item, zone: tzinfo, indent: int | None = None) -> str:
    return json.dumps(outward(item, zone), ensure_ascii=False, indent=indent)


def _separated(items: Iterable[Item], chosen: Sequence[Column], mark: str, zone: tzinfo) -> Iterator[str]:
    import csv
    from io import StringIO

    def line(values: Iterable[Any]) -> str:
        buffer = StringIO(newline="")
        # With `\r` in the line's end a field that has one is quoted, which readers need.
        csv.writer(buffer, delimiter=mark, lineterminator="\r\n").writerow(values)
        return buffer.getvalue().removesuffix("\r\n") + "\n"

    paths = [column.path for column in chosen]
    if paths:
        yield line(paths)
    for item in items:
        row = outward(item, zone)
        if not paths:
            paths = list(row)
            yield line(paths)
        yield line(_field(value_at(row, path)) for path in paths)


def _field(value: Any) -> Any:
    """A value in one field of CSV: what is itself many values is JSON."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value


def _table(items: Sequence[Item], chosen: Sequence[Column], looks: Looks) -> str:
    shown = chosen or tuple(Column(key) for key in (items[0] if items else ()))
    if not shown:
        return ""
    rows = [
        [_cell(column.path.rpartition(".")[2], value_at(item, column.path), looks) for column in shown]
        for item in items
    ]
    cut = next((index for index, column in enumerate(shown) if column.flexible), None)
    return lay_out(rows, [column.title or column.path for column in shown], looks, cut=cut)


def _cell(key: str, value: Any, looks: Looks) -> str:
    if isinstance(value, str) and is_time(key, value):
        value = parse_instant(value)
    if isinstance(value, datetime):
        return brief(value, looks.zone)
    return cell(outward(value, looks.zone, key) if isinstance(value, list | tuple | Mapping | Record) else value)
