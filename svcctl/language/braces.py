"""Braces that do not match, made to match: by the heads that need one, and by how lines are indented."""

from collections.abc import Sequence

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, error
from svcctl.foundation.source import Source, Span
from svcctl.language.literals import with_fix
from svcctl.language.tokens import Token

_HITS = frozenset({"first", "unique", "priority", "collect"})
_CLOCKS = frozenset({"respond", "arrive", "resolve", "update", "limit"})
#: What is given without a name of its own.
_NAMELESS = frozenset({"ticket", "message"})
_NAMES = frozenset({"NAME", "TEXT"})
_LENGTHS = frozenset({"DURATION", "MEASURE", "NUMBER"})


def first_on_line(source: Source, tokens: Sequence[Token], index: int) -> bool:
    return index == 0 or "\n" in source.text[tokens[index - 1].span.end : tokens[index].span.start]


def indent(source: Source, token: Token) -> int:
    """How far in a token stands that is the first on its line."""
    return token.span.start - source.text.rfind("\n", 0, token.span.start)


def paired(tokens: Sequence[Token]) -> bool:
    """Gives each opening brace its closing one; False where they do not match."""
    open_: list[Token] = []
    for token in tokens:
        if token.type == "LBRACE":
            open_.append(token)
        elif token.type == "RBRACE":
            if not open_:
                return False
            open_.pop().value = token
            if not open_ and token is not tokens[-1]:
                return False
    return not open_


def mended(source: Source, tokens: Sequence[Token]) -> tuple[list[Token], list[Diagnostic]]:
    """The tokens of a block with the braces that lack and without those too many, and what to say of them."""
    return _Mending(source, tokens).done()


class _Mending:
    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.made: list[Token] = []
        self.findings: list[Diagnostic] = []
        self.open: list[tuple[Token, int]] = []
        self.doubled = 0
        self.last_closing = max((i for i, token in enumerate(tokens) if token.type == "RBRACE"), default=-1)

    def done(self) -> tuple[list[Token], list[Diagnostic]]:
        heads: dict[int, Diagnostic] = {}
        line = 0
        for index, token in enumerate(self.tokens):
            if first_on_line(self.source, self.tokens, index):
                line = indent(self.source, token)
                self._close_deeper(line if token.type == "RBRACE" else line - 1)
                if len(self.open) < 2 and (head := self._head_without_brace(index)) is not None:
                    heads[head] = self._lacking(self.tokens[head])
            if self._take(index, token, line) and index in heads:
                self._add_opening(token.span.end, line)
                self.findings.append(heads[index])
        if self.open:
            self._close([self.open.pop()[0] for _ in range(len(self.open))][::-1])
        paired(self.made)
        return self.made, self.findings

    def _take(self, index: int, token: Token, line: int) -> bool:
        """Keeps a token, unless it is a brace too many."""
        if token.type == "LBRACE":
            if index and self.tokens[index - 1].type == "LBRACE":
                self.doubled += 1
                finding = error("unopened-brace", "one `{` is enough here", token.span, "", "leave it out")
                self.findings.append(with_fix(finding, ""))
                return False
            self.open.append((token, line))
        elif token.type == "RBRACE":
            if len(self.open) <= 1 and index != len(self.tokens) - 1:
                self._too_many(token)
                return False
            if self.open:
                self.open.pop()
        self.made.append(token)
        return True

    def _too_many(self, token: Token) -> None:
        if self.doubled:  # it closes the brace that was one too many
            self.doubled -= 1
            finding = error("unopened-brace", "one `}` is enough here", token.span, "", "leave it out")
            self.findings.append(with_fix(finding, ""))
            return
        message = "this `}` closes nothing that is open here"
        help = "leave it out, or look for a `{` that is missing before it"
        self.findings.append(error("unopened-brace", message, token.span, "", help))

    def _add_opening(self, at: int, line: int) -> None:
        brace = Token("LBRACE", "{", Span(self.source.name, at, at))
        self.made.append(brace)
        self.open.append((brace, line))

    def _close_deeper(self, least: int) -> None:
        """Closes what was opened on lines further in."""
        while len(self.open) > 1 and self.open[-1][1] > least:
            self._close([self.open.pop()[0]])

    def _close(self, opening: Sequence[Token]) -> None:
        """Adds the closing braces of some that end at one place, which is one mistake."""
        end = self.made[-1].span.end
        place = Span(self.source.name, end, end)
        self.made += [Token("RBRACE", "}", place) for _ in opening]
        written = [token for token in opening if not token.is_made_up]
        for token in opening:
            if token.is_made_up:
                self._lacks_both(token, place)
        if not written:
            return
        first, *others = (token.span for token in written)
        braces = " ".join("}" * len(written))
        what = f"{'these' if others else 'this'} `{{` {'are' if others else 'is'} never closed"
        finding = error("unclosed-block", what, first, "opened here", f"add the missing `{braces}`")
        marks = [Label(other, "and here") for other in others]
        self.findings.append(finding.replace(related=(*marks, Label(place, f"`{braces}` is missing here"))))

    def _lacks_both(self, opening: Token, end: Span) -> None:
        """Tells of a head without braces that the closing one lacks, too."""
        at = next(i for i, one in enumerate(self.findings) if one.fix and one.fix.span.end == opening.span.start)
        inner = Span(end.source, opening.span.start, end.start)
        fix = Fix(inner, f" {{{self.source.text[inner.start : inner.end]} }}")
        help = "write `{` before the first clause and `}` after the last"
        self.findings[at] = self.findings[at].replace(help=(help,), fix=fix)

    def _head_without_brace(self, start: int) -> int | None:
        """Where a head ends that begins at `start` and has no brace after it."""
        end = self._end_of_head(start)
        if end is None or end + 1 >= len(self.tokens):
            return None
        following = self.tokens[end + 1]
        if following.type in ("LBRACE", "TEXT") or following.is_made_up:
            return None
        if self.last_closing <= end:
            return None  # the text may end here
        for index in range(end + 1, len(self.tokens)):
            if first_on_line(self.source, self.tokens, index):
                break
            if self.tokens[index].type == "LBRACE":
                return None  # the brace is there, behind what does not belong to the head
        return end

    def _end_of_head(self, start: int) -> int | None:
        """The last token of a head with which a line begins, as far as it is one."""
        kind, word = self.tokens[0].text, self.tokens[start].text
        if start == 0:
            end = self._after_name(1)
            hit = end is not None and kind == "dispatch" and self._is(end + 1, _HITS)
            return end + 1 if end is not None and hit else end
        if (kind, word) in (("dispatch", "rule"), ("acceptance", "require")):
            return self._after_name(start + 1)
        if (kind, word) == ("dispatch", "otherwise"):
            return start
        if (kind, word) == ("test", "given") and self._of(start + 1, _NAMES):
            nameless = self.tokens[start + 1].text in _NAMELESS
            return start + 1 if nameless or not self._of(start + 2, _NAMES) else start + 2
        return self._end_of_trigger(start) if kind == "escalation" else None

    def _end_of_trigger(self, start: int) -> int | None:
        word = self.tokens[start].text
        if word == "after" and self._of(start + 1, _LENGTHS):
            return start + 1
        if word == "at" and self._is(start + 2, {"of"}) and self._is(start + 3, _CLOCKS):
            return start + 3
        if word == "when" and self._is(start + 2, {"breached"}):
            return start + 2
        before_or_after = self._of(start, _LENGTHS) and self._is(start + 1, {"before", "after"})
        return start + 2 if before_or_after and self._is(start + 2, _CLOCKS) else None

    def _after_name(self, at: int) -> int | None:
        """The end of a name and perhaps a title."""
        if not self._of(at, _NAMES) or self.tokens[at].text == self.tokens[at - 1].text:
            return None
        return at + 1 if self._of(at + 1, {"TEXT"}) else at

    def _of(self, index: int, types: frozenset[str] | set[str]) -> bool:
        return index < len(self.tokens) and self.tokens[index].type in types

    def _is(self, index: int, words: frozenset[str] | set[str]) -> bool:
        return index < len(self.tokens) and self.tokens[index].text in words

    def _lacking(self, last: Token) -> Diagnostic:
        finding = error("missing-brace", f"there is no `{{` after `{last.shown}`", last.span)
        fix = Fix(Span(self.source.name, last.span.end, last.span.end), " {")
        return finding.replace(help=("write `{` before the first clause",), fix=fix)
