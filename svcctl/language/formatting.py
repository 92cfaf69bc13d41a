"""Rule files in the one form that everybody's have: `formatted`.

Only what stands between words changes. Nothing is sorted or put in other words; what the writer decides is which lines
are apart, which blocks stand on one line, and which conditions are broken.
"""

from collections.abc import Iterator, Sequence

from svcctl.foundation.diagnostic import has_errors
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import UNITS
from svcctl.foundation.source import Source
from svcctl.foundation.width import display_width
from svcctl.language.columns import align, cells_of
from svcctl.language.concrete import Comment, Leaf, Piece, pieces_of
from svcctl.language.layout import BETWEEN, STEP, WIDTH, Line, is_plain, joined, lay_out
from svcctl.language.parser import Parsed, parse_whole


def formatted(source: Source) -> str:
    """The text of a rule file in its canonical form, with every comment; the same again for what it gives.

    The kind of line break that the text begins with is kept, and a byte order mark. Raises Refusal `rules-broken` where
    the text has mistakes of form, `format-unsure` rather than give a text that would say something else.
    """
    parsed = parse_whole(source)
    if has_errors(parsed.findings):
        first = next(finding for finding in parsed.findings if finding.is_error)
        raise Refusal(
            "rules-broken",
            f"{source.place(first.primary.span)}: {first.message}",
            help="only rules without mistakes of form are put in form; see `svcctl rules check`",
        )
    text = _printed(source, parsed)
    again = Source(source.name, text)
    if _said(again, parse_whole(again)) != _said(source, parsed):
        raise Refusal(
            "format-unsure",
            f"{source.name} would not say the same in canonical form, so it is left as it is",
            help="this is a bug in svcctl: please report it with the file",
        )
    return text


def _said(source: Source, parsed: Parsed) -> tuple[object, ...]:
    """All that a file says: its tree, and its comments in order."""
    comments = [source.text[span.start : span.end].rstrip() for span in parsed.comments]
    return parsed.module, parsed.findings, comments


def _printed(source: Source, parsed: Parsed) -> str:
    pieces, rest = pieces_of(source, parsed)
    lines: list[Line] = []
    large_before = False
    for piece in pieces:
        made = _lines(piece, 0, 0)
        above = len(piece.first.above)
        large = len(made) > above + 1
        if lines and (large or large_before) and not any(line.blank for line in made[: above + 1]):
            made[0].blank = True
        lines += made
        large_before = large
    lines += _comments(rest, 0)
    if lines:
        lines[0].blank = False
    align(lines)
    head, break_, _ = source.text.partition("\n")
    end = "\r\n" if break_ and head.endswith("\r") else "\n"
    mark = "\ufeff" if source.text.startswith("\ufeff") else ""
    return mark + "".join(f"{row}{end}" for row in _rows(lines))


def _rows(lines: Sequence[Line]) -> Iterator[str]:
    for line in lines:
        if line.blank:
            yield ""
        words = " " * line.indent + line.text
        yield words if line.comment is None else f"{words}{line.comment}"


def _comments(comments: Sequence[Comment], indent: int) -> list[Line]:
    return [Line(indent, comment.text, blank=comment.blank) for comment in comments]


def _lines(piece: Piece, indent: int, depth: int, kind: str = "") -> list[Line]:
    """The lines of a clause or block that stands `depth` braces deep in a block of a kind."""
    kind = kind or piece.first.type
    lines = _several(piece, indent, depth, kind)
    for line in lines:
        line.depth = line.depth or depth
    return lines


def _several(piece: Piece, indent: int, depth: int, kind: str) -> list[Line]:
    if piece.closing is None:
        lines = lay_out(piece.head, indent)
        return _in_columns(lines, piece, kind, depth)
    body = _on_one_line(piece)
    if body is not None and indent + display_width(f"{joined(piece.head[:-1])} {body}") <= WIDTH:
        lines = _comments(piece.first.above, indent)
        lines.append(Line(indent, f"{joined(piece.head[:-1])} {body}", piece.closing.beside, piece.first.blank))
        return _in_columns(lines, piece, kind, depth, body)
    if _is_filled(piece):
        return _filled(piece, indent)
    lines = lay_out(piece.head, indent)
    inner: list[Line] = []
    for clause in piece.body:
        inner += _lines(clause, indent + STEP, depth + 1, kind)
    last = _comments(piece.closing.above, indent + STEP)
    for line in last:
        line.depth = depth + 1
    inner += last
    if inner:
        inner[0].blank = False
    return [*lines, *inner, Line(indent, "}", piece.closing.beside)]


def _in_columns(lines: list[Line], piece: Piece, kind: str, depth: int, body: str = "") -> list[Line]:
    """Tells the last line, where it is the only one, in which columns it stands."""
    if len(lines) == len(piece.first.above) + 1:
        lines[-1].shape, lines[-1].cells = cells_of(piece, kind, depth, body)
    return lines


def _leaves(piece: Piece) -> Iterator[Leaf]:
    yield from piece.head
    for clause in piece.body:
        yield from _leaves(clause)
    if piece.closing is not None:
        yield piece.closing


def _has_comments(piece: Piece) -> bool:
    """Whether there are comments within it, between its first word and its last."""
    leaves = list(_leaves(piece))
    return any(leaf.beside for leaf in leaves[:-1]) or any(leaf.above for leaf in leaves[1:])


def _on_one_line(piece: Piece) -> str | None:
    """What stands between the braces and these, where the writer has it on one line; None where not."""
    if _has_comments(piece) or not is_plain(piece.head):
        return None
    if not piece.body:
        return "{ }"
    clauses = []
    filled = _is_filled(piece)
    for index, clause in enumerate(piece.body):
        if not (filled or is_plain(clause.head)) or (clause.first.broken and not (filled and _may_join(piece, index))):
            return None
        inner = "" if clause.closing is None else _on_one_line(clause)
        if inner is None:
            return None
        clauses.append(f"{joined(clause.head[:-1])} {inner}" if clause.closing is not None else joined(clause.head))
    closing = piece.closing
    broken = closing is not None and closing.broken and not filled
    return None if broken else f"{{ {BETWEEN.join(clauses)} }}"


def _is_filled(piece: Piece) -> bool:
    """Whether the clauses of a `given` fill lines, as they do where the first stands beside its brace."""
    given = piece.first.type == "GIVEN" and bool(piece.body)
    return given and not piece.body[0].first.broken and not _has_comments(piece)


def _may_join(piece: Piece, index: int) -> bool:
    """Whether a clause may stand on the line of the one before it: after a number it must not be taken for a unit."""
    return index == 0 or piece.body[index - 1].head[-1].type != "NUMBER" or piece.body[index].first.text not in UNITS


def _filled(piece: Piece, indent: int) -> list[Line]:
    """The fields of a `given`, as many on a line as fit, in line behind the brace."""
    text = f"{joined(piece.head)} "
    hanging = indent + display_width(text)
    lines = _comments(piece.first.above, indent)
    start = indent
    for index, clause in enumerate(piece.body):
        words = joined(clause.head)
        end = " }" if index == len(piece.body) - 1 else ""
        if index:
            if not _may_join(piece, index) or start + display_width(f"{text}{BETWEEN}{words}{end}") > WIDTH:
                lines.append(Line(start, text))
                start, text = hanging, ""
            else:
                text += BETWEEN
        text += words + end
    assert piece.closing is not None
    lines.append(Line(start, text, piece.closing.beside))
    lines[len(piece.first.above)].blank = piece.first.blank
    return lines
