"""What every callback of the grammar shares. A callback takes what a rule of `rules.lark` is made of.

`c` is always the list of the parts, tokens included, in the order of the grammar.
"""

from typing import Any, NamedTuple

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.quantity import Elapsed
from svcctl.foundation.source import Span
from svcctl.foundation.written import DURATIONS
from svcctl.language.literals import duration_of
from svcctl.language.tokens import Token
from svcctl.language.tree import Word

_CONDITIONS = frozenset({"when", "for", "while"})


class Clause(NamedTuple):
    """One clause of a block: which it is, and what it says."""

    kind: str
    value: Any
    span: Span


class Clauses(list[Clause]):
    """The clauses between two braces; `broken` where one of them could not be read."""

    def __init__(self, opening: Token) -> None:
        super().__init__()
        self.opening = opening
        self.broken = False


def over(first: Any, last: Any) -> Span:
    """From the start of one part to the end of another."""
    start: Span = first.span
    return Span(start.source, start.start, last.span.end)


class Shapes:
    """The shapes that recur; what is understood but wrong goes to `findings`."""

    def __init__(self) -> None:
        self.findings: list[Diagnostic] = []

    def report(self, code: str, message: str, span: Span, *help: str, instead: str | None = None) -> None:
        """A finding; `instead` is what its place must become, where that is certain."""
        finding = error(code, message, span, "", *help)
        self.findings.append(finding if instead is None else finding.replace(fix=Fix(span, instead)))

    def pick(self, word: Token | Word, known: tuple[str, ...], what: str, code: str) -> str:
        """The word if it is known; else a finding, and the nearest known word or the first."""
        text = word.text if isinstance(word, Token) else str(word)
        if text in known:
            return text
        close = nearest(text, known)
        self.report(
            code,
            f"there is no {what} `{text}`",
            word.span,
            f"did you mean `{close}`?" if close else f"write one of {', '.join(f'`{k}`' for k in known)}",
            instead=close if close is not None and close.casefold() == text.casefold() else None,
        )
        return close or known[0]

    def whole(self, token: Token) -> int:
        if isinstance(token.value, int):
            return token.value
        self.report("bad-number", f"`{token.text}` is not a whole number", token.span, "write a whole number")
        return int(token.value)

    # ------------------------------------------------------------------ shapes

    def opened(self, c: list[Any]) -> Clauses:
        return Clauses(c[0])

    def another(self, c: list[Any]) -> Any:
        c[0].append(c[1])
        return c[0]

    def one(self, c: list[Any]) -> list[Any]:
        return c

    def more(self, c: list[Any]) -> Any:
        c[0].append(c[-1])
        return c[0]

    def pair(self, c: list[Any]) -> list[Any]:
        return [c[0], c[2]]

    def nothing(self, c: list[Any]) -> None:
        return None

    def first(self, c: list[Any]) -> Any:
        return c[0]

    def second(self, c: list[Any]) -> Any:
        return c[1]

    def third(self, c: list[Any]) -> Any:
        return c[2]

    def no_options(self, c: list[Any]) -> list[Any]:
        return []

    def option(self, c: list[Any]) -> Any:
        c[0].append(c[1])
        return c[0]

    def name(self, c: list[Any]) -> Word:
        token = c[0]
        if token.type != "TEXT":
            return Word(token.text, token.span)
        if not token.value.strip():
            self.report("missing-name", "this name is empty", token.span, "write a name between the quotes")
        return Word(token.value, token.span)

    path = hit = given_name = target = clock = milestone_kind = choice_value = unit_symbol = name

    def text(self, c: list[Any]) -> str:
        text: str = c[0].value
        return text

    def duration(self, c: list[Any]) -> Clause:
        return Clause("duration", c[0].value, c[0].span)

    def not_a_duration(self, c: list[Any]) -> Clause:
        token, span = c[0], over(c[0], c[-1])
        text = " ".join(part.text for part in c)
        written = token.text.replace(" ", "").lower() if len(c) == 1 else f"{token.text}{DURATIONS.get(c[1].text)}"
        spelled = next((each for each in (written, written.removesuffix("in")) if duration_of(each)), None)
        meant = duration_of(spelled or "")
        if meant is not None:
            help = f"write `{spelled}`"
        elif token.type == "NUMBER" and len(c) == 1:
            help = f"write a unit after it: `{token.text}h`, or `{token.text}bh` in business time"
        else:
            help = "units are `m` `h` `d` `w`, and in business time `bm` `bh` `bd`, without a space"
        self.report("bad-duration", f"`{text}` is not a duration", span, help, instead=spelled)
        return Clause("duration", meant or Elapsed(0), span)

    # ----------------------------------------------------------------- clauses

    def once(self, clauses: Clauses, kind: str, default: Any = None) -> Any:
        """What the only clause of a kind says; a second one is a finding."""
        found = [clause for clause in clauses if clause.kind == kind]
        for clause in found[1:]:
            help = "leave one of the two out" + (", or join them with `and`" if kind in _CONDITIONS else "")
            finding = error("repeated-clause", f"`{kind}` is said twice here", clause.span, "again", help)
            self.findings.append(finding.replace(related=(Label(found[0].span, "first here"),)))
        return found[0].value if found else default

    def each(self, clauses: Clauses, kind: str) -> tuple[Any, ...]:
        return tuple(clause.value for clause in clauses if clause.kind == kind)

    def missing(self, clauses: Clauses, what: str, name: Word, *help: str) -> None:
        """A finding that a block lacks a clause, unless the clause may be one that could not be read."""
        if not (clauses.broken or clauses.opening.value.is_made_up):
            self.report("missing-clause", f"{what} `{name}` is incomplete", name.span, *help)

    def for_clause(self, c: list[Any]) -> Clause:
        return Clause("for", c[1], over(c[0], c[1]))
