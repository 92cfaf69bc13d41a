"""Loads the grammar: the tables that Lark makes of `rules.lark`, the callbacks, and the words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from lark import Lark
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

from svcctl.foundation.shipped import shipped
from svcctl.language.build_care import CareBuilder
from svcctl.language.build_escalation import EscalationBuilder
from svcctl.language.build_expressions import ExpressionBuilder
from svcctl.language.build_frames import FrameBuilder
from svcctl.language.build_rules import RuleBuilder
from svcctl.language.build_table import TableBuilder


class Builder(ExpressionBuilder, FrameBuilder, RuleBuilder, TableBuilder, EscalationBuilder, CareBuilder):
    """All callbacks of the grammar."""


class _NoLexer(Lexer):
    """Tokens are fed by the parser of ours, never cut by Lark."""

    def __init__(self, conf: Any) -> None:
        del conf

    def lex(self, state: Any, parser_state: Any = None) -> Iterator[Any]:  # pragma: no cover
        del state, parser_state
        return iter(())


class Reduction(NamedTuple):
    """The end of a rule of the grammar: so many parts become one symbol, made by `make`; None keeps the only part."""

    size: int
    symbol: str
    make: Callable[[list[Any]], Any] | None


Table = Mapping[int, Mapping[str, int | Reduction]]
"""For each state of the parser and each symbol: the state to go to, or what to reduce first."""


class Grammar:
    """The LALR(1) tables of `rules.lark`, whose reductions call `builder`, and the words of the grammar.

    Lark makes the tables; the loop over them is `Stack.take`, because recovery needs to see the stack, and plain
    tuples are several times as fast to walk as Lark's own objects.
    """

    def __init__(self) -> None:
        self.builder = Builder()
        lark = Lark(
            (shipped("grammar") / "rules.lark").read_text("utf-8"),
            parser="lalr",
            lexer=_NoLexer,
            start="unit",
            transformer=self.builder,
            keep_all_tokens=True,
            maybe_placeholders=False,
        )
        made: Any = lark.parse_interactive().parser_state.parse_conf
        self.start: int = made.start_state
        self.end: int = made.end_state
        self.table: Table = {
            state: {str(symbol): _entry(entry[0], entry[1], made.callbacks) for symbol, entry in row.items()}
            for state, row in made.states.items()
        }
        words = {terminal.pattern.value: terminal.name for terminal in lark.terminals if terminal.pattern}
        #: Every word of the grammar, and its terminal; and the other way round.
        self.keywords: Mapping[str, str] = {word: str(name) for word, name in words.items() if word.isidentifier()}
        self.words: Mapping[str, str] = {name: word for word, name in self.keywords.items()}


def _entry(action: Any, argument: Any, callbacks: Mapping[Any, Callable[[list[Any]], Any]]) -> int | Reduction:
    if action is Shift:
        return int(argument)
    keeps = argument.options.expand1 and not argument.alias and len(argument.expansion) == 1
    return Reduction(len(argument.expansion), str(argument.origin.name), None if keeps else callbacks[argument])


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    return Grammar()


class Stack:
    """A parser at work: its states, and the values made so far, one fewer."""

    __slots__ = ("end", "states", "table", "values")

    def __init__(self, rules: Grammar) -> None:
        self.table = rules.table
        self.end = rules.end
        self.states = [rules.start]
        self.values: list[Any] = []

    def reduce(self, terminal: str) -> int | None:
        """Ends what a terminal ends, and gives the state after it; None where the grammar does not allow it here,
        after reductions that the table seemed to allow."""
        table, states, values = self.table, self.states, self.values
        while True:
            entry = table[states[-1]].get(terminal)
            if entry is None or entry.__class__ is int:
                return entry
            size, symbol, make = entry  # type: ignore[misc]
            if make is None:
                states[-1] = table[states[-2]][symbol]  # type: ignore[assignment]
                continue
            if size:
                parts = values[-size:]
                del values[-size:], states[-size:]
                values.append(make(parts))
            else:
                values.append(make([]))
            states.append(table[states[-1]][symbol])  # type: ignore[arg-type]

    def take(self, terminal: str, value: Any) -> bool:
        """Moves on over a terminal, if the grammar allows it here."""
        state = self.reduce(terminal)
        if state is None:
            return False
        self.states.append(state)
        self.values.append(value)
        return True

    def finish(self) -> bool:
        """Takes the end of the text; then the one value is the whole."""
        self.reduce("$END")
        return self.states[-1] == self.end

    def at(self, states: Sequence[int]) -> "Stack":
        """One that stands elsewhere, without values."""
        other = Stack.__new__(Stack)
        other.table, other.end, other.states, other.values = self.table, self.end, [*states], []
        return other

    def after(self, *terminals: str) -> "Stack | None":
        """The states after some terminals, without values; None where the grammar does not allow them here.

        Exact: an entry of the table alone is not, because LALR merges what may follow a rule in different places.
        """
        tried = self.at(self.states)
        for terminal in terminals:
            while True:
                entry = tried.table[tried.states[-1]].get(terminal)
                if entry is None:
                    return None
                if not isinstance(entry, Reduction):
                    tried.states.append(entry)
                    break
                if entry.size:
                    del tried.states[-entry.size :]
                tried.states.append(tried.table[tried.states[-1]][entry.symbol])  # type: ignore[arg-type]
        return tried
