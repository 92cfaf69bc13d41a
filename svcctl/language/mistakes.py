"""What to say where the parser cannot go on, and how to go on where the meaning is plain."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.build import Clauses
from svcctl.language.grammar import Grammar, Stack
from svcctl.language.literals import with_fix
from svcctl.language.tokens import Token

_CLOSERS = {"RSQB": ("LSQB", "["), "RPAR": ("LPAR", "(")}
_CLOSING = {"RSQB": "]", "RPAR": ")"}
_OPERATORS = frozenset({"COMPARE", "IN", "IS", "CONTAINS", "MATCHES"})
_OPERATOR_WORDS = frozenset({"in", "is", "not", "contains", "matches"})
_AFTER_OPERAND = _OPERATORS | {
    "NOT",
    "PLUS",
    "MINUS",
    "STAR",
    "SLASH",
    "AND",
    "OR",
    "OR_ELSE",
    "OR_DEFAULT",
    "IN_COUNT",
}
_VALUES = frozenset(
    {"NAME", "PATH", "TEXT", "NUMBER", "MEASURE", "PERCENT", "DURATION", "INSTANT", "DATE", "FUNCTION", "LPAR"}
    | {"LSQB", "MINUS", "NOT", "TRUE", "YES", "FALSE", "NO"}
)
_PHRASES: Mapping[str, str] = {
    "NAME": "a name",
    "TEXT": "text in quotes",
    "NUMBER": "a number",
    "MEASURE": "a quantity such as `45 dB`",
    "PERCENT": "a share such as `75%`",
    "DURATION": "a duration such as `30m` or `4bh`",
    "INSTANT": "an instant such as `2026-11-23T09:00+08:00`",
    "DATE": "a date such as `2026-11-23`",
    "TIME": "a time such as `09:00`",
    "UNIT": "a unit such as `dB`",
    "COMPARE": "a comparison such as `==`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "COMMA": "`,`",
    "PLUS": "`+`",
    "MINUS": "`-`",
    "STAR": "`*`",
    "SLASH": "`/`",
    "ARROW": "`->`",
    "BOTH_WAYS": "`<->`",
    "DOTS": "`..`",
    "OR_ELSE": "`or`",
    "IN_COUNT": "`in`",
    "UP": "`up to 4 times`",
}
_MOST_NAMED = 6
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(f"{_DAY}-{_DAY}")
_SURE = 0.8


class Place(Record):
    """Where the parser stands: before the token `at`, in a clause that began at `clause`."""

    rules: Grammar
    stack: Stack
    tokens: Sequence[Token]
    at: int
    clause: int
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

    @cached_property
    def expected(self) -> frozenset[str]:
        row = self.stack.table[self.stack.states[-1]]
        return frozenset(terminal for terminal in row if terminal.isupper() and self.stack.after(terminal))

    def fits(self, *terminals: str, then: Token | None = None) -> bool:
        """Whether the parser could take these terminals, and then a token as one of its roles."""
        stack = self.stack.after(*terminals)
        if stack is None or then is None:
            return stack is not None
        return any(stack.after(role) for role in then.roles or (then.type,))


Mended = tuple[Diagnostic, int, list[Token]]
"""What to say, how many tokens to leave out, and which to put in their place."""


def mend(place: Place) -> Mended | None:
    """What was meant, where that is plain; None where it is not."""
    for attempt in (_drop, _respell, _close_bracket, _join, _name, _supply):
        mended = attempt(place)
        if mended is not None:
            return mended
    return None


def _drop(place: Place) -> Mended | None:
    """Leaves out signs that say nothing."""
    token = place.token
    if token.type == "STRAY":
        return (token.flaw, 1, []) if token.flaw is not None else None
    if token.flaw is not None and token.flaw.code == "single-equals" and place.fits(then=place.after):
        finding = error("single-equals", "`=` is not needed here", token.span, "", "write the value after its name")
        return with_fix(finding, ""), 1, []
    if token.type in ("RSQB", "RPAR") and _opener(place, _CLOSERS[token.type][0]) is None:
        finding = error("unclosed-bracket", f"this `{token.shown}` closes nothing", token.span, "", "leave it out")
        return finding, 1, []
    if token.type == "COMMA" and place.fits(then=place.after):
        finding = error("stray-punctuation", "`,` is not needed here", token.span, "", "leave it out")
        return with_fix(finding, ""), 1, []
    return None


def _respell(place: Place) -> Mended | None:
    """Takes a word for the keyword that it was probably meant to be."""
    token = place.token
    if not token.text.isidentifier() or token.type in ("TEXT", "$END"):
        return None
    words = {place.rules.words[t]: t for t in place.expected if t in place.rules.words}
    meant = nearest(token.text, sorted(words))
    if meant is None or not place.fits(words[meant], then=place.after):
        return None
    made = Token(words[meant], meant, token.span)
    if meant.casefold() == token.text.casefold():
        finding = error(
            "wrong-case", f"`{token.shown}` is written in small letters", token.span, "", f"write `{meant}`"
        )
        return with_fix(finding, meant), 1, [made]
    if place.at_clause_start:
        finding = error("unknown-clause", f"there is no clause `{token.shown}` here", token.span)
    else:
        finding = error("unknown-word", f"`{token.shown}` is not understood here", token.span)
    return finding.replace(help=(f"did you mean `{meant}`?",)), 1, [made]


def _opener(place: Place, terminal: str) -> Token | None:
    """The innermost bracket of a kind that is open in this clause."""
    for value in reversed(place.stack.values):
        if isinstance(value, Token) and value.type == terminal:
            return value
        if type(value) is Clauses:
            return None
    return None


def _close_bracket(place: Place) -> Mended | None:
    """Adds the comma or the closing bracket that a list lacks."""
    token, expected = place.token, place.expected
    for closer, (opener_type, shown) in _CLOSERS.items():
        opener = _opener(place, opener_type)
        if closer not in expected or opener is None:
            continue
        if "COMMA" in expected and place.fits("COMMA", then=token) and _closes_later(place, closer, opener_type):
            finding = error(
                "missing-comma", f"there is no `,` before `{token.shown}`", token.span, "", "write `,` here"
            )
            finding = finding.replace(fix=Fix(Span(token.span.source, token.span.start, token.span.start), ", "))
            return finding, 0, [Token("COMMA", ",", _before(token))]
        if place.fits(closer, then=token):
            end = place.tokens[place.at - 1].span
            finding = error("unclosed-bracket", f"this `{shown}` is never closed", opener.span, "opened here")
            finding = finding.replace(
                related=(Label(Span(end.source, end.end, end.end), f"`{_CLOSING[closer]}` is missing here"),)
            )
            return (
                finding.replace(help=(f"write `{_CLOSING[closer]}`",)),
                0,
                [Token(closer, _CLOSING[closer], _before(token))],
            )
    return None


def _closes_later(place: Place, closer: str, opener: str) -> bool:
    """Whether the bracket that is open is closed further on, before any brace."""
    depth = 0
    for token in place.tokens[place.at : place.at + 200]:
        if token.type in ("LBRACE", "RBRACE"):
            return False
        depth += (token.type == opener) - (token.type == closer)
        if depth < 0:
            return True
    return False


def _before(token: Token) -> Span:
    return Span(token.span.source, token.span.start, token.span.start)


def _join(place: Place) -> Mended | None:
    """Adds the `and` that lacks between two conditions."""
    token, after = place.token, place.after
    if after is None or not (after.type == "COMPARE" or after.text in _OPERATOR_WORDS):
        return None
    if token.type not in ("NAME", "PATH") and not token.roles:
        return None
    if not place.fits("AND", then=Token("NAME", token.text, token.span)):
        return None
    finding = error(
        "missing-and", "two conditions stand side by side", token.span, "the second", "write `and` or `or` between them"
    )
    return finding, 0, [Token("AND", "and", _before(token))]


def _name(place: Place) -> Mended | None:
    """Goes on without the name that a block or rule lacks; what has no name is left out of the tree."""
    before = place.before
    if place.token.type != "LBRACE" or before is None or not place.fits("NAME", "LBRACE"):
        return None
    if before.type not in place.rules.words:
        return None
    finding = error(
        "missing-name", f"this `{before.shown}` has no name", before.span, "", f"write `{before.text} some-name {{`"
    )
    return finding, 0, [Token("NAME", "", _before(place.token))]


def _supply(place: Place) -> Mended | None:
    """Adds the one word that can stand here."""
    token, before = place.token, place.before
    if before is None or len(place.expected) != 1:
        return None
    (terminal,) = place.expected
    word = place.rules.words.get(terminal)
    if word is None or not place.fits(terminal, then=token):
        return None
    finding = error("missing-word", f"`{word}` is missing after `{before.shown}`", before.span, "")
    finding = finding.replace(help=(f"write `{before.text} {word}`",))
    return (
        finding.replace(fix=Fix(Span(before.span.source, before.span.end, before.span.end), f" {word}")),
        0,
        [Token(terminal, word, _before(token))],
    )


def _misspelt_start(place: Place) -> str | None:
    """The keyword that the word before was probably meant to be, where it was taken for the name that a clause
    begins with."""
    before = place.before
    if before is None or before.type != "NAME" or place.clause != place.at - 1:
        return None
    close = get_close_matches(before.text, sorted(place.rules.keywords), n=1, cutoff=_SURE)
    return close[0] if close and close[0] != before.text else None


def explain(place: Place) -> Diagnostic:
    """The mistake in words: what was found, after what, and what could stand there."""
    token, before, expected = place.token, place.before, place.expected
    wanted = _wanted(place, expected)
    days = _DAYS.fullmatch(token.text)
    if days is not None:
        finding = error("bad-days", f"days are not joined as in `{token.shown}`", token.span)
        return with_fix(finding.replace(help=(f"write `{days[1]}..{days[2]}`",)), f"{days[1]}..{days[2]}")
    complete = before is not None and "RBRACE" in expected and _line_break(place, before, token)
    if complete:
        wanted = _wanted(place, expected - _AFTER_OPERAND)
    if place.at_clause_start or complete:
        kind = "unknown-clause" if token.text.isidentifier() else "syntax"
        message = (
            f"there is no clause `{token.shown}` here" if kind != "syntax" else f"no clause begins with `{token.shown}`"
        )
        return error(kind, message, token.span, "", f"a clause begins with {wanted}")
    if before is None:
        return error("syntax", f"`{token.shown}` is not understood", token.span, "", f"write {wanted}")
    meant = _misspelt_start(place)
    if meant is not None:
        return error(
            "unknown-word", f"`{before.shown}` is not understood here", before.span, "", f"did you mean `{meant}`?"
        )
    if _line_break(place, before, token) or token.type in ("$END", "RBRACE"):
        return error(
            "syntax", f"something is missing after `{before.shown}`", before.span, "", f"write {wanted} after it"
        )
    return error("syntax", f"`{token.shown}` cannot stand after `{before.shown}`", token.span, "", f"expected {wanted}")


def _line_break(place: Place, before: Token, token: Token) -> bool:
    return "\n" in place.source.text[before.span.end : token.span.start]


def _wanted(place: Place, expected: frozenset[str]) -> str:
    phrases: list[str] = []
    left = set(expected)
    if "COMPARE" in left and "AND" in left:
        phrases += ["an operator such as `==` or `in`", "`and`"]
        left = set()
    elif "COMPARE" in left and "IS" in left:
        phrases.append("an operator such as `==`, `in` or `is present`")
        left = set()
    elif {"FUNCTION", "NUMBER"} <= left:
        phrases.append("a value")
        left -= _VALUES
        if place.at_clause_start:
            phrases[0] = "a condition"
    elif "AND" in left:
        phrases.append("`and`")
        left = set()
    if {"TEXT", "NAME"} <= left:
        left.discard("TEXT")
    left -= {"PATH", "FUNCTION"}
    if "DURATION" in left:
        left -= {"NUMBER", "MEASURE"}
    named = sorted(_PHRASES[t] for t in left if t in _PHRASES)
    named += sorted(f"`{place.rules.words[t]}`" for t in left if t in place.rules.words and t not in _PHRASES)
    phrases += named
    if len(phrases) > _MOST_NAMED and not place.at_clause_start:
        phrases = phrases[:_MOST_NAMED]
    if not phrases:
        return "nothing more"
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"
