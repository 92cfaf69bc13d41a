"""A rule file as it stands on the page: clauses of words, with the comments and line breaks between them."""

from collections.abc import Iterator

from svcctl.foundation.quantity import UNITS
from svcctl.foundation.source import Source, Span
from svcctl.language.parser import Parsed
from svcctl.language.tokens import Token

#: The clauses of a test that belong to the `at` before them.
FOLLOWERS = frozenset({"MOVE", "READ", "EXPECT"})


class Comment:
    """A comment on a line of its own, and whether a blank line stands before it."""

    __slots__ = ("blank", "text")

    def __init__(self, text: str, blank: bool) -> None:
        self.text = text
        self.blank = blank


class Leaf:
    """A word or sign of the text.

    `above`: the comments on lines of their own before it; `beside`: the comment that ends its line; `broken`: whether
    it begins a line; `blank`: whether a blank line stands right before it; `sign`: whether it belongs to the number
    after it.
    """

    __slots__ = ("above", "beside", "blank", "broken", "sign", "text", "type")

    def __init__(self, token: Token, text: str, before: "Leaf | None") -> None:
        self.type = token.type
        self.text = _written(token, text)
        self.sign = token.value is not None if token.type == "MINUS" else before is not None and before.type == "AT"
        self.above: list[Comment] = []
        self.beside: str | None = None
        self.broken = self.blank = False

    @property
    def apart(self) -> bool:
        """Whether a blank line stands before it and its comments."""
        return self.above[0].blank if self.above else self.blank


class Piece:
    """A clause, block or import: its words up to the opening brace, and what stands between its braces, if any."""

    __slots__ = ("body", "closing", "head")

    def __init__(self, head: list[Leaf]) -> None:
        self.head = head
        self.body: list[Piece] = []
        self.closing: Leaf | None = None

    @property
    def first(self) -> Leaf:
        return self.head[0]

    @property
    def last(self) -> Leaf:
        return self.closing or self.head[-1]


def pieces_of(source: Source, parsed: Parsed) -> tuple[list[Piece], list[Comment]]:
    """The blocks and imports of a file without mistakes of form, and the comments after the last of them."""
    leaves, rest = _leaves(source, parsed)
    top: list[Piece] = []
    open_: list[Piece] = []
    for begins, leaf in leaves:
        siblings = open_[-1].body if open_ else top
        if leaf.type == "RBRACE":
            open_.pop().closing = leaf
        elif begins if open_ else not siblings or _is_whole(siblings[-1]):
            siblings.append(Piece([leaf]))
        else:
            siblings[-1].head.append(leaf)
        if leaf.type == "LBRACE":
            open_.append(siblings[-1])
    for piece in top:
        if piece.first.type == "TEST":
            piece.body = _moments(piece.body)
    return top, rest


def _is_whole(piece: Piece) -> bool:
    return piece.closing is not None or (piece.first.type == "IMPORT" and len(piece.head) > 1)


def _moments(clauses: list[Piece]) -> list[Piece]:
    """The clauses of a test, with what happens and what is expected joined to the `at +30m` before it."""
    joined: list[Piece] = []
    for clause in clauses:
        last = joined[-1] if joined else None
        is_moment = last is not None and last.first.type == "AT" and last.head[1].type == "PLUS"
        if last is not None and is_moment and clause.first.type in FOLLOWERS and not clause.first.apart:
            last.head += clause.head
        else:
            joined.append(clause)
    return joined


def _leaves(source: Source, parsed: Parsed) -> tuple[list[tuple[bool, Leaf]], list[Comment]]:
    """The tokens, whether each begins a clause, with the comments around them; and the comments after the last."""
    text = source.text
    leaves: list[tuple[bool, Leaf]] = []
    last: Leaf | None = None
    waiting: list[Comment] = []
    position = 0
    for span, token in _in_order(parsed):
        breaks = text.count("\n", position, span.start)
        position = span.end
        if token is not None:
            leaf = Leaf(token, text, last)
            leaf.above, waiting = waiting, []
            leaf.broken, leaf.blank = breaks > 0, breaks > 1
            if leaf.type == "RSQB" and last is not None and last.type == "COMMA" and not leaf.above and not last.beside:
                leaves.pop()
            leaves.append((span.start in parsed.clauses, leaf))
            last = leaf
        elif last is not None and not breaks and not waiting:
            last.beside = text[span.start : span.end].rstrip()
        else:
            waiting.append(Comment(text[span.start : span.end].rstrip(), breaks > 1))
    return leaves, waiting


def _in_order(parsed: Parsed) -> Iterator[tuple[Span, Token | None]]:
    found: list[tuple[Span, Token | None]] = [(token.span, token) for token in parsed.tokens]
    found += [(span, None) for span in parsed.comments]
    yield from sorted(found, key=lambda each: each[0].start)


def _written(token: Token, text: str) -> str:
    """A token as the canonical text has it: a space between a number and its unit, none doubled.

    What stands for a unit and is none stays at its number: apart from it, it would be a name.
    """
    written = text[token.span.start : token.span.end]
    if token.type in ("OR_DEFAULT", "PERCENT"):
        return " ".join(written.split())
    if token.type != "MEASURE" or token.value.unit not in UNITS:
        return written
    digits = len(written) - len(written.lstrip("0123456789."))
    return " ".join(f"{written[:digits]} {written[digits:]}".split())
