"""Columns: neighbouring lines that say the same of different things, and the comments at their ends."""

from collections.abc import Sequence

from svcctl.foundation.width import display_width
from svcctl.language.concrete import Leaf, Piece
from svcctl.language.layout import AFTER_AT, WIDTH, Line, is_moment, joined

_TARGETS = ("RESPOND", "ARRIVE", "RESOLVE", "UPDATE", "CLOSE", "CANCEL")
_IN_TABLE = 2
"""Braces around a row of a table: those of the test and its own."""
_APART = 2
"""Cells between a line and the comment at its end."""


def cells_of(piece: Piece, kind: str, depth: int, body: str) -> tuple[object, Sequence[str]]:
    """The shape of a line, None where it stands in no columns, and its parts. `body` is what its braces hold."""
    first = piece.first.type
    if body:
        return _of_block(piece, kind, depth, body)
    if kind == "FORM":
        return "field", _of_field(piece.head)
    if first == "TO":
        return "demand", _split(piece.head, "REQUIRE")
    if first in _TARGETS and kind in ("SLA", "FLOW"):
        return "target", [joined(piece.head[:1]), joined(piece.head[1:])]
    if kind == "CALENDAR" and any(leaf.type == "TIME" for leaf in piece.head) and first not in ("ON", "BREAK"):
        return "weekly", _split(piece.head, "TIME")
    if kind == "TEST" and depth == _IN_TABLE:
        return "row", _of_row(piece.head)
    if is_moment(piece.head) and len(piece.head) > AFTER_AT:
        start = joined(piece.head[:AFTER_AT])
        return "moment", [start, joined(piece.head).removeprefix(start).lstrip()]
    return None, ()


def _of_row(leaves: Sequence[Leaf]) -> list[str]:
    """The values of a row of a table, each with the comma after it, and the arrow."""
    cells: list[list[Leaf]] = [[]]
    depth = 0
    for leaf in leaves:
        depth += (leaf.type == "LSQB") - (leaf.type == "RSQB")
        if leaf.type == "ARROW":
            cells += [[leaf], []]
        else:
            cells[-1].append(leaf)
            if leaf.type == "COMMA" and not depth:
                cells.append([])
    return [joined(cell) for cell in cells if cell]


def _split(leaves: Sequence[Leaf], type: str) -> list[str]:
    """In two, before the first word of a type."""
    at = next(index for index, leaf in enumerate(leaves) if leaf.type == type)
    return [joined(leaves[:at]), joined(leaves[at:])]


def _of_block(piece: Piece, kind: str, depth: int, body: str) -> tuple[object, Sequence[str]]:
    first, head = piece.first.type, piece.head[:-1]
    if not depth or first in ("RULE", "REQUIRE"):
        return (first, depth), [joined(head[:2]), joined(head[2:]), body]
    if first == "GIVEN":
        return (first, head[1].text), [joined(head), body]
    if kind == "ESCALATION":
        return "step", [joined(head), body]
    return None, ()


def _of_field(leaves: Sequence[Leaf]) -> list[str]:
    """Name, kind, `required`, and the rest."""
    end = 2
    if leaves[1].type == "QUANTITY":
        end = 3
    elif leaves[1].type == "CHOICE":
        end = next(index for index, leaf in enumerate(leaves) if leaf.type == "RSQB") + 1
    cells = [leaves[0].text, joined(leaves[1:end])]
    rest = leaves[end:]
    if rest and rest[0].type == "TEXT":
        cells.append("")
    elif rest and rest[0].type == "REQUIRED":
        cells.append(rest[0].text)
        rest = rest[1:]
    return [*cells, joined(rest)] if rest else cells


def align(lines: Sequence[Line]) -> None:
    """Brings the parts of neighbouring lines of one shape, and the comments of neighbouring lines, under each other."""
    for run in _runs([line.shape and (line.shape, line.indent) for line in lines], lines):
        _pad(run)
    for run in _runs([line.comment and line.depth + 1 for line in lines], lines):
        longest = max(line.indent + display_width(line.text) for line in run)
        if any(longest + _APART + display_width(line.comment or "") > WIDTH for line in run):
            longest = 0
        for line in run:
            space = max(longest - line.indent - display_width(line.text), 0) + _APART
            line.comment = f"{' ' * space}{line.comment}"


def _runs(keys: Sequence[object], lines: Sequence[Line]) -> list[list[Line]]:
    """Neighbouring lines with the same key, none blank between them."""
    runs: list[list[Line]] = []
    before: object = None
    for key, line in zip(keys, lines, strict=True):
        if key and key == before and not line.blank:
            runs[-1].append(line)
        elif key:
            runs.append([line])
        before = key
    return runs


def _pad(run: Sequence[Line]) -> None:
    count = max(len(line.cells) for line in run)
    several = ([display_width(line.cells[at]) for line in run if len(line.cells) > at + 1] for at in range(count))
    widths = [max(each, default=0) for each in several]
    made = []
    for line in run:
        *columns, last = line.cells
        padded = "".join(
            cell + " " * (size - display_width(cell) + 1) for cell, size in zip(columns, widths, strict=False) if size
        )
        made.append(padded + last)
    if all(line.indent + display_width(text) <= WIDTH for line, text in zip(run, made, strict=True)):
        for line, text in zip(run, made, strict=True):
            line.text = text
