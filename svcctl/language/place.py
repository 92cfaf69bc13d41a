"""Where a parser stands when a token does not fit."""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.build import Clauses
from svcctl.language.grammar import Grammar, Stack
from svcctl.language.tokens import Token


class Mended(NamedTuple):
    """What to say, how many tokens to leave out, and which to put in their place; they begin `back` tokens before the
    one that does not fit, and the clause is read again then."""

    finding: Diagnostic
    dropped: int
    added: Sequence[Token]
    back: int = 0


class Place(Record):
    """Where the parser stands: before the token `at`, in a clause that began at `clause` in the states `origin`."""

    rules: Grammar
    stack: Stack
    tokens: Sequence[Token]
    at: int
    clause: int
    origin: Sequence[int]
    source: Source

    @property
    def token(self) -> Token:
        if self.at < len(self.tokens):
            return self.tokens[self.at]
        end = self.tokens[-1].span.end
        return Token("$END", "the end of the block", Span(self.source.name, end, end))

    @property
    def before(self) -> Token | None:
        return self.tokens[self.at - 1] if self.at else None

    @property
    def after(self) -> Token | None:
        return self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else None

    @property
    def at_clause_start(self) -> bool:
        values = self.stack.values
        return bool(values) and (
            type(values[-1]) is Clauses or (isinstance(values[-1], Token) and values[-1].type == "LBRACE")
        )

    @property
    def after_a_line(self) -> bool:
        """Whether the token begins a line, and the clause before it could end there."""
        before = self.before
        if before is None or "RBRACE" not in self.expected:
            return False
        return "\n" in self.source.text[before.span.end : self.token.span.start]

    @cached_property
    def expected(self) -> frozenset[str]:
        row = self.stack.table[self.stack.states[-1]]
        return frozenset(terminal for terminal in row if terminal.isupper() and self.stack.after(terminal))

    @cached_property
    def going_on(self) -> frozenset[str]:
        """What could stand here and belong to the clause: not the beginning of another, nor the end of the block."""
        depth = max((i for i, value in enumerate(self.stack.values) if type(value) is Clauses), default=-1)
        lists = depth + 2  # the states up to the list of clauses, the one at the bottom included
        heights = {terminal: self.stack.after(terminal) for terminal in self.expected}
        return frozenset(t for t, after in heights.items() if after is not None and len(after.states) > lists + 1)

    def fits(self, *terminals: str, then: Token | None = None) -> bool:
        """Whether the parser could take these terminals, and then a token as one of its roles."""
        stack = self.stack.after(*terminals)
        if stack is None or then is None:
            return stack is not None
        return any(stack.after(role) for role in then.roles or (then.type,))

    def reads(self, back: int, dropped: int, added: Sequence[Token]) -> bool:
        """Whether the clause could be read with other tokens in the place of some, to the one after them."""
        start = self.at - back
        following = self.tokens[start + dropped : start + dropped + 1]
        stack: Stack | None = self.stack.at(self.origin) if back else self.stack
        for token in (*(self.tokens[self.clause : start] if back else ()), *added, *following):
            assert stack is not None
            stack = next((after for role in token.roles or (token.type,) if (after := stack.after(role))), None)
            if stack is None:
                return False
        return True


class Checkpoint:
    """The parser as it stood before the first token of a clause."""

    __slots__ = ("built", "index", "lengths", "states", "values")

    def __init__(self, index: int, stack: Stack, built: int) -> None:
        values = stack.values
        end = -1 if len(values) > 1 and type(values[-2]) is Clauses else None
        self.index = index
        self.built = built
        self.states = stack.states[:end]
        self.values = values[:end]
        self.lengths = [(value, len(value)) for value in self.values if type(value) is Clauses]

    def restore(self, stack: Stack) -> None:
        stack.states[:] = self.states
        stack.values[:] = self.values
        for clauses, length in self.lengths:
            del clauses[length:]
