"""Rows of CSV, JSON and JSON lines files, each with the line on which it starts."""

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from svcctl.foundation.errors import Refusal

Row = tuple[int, Mapping[str, Any]]
FORMATS = ("csv", "tsv", "jsonl", "ndjson", "json")
#: UTF-8 with or without the mark that Windows puts before it.
UTF_8 = "utf-8-sig"
_ENCODINGS = 'save the file as UTF-8, or name its encoding: `--encoding gb18030`, in a mapping `encoding = "gb18030"`'


def read_rows(path: Path, *, encoding: str | None = None, format: str | None = None) -> Iterator[Row | Refusal]:
    """Rows in order; one that cannot be read is a Refusal in its place, and reading goes on after its first line.

    `format` is one of `FORMATS` (`json` is a list of objects); it follows from the file's ending where it is not
    given. Cells of CSV may be parted by semicolons or tabs, as by spreadsheets where a comma is part of numbers. Raises
    Refusal `unknown-file`, and `bad-input` where the whole file cannot be read: its format is not known,
    or its first line is in another encoding.
    """
    if not path.is_file():
        raise Refusal("unknown-file", f"there is no file `{path}`")
    encoding = encoding or UTF_8
    format = format or path.suffix.lstrip(".").lower()
    if format not in FORMATS:
        raise Refusal("bad-input", f"the format of `{path.name}` is not known", help="use --format csv, jsonl or json")
    try:
        with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
            if format in ("csv", "tsv"):
                yield from _csv_rows(file, "\t" if format == "tsv" else _delimiter(file))
            elif format == "json":
                yield from _json_rows(file, path)
            else:
                yield from _json_lines(file)
    except UnicodeError:
        raise _unreadable(path.name, encoding) from None
    except LookupError:
        raise Refusal("bad-input", f"there is no encoding `{encoding}`") from None


def _delimiter(file: TextIO) -> str:
    header = file.readline()
    file.seek(0)
    return next((mark for mark in ",;\t" if mark in header), ",")


class _Lines:
    """The lines of a file, of which those just taken can be put back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: list[str] = []
        self.taken: list[str] = []
        self.number = 0

    def take(self) -> str:
        line = self._waiting.pop() if self._waiting else self._file.readline()
        if line:
            self.taken.append(line)
            self.number += 1
        return line

    def put_back(self) -> None:
        """All that was taken but the first."""
        self._waiting += reversed(self.taken[1:])
        self.number -= len(self.taken[1:])


def _csv_rows(file: TextIO, delimiter: str) -> Iterator[Row | Refusal]:
    lines, header = _Lines(file), list[str]()
    while True:
        start = lines.number + 1
        lines.taken.clear()
        try:
            cells = next(csv.reader(iter(lines.take, ""), delimiter=delimiter, strict=True))
            if not is_text("".join(lines.taken)):
                if not header:
                    raise _unreadable(f"line {start}", file.encoding)
                yield _at(start, _not_text("".join(lines.taken), file.encoding), _ENCODINGS)
                continue
            if len(cells) > len(header) > 0:
                raise csv.Error(f"{len(cells)} cells under {len(header)} columns")
        except StopIteration:
            return
        except csv.Error as broken:
            # A quote that is never closed swallows the rows after it: they are read again, by themselves.
            lines.put_back()
            yield _at(start, str(broken), "quote cells that contain the delimiter, and double the quotes in them")
            continue
        if not header:
            header = [cell.strip() for cell in cells]
        elif any(cell.strip() for cell in cells):
            padded = [*cells, *[""] * (len(header) - len(cells))]
            yield start, dict(zip(header, padded, strict=True))


def _json_lines(file: TextIO) -> Iterator[Row | Refusal]:
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        if not is_text(text):
            yield _at(line, _not_text(text, file.encoding), _ENCODINGS)
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as broken:
            yield _at(line, f"it is not JSON: {broken}")
            continue
        if isinstance(row, dict):
            yield line, row
        else:
            yield _at(line, "it is not a JSON object")


def _json_rows(file: TextIO, path: Path) -> Iterator[Row | Refusal]:
    text = file.read()
    if not is_text(text):
        raise _unreadable(path.name, file.encoding)
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as broken:
        raise Refusal("bad-input", f"{path.name} is not JSON: {broken}") from None
    if not isinstance(rows, list):
        raise Refusal("bad-input", f"{path.name} is not a list of objects")
    for number, row in enumerate(rows, 1):
        if isinstance(row, dict):
            yield number, row
        else:
            yield Refusal("bad-input", f"item {number}: it is not a JSON object", details={"line": number})


def is_text(text: str) -> bool:
    """Whether every byte was in the file's encoding; one that was not is a lone surrogate (PEP 383)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _at(line: int, message: str, help: str = "") -> Refusal:
    return Refusal("bad-input", f"line {line}: {message}", help=help, details={"line": line})


def _not_text(text: str, encoding: str) -> str:
    """What is wrong with a line that is not in the file's encoding."""
    try:
        text.encode("utf-8" if encoding == UTF_8 else encoding, "surrogateescape").decode("gb18030")
    except UnicodeError:
        return f"it is not {_shown(encoding)} text"
    return f"it is not {_shown(encoding)} text, but may be GB18030 (GBK)"


def _shown(encoding: str) -> str:
    return "UTF-8" if encoding == UTF_8 else encoding


def _unreadable(what: str, encoding: str) -> Refusal:
    return Refusal("bad-input", f"{what} is not {_shown(encoding)} text", help=_ENCODINGS)
