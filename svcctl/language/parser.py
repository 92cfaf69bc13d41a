"""Text to tree: reads every block by itself and goes on after a mistake, so that each is reported once."""

from collections.abc import Sequence
from threading import Lock
from typing import Any

from lark.exceptions import UnexpectedToken

from svcctl.foundation.diagnostic import Diagnostic, error, in_reading_order
from svcctl.foundation.source import Source, Span
from svcctl.language.blocks import AnyBlock, Import, Module
from svcctl.language.build import Clauses
from svcctl.language.grammar import Grammar, grammar, takes
from svcctl.language.lexer import cut
from svcctl.language.mistakes import Place, explain, mend
from svcctl.language.outline import Outline, Stretch
from svcctl.language.tokens import Token

_LOCK = Lock()
_MOST_MENDS = 6
_SURE_AGAIN = 3
_SPOILERS = frozenset({"unclosed-text"})


def parse_rules(source: Source) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The tree of a rule file, without the parts that could not be read, and every mistake of form in it."""
    with _LOCK:
        rules = grammar()
        outline = Outline(source, cut(source, rules.keywords).tokens)
        findings: list[Diagnostic] = []
        imports: list[Import] = []
        blocks: list[AnyBlock] = []
        stretches = outline.stretches()
        for stretch in stretches:
            if stretch.tokens[0].text == "care":
                findings.append(_unsupported(stretch))
                continue
            made = _Reading(rules, stretch, source, findings).read()
            if isinstance(made, Import):
                imports.append(made)
            elif made is not None and made.id:
                blocks.append(made)
    module = Module(source.name, tuple(imports), tuple(blocks), span=Span(source.name, 0, len(source.text)))
    return module, in_reading_order((*outline.findings, *findings))


def _unsupported(stretch: Stretch) -> Diagnostic:
    return error(
        "unsupported-block",
        "care blocks are not supported yet",
        stretch.tokens[0].span,
        "",
        "leave the block out, or keep it behind `#`",
    )


class _Reading:
    """One block, token by token. What callbacks find is kept apart until a clause has been read to its end, because
    after a mistake the clause is read again."""

    def __init__(self, rules: Grammar, stretch: Stretch, source: Source, findings: list[Diagnostic]) -> None:
        self.rules = rules
        self.source = source
        self.tokens: list[Token] = list(stretch.tokens)
        self.findings = findings
        self.built: list[Diagnostic] = []
        self.state = rules.begin(self.built)
        self.states = self.state.parse_conf.states
        self.index = 0
        self.clause = _Checkpoint(0, self.state, 0)
        self.mends = 0
        self.quiet_until = -1

    def read(self) -> Any:
        """The block or import; None where even its head could not be read."""
        made = self._feed_all()
        self.findings.extend(self.built)
        self.findings.extend(token.flaw for token in self.tokens if token.flaw is not None)
        return made

    def _feed_all(self) -> Any:
        tokens, states, state = self.tokens, self.states, self.state
        feed = state.feed_token
        while True:
            stack, values = state.state_stack, state.value_stack
            index = self.index
            try:
                while index < len(tokens):
                    token = tokens[index]
                    if token.roles:
                        actions = states[stack[-1]]
                        for role in token.roles:
                            if role in actions:
                                token.type = role
                                break
                    feed(token)
                    if len(values) > 1 and type(values[-2]) is Clauses:
                        self.clause = _Checkpoint(index, state, len(self.built))
                        self.mends = 0
                    index += 1
                return feed(Token("$END", "", Span(self.source.name, 0, 0)), True)
            except UnexpectedToken:
                self.index = index
                if not self._recover():
                    return None

    def _recover(self) -> bool:
        """Brings the parser to where it can go on; False where this block cannot be read further."""
        self._return_to_clause()
        tokens, index = self.tokens, self.index
        if index < len(tokens):
            token = tokens[index]
            for role in token.roles or ():
                if takes(self.states, self.state.state_stack, role):
                    token.type, token.roles = role, (role,)
                    return True
        place = Place(self.rules, self.states, self.state, tokens, index, self.clause.index, self.source)
        if self.mends < _MOST_MENDS:
            mended = mend(place)
            if mended is not None:
                self.mends += 1
                finding, dropped, added = mended
                tokens[index : index + dropped] = added
                if finding is not None and index >= self.quiet_until:
                    self.findings.append(finding)
                return True
        self._report(place)
        return self._skip_clause()

    def _report(self, place: Place) -> None:
        clause = self.tokens[self.clause.index : self.index + 1]
        spoilt = any(token.flaw is not None and token.flaw.code in _SPOILERS for token in clause)
        near = clause[-3:]
        spoilt = spoilt or any(token.flaw is not None and token.type == "STRAY" for token in near)
        if self.index >= self.quiet_until and not spoilt:
            self.findings.append(explain(place))

    def _return_to_clause(self) -> None:
        """Back to the start of the clause and forward again to the mistake, so that no rule is finished that the
        mistake only seemed to finish."""
        self.clause.restore(self.state)
        del self.built[self.clause.built :]
        for token in self.tokens[self.clause.index : self.index]:
            if token.roles:
                actions = self.states[self.state.state_stack[-1]]
                token.type = next((role for role in token.roles if role in actions), token.type)
            self.state.feed_token(token)

    def _skip_clause(self) -> bool:
        """Leaves out the rest of a clause: the parser goes back to the list that the clause would have joined, and
        forward to where another clause can begin, or to the end of the list."""
        stack, values = self.state.state_stack, self.state.value_stack
        self._open_list(stack, values)
        depth = next((i for i in range(len(values) - 1, -1, -1) if type(values[i]) is Clauses), None)
        if depth is None:
            return False
        clauses: Clauses = values[depth]
        clauses.broken = True
        del values[depth + 1 :], stack[depth + 2 :]
        closing = clauses.opening.value
        index = self.index
        while self.tokens[index] is not closing:
            token = self.tokens[index]
            if token.type == "LBRACE":
                while self.tokens[index] is not token.value:
                    index += 1
            elif self._begins_clause(index, stack):
                break
            index += 1
            if index >= len(self.tokens):
                return False
        self.index = index
        self.clause = _Checkpoint(index, self.state, len(self.built))
        self.quiet_until = 0 if self._first_on_line(index) else index + _SURE_AGAIN
        return True

    def _open_list(self, stack: list[Any], values: list[Any]) -> None:
        """Where the mistake comes right after an opening brace, the list of clauses is not there yet: makes it."""
        if not values or not isinstance(values[-1], Token) or values[-1].type != "LBRACE":
            return
        _, rule = self.states[stack[-1]]["RBRACE"]
        opening = values.pop()
        stack.pop()
        values.append(Clauses(opening))
        stack.append(self.states[stack[-1]][rule.origin.name][1])

    def _begins_clause(self, index: int, stack: list[Any]) -> bool:
        token = self.tokens[index]
        roles: Sequence[str] = token.roles or (token.type,)
        taken = [role for role in roles if takes(self.states, stack, role)]
        if not taken:
            return False
        return self._first_on_line(index) or taken[0] in self.rules.words

    def _first_on_line(self, index: int) -> bool:
        if index == 0:
            return True
        between = self.source.text[self.tokens[index - 1].span.end : self.tokens[index].span.start]
        return "\n" in between


class _Checkpoint:
    """The parser as it stood before the first token of a clause."""

    __slots__ = ("built", "index", "lengths", "stack", "values")

    def __init__(self, index: int, state: Any, built: int) -> None:
        self.index = index
        self.built = built
        clause_begun = len(state.value_stack) > 1 and type(state.value_stack[-2]) is Clauses
        end = -1 if clause_begun else None
        self.stack = state.state_stack[:end]
        self.values = state.value_stack[:end]
        self.lengths = [(value, len(value)) for value in self.values if type(value) is Clauses]

    def restore(self, state: Any) -> None:
        state.state_stack[:] = self.stack
        state.value_stack[:] = self.values
        for clauses, length in self.lengths:
            del clauses[length:]
