r"""Patterns of `matches`: regular expressions that take time linear in the text, whatever the pattern.

What may be written: characters, `.`, classes (`[a-z]`, `[^0-9]`), `\d \w \s` and their opposites, groups, `|`, `^`,
`$`, and `* + ? {m,n}`. What needs backtracking (back-references, look-around) is refused. The search simulates the
automaton of Thompson (Regular Expression Search Algorithm, CACM 11(6), 1968), and remembers the sets of positions
that it has met as the states of a deterministic one, as described by Cox (Regular Expression Matching Can Be Simple
And Fast, 2007).
"""

from functools import lru_cache

from svcctl.foundation.errors import Refusal
from svcctl.language.pattern_syntax import Chars, Edge, Either, Part, PatternProblem, Repeated, Sequence, read_pattern

MAX_SIZE = 2000
"""The most positions that a pattern may have after its counted repeats are written out."""

_MAX_STATES = 500


class _Program:
    """The automaton: at each position a character set to pass, an edge to stand at, or a fork."""

    def __init__(self, part: Part) -> None:
        self.tests: list[str | Chars | Edge | None] = []
        self.exits: list[tuple[int, ...]] = []
        self.accept = self.add(None, ())
        self.start = self.build(part, self.accept)

    def add(self, test: str | Chars | Edge | None, exits: tuple[int, ...]) -> int:
        if len(self.tests) >= MAX_SIZE:
            raise PatternProblem(f"it has more than {MAX_SIZE} positions once its repeats are written out")
        self.tests.append(test)
        self.exits.append(exits)
        return len(self.tests) - 1

    def build(self, part: Part, exit: int) -> int:
        """The position where `part` begins that goes on at `exit`."""
        match part:
            case Sequence(parts):
                for each in reversed(parts):
                    exit = self.build(each, exit)
                return exit
            case Either(branches):
                return self.add(None, tuple(self.build(branch, exit) for branch in branches))
            case Repeated(inner, least, most):
                if most is None:
                    loop = self.add(None, ())
                    self.exits[loop] = (self.build(inner, loop), exit)
                    exit = loop
                else:
                    for _ in range(most - least):
                        exit = self.add(None, (self.build(inner, exit), exit))
                for _ in range(least):
                    exit = self.build(inner, exit)
                return exit
            case _:
                return self.add(part, (exit,))

    def reach(self, positions: set[int], at_start: bool, at_end: bool) -> frozenset[int]:
        """All positions that can be stood at without passing a character."""
        seen, todo = set(positions), list(positions)
        while todo:
            position = todo.pop()
            test = self.tests[position]
            if test is None or (isinstance(test, Edge) and (at_start if test.start else at_end)):
                fresh = [exit for exit in self.exits[position] if exit not in seen]
                seen.update(fresh)
                todo.extend(fresh)
        return frozenset(seen)

    def passed(self, positions: frozenset[int], character: str) -> set[int]:
        after = set()
        for position in positions:
            test = self.tests[position]
            if test == character if isinstance(test, str) else isinstance(test, Chars) and test.has(character):
                after.add(self.exits[position][0])
        return after


class _State:
    """A set of positions met in a search, and the states that characters lead to."""

    __slots__ = ("accepts", "accepts_at_end", "moves", "positions")

    def __init__(self, program: _Program, positions: frozenset[int], at_start: bool) -> None:
        self.positions = positions
        self.accepts = program.accept in positions
        self.accepts_at_end = program.accept in program.reach(set(positions), at_start, True)
        self.moves: dict[str, _State] = {}


class Pattern:
    """A pattern ready to be searched for: `pattern(text)` says whether it is found anywhere.

    `alternatives`, where the pattern is no more than that: texts of which one must be found, each as pieces that must
    come one after another on a line (`A|B.*C` is `((A,), (B, C))`).
    """

    def __init__(self, pattern: str) -> None:
        part = read_pattern(pattern)
        self._program = _Program(part)
        self.alternatives = _alternatives(part)
        self._forget()

    def _forget(self) -> None:
        program = self._program
        self._states: dict[frozenset[int], _State] = {}
        self._first = _State(program, program.reach({program.start}, True, False), True)

    def __call__(self, text: str) -> bool:
        if self.alternatives is not None:
            return any(find_pieces(pieces, text) for pieces in self.alternatives)
        state = self._first
        for character in text:
            if state.accepts:
                return True
            state = state.moves.get(character) or self._step(state, character)
        return state.accepts or state.accepts_at_end

    def _step(self, state: _State, character: str) -> _State:
        program = self._program
        after = program.passed(state.positions, character) | {program.start}
        positions = program.reach(after, False, False)
        if len(self._states) > _MAX_STATES:
            self._forget()
        found = self._states.get(positions)
        if found is None:
            found = self._states[positions] = _State(program, positions, False)
        if len(state.moves) < _MAX_STATES:
            state.moves[character] = found
        return found


def find_pieces(pieces: tuple[str, ...], text: str) -> bool:
    """Whether the pieces stand in the text one after another on one line."""
    if len(pieces) == 1:
        return pieces[0] in text
    if "\n" in text:
        return any(_in_line(pieces, line) for line in text.split("\n"))
    return _in_line(pieces, text)


def _in_line(pieces: tuple[str, ...], line: str) -> bool:
    at = 0
    for piece in pieces:
        at = line.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _alternatives(part: Part) -> tuple[tuple[str, ...], ...] | None:
    branches = part.branches if isinstance(part, Either) else (part,)
    found = [_pieces(branch) for branch in branches]
    known = tuple(pieces for pieces in found if pieces is not None)
    return known if len(known) == len(found) else None


def _pieces(part: Part) -> tuple[str, ...] | None:
    pieces = [""]
    for each in part.parts if isinstance(part, Sequence) else (part,):
        if isinstance(each, str) and each != "\n":
            pieces[-1] += each
        elif each == Repeated(Chars((("\n", "\n"),), negated=True), 0, None):
            pieces.append("")
        else:
            return None
    return tuple(pieces) if all(pieces) else None


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Pattern:
    """The pattern that `pattern` writes. Raises Refusal `bad-input` where it cannot be used."""
    try:
        return Pattern(pattern)
    except PatternProblem as problem:
        raise Refusal("bad-input", f"the pattern `{pattern}` cannot be used: {problem}") from None


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a pattern, or None; for a finding of the checker."""
    try:
        _Program(read_pattern(pattern))
    except PatternProblem as problem:
        return str(problem)
    return None
