"""Reads one block token by token, and goes on after a mistake, so that each is reported once."""

from typing import Any

from svcctl.foundation.diagnostic import Diagnostic, error
from svcctl.foundation.source import Source, Span
from svcctl.language.braces import first_on_line, indent
from svcctl.language.build import Clauses
from svcctl.language.grammar import Grammar, Reduction, Stack
from svcctl.language.mending import mend
from svcctl.language.mistakes import explain, left_open
from svcctl.language.outline import Stretch
from svcctl.language.place import Checkpoint, Mended, Place
from svcctl.language.synonyms import OPERATORS
from svcctl.language.tokens import Token

_MOST_MENDS = 6
_MOST_RETRIES = 50
_SURE_AGAIN = 3
_DEEPEST = 60
_MOST_AHEAD = 100
#: Words that go on with a clause, also where they begin a line.
_GOING_ON = frozenset(
    {"AND", "OR", "OR_ELSE", "HAVING", "WHERE", "PREFER", "OVER", "COVERAGE", "IN", "IN_COUNT", "BY", "AS"}
    | {"UNTIL", "ON", "LEAD", "AGAIN", "WHEN", "URGENT", "REQUIRED"}
)
_QUOTES = frozenset("\"'“”„「『＂‘")
_WANTING = frozenset({"COMPARE", "CONTAINS", "MATCHES"})
#: Words that begin a clause and are hardly the value of anything.
_BEGINNING = frozenset(
    {"WHEN", "ASSIGN", "SET", "QUEUE", "NOTIFY", "REMIND", "TAG", "DELEGATE", "ATTACH", "RULE", "OTHERWISE"}
    | {"RESPOND", "ARRIVE", "RESOLVE", "UPDATE", "PAUSE", "WHILE", "AFTER", "AT", "EXPECT", "GIVEN", "REQUIRE"}
    | {"METHOD", "EVIDENCE", "VERIFIER", "APPROVAL", "OPEN", "SEND", "FOR", "EVERY"}
)
SPOILERS = frozenset({"unclosed-text"})


class Reading:
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
        self.clause = Checkpoint(0, self.stack, 0)
        self.clauses: list[int] = []
        self.mends = self.retries = 0
        self.rereads = (0, 0)
        self.passed = -1
        self.quiet_until = -1
        self.resumed = -1

    def read(self) -> Any:
        """The block or import; None where even its head could not be read."""
        made = self._feed_all()
        self.findings.extend(self.built)
        flawed = (token for token in self.tokens if token.flaw is not None)
        # A word that is an operator in other languages is a name where no operator can stand.
        flaws = (token.flaw for token in flawed if token.type != "NAME" or token.text not in OPERATORS)
        self.findings.extend(flaw for flaw in flaws if flaw is not None and id(flaw) not in self.told)
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
                if token.type == "NAME" and index != self.passed and self._lacks_a_value(index):
                    self.index = self.passed = index
                    return
            elif token.type == "TEXT" and token.flaw is not None and token.text in _QUOTES:
                self.index = self.passed = index
                return
            if not take(token.type, token):
                self.index = index
                return
            height = len(values)
            if height > _DEEPEST:
                self.index = index
                return
            if height > 1 and type(values[-2]) is Clauses:
                self.clause = Checkpoint(index, stack, len(self.built))
                self.clauses.append(token.span.start)
                self.mends = self.retries = 0
        self.index = len(tokens)

    def _recover(self) -> bool:
        """Brings the parser to where it can go on; False where this block cannot be read further."""
        self._return_to_clause()
        tokens, index = self.tokens, self.index
        if index == self.passed and tokens[index].text in _QUOTES:
            return self._leave_line()
        if len(self.stack.values) > _DEEPEST - 1:
            message = "this is nested too deep to read"
            self.findings.append(error("too-deep", message, tokens[index].span, "", "split it into several rules"))
            return self._skip_clause()
        if index < len(tokens) and self.retries < _MOST_RETRIES and index != self.passed:
            token = tokens[index]
            for role in token.roles or ():
                if self.stack.after(role):
                    self.retries += 1
                    tokens[index] = token.taken_as(role)
                    return True
        place = Place(self.rules, self.stack, tokens, index, self.clause.index, self.clause.states, self.source)
        mended = mend(place) if self.mends < _MOST_MENDS else None
        if mended is not None and self._may_reread(mended):
            self._put_in(mended)
            return True
        self.stumbled = True
        self.lost.append(place.token.span)
        self._report(place)
        if left_open(place) is not None:
            self.index -= 1  # the word that was taken for a value begins the next clause
        return self._skip_clause()

    def _leave_line(self) -> bool:
        """Leaves out a clause in which a quote is missing, and what was found wrong on its line because of that."""
        span = self.tokens[self.index].span
        start = self.source.text.rfind("\n", 0, span.start)
        for found in (self.findings, self.built):
            found[:] = [each for each in found if not start < each.primary.span.start < span.start]
        self.lost.append(span)
        return self._skip_clause()

    def _may_reread(self, mended: Mended) -> bool:
        """Whether the clause has not been read again too often, so that all takes linear time."""
        if not mended.back:
            return True
        clause = self.clause.index
        self.rereads = (clause, self.rereads[1] + 1 if self.rereads[0] == clause else 0)
        return self.rereads[1] < _MOST_MENDS

    def _put_in(self, mended: Mended) -> None:
        self.mends += 1
        start = self.index - mended.back
        end = start + mended.dropped
        spoilt = self._is_spoilt()
        self.told.update(id(token.flaw) for token in self.tokens[start:end])
        self.tokens[start:end] = mended.added
        if start >= self.quiet_until and not spoilt:
            self.findings.append(mended.finding)
        if not mended.added:
            self.quiet_until = start + 1
        if mended.back:
            self.clause.restore(self.stack)
            del self.built[self.clause.built :]
            self.index = self.clause.index

    def _report(self, place: Place) -> None:
        near = self.tokens[max(self.clause.index, self.index - 2) : self.index + 1]
        if self.index >= self.quiet_until and not self._is_spoilt() and all(one.type != "STRAY" for one in near):
            self.findings.append(explain(place))
        # What has no meaning anywhere is no news where the line has none already.
        self.told.update(id(token.flaw) for token in self._rest_of_line() if token.type == "STRAY")

    def _is_spoilt(self) -> bool:
        """Whether a quote is missing in the clause or on its line, so that no word is what it seems."""
        clause = self.tokens[self.clause.index : self.index + 1]
        flaws = (token.flaw for token in (*clause, *self._rest_of_line()))
        return any(flaw is not None and flaw.code in SPOILERS for flaw in flaws)

    def _rest_of_line(self) -> list[Token]:
        end = self.index + 1
        most = min(len(self.tokens), end + _MOST_AHEAD)
        while end < most and not self._first_on_line(end):
            end += 1
        return self.tokens[self.index + 1 : end]

    def _lacks_a_value(self, index: int) -> bool:
        """Whether a line that begins as a clause does comes where the line before lacks a value."""
        before = self.tokens[index - 1].type if index else ""
        begins = any(role in _BEGINNING for role in self.tokens[index].roles or ())
        return before in _WANTING and begins and self._first_on_line(index)

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
        self.index = self.resumed = index
        self.clause = Checkpoint(index, self.stack, len(self.built))
        sure = range(index, min(index + _SURE_AGAIN, len(self.tokens)))
        self.quiet_until = next((each for each in sure if self._first_on_line(each)), index + _SURE_AGAIN)
        return True

    def _next_clause(self, depth: int) -> int | None:
        """Where the list of clauses at a depth of the stack goes on, or ends; None where it has ended already."""
        clauses: Clauses = self.stack.values[depth]
        clauses.broken = True
        del self.stack.values[depth + 1 :], self.stack.states[depth + 2 :]
        margin = self._margin(self.clause.index)
        skipped: Token | None = None
        # Never twice at one place: each time something is left out, so that the reading comes to an end.
        for index in range(max(self.index, self.resumed + 1), len(self.tokens)):
            token = self.tokens[index]
            if skipped is not None:
                skipped = None if token is skipped.value else skipped
            elif (
                token is clauses.opening.value
                or self._begins_clause(index)
                or (index > self.index and self._begins_wrong_clause(index, margin))
            ):
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

    def _begins_wrong_clause(self, index: int, margin: int | None) -> bool:
        """Whether a word that begins no clause stands in line with one that does."""
        token = self.tokens[index]
        goes_on = any(role in _GOING_ON for role in token.roles or ())
        return token.type == "NAME" and not goes_on and margin is not None and self._margin(index) == margin

    def _margin(self, index: int) -> int | None:
        """How far in a token stands that begins a line; None where it begins none."""
        if index >= len(self.tokens) or not self._first_on_line(index):
            return None
        return indent(self.source, self.tokens[index])

    def _first_on_line(self, index: int) -> bool:
        return first_on_line(self.source, self.tokens, index)
