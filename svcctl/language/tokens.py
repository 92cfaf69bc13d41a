"""What the lexer cuts a rule file into."""

from collections.abc import Sequence
from typing import Any

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span

_LONGEST = 40


class Token:
    """`type` names a terminal of the grammar; where a word may be several, `roles` lists them in order of
    preference. `value` is what a literal means, `flaw` what is wrong with how it is written."""

    __slots__ = ("flaw", "roles", "span", "text", "type", "value")

    def __init__(
        self, type: str, text: str, span: Span, value: Any = None, roles: tuple[str, ...] | None = None
    ) -> None:
        self.type = type
        self.text = text
        self.span = span
        self.value = value
        self.roles = roles
        self.flaw: Diagnostic | None = None

    @property
    def shown(self) -> str:
        """The text as a message quotes it."""
        return self.text if len(self.text) <= _LONGEST else f"{self.text[:_LONGEST]}…"

    @property
    def meant(self) -> str:
        """An operator as the language has it; another language's word for it has that as its value."""
        return self.text if self.value is None else str(self.value)

    @property
    def is_made_up(self) -> bool:
        """Whether it stands nowhere in the text: what was missing, and was added to read on."""
        return self.span.start == self.span.end

    def taken_as(self, role: str) -> "Token":
        """The same token, as one of its roles only."""
        token = Token(role, self.text, self.span, self.value)
        token.flaw = self.flaw
        return token


class Lexed(Record):
    """`comments` are spans, so that a formatter can keep them."""

    tokens: Sequence[Token]
    comments: tuple[Span, ...]
