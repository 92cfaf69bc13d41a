"""The syntax of patterns: what `matches` may be given, read into a small tree."""

from svcctl.foundation.record import Record

_MAX_DEPTH = 40


class Chars(Record):
    """A set of characters: those within `ranges` or of a `kinds` letter, or all others where `negated`."""

    ranges: tuple[tuple[str, str], ...] = ()
    kinds: str = ""
    negated: bool = False

    def has(self, character: str) -> bool:
        found = any(low <= character <= high for low, high in self.ranges)
        return (found or any(_is_kind(kind, character) for kind in self.kinds)) is not self.negated


def _is_kind(kind: str, character: str) -> bool:
    lower = kind.lower()
    if lower == "d":
        found = character.isdecimal()
    elif lower == "s":
        found = character.isspace()
    else:
        found = character.isalnum() or character == "_"
    return found is (kind == lower)


class Sequence(Record):
    parts: "tuple[Part, ...]"


class Either(Record):
    branches: "tuple[Part, ...]"


class Repeated(Record):
    part: "Part"
    least: int
    most: int | None


class Edge(Record):
    """`^` where `start`, else `$`."""

    start: bool


Part = str | Chars | Sequence | Either | Repeated | Edge


class PatternProblem(Exception):
    """What about a pattern is wrong, in the words of the person who wrote it."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def either(self, depth: int = 0) -> Part:
        if depth > _MAX_DEPTH:
            raise PatternProblem(f"groups are nested more than {_MAX_DEPTH} deep")
        branches = [self.sequence(depth)]
        while self.peek() == "|":
            self.take()
            branches.append(self.sequence(depth))
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def sequence(self, depth: int) -> Part:
        parts: list[Part] = []
        while self.peek() and self.peek() not in "|)":
            parts.append(self.repeated(self.atom(depth)))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def atom(self, depth: int) -> Part:
        character = self.take()
        if character == "(":
            return self.group(depth)
        if character == "[":
            return self.chars()
        if character == ".":
            return Chars((("\n", "\n"),), negated=True)
        if character in "^$":
            return Edge(character == "^")
        if character in "*+?":
            raise PatternProblem(f"`{character}` has nothing before it to repeat")
        return self.escape() if character == "\\" else character

    def group(self, depth: int) -> Part:
        if self.peek() == "?":
            if self.text[self.at : self.at + 2] != "?:":
                raise PatternProblem("look-around and named groups cannot be used")
            self.at += 2
        inner = self.either(depth + 1)
        if self.peek() != ")":
            raise PatternProblem("a `(` is never closed")
        self.take()
        return inner

    def escape(self) -> Part:
        if not self.peek():
            raise PatternProblem("it ends in a single backslash")
        character = self.take()
        if character in "dDwWsS":
            return Chars(kinds=character)
        if character in "ntr":
            return {"n": "\n", "t": "\t", "r": "\r"}[character]
        if character.isalnum():
            raise PatternProblem(f"`\\{character}` cannot be used")
        return character

    def chars(self) -> Chars:
        negated = self.peek() == "^"
        self.at += negated
        ranges: list[tuple[str, str]] = []
        kinds = ""
        first = True
        while first or self.peek() != "]":
            if not self.peek():
                raise PatternProblem("a `[` is never closed")
            first = False
            low = self.class_part()
            if isinstance(low, Chars):
                kinds += low.kinds
                continue
            high = low
            if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", ""):
                self.take()
                end = self.class_part()
                if isinstance(end, Chars) or end < low:
                    raise PatternProblem("a range in a class runs backwards")
                high = end
            ranges.append((low, high))
        self.take()
        return Chars(tuple(ranges), kinds, negated)

    def class_part(self) -> str | Chars:
        character = self.take()
        part = self.escape() if character == "\\" else character
        assert isinstance(part, str | Chars)
        return part

    def repeated(self, part: Part) -> Part:
        while self.peek() and self.peek() in "*+?{":
            least, most = self.bounds()
            if self.peek() == "?":  # lazy or greedy, the same texts match
                self.take()
            part = Repeated(part, least, most)
        return part

    def bounds(self) -> tuple[int, int | None]:
        character = self.take()
        if character != "{":
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[character]
        end = self.text.find("}", self.at)
        low, comma, high = self.text[self.at : max(end, self.at)].partition(",")
        if end < 0 or not (low.isascii() and low.isdigit() and len(low) < 5):
            raise PatternProblem("a `{` is not followed by `m}`, `m,}` or `m,n}`; write `\\{` for the character")
        if high and not (high.isascii() and high.isdigit() and len(high) < 5 and int(low) <= int(high)):
            raise PatternProblem("the bounds of a repeat are not in order")
        self.at = end + 1
        return int(low), (int(high) if high else None if comma else int(low))


def read_pattern(pattern: str) -> Part:
    """The tree of a pattern. Raises PatternProblem where it cannot be used."""
    reader = _Reader(pattern)
    part = reader.either()
    if reader.peek():
        raise PatternProblem("a `)` has no `(`")
    return part
