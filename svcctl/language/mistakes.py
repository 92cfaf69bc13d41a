"""What to say where a token does not fit."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from svcctl.foundation.diagnostic import Diagnostic, error
from svcctl.language.literals import with_fix
from svcctl.language.place import Place
from svcctl.language.synonyms import SYNONYMS
from svcctl.language.tokens import Token

_OPERATORS = frozenset({"COMPARE", "IN", "IS", "CONTAINS", "MATCHES"})
_WEEKDAYS = frozenset({"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"})
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
#: How alike a word must be to one of the language to be taken for it.
SURE = 0.8
_DAY = "(mon|tue|wed|thu|fri|sat|sun)"
_DAYS = re.compile(f"{_DAY}-{_DAY}")


def _misspelt_option(place: Place) -> str | None:
    """The keyword that the word before was probably meant to be, where it was taken for the name that a clause
    begins with."""
    before = place.before
    if before is None or before.type != "NAME" or place.clause != place.at - 1:
        return None
    close = get_close_matches(before.text, sorted(place.rules.keywords), n=1, cutoff=SURE)
    meant = SYNONYMS.get(before.text, close[0] if close else None)
    return meant if meant != before.text else None


def left_open(place: Place) -> Token | None:
    """The operator that nothing follows, where the first word of the next clause was taken for its value."""
    before = place.before
    operator = place.tokens[place.at - 2] if place.at > 1 else None
    if before is None or operator is None or before.type != "NAME" or not before.roles:
        return None
    return operator if operator.type in _OPEN and place.clause < place.at - 2 else None


def explain(place: Place) -> Diagnostic:
    """The mistake in words: what was found, after what, and what could stand there."""
    token, before = place.token, place.before
    begins = place.at_clause_start or place.after_a_line
    wanted = _wanted(place, begins)
    days = _DAYS.fullmatch(token.text)
    if days is not None:
        finding = error("bad-days", f"days are not joined as in `{token.shown}`", token.span)
        return with_fix(finding.replace(help=(f"write `{days[1]}..{days[2]}`",)), f"{days[1]}..{days[2]}")
    if begins:
        kind = "unknown-clause" if token.text.isidentifier() else "syntax"
        message = (
            f"there is no clause `{token.shown}` here" if kind != "syntax" else f"no clause begins with `{token.shown}`"
        )
        meant = SYNONYMS.get(token.text, "")
        if place.rules.keywords.get(meant) in place.expected:
            return error(kind, message, token.span, "", f"did you mean `{meant}`?")
        return error(kind, message, token.span, "", f"a clause begins with {wanted}")
    if before is None:
        return error("syntax", f"`{token.shown}` is not understood", token.span, "", f"write {wanted}")
    if token.type in ("NAME", "TEXT") and {"ENGINEER", "TEAM", "ROLE"} <= place.expected:
        name = token.text
        message = f"`{token.shown}` may be an engineer, a team or a role"
        help = f"say which: `engineer {name}`, `team {name}` or `role {name}`"
        return error("syntax", message, token.span, "", help)
    operator = left_open(place)
    if operator is not None:
        message = f"something is missing after `{operator.shown}`"
        return error("syntax", message, operator.span, "", "write a value after it")
    option = _misspelt_option(place)
    if option is not None:
        message = f"`{before.shown}` is not understood here"
        return error("unknown-word", message, before.span, "", f"did you mean `{option}`?")
    if _line_break(place, before, token) or token.type in ("$END", "RBRACE"):
        return error(
            "syntax", f"something is missing after `{before.shown}`", before.span, "", f"write {wanted} after it"
        )
    return error("syntax", f"`{token.shown}` cannot stand after `{before.shown}`", token.span, "", f"expected {wanted}")


def _line_break(place: Place, before: Token, token: Token) -> bool:
    return "\n" in place.source.text[before.span.end : token.span.start]


def _wanted(place: Place, begins: bool) -> str:
    """What could stand at a place: as the beginning of a clause, or to go on with the one before."""
    left = set(place.expected if place.at_clause_start else place.expected - place.going_on)
    if not begins:
        left = set(place.going_on)
    phrases: list[str] = []
    if "COMPARE" in left and "AND" in left:
        phrases += ["an operator such as `==` or `in`", "`and`"]
        left = set()
    elif "COMPARE" in left and "IS" in left:
        phrases.append("an operator such as `==`, `in` or `is present`")
        left = set()
    elif {"NUMBER", "MEASURE", "TEXT"} <= left:
        phrases.append("a condition" if begins else "a value")
        left -= _VALUES
    elif "AND" in left:
        phrases.append("`and`")
        left = set()
    if left >= _WEEKDAYS:
        phrases.append("a day such as `mon`")
        left -= _WEEKDAYS
    if {"TEXT", "NAME"} <= left:
        left.discard("TEXT")
    left -= {"PATH", "FUNCTION"}
    if "DURATION" in left:
        left -= {"NUMBER", "MEASURE"}
    last = ["`}`"] if "RBRACE" in left and begins else []
    left.discard("RBRACE")
    named = sorted(_PHRASES[t] for t in left if t in _PHRASES)
    named += sorted(f"`{place.rules.words[t]}`" for t in left if t in place.rules.words and t not in _PHRASES)
    phrases += named if begins else named[: max(_MOST_NAMED - len(phrases), 0)]
    phrases += last
    if not begins and "RBRACE" in place.expected:
        phrases.append("the next clause")
    if not phrases:
        return "nothing more"
    return phrases[0] if len(phrases) == 1 else f"{', '.join(phrases[:-1])} or {phrases[-1]}"
