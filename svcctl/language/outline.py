"""The outline of a file: where each top-level block begins and ends, with its braces made to match."""

from collections.abc import Sequence

from svcctl.foundation.diagnostic import Diagnostic, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source
from svcctl.language.braces import first_on_line, mended, paired
from svcctl.language.literals import with_fix
from svcctl.language.synonyms import KINDS_MEANT
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
        #: Whether the text ends within a block, so that more may be missing than the end of that.
        self.is_cut_short = False

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
        synonym = KINDS_MEANT.get(token.text)
        meant = (synonym or nearest(token.text, KINDS)) if opens else None
        if meant is None:
            return False
        self._unknown(token, f"write `{meant}`" if synonym else f"did you mean `{meant}`?", synonym)
        token.text = meant
        token.roles = (meant.upper(), "NAME")
        return True

    def _unknown(self, token: Token, help: str, instead: str | None = None) -> None:
        finding = error("unknown-block", f"there is no block `{token.shown}`", token.span, "", help)
        self.findings.append(finding if instead is None else with_fix(finding, instead))

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
            and first_on_line(self.source, self.tokens, index)
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
                if depth == 0 and self._closes_too_early(start, index):
                    depth = 1
                elif depth <= 0:
                    return index + 1
            elif self._starts_another(index) or (depth == 0 and self._imports(index)):
                return index
            index += 1
        return index

    def _closes_too_early(self, start: int, index: int) -> bool:
        """Whether, past a brace that seems to close a block, more clauses and one more closing brace follow; or only
        that brace, where it is in line with the block and the first is not."""
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
                    return later > index + 1 or self._is_further_in(index, start) > self._is_further_in(later, start)
            elif token.text in KINDS and self._starts_another(later):
                return False
        return False

    def _is_further_in(self, index: int, start: int) -> bool:
        """Whether the line of a token begins further in than that of the block."""
        return self._margin(index) > self._margin(start)

    def _margin(self, index: int) -> int:
        text, at = self.source.text, self.tokens[index].span.start
        line = text[text.rfind("\n", 0, at) + 1 : at]
        return len(line) - len(line.lstrip())

    def _block(self, start: int, end: int) -> Stretch:
        stretch = Stretch(list(self.tokens[start:end]))
        return stretch if paired(stretch.tokens) else self.mended(stretch) or stretch

    def mended(self, stretch: Stretch) -> Stretch | None:
        """The stretch with its braces where they were probably meant; None where nothing new is known of that."""
        tokens, findings = mended(self.source, stretch.tokens)
        self.findings.extend(findings)
        if findings and tokens[-1].is_made_up and stretch.tokens[-1] is self.tokens[-1]:
            self.is_cut_short = True
        return Stretch(tokens) if findings else None

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
        return self.tokens[index].text == "import" and first_on_line(self.source, self.tokens, index)
