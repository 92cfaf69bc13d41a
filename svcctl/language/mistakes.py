"""What to say where a token does not fit."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from svcctl.foundation.diagnostic import Diagnostic, error
from svcctl.language.literals import with_fix
from svcctl.language.place import Place
from svcctl.language.tokens import Token

_OPERATORS = frozenset({"COMPARE", "IN", "IS", "CONTAINS", "MATCHES"})
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
#: What a value must follow.
_OPEN = _OPERATORS | {"AND", "OR", "PLUS", "MINUS", "STAR", "SLASH"}
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
#: What people write for the letters of durations.
_TIMES: Mapping[str, str] = {
    **dict.fromkeys(("second", "seconds", "秒"), "s"),
    **dict.fromkeys(("minute", "minutes", "mins", "分钟"), "m"),
    **dict.fromkeys(("hour", "hours", "hrs", "小时"), "h"),
    **dict.fromkeys(("day", "days", "天"), "d"),
    **dict.fromkeys(("week", "weeks", "周"), "w"),
}
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(f"{_DAY}-{_DAY}")
_SURE = 0.8


def _misspelt_start(place: Place) -> str | None:
    """The keyword that the word before was probably meant to be, where it was taken for the name that a clause
    begins with."""
    before = place.before
    if before is None or before.type != "NAME" or place.clause != place.at - 1:
        return None
    close = get_close_matches(before.text, sorted(place.rules.keywords), n=1, cutoff=_SURE)
    return close[0] if close and close[0] != before.text else None


def left_open(place: Place) -> Token | None:
    """The operator that nothing follows, where the first word of the next clause was taken for its value."""
    before = place.before
    operator = place.tokens[place.at - 2] if place.at > 1 else None
    if before is None or operator is None or before.type != "NAME" or not before.roles:
        return None
    return operator if operator.type in _OPEN and place.clause < place.at - 2 else None


def explain(place: Place) -> Diagnostic:
    """The mistake in words: what was found, after what, and what could stand there."""
    token, before, expected = place.token, place.before, place.expected
    wanted = _wanted(place, expected)
    days = _DAYS.fullmatch(token.text)
    if days is not None:
        finding = error("bad-days", f"days are not joined as in `{token.shown}`", token.span)
        return with_fix(finding.replace(help=(f"write `{days[1]}..{days[2]}`",)), f"{days[1]}..{days[2]}")
    if place.after_a_line:
        wanted = _wanted(place, expected - _AFTER_OPERAND)
    if place.at_clause_start or place.after_a_line:
        kind = "unknown-clause" if token.text.isidentifier() else "syntax"
        message = (
            f"there is no clause `{token.shown}` here" if kind != "syntax" else f"no clause begins with `{token.shown}`"
        )
        return error(kind, message, token.span, "", f"a clause begins with {wanted}")
    if before is None:
        return error("syntax", f"`{token.shown}` is not understood", token.span, "", f"write {wanted}")
    if before.type == "NUMBER" and token.text in _TIMES:
        duration = f"{before.text}{_TIMES[token.text]}"
        span = before.span.to(token.span)
        finding = error(
            "bad-duration", f"`{before.text} {token.text}` is not a duration", span, "", f"write `{duration}`"
        )
        return with_fix(finding, duration)
    operator = left_open(place)
    if operator is not None:
        message = f"something is missing after `{operator.shown}`"
        return error("syntax", message, operator.span, "", "write a value after it")
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
