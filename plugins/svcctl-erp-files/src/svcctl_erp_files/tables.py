"""Reads a table from a CSV, JSON or JSON lines file, and says in which line what is wrong."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from svcctl.plugin_api import Record, Refusal

FORMS = (".csv", ".json", ".jsonl")


class Row(Record):
    """One row: `place` is its file and line (`assets.csv:12`), `cells` its values by svcctl's names, as text."""

    place: str
    cells: Mapping[str, str]

    def text(self, name: str) -> str | None:
        """The cell's text without blanks around it, None where it is empty or absent."""
        return self.cells.get(name, "").strip() or None

    def needed(self, name: str) -> str:
        """The cell's text. Raises Refusal `bad-input` where there is none."""
        text = self.text(name)
        if text is None:
            raise Refusal("bad-input", f"{self.place}: `{name}` is empty")
        return text


class Folder:
    """The tables in a folder, each read again only when its file has changed.

    `columns` maps a table to svcctl's names and the file's own, where they differ.
    """

    def __init__(self, path: Path, columns: Mapping[str, Mapping[str, str]], encoding: str) -> None:
        self.path = path
        self._columns = columns
        self._encoding = encoding
        self._read: dict[str, tuple[object, tuple[Row, ...]]] = {}

    def file(self, table: str) -> Path | None:
        """The file of a table, None where there is none. Raises Refusal `bad-configuration` where there are two."""
        found = [path for form in FORMS if (path := self.path / f"{table}{form}").is_file()]
        if len(found) > 1:
            raise Refusal(
                "bad-configuration", f"both `{found[0]}` and `{found[1]}` are there", help="keep the one that counts"
            )
        return found[0] if found else None

    def rows(self, table: str) -> tuple[Row, ...]:
        """The rows of a table.

        Raises Refusal `plugin-unavailable` where its file is not there or cannot be read, `bad-input` where
        something in it is wrong.
        """
        path = self.file(table)
        if path is None:
            raise Refusal(
                "plugin-unavailable",
                f"there is no `{table}` file in {self.path}",
                help=f"put `{table}.csv`, `{table}.json` or `{table}.jsonl` there",
            )
        try:
            status = path.stat()
            state = (path, status.st_mtime_ns, status.st_size, status.st_ino)
            if table not in self._read or self._read[table][0] != state:
                self._read[table] = state, tuple(self._parsed(path, table))
        except OSError as failed:
            raise Refusal("plugin-unavailable", f"`{path}` cannot be read: {failed.strerror}") from None
        return self._read[table][1]

    def _parsed(self, path: Path, table: str) -> Iterator[Row]:
        text = _decoded(path, self._encoding)
        read = {".csv": _csv, ".json": _json, ".jsonl": _json_lines}[path.suffix]
        names = self._columns.get(table, {})
        checked = False
        for place, cells in read(path.name, text):
            if not checked and path.suffix == ".csv":
                _all_there(place, cells, names)
                checked = True
            own = {name: cells[column] for name, column in names.items() if column in cells}
            yield Row(place, {**cells, **own})


def _decoded(path: Path, encoding: str) -> str:
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8") else encoding)
    except UnicodeDecodeError as wrong:
        line = data[: wrong.start].count(b"\n") + 1
        raise Refusal(
            "bad-input",
            f"{path.name}:{line}: the text is not {encoding}",
            help="save the file as UTF-8, or name its `encoding` (Excel in Chinese: `gb18030`)",
        ) from None


def _csv(name: str, text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    while True:
        # A quoted cell may hold line breaks: the row starts on the line after the last one read.
        line = lines.line_num + 1
        try:
            cells = next(lines, None)
        except csv.Error as wrong:
            raise Refusal("bad-input", f"{name}:{line}: this is not CSV: {wrong}") from None
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = [cell.strip() for cell in cells]
            twice = {column for column in header if header.count(column) > 1}
            if twice:
                raise Refusal("bad-input", f"{name}:{line}: the column `{min(twice)}` is there twice")
            continue
        if len(cells) != len(header):
            raise Refusal("bad-input", f"{name}:{line}: {len(cells)} cells stand under {len(header)} columns")
        yield f"{name}:{line}", dict(zip(header, cells, strict=True))


def _json(name: str, text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    items = _loaded(name, 1, text)
    if not isinstance(items, list):
        raise Refusal("bad-input", f"{name}: a list of objects is needed")
    for number, item in enumerate(items, 1):
        yield f"{name}: item {number}", _cells(f"{name}: item {number}", item)


def _json_lines(name: str, text: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"{name}:{number}", _cells(f"{name}:{number}", _loaded(name, number, line))


def _loaded(name: str, first: int, text: str) -> Any:
    try:
        # Numbers keep the digits that were written.
        return json.loads(text, parse_float=str, parse_int=str)
    except json.JSONDecodeError as wrong:
        raise Refusal("bad-input", f"{name}:{first + wrong.lineno - 1}: this is not JSON: {wrong.msg}") from None
    except RecursionError:
        raise Refusal("bad-input", f"{name}:{first}: this is nested too deep") from None


def _cells(place: str, item: Any) -> Mapping[str, str]:
    if not isinstance(item, dict):
        raise Refusal("bad-input", f"{place}: an object is needed")
    for key, value in item.items():
        if isinstance(value, dict | list):
            raise Refusal("bad-input", f"{place}: `{key}` must be text or a number")
    return {key: "" if value is None else str(value) for key, value in item.items()}


def _all_there(place: str, cells: Mapping[str, str], names: Mapping[str, str]) -> None:
    missing = sorted(set(names.values()) - cells.keys())
    if missing:
        raise Refusal(
            "bad-configuration",
            f"{place.partition(':')[0]} has no column `{missing[0]}`",
            help="its columns: " + ", ".join(f"`{column}`" for column in cells),
        )
