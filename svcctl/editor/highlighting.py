"""A Pygments lexer for the rules language: `pygmentize -l svcctl-rules`, Sphinx, MkDocs, Jekyll.

Words are keywords only where the grammar takes them for such, so the parser says which they are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from pygments.lexer import Lexer
from pygments.token import (
    Comment,
    Error,
    Keyword,
    Literal,
    Name,
    Number,
    Operator,
    Punctuation,
    String,
    Text,
    Whitespace,
    _TokenType,
)

from svcctl.foundation.source import Source
from svcctl.language.grammar import grammar
from svcctl.language.lexer import cut
from svcctl.language.outline import KINDS
from svcctl.language.parser import parse_whole
from svcctl.language.tokens import Token

_KINDS: Mapping[str, _TokenType] = {
    **dict.fromkeys(("LBRACE", "RBRACE", "LSQB", "RSQB", "LPAR", "RPAR", "COMMA", "DOTS"), Punctuation),
    **dict.fromkeys(("PLUS", "MINUS", "STAR", "SLASH", "COMPARE", "ARROW", "BOTH_WAYS"), Operator),
    **dict.fromkeys(("AND", "OR", "NOT", "IN", "IS", "CONTAINS", "MATCHES", "OR_DEFAULT", "OR_ELSE"), Operator.Word),
    **dict.fromkeys(("TRUE", "FALSE", "YES", "NO"), Keyword.Constant),
    **dict.fromkeys(("INSTANT", "DATE", "TIME"), Literal.Date),
    **dict.fromkeys(("NUMBER", "MEASURE", "PERCENT", "DURATION"), Number),
    "TEXT": String.Double,
    "UNIT": Keyword.Type,
    "FUNCTION": Name.Builtin,
    "PATH": Name.Attribute,
    "NAME": Name,
    "STRAY": Error,
}
#: What begins a file of rules: a comment, an import or a block with its brace on the same line.
_BEGINS = re.compile(rf'\s*(?:#[^\n]*\n\s*)*(?:import\s+"|(?:{"|".join(KINDS)})\s[^\n{{]*\{{)')


class RulesLexer(Lexer):
    """The rules language of svcctl."""

    name = "svcctl rules"
    aliases: ClassVar[list[str]] = ["svcctl-rules"]
    filenames: ClassVar[list[str]] = ["*.rules"]
    mimetypes: ClassVar[list[str]] = ["text/x-svcctl-rules"]
    url = "https://pypi.org/project/svcctl/"

    def __init__(self, **options: Any) -> None:
        options.setdefault("stripnl", False)
        super().__init__(**options)

    @staticmethod
    def analyse_text(text: str) -> float:
        return 0.6 if _BEGINS.match(text) else 0.0

    def get_tokens_unprocessed(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Every stretch of the text with what it is; what a lexer of rules does not know is an error."""
        source = Source("", text)
        read = {token.span.start: token.type for token in parse_whole(source).tokens}
        lexed = cut(source, grammar().keywords)
        marks: list[tuple[int, int, Token | None]] = [
            (token.span.start, token.span.end, token) for token in lexed.tokens
        ]
        marks += [(span.start, span.end, None) for span in lexed.comments]
        before: Token | None = None
        position = 0
        for start, end, token in sorted(marks, key=lambda mark: mark[:2]):
            if start < position:  # a comment of another language is a comment, too, and a mistake
                continue
            if start > position:
                yield position, Whitespace, text[position:start]
            if token is None:
                yield start, Comment.Single, text[start:end]
            else:
                yield start, _kind(token, read.get(start, token.type), before), text[start:end]
                before = token
            position = end
        if position < len(text):
            yield position, Text.Whitespace, text[position:]


def _kind(token: Token, type: str, before: Token | None) -> _TokenType:
    found = _KINDS.get(type)
    if found is None:
        return Keyword.Declaration if token.text in KINDS else Keyword
    if found is Name and before is not None and before.text in (*KINDS, "rule", "require"):
        return Name.Class
    return found
