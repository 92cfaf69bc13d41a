"""Rows of CSV, JSON and JSON lines files, each with the line on which it starts."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from svcctl.foundation.errors import Refusal

Row = tuple[int, Mapping[str, Any]]


def read_rows(path: Path, *, encoding: str = "utf-8-sig", format: str | None = None) -> Iterator[Row | Refusal]:
    """Rows in order; a line that cannot be read is a Refusal in its place, and reading goes on.

    `format` is `csv`, `jsonl` or `json` (a list of objects); it follows from the file's ending where it is not given.
    Raises Refusal `unknown-file`, and `bad-input` where the whole file cannot be read.
    """
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no file `{path}`")
    format = format or path.suffix.lstrip(".").lower()
    if format not in ("csv", "tsv", "jsonl", "ndjson", "json"):
        raise Refusal("bad-input", f"the format of `{path.name}` is not known", help="use --format csv, jsonl or json")
    try:
        with path.open(encoding=encoding, newline="") as file:
            if format in ("csv", "tsv"):
                yield from _csv_rows(file, "\t" if format == "tsv" else ",")
            elif format == "json":
                yield from _json_rows(file, path)
            else:
                yield from _json_lines(file)
    except UnicodeDecodeError as broken:
        raise Refusal(
            "bad-input",
            f"{path.name} is not {encoding} text (byte {broken.start})",
            help='name its encoding in the mapping, such as `encoding = "gb18030"`',
        ) from None
    except LookupError:
        raise Refusal("bad-input", f"there is no encoding `{encoding}`") from None


def _csv_rows(file: TextIO, delimiter: str) -> Iterator[Row | Refusal]:
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    header: list[str] = []
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as broken:
            yield Refusal("bad-input", f"line {line}: {broken}", details={"line": line})
            continue
        if not header:
            header = [cell.strip() for cell in cells]
        elif len(cells) > len(header):
            yield Refusal(
                "bad-input",
                f"line {line}: {len(cells)} cells under {len(header)} columns",
                help="quote cells that contain the delimiter",
                details={"line": line},
            )
        elif any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            yield line, dict(zip(header, padded, strict=True))


def _json_lines(file: TextIO) -> Iterator[Row | Refusal]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except ValueError as broken:
            yield Refusal("bad-input", f"line {line}: not JSON: {broken}", details={"line": line})
            continue
        if isinstance(row, dict):
            yield line, row
        else:
            yield Refusal("bad-input", f"line {line}: not a JSON object", details={"line": line})


def _json_rows(file: TextIO, path: Path) -> Iterator[Row | Refusal]:
    try:
        rows = json.load(file)
    except ValueError as broken:
        raise Refusal("bad-input", f"{path.name} is not JSON: {broken}") from None
    if not isinstance(rows, list):
        raise Refusal("bad-input", f"{path.name} is not a list of objects")
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield number, row
        else:
            yield Refusal("bad-input", f"item {number}: not a JSON object", details={"line": number})
