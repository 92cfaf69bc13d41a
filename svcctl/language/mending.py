"""How to read on where a token does not fit and the meaning is plain all the same."""

from svcctl.foundation.diagnostic import Diagnostic, Fix, Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.source import Span
from svcctl.language.build import Clauses
from svcctl.language.literals import with_fix
from svcctl.language.place import Place
from svcctl.language.tokens import Token

_CLOSERS = {"RSQB": ("LSQB", "["), "RPAR": ("LPAR", "(")}
_CLOSING = {"RSQB": "]", "RPAR": ")"}
_JOINTS = frozenset({"and", "or"})
_OPERATOR_WORDS = frozenset({"in", "is", "not", "contains", "matches"})

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
    """Leaves out signs and words that say nothing, and takes one arrow for another."""
    token = place.token
    if token.text == "then" and token.type == "NAME" and place.fits(then=place.after):
        finding = error("unknown-word", "`then` is not needed", token.span, "", "leave it out")
        return with_fix(finding, ""), 1, []
    if token.flaw is not None and token.flaw.code == "wrong-operator" and place.fits("ARROW", then=place.after):
        finding = error("wrong-operator", "states are not joined like this", token.span, "", "write `->`")
        return with_fix(finding, "->"), 1, [Token("ARROW", "->", token.span)]
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
        message = f"words of the language are in small letters, not `{token.shown}`"
        finding = error("wrong-case", message, token.span, "", f"write `{meant}`")
        return with_fix(finding, meant), 1, [made]
    if place.at_clause_start or (place.after_a_line and meant not in _JOINTS):
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
            finding = finding.replace(fix=Fix(_behind(place.tokens[place.at - 1]), ","))
            return finding, 0, [Token("COMMA", ",", _before(token))]
        if place.fits(closer, then=token):
            end = _behind(place.tokens[place.at - 1])
            finding = error("unclosed-bracket", f"this `{shown}` is never closed", opener.span, "opened here")
            finding = finding.replace(related=(Label(end, f"`{_CLOSING[closer]}` is missing here"),))
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


def _behind(token: Token) -> Span:
    return Span(token.span.source, token.span.end, token.span.end)


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
        finding.replace(fix=Fix(_behind(before), f" {word}")),
        0,
        [Token(terminal, word, _before(token))],
    )
