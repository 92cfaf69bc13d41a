"""What could stand at a place of a rule file: for completion, where the text goes on unfinished."""

from collections.abc import Sequence

from svcctl.foundation.record import Record
from svcctl.foundation.source import Source
from svcctl.language.grammar import Grammar, Stack, grammar
from svcctl.language.lexer import cut
from svcctl.language.tokens import Token


class Expected(Record):
    """The terminals that the grammar allows at a place, and the tokens of the unfinished block before it, each as what
    it was taken for; `words` are the keywords among the terminals, as they are written."""

    terminals: frozenset[str]
    before: Sequence[Token]
    words: tuple[str, ...]


def expected(source: Source, offset: int) -> Expected:
    """What could stand at `offset`. What cannot be read before it, in its block, is passed over."""
    rules = grammar()
    tokens = cut(Source(source.name, source.text[:offset]), rules.keywords).tokens
    block = tokens[_start(tokens) :]
    states: Stack | None = Stack(rules)
    taken: list[Token] = []
    for token in block:
        assert states is not None
        for role in token.roles or (token.type,):
            after = states.after(role)
            if after is not None:
                states = after
                taken.append(token.taken_as(role))
                break
    assert states is not None
    terminals = _allowed(states)
    return Expected(terminals, tuple(taken), _words(rules, terminals))


def _start(tokens: Sequence[Token]) -> int:
    """Where the block begins that is not finished at the end of the tokens."""
    start = depth = 0
    for index, token in enumerate(tokens):
        if token.type == "LBRACE":
            depth += 1
        elif token.type == "RBRACE":
            depth = max(depth - 1, 0)
            start = index + 1 if depth == 0 else start
        elif token.type == "TEXT" and depth == 0 and index == start + 1 and tokens[start].text == "import":
            start = index + 1
    return start


def _allowed(states: Stack) -> frozenset[str]:
    row = states.table[states.states[-1]]
    return frozenset(terminal for terminal in row if terminal.isupper() and states.after(terminal) is not None)


def _words(rules: Grammar, terminals: frozenset[str]) -> tuple[str, ...]:
    words = {rules.words[terminal] for terminal in terminals if terminal in rules.words}
    return tuple(sorted(words | ({"or default"} if "OR_DEFAULT" in terminals else set())))
