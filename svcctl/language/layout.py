"""Where the words of one clause stand: on one line where they fit and nobody broke it, else on several."""

from collections.abc import Sequence
from itertools import pairwise

from svcctl.foundation.width import display_width
from svcctl.language.concrete import FOLLOWERS, Leaf

#: Lines are broken to stay within so many display cells; Chinese takes two a character.
WIDTH = 100
#: What stands between two clauses on one line.
BETWEEN = "  "
STEP = 2
_HANGING = 4
_FARTHEST = 50

#: Where a clause may be broken: all places of one level at once, the loosest first.
_LEVELS = {
    "OR_ELSE": 1,
    **dict.fromkeys(("HAVING", "WHERE", "PREFER", "WHEN", "OVER", "COVERAGE", "IN_COUNT", "UNTIL", "ON", "LEAD"), 2),
    **dict.fromkeys(("AGAIN", "BY", *FOLLOWERS), 2),
    "OR": 3,
    "AND": 4,
}
_ALL_LEVELS = (1, 2, 3, 4)
_JOINTS = ("AND", "OR")
_ARROWS = ("ARROW", "BOTH_WAYS")
_LONG_KEYWORDS = ("WHEN", "WHILE", "WHERE")
#: `by` is no place to break at after these.
_BY = ("APPROVAL", "SIMILAR")
AFTER_AT = 3
"""The place in `at +30m expect ...` of what belongs on the line of its `at`."""


class Line:
    """One line: its text without indentation, and the comment that ends it.

    `cells` are the parts that stand in columns with those of neighbours of the same `shape`; then `text` is made of
    them. `depth` counts the braces around it.
    """

    __slots__ = ("blank", "cells", "comment", "depth", "indent", "shape", "text")

    def __init__(self, indent: int, text: str, comment: str | None = None, blank: bool = False) -> None:
        self.indent = indent
        self.text = text
        self.comment = comment
        self.blank = blank
        self.depth = 0
        self.shape: object = None
        self.cells: Sequence[str] = ()


def joined(leaves: Sequence[Leaf]) -> str:
    """Words on one line."""
    text = leaves[0].text if leaves else ""
    moment = is_moment(leaves)
    for index, (before, leaf) in enumerate(pairwise(leaves), 1):
        if moment and index > AFTER_AT and leaf.type in FOLLOWERS:
            text += BETWEEN
        elif _is_spaced(before, leaf):
            text += " "
        text += leaf.text
    return text


def is_moment(leaves: Sequence[Leaf]) -> bool:
    """Whether these are `at +30m` and what belongs to it."""
    return len(leaves) > 1 and leaves[0].type == "AT" and leaves[1].type == "PLUS"


def _is_spaced(before: Leaf, leaf: Leaf) -> bool:
    first, second = before.type, leaf.type
    if second in ("COMMA", "RSQB", "RPAR", "DOTS") or first in ("LSQB", "LPAR", "DOTS"):
        return False
    if first == "FUNCTION":
        return second != "LPAR"
    if before.sign:
        return first not in ("PLUS", "MINUS")
    return not ("TIME" in (first, second) and "MINUS" in (first, second))


def is_plain(leaves: Sequence[Leaf]) -> bool:
    """Whether no comment stands between words, and none of the places where a clause may be broken was."""
    if any(leaf.beside for leaf in leaves[:-1]) or any(leaf.above for leaf in leaves[1:]):
        return False
    return not any(leaves[index].broken for index in _places(leaves))


def _places(leaves: Sequence[Leaf], levels: Sequence[int] = _ALL_LEVELS, arrows: bool = True) -> list[int]:
    """Where a clause may be broken by its meaning, outside of brackets."""
    found = []
    depth = 0
    moment = is_moment(leaves)
    for index, leaf in enumerate(leaves):
        depth += (leaf.type in ("LPAR", "LSQB")) - (leaf.type in ("RPAR", "RSQB"))
        if (
            depth
            or not index
            or (moment and index == AFTER_AT)
            or (leaf.type == "BY" and leaves[index - 1].type in _BY)
        ):
            continue
        if _LEVELS.get(leaf.type) in levels or (arrows and leaf.type in _ARROWS):
            found.append(index)
    return found


def lay_out(leaves: Sequence[Leaf], indent: int) -> list[Line]:
    """The lines of a clause, with the comments above it."""
    first = leaves[0]
    above = [Line(indent, comment.text, blank=comment.blank) for comment in first.above]
    text = joined(leaves)
    if is_plain(leaves) and indent + display_width(text) <= WIDTH:
        return [*above, Line(indent, text, leaves[-1].beside, first.blank)]
    for level in _ALL_LEVELS:
        places = _places(leaves, (level,), arrows=False)
        if places:
            lines: list[Line] = []
            for start, end in zip((0, *places), (*places, len(leaves)), strict=True):
                part = leaves[start:end]
                lines += lay_out(part, indent + (_offset(first, part[0], level) if start else 0))
            return _together(lines, first)
    return [*above, *_filled(leaves, indent)]


def _together(lines: list[Line], first: Leaf) -> list[Line]:
    """Without blank lines between, but for those around the comments above the first word."""
    blanks = [*(comment.blank for comment in first.above), first.blank]
    for index, line in enumerate(lines):
        line.blank = index < len(blanks) and blanks[index]
    return lines


def _offset(first: Leaf, leaf: Leaf, level: int) -> int:
    """How much further in a part stands than its clause: `and` so that what it joins is in line with the first."""
    if level == 1:
        return 0
    if leaf.type in _JOINTS and first.type in _LONG_KEYWORDS:
        return len(first.text) - len(leaf.text)
    return STEP


def _filled(leaves: Sequence[Leaf], indent: int) -> list[Line]:
    """As many words on a line as fit, broken after commas and before arrows, texts, `and`, `or` and `or default`."""
    hanging = indent + _hang(leaves)
    if hanging > _FARTHEST:
        hanging = indent + _HANGING
    lines: list[Line] = []
    current: list[Leaf] = []

    def close(comment: str | None) -> None:
        lines.append(Line(hanging if lines else indent, joined(current), comment))
        current.clear()

    for part in _parts(leaves):
        start = hanging if lines else indent
        too_long = bool(current) and start + display_width(joined([*current, *part])) > WIDTH
        if current and (too_long or part[0].above or (part[0].broken and part[0].type in _ARROWS)):
            close(None)
        if part[0] is not leaves[0]:
            lines += [Line(hanging, comment.text) for comment in part[0].above]
        current += part
        if part[-1].beside or part[-1] is leaves[-1]:
            close(part[-1].beside)
    lines[0].blank = leaves[0].blank
    return lines


def _hang(leaves: Sequence[Leaf]) -> int:
    """How much further in lines go on: in line with the first arrow, or with the first item of a list."""
    for index, leaf in enumerate(leaves):
        if leaf.type in _ARROWS:
            return display_width(joined(leaves[:index])) + 1
        if leaf.type == "LSQB":
            return display_width(joined(leaves[: index + 1]))
    return _HANGING


def _parts(leaves: Sequence[Leaf]) -> list[list[Leaf]]:
    """Words that stay together; so does `or default` with its value."""
    parts: list[list[Leaf]] = [[leaves[0]]]
    for before, leaf in pairwise(leaves):
        breakable = before.type == "COMMA" or leaf.type in (*_ARROWS, *_JOINTS, "AS", "OR_DEFAULT")
        breakable = breakable or (leaf.type == "TEXT" and before is not leaves[0] and before.type != "OR_DEFAULT")
        if breakable or before.beside or leaf.above:
            parts.append([leaf])
        else:
            parts[-1].append(leaf)
    return parts
