"""Text to tree: reads every block by itself and goes on after a mistake, so that each is reported once."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Any

from svcctl.foundation.diagnostic import Diagnostic, error, in_reading_order
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.blocks import AnyBlock, Import, Module
from svcctl.language.build import Clauses
from svcctl.language.grammar import Grammar, Reduction, Stack, grammar
from svcctl.language.lexer import cut
from svcctl.language.mending import mend
from svcctl.language.mistakes import explain, left_open
from svcctl.language.outline import Outline, Stretch
from svcctl.language.place import Place
from svcctl.language.tokens import Token

_LOCK = Lock()
_MOST_MENDS = 6
_MOST_RETRIES = 50
_SURE_AGAIN = 3
_DEEPEST = 60
_MOST_AHEAD = 100
_SPOILERS = frozenset({"unclosed-text"})
_OF_THE_CUT = _SPOILERS | {"unclosed-block"}


class Parsed(Record):
    """A rule file as read: its tree without the parts that could not be read, every mistake of form, its tokens as what
    they were taken for, its comments, and the offsets at which clauses begin."""

    module: Module
    findings: tuple[Diagnostic, ...]
    tokens: Sequence[Token]
    comments: tuple[Span, ...]
    clauses: frozenset[int]


def parse_rules(source: Source) -> tuple[Module, tuple[Diagnostic, ...]]:
    """The tree of a rule file, without the parts that could not be read, and every mistake of form in it."""
    parsed = parse_whole(source)
    return parsed.module, parsed.findings


def parse_whole(source: Source) -> Parsed:
    """The tree of a rule file, and the text that it was read from in its parts."""
    findings: list[Diagnostic] = []
    lost: list[Span] = []
    imports: list[Import] = []
    blocks: list[AnyBlock] = []
    tokens: list[Token] = []
    clauses: list[int] = []
    with _LOCK, _no_collection():
        rules = grammar()
        lexed = cut(source, rules.keywords)
        outline = Outline(source, lexed.tokens)
        for stretch in outline.stretches():
            reading = _Reading(rules, stretch, source)
            made = reading.read()
            mended = outline.mended(stretch) if reading.stumbled else None
            if mended is not None:
                reading = _Reading(rules, mended, source)
                made = reading.read()
            findings.extend(reading.findings)
            lost.extend(reading.lost)
            tokens.extend(reading.tokens)
            clauses.extend(reading.clauses)
            if isinstance(made, Import):
                imports.append(made)
            elif made is not None and made.id:
                blocks.append(made)
    found = in_reading_order(_until_cut(source, outline, [*outline.findings, *findings]))
    # A mistake whose fix is certain leaves nothing out of the tree that other blocks may speak of.
    doubtful = (finding for finding in found if finding.fix is None)
    unread = (*lost, *(finding.primary.span for finding in doubtful))
    if outline.is_cut_short:
        unread = (*unread, Span(source.name, len(source.text) + 1, len(source.text) + 1))
    whole = Span(source.name, 0, len(source.text))
    module = Module(source.name, tuple(imports), tuple(blocks), unread=unread, span=whole)
    return Parsed(module, found, tokens, lexed.comments, frozenset(clauses))


def _until_cut(source: Source, outline: Outline, findings: list[Diagnostic]) -> list[Diagnostic]:
    """The findings without those of a last line that was not written to its end: a text cut short is one mistake."""
    if not outline.is_cut_short or source.text.endswith("\n"):
        return findings
    last_line = source.text.rfind("\n") + 1
    return [one for one in findings if one.code in _OF_THE_CUT or one.primary.span.start < last_line]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Garbage collection would walk the growing tree again and again, a third of the time, and find nothing."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class _Reading:
    """One block, token by token. What callbacks find is kept apart until a clause has been read to its end, because
    after a mistake the clause is read again."""

    def __init__(self, rules: Grammar, stretch: Stretch, source: Source) -> None:
        self.rules = rules
        self.source = source
        self.tokens: list[Token] = list(stretch.tokens)
        self.findings: list[Diagnostic] = []
        self.lost: list[Span] = []
        self.told: set[int] = set()
        self.stumbled = False
        self.built: list[Diagnostic] = []
        rules.builder.findings = self.built
        self.stack = Stack(rules)
        self.index = 0
        self.clause = _Checkpoint(0, self.stack, 0)
        self.clauses: list[int] = []
        self.mends = self.retries = 0
        self.quiet_until = -1

    def read(self) -> Any:
        """The block or import; None where even its head could not be read."""
        made = self._feed_all()
        self.findings.extend(self.built)
        flaws = (token.flaw for token in self.tokens if token.flaw is not None)
        self.findings.extend(flaw for flaw in flaws if id(flaw) not in self.told)
        return made

    def _feed_all(self) -> Any:
        stack = self.stack
        while True:
            self._feed_on()
            if self.index == len(self.tokens) and stack.finish():
                return stack.values[0]
            if not self._recover():
                return None

    def _feed_on(self) -> None:
        """Feeds tokens until one does not fit or none is left."""
        tokens, stack = self.tokens, self.stack
        table, states, values, take = stack.table, stack.states, stack.values, stack.take
        for index in range(self.index, len(tokens)):
            token = tokens[index]
            if token.roles:
                row = table[states[-1]]
                for role in token.roles:
                    if role in row:
                        token.type = role
                        break
                if token.type == "OR_ELSE" and "OR" in row and stack.after("OR_ELSE") is None:
                    token.type = "OR"
            if not take(token.type, token):
                self.index = index
                return
            height = len(values)
            if height > _DEEPEST:
                self.index = index
                return
            if height > 1 and type(values[-2]) is Clauses:
                self.clause = _Checkpoint(index, stack, len(self.built))
                self.clauses.append(token.span.start)
                self.mends = self.retries = 0
        self.index = len(tokens)

    def _recover(self) -> bool:
        """Brings the parser to where it can go on; False where this block cannot be read further."""
        self._return_to_clause()
        tokens, index = self.tokens, self.index
        if len(self.stack.values) > _DEEPEST - 1:
            message = "this is nested too deep to read"
            self.findings.append(error("too-deep", message, tokens[index].span, "", "split it into several rules"))
            return self._skip_clause()
        if index < len(tokens) and self.retries < _MOST_RETRIES:
            token = tokens[index]
            for role in token.roles or ():
                if self.stack.after(role):
                    self.retries += 1
                    tokens[index] = token.taken_as(role)
                    return True
        place = Place(self.rules, self.stack, tokens, index, self.clause.index, self.source)
        if self.mends < _MOST_MENDS:
            mended = mend(place)
            if mended is not None:
                self.mends += 1
                finding, dropped, added = mended
                self.told.update(id(token.flaw) for token in tokens[index : index + dropped])
                tokens[index : index + dropped] = added
                if index >= self.quiet_until:
                    self.findings.append(finding)
                if not added:
                    self.quiet_until = index + 1
                return True
        self.stumbled = True
        self.lost.append(place.token.span)
        self._report(place)
        if left_open(place) is not None:
            self.index -= 1  # the word that was taken for a value begins the next clause
        return self._skip_clause()

    def _report(self, place: Place) -> None:
        clause = self.tokens[self.clause.index : self.index + 1]
        rest = self._rest_of_line()
        spoilt = any(token.flaw is not None and token.flaw.code in _SPOILERS for token in (*clause, *rest))
        near = clause[-3:]
        spoilt = spoilt or any(token.flaw is not None and token.type == "STRAY" for token in near)
        if self.index >= self.quiet_until and not spoilt:
            self.findings.append(explain(place))
        # What has no meaning anywhere is no news where the line has none already.
        self.told.update(id(token.flaw) for token in rest if token.type == "STRAY")

    def _rest_of_line(self) -> list[Token]:
        end = self.index + 1
        most = min(len(self.tokens), end + _MOST_AHEAD)
        while end < most and not self._first_on_line(end):
            end += 1
        return self.tokens[self.index + 1 : end]

    def _return_to_clause(self) -> None:
        """Back to the start of the clause and forward again to the mistake, so that no rule is finished that the
        mistake only seemed to finish."""
        self.clause.restore(self.stack)
        del self.built[self.clause.built :]
        for token in self.tokens[self.clause.index : self.index]:
            if token.roles:
                row = self.stack.table[self.stack.states[-1]]
                token.type = next((role for role in token.roles if role in row), token.type)
            self.stack.take(token.type, token)

    def _skip_clause(self) -> bool:
        """Leaves out the rest of a clause: the parser goes back to the list that the clause would have joined, and
        forward to where another clause can begin, or to the end of the list."""
        states, values = self.stack.states, self.stack.values
        self._open_list(states, values)
        if values and isinstance(values[-1], Token) and values[-1].type == "RBRACE":
            self.stack.reduce("RBRACE")
        depth = next((i for i in range(len(values) - 1, -1, -1) if type(values[i]) is Clauses), None)
        index = None if depth is None else self._next_clause(depth)
        if index is None:
            return False
        self.index = index
        self.clause = _Checkpoint(index, self.stack, len(self.built))
        self.quiet_until = 0 if self._first_on_line(index) else index + _SURE_AGAIN
        return True

    def _next_clause(self, depth: int) -> int | None:
        """Where the list of clauses at a depth of the stack goes on, or ends; None where it has ended already."""
        clauses: Clauses = self.stack.values[depth]
        clauses.broken = True
        del self.stack.values[depth + 1 :], self.stack.states[depth + 2 :]
        skipped: Token | None = None
        for index in range(self.index, len(self.tokens)):
            token = self.tokens[index]
            if skipped is not None:
                skipped = None if token is skipped.value else skipped
            elif token is clauses.opening.value or self._begins_clause(index):
                return index
            elif token.type == "LBRACE":
                skipped = token
        return None

    def _open_list(self, states: list[int], values: list[Any]) -> None:
        """Where the mistake comes right after an opening brace, the list of clauses is not there yet: makes it."""
        if not values or not isinstance(values[-1], Token) or values[-1].type != "LBRACE":
            return
        entry = self.stack.table[states[-1]]["RBRACE"]
        assert isinstance(entry, Reduction)
        values.append(Clauses(values.pop()))
        states.pop()
        states.append(self.stack.table[states[-1]][entry.symbol])  # type: ignore[arg-type]

    def _begins_clause(self, index: int) -> bool:
        token = self.tokens[index]
        taken = next((role for role in token.roles or (token.type,) if self.stack.after(role)), None)
        return taken is not None and (self._first_on_line(index) or taken in self.rules.words)

    def _first_on_line(self, index: int) -> bool:
        if index == 0:
            return True
        between = self.source.text[self.tokens[index - 1].span.end : self.tokens[index].span.start]
        return "\n" in between


class _Checkpoint:
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
