"""Diagnostics for people, as an excerpt of the text with carets, and for programs, as plain values."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from svcctl.foundation.diagnostic import Diagnostic, Label, Severity
from svcctl.foundation.source import Source, Span
from svcctl.foundation.width import display_width

_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
_RANKS = tuple(Severity)
_FRAME = "34"
_RELATED = "36"
#: Blanks that Python does not count as printable.
_SPACES = "\u3000\u00a0"
#: The narrowest column of line numbers, so that short files look like long ones.
_GUTTER = 2
#: Characters that are shown of one line.
_LONGEST = 240
_WORD = re.compile(r"(`[^`]{120})[^`]+`")


def print_diagnostics(
    diagnostics: Sequence[Diagnostic],
    sources: Mapping[str, Source],
    *,
    colour: bool = False,
    limit: int | None = None,
) -> str:
    """Each diagnostic with the lines it speaks of, then a line that counts them all; empty for none.

    `sources` are the texts by name; a place in another is named without its text. `limit`: how many to show,
    errors before warnings before notes.
    """
    if not diagnostics:
        return ""
    worst = sorted(diagnostics, key=lambda diagnostic: _RANKS.index(diagnostic.severity))
    left = {id(diagnostic) for diagnostic in worst[:limit]}
    shown = [diagnostic for diagnostic in diagnostics if id(diagnostic) in left]
    paint = _Paint(colour)
    blocks = ["\n".join(_rendered(diagnostic, sources, paint)) for diagnostic in shown]
    return "\n\n".join([*blocks, _count(diagnostics, len(diagnostics) - len(shown))]) + "\n"


def diagnostics_json(diagnostics: Iterable[Diagnostic], sources: Mapping[str, Source]) -> list[dict[str, object]]:
    """The diagnostics as plain values. Lines and columns count from 1 in characters, the end exclusive;
    they are null where the text is not in `sources`."""
    return [
        {
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
            **_place(diagnostic.primary.span, sources),
            "help": list(diagnostic.help),
            "example": list(diagnostic.example),
            "related": [{"message": label.text, **_place(label.span, sources)} for label in diagnostic.related],
            "fix": diagnostic.fix and {"text": diagnostic.fix.text, **_place(diagnostic.fix.span, sources)},
        }
        for diagnostic in diagnostics
    ]


def _place(span: Span, sources: Mapping[str, Source]) -> dict[str, object]:
    source = sources.get(span.source)
    line, column = source.position(span.start) if source else (None, None)
    end_line, end_column = source.position(span.end) if source else (None, None)
    return {"file": span.source, "line": line, "column": column, "end_line": end_line, "end_column": end_column}


def _count(diagnostics: Sequence[Diagnostic], hidden: int) -> str:
    parts = []
    for severity in Severity:
        number = sum(diagnostic.severity is severity for diagnostic in diagnostics)
        if number:
            parts.append(f"{number} {severity.value}{'' if number == 1 else 's'}")
    return ", ".join(parts) + (f"; {hidden} more are shown with --all" if hidden else "")


class _Paint:
    """Puts a style (of ANSI escape sequences) on text, or not."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def __call__(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self._colour and text else text


class _Mark(NamedTuple):
    """A label on one line: display cells from and to, and how it looks."""

    start: int
    end: int
    text: str
    primary: bool


def _rendered(diagnostic: Diagnostic, sources: Mapping[str, Source], paint: _Paint) -> Iterator[str]:
    style = _COLOURS[diagnostic.severity]
    yield paint(f"{diagnostic.severity.value}[{diagnostic.code}]", style) + f": {_safe(brief(diagnostic.message))}"
    labels = [(diagnostic.primary, True), *((label, False) for label in diagnostic.related)]
    by_file: dict[str, list[tuple[Label, bool]]] = {}
    for label, primary in labels:
        by_file.setdefault(label.span.source, []).append((label, primary))
    lines = [source.position(label.span.start)[0] for label, _ in labels if (source := sources.get(label.span.source))]
    width = max(_GUTTER, len(str(max(lines, default=0))))
    frame = paint(" " * width + " |", _FRAME)
    for name, marked in by_file.items():
        source = sources.get(name)
        if not name:
            continue
        place = source.place(marked[0][0].span) if source else name
        yield paint(" " * width + "-->", _FRAME) + f" {_safe(place)}"
        if source is None:
            continue
        yield frame
        for number, text, marks in _by_line(source, marked):
            yield paint(f"{number:>{width}} |", _FRAME) + f" {_cells(text)}".rstrip()
            yield from (f"{frame} {line}" for line in _underlined(marks, style, paint))
    edge = paint(" " * width + " =", _FRAME)
    for word, texts in (("example", diagnostic.example), ("help", diagnostic.help)):
        for text in texts:
            yield f"{edge} {word}: {_safe(brief(text))}"


def _by_line(source: Source, marked: Iterable[tuple[Label, bool]]) -> Iterator[tuple[int, str, list[_Mark]]]:
    """The lines that labels stand on, in order, each as it is shown with its marks; of a long span only the first line,
    and of a long line only what stands around its first mark."""
    lines: dict[int, list[tuple[int, Label, bool]]] = {}
    for label, primary in marked:
        number, column = source.position(label.span.start)
        lines.setdefault(number, []).append((column - 1, label, primary))
    for number, labels in sorted(lines.items()):
        text, left = _window(source.line(number), min(start for start, _, _ in labels))
        marks = []
        for start, label, primary in labels:
            first = min(start - left, len(text))
            last = min(first + max(label.span.end - label.span.start, 1), len(text))
            at = _width(text[:first])
            marks.append(_Mark(at, max(at + 1, _width(text[:last])), _safe(brief(label.text)), primary))
        yield number, text, marks


def _window(line: str, start: int) -> tuple[str, int]:
    """What is shown of a line in which something stands at `start`, and by how much that begins later."""
    if len(line) <= _LONGEST:
        return line, 0
    left = max(0, min(start - _LONGEST // 3, len(line) - _LONGEST))
    shown = line[left : left + _LONGEST]
    if left:
        shown = f"…{shown[1:]}"
    return (f"{shown[:-1]}…" if left + _LONGEST < len(line) else shown), left


def _underlined(marks: Sequence[_Mark], style: str, paint: _Paint) -> Iterator[str]:
    """The line of carets, with the words of the last mark beside it; those of the others hang below, last first."""
    ordered = sorted(marks, key=lambda mark: (mark.start, not mark.primary))
    line, column = "", 0
    for mark in ordered:
        start = max(mark.start, column)
        if start < mark.end:
            carets = ("^" if mark.primary else "-") * (mark.end - start)
            line += " " * (start - column) + paint(carets, style if mark.primary else _RELATED)
            column = mark.end
    *others, last = ordered
    yield line + (" " + paint(last.text, style if last.primary else _RELATED) if last.text else "")
    for mark in reversed(others):
        if mark.text:
            yield " " * mark.start + paint(mark.text, style if mark.primary else _RELATED)


def brief(text: str) -> str:
    """A message in which no word of the user's is quoted at more than some length."""
    return _WORD.sub(lambda match: f"{match[1]}…`", text)


def _safe(text: str) -> str:
    """Text that cannot move the cursor: control characters shown as a replacement character."""
    return "".join(character if character.isprintable() or character in _SPACES else "\ufffd" for character in text)


def _cells(text: str) -> str:
    """A line of a file as it is shown: tabs as four blanks."""
    return _safe(text.replace("\t", "    "))


def _width(text: str) -> int:
    """How many cells a terminal gives to `text`; Chinese takes two a character."""
    return display_width(_cells(text))
