"""Loads the grammar: the tables that Lark makes of `rules.lark`, the callbacks, and the words."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from lark import Lark
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

from svcctl.foundation.diagnostic import Diagnostic
from svcctl.foundation.shipped import shipped
from svcctl.language.build_expressions import ExpressionBuilder
from svcctl.language.build_frames import FrameBuilder
from svcctl.language.build_rules import RuleBuilder


class Builder(ExpressionBuilder, FrameBuilder, RuleBuilder):
    """All callbacks of the grammar."""


class _NoLexer(Lexer):
    """Tokens are fed by the parser of ours, never cut by Lark."""

    def __init__(self, conf: Any) -> None:
        del conf

    def lex(self, state: Any, parser_state: Any = None) -> Iterator[Any]:  # pragma: no cover
        del state, parser_state
        return iter(())


class Grammar:
    """The LALR tables of `rules.lark` and the callbacks that build the tree."""

    def __init__(self) -> None:
        self.builder = Builder()
        self._lark = Lark(
            (shipped("grammar") / "rules.lark").read_text("utf-8"),
            parser="lalr",
            lexer=_NoLexer,
            start="unit",
            transformer=self.builder,
            keep_all_tokens=True,
            maybe_placeholders=False,
        )
        words = {terminal.pattern.value: terminal.name for terminal in self._lark.terminals if terminal.pattern}
        #: Every word of the grammar, and its terminal.
        self.keywords: Mapping[str, str] = {word: name for word, name in words.items() if word.isidentifier()}
        self.words: Mapping[str, str] = {name: word for word, name in self.keywords.items()}

    def begin(self, findings: list[Diagnostic]) -> Any:
        """The state of a parser before its first token; what callbacks find goes to `findings`."""
        self.builder.findings = findings
        return self._lark.parse_interactive().parser_state


@lru_cache(maxsize=1)
def grammar() -> Grammar:
    return Grammar()


def takes(states: Mapping[Any, Mapping[str, Any]], stack: list[Any], terminal: str) -> list[Any] | None:
    """The stack of states after a terminal, or None where the parser cannot take it.

    Exact: a table entry alone is not, because LALR merges what may follow a rule in different places.
    """
    stack = [*stack]
    while True:
        entry = states[stack[-1]].get(terminal)
        if entry is None:
            return None
        action, argument = entry
        if action is Shift:
            return [*stack, argument]
        if argument.expansion:
            del stack[-len(argument.expansion) :]
        stack.append(states[stack[-1]][argument.origin.name][1])
