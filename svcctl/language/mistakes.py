"""What to say where the parser cannot go on, and how to go on where the meaning is plain."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.source import Source, Span
from svcctl.language.build import Clauses
from svcctl.language.grammar import Grammar, takes
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
}
_MOST_NAMED = 6


class Place(NamedTuple):
    """Where the parser stands: before the token `at`, in a clause that began at `clause`."""

    rules: Grammar
    states: Any
    state: Any
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
        values = self.state.value_stack
        return bool(values) and (
            type(values[-1]) is Clauses or (isinstance(values[-1], Token) and values[-1].type == "LBRACE")
        )

    @property
    def expected(self) -> frozenset[str]:
        stack = self.state.state_stack
        return frozenset(t for t in self.states[stack[-1]] if t.isupper() and takes(self.states, stack, t))

    def fits(self, *terminals: str, then: Token | None = None) -> bool:
        """Whether the parser could take these terminals, and then a token as one of its roles."""
        stack: Any = self.state.state_stack
        for terminal in terminals:
            stack = takes(self.states, stack, terminal)
            if stack is None:
                return False
        return then is None or any(takes(self.states, stack, role) for role in then.roles or (then.type,))


Mended = tuple[Diagnostic | None, int, list[Token]]
"""What to say, how many tokens to leave out, and which to put in their place."""


def mend(place: Place) -> Mended | None:
    """What was meant, where that is plain; None where it is not."""
    for attempt in (_drop, _respell, _close_bracket, _join, _name):
        mended = attempt(place)
        if mended is not None:
            return mended
    return None


def _drop(place: Place) -> Mended | None:
    """Leaves out signs that say nothing."""
    token = place.token
    if token.type == "STRAY":
        if token.flaw is None:
            return None
        finding, token.flaw = token.flaw, None
        return finding, 1, []
    if token.flaw is not None and token.flaw.code == "single-equals" and place.fits(then=place.after):
        token.flaw = None
        finding = error("single-equals", "`=` is not needed here", token.span, "", "write the value after its name")
        return with_fix(finding, ""), 1, []
    if token.type in ("RSQB", "RPAR") and _opener(place, *_CLOSERS[token.type][:1]) is None:
        finding = error("unclosed-bracket", f"this `{token.text}` closes nothing", token.span, "", "leave it out")
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
        finding = error("wrong-case", f"`{token.text}` is written in small letters", token.span, "", f"write `{meant}`")
        return with_fix(finding, meant), 1, [made]
    if place.at_clause_start:
        finding = error("unknown-clause", f"there is no clause `{token.text}` here", token.span)
    else:
        finding = error("unknown-word", f"`{token.text}` is not understood here", token.span)
    return finding.replace(help=(f"did you mean `{meant}`?",)), 1, [made]


def _opener(place: Place, type: str) -> Token | None:
    """The innermost bracket of a type that is open in this clause."""
    for value in reversed(place.state.value_stack):
        if isinstance(value, Token) and value.type == type:
            return value
        if type_is_clauses(value):
            return None
    return None


def type_is_clauses(value: Any) -> bool:
    return type(value) is Clauses


def _close_bracket(place: Place) -> Mended | None:
    """Adds the comma or the closing bracket that a list lacks."""
    token, expected = place.token, place.expected
    for closer, (opener_type, shown) in _CLOSERS.items():
        opener = _opener(place, opener_type)
        if closer not in expected or opener is None:
            continue
        if "COMMA" in expected and place.fits("COMMA", then=token) and _closes_later(place, closer, opener_type):
            finding = error("missing-comma", f"there is no `,` before `{token.text}`", token.span, "", "write `,` here")
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
        "missing-name", f"this `{before.text}` has no name", before.span, "", f"write `{before.text} some-name {{`"
    )
    return finding, 0, [Token("NAME", "", _before(place.token))]


def explain(place: Place) -> Diagnostic:
    """The mistake in words: what was found, after what, and what could stand there."""
    token, before, expected = place.token, place.before, place.expected
    wanted = _wanted(place, expected)
    if place.at_clause_start:
        kind = "unknown-clause" if token.text.isidentifier() else "syntax"
        message = (
            f"there is no clause `{token.text}` here" if kind != "syntax" else f"no clause begins with `{token.text}`"
        )
        return error(kind, message, token.span, "", f"a clause begins with {wanted}")
    if before is None:
        return error("syntax", f"`{token.text}` is not understood", token.span, "", f"write {wanted}")
    between = place.source.text[before.span.end : token.span.start]
    if "\n" in between or token.type in ("$END", "RBRACE"):
        return error(
            "syntax", f"something is missing after `{before.text}`", before.span, "", f"write {wanted} after it"
        )
    return error("syntax", f"`{token.text}` cannot stand after `{before.text}`", token.span, "", f"expected {wanted}")


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
    named += sorted(f"`{place.rules.words[t]}`" for t in left if t in place.rules.words)
    phrases += named
    if len(phrases) > _MOST_NAMED and not place.at_clause_start:
        phrases = phrases[:_MOST_NAMED]
    if not phrases:
        return "nothing more"
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"
