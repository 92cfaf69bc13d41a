"""The outline of a file: where each top-level block begins and ends, with its braces made to match."""

from collections.abc import Sequence

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.tokens import Token

KINDS = ("calendar", "form", "flow", "sla", "dispatch", "escalation", "acceptance", "care", "test")
_HEADER = 6
_LOOKS_AHEAD = 4


class Stretch(Record):
    """The tokens of one import or block."""

    tokens: Sequence[Token]


class Outline:
    """Cuts the tokens of a file into stretches. In each, an opening brace has its closing one as `value`."""

    def __init__(self, source: Source, tokens: Sequence[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.findings: list[Diagnostic] = []
        self.looks_ahead = _LOOKS_AHEAD * len(tokens)

    def stretches(self) -> list[Stretch]:
        found: list[Stretch] = []
        index = 0
        while index < len(self.tokens):
            if self.tokens[index].text == "import":
                end = min(index + 2, len(self.tokens))
                found.append(Stretch(self.tokens[index:end]))
            elif self._begins_block(index):
                end = self._end_of_block(index)
                found.append(self._block(index, end))
            else:
                end = self._skip(index)
            index = end
        return found

    def _begins_block(self, index: int) -> bool:
        """A kind and an opening brace close after it; a misspelt kind is reported and mended."""
        token = self.tokens[index]
        if token.type != "NAME":
            return False
        opens = any(t.type == "LBRACE" for t in self.tokens[index + 1 : index + _HEADER])
        if token.text in KINDS:
            return True
        meant = nearest(token.text, KINDS) if opens else None
        if meant is None:
            return False
        self._unknown(token, f"did you mean `{meant}`?")
        token.text = meant
        token.roles = (meant.upper(), "NAME")
        return True

    def _unknown(self, token: Token, help: str) -> None:
        self.findings.append(error("unknown-block", f"there is no block `{token.shown}`", token.span, "", help))

    def _first_on_line(self, tokens: Sequence[Token], index: int) -> bool:
        return index == 0 or "\n" in self.source.text[tokens[index - 1].span.end : tokens[index].span.start]

    def _indent(self, token: Token) -> int:
        """How far in a token stands that is the first on its line."""
        return token.span.start - self.source.text.rfind("\n", 0, token.span.start)

    def _starts_another(self, index: int) -> bool:
        """Whether a block begins here for sure, even inside braces that are still open."""
        token = self.tokens[index]
        if token.text not in KINDS or token.type != "NAME":
            return False
        header = self.tokens[index + 1 : index + _HEADER]
        # A field may have the name of a kind (`calendar cn-service`): then its braces close before others open.
        brace = next((t.type for t in header[1:] if t.type in ("LBRACE", "RBRACE")), None)
        return (
            bool(header)
            and header[0].type in ("NAME", "TEXT")
            and brace == "LBRACE"
            and self._first_on_line(self.tokens, index)
        )

    def _end_of_block(self, start: int) -> int:
        """Past the brace that closes the block, or where the next block begins."""
        depth = 0
        index = start + 1
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.type == "LBRACE":
                depth += 1
            elif token.type == "RBRACE":
                depth -= 1
                if depth == 0 and self._closes_too_early(index):
                    depth = 1
                elif depth <= 0:
                    return index + 1
            elif self._starts_another(index) or (depth == 0 and self._imports(index)):
                return index
            index += 1
        return index

    def _closes_too_early(self, index: int) -> bool:
        """Whether, past a brace that seems to close a block, more clauses and one more closing brace follow."""
        depth = 0
        for later in range(index + 1, len(self.tokens)):
            self.looks_ahead -= 1
            if self.looks_ahead < 0:
                return False
            token = self.tokens[later]
            if later == index + 1 and (token.text in KINDS or token.text == "import"):
                return False
            if token.type == "LBRACE":
                depth += 1
            elif token.type == "RBRACE":
                depth -= 1
                if depth < 0:
                    return later > index + 1
            elif token.text in KINDS and self._starts_another(later):
                return False
        return False

    def _block(self, start: int, end: int) -> Stretch:
        stretch = Stretch(list(self.tokens[start:end]))
        return stretch if _pair(stretch.tokens) else self.mended(stretch) or stretch

    def mended(self, stretch: Stretch) -> Stretch | None:
        """The stretch with its braces where the indentation says they were meant; None where it says nothing new."""
        tokens, findings = self._mend(stretch.tokens)
        self.findings.extend(findings)
        return Stretch(tokens) if findings else None

    def _mend(self, tokens: Sequence[Token]) -> tuple[list[Token], list[Diagnostic]]:
        """Adds the closing braces that lack and drops those too many, going by how lines are indented."""
        mended: list[Token] = []
        findings: list[Diagnostic] = []
        open_: list[tuple[Token, int]] = []
        last = len(tokens) - 1
        indent = 0
        for index, token in enumerate(tokens):
            if self._first_on_line(tokens, index):
                indent = self._indent(token)
                least = indent if token.type == "RBRACE" else indent - 1
                while len(open_) > 1 and open_[-1][1] > least:
                    self._close(open_.pop()[0], mended, findings)
            if token.type == "LBRACE":
                open_.append((token, indent))
            elif token.type == "RBRACE":
                if len(open_) <= 1 and index != last:
                    findings.append(
                        error(
                            "unopened-brace",
                            "this `}` closes nothing that is open here",
                            token.span,
                            "",
                            "leave it out, or look for a `{` that is missing before it",
                        )
                    )
                    continue
                if open_:
                    open_.pop()
            mended.append(token)
            lacking = self._head_without_brace(tokens, index) if len(open_) == 1 else None
            if lacking is not None:
                brace = Token("LBRACE", "{", Span(token.span.source, token.span.end, token.span.end))
                mended.append(brace)
                open_.append((brace, indent))
                findings.append(lacking)
        while open_:
            self._close(open_.pop()[0], mended, findings)
        _pair(mended)
        return mended, findings

    def _head_without_brace(self, tokens: Sequence[Token], index: int) -> Diagnostic | None:
        """A finding where a rule's name or title ends here and no brace follows."""
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        title = int(tokens[index].type == "TEXT" and tokens[index - 1].type in ("NAME", "TEXT"))
        head = tokens[index - 1 - title]
        if following is None or following.type in ("LBRACE", "TEXT") or index < 1 + title:
            return None
        if head.text not in ("rule", "require") or not self._first_on_line(tokens, index - 1 - title):
            return None
        span = tokens[index].span
        finding = error("missing-brace", f"there is no `{{` after `{tokens[index].shown}`", span)
        fix = Fix(Span(span.source, span.end, span.end), " {")
        return finding.replace(help=("write `{` before the first clause",), fix=fix)

    def _close(self, opening: Token, mended: list[Token], findings: list[Diagnostic]) -> None:
        end = mended[-1].span.end
        mended.append(Token("RBRACE", "}", Span(opening.span.source, end, end)))
        finding = error(
            "unclosed-block", "this `{` is never closed", opening.span, "opened here", "add the missing `}`"
        )
        findings.append(finding.replace(related=(Label(Span(opening.span.source, end, end), "`}` is missing here"),)))

    def _skip(self, index: int) -> int:
        """Past what belongs to no block, which is one mistake however long it is."""
        token = self.tokens[index]
        if token.flaw is not None and token.type == "STRAY":
            self.findings.append(token.flaw)
        elif token.type == "RBRACE":
            self.findings.append(error("unopened-brace", "this `}` closes nothing", token.span, "", "leave it out"))
        elif token.type == "NAME":
            self._unknown(token, f"a file is made of {', '.join(f'`{kind}`' for kind in KINDS)} and `import`")
        else:
            self.findings.append(
                error("syntax", f"`{token.shown}` stands outside of every block", token.span, "", "put it into a block")
            )
        depth = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.type == "LBRACE":
                depth += 1
            elif token.type == "RBRACE":
                depth -= 1
                if depth <= 0:
                    return index + 1
            index += 1
            if index < len(self.tokens) and (self._starts_another(index) or self._imports(index)):
                return index
        return index

    def _imports(self, index: int) -> bool:
        return self.tokens[index].text == "import" and self._first_on_line(self.tokens, index)


def _pair(tokens: Sequence[Token]) -> bool:
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
