"""How to read on where a token does not fit and the meaning is plain all the same."""

from difflib import get_close_matches

from svcctl.foundation.diagnostic import Fix, Label, error
from svcctl.foundation.errors import nearest
from svcctl.foundation.source import Span
from svcctl.language.build import Clauses
from svcctl.language.literals import with_fix
from svcctl.language.mistakes import SURE
from svcctl.language.phrases import rephrase
from svcctl.language.place import Mended, Place
from svcctl.language.synonyms import CONDITIONAL, NEEDLESS, SYNONYMS, UNSURE
from svcctl.language.tokens import Token

_CLOSERS = {"RSQB": ("LSQB", "["), "RPAR": ("LPAR", "(")}
_CLOSING = {"RSQB": "]", "RPAR": ")"}
_JOINTS = frozenset({"and", "or"})
_OPERATOR_WORDS = frozenset({"in", "is", "not", "contains", "matches"})


def mend(place: Place) -> Mended | None:
    """What was meant, where that is plain; None where it is not."""
    for attempt in (rephrase, _drop, _respell, _close_bracket, _join, _misread, _name, _supply, _comma):
        mended = attempt(place)
        if mended is not None:
            return mended
    return None


def _drop(place: Place) -> Mended | None:
    """Leaves out signs and words that say nothing, and takes one arrow for another."""
    token = place.token
    if token.text in NEEDLESS and place.after is not None and place.fits(then=place.after):
        finding = error("unknown-word", f"`{token.text}` is not needed", token.span, "", "leave it out")
        return Mended(with_fix(finding, ""), 1, [])
    if token.flaw is not None and token.flaw.code == "wrong-operator" and place.fits("ARROW", then=place.after):
        finding = error("wrong-operator", "states are not joined like this", token.span, "", "write `->`")
        return Mended(with_fix(finding, "->"), 1, [Token("ARROW", "->", token.span)])
    if token.type == "STRAY":
        return Mended(token.flaw, 1, []) if token.flaw is not None else None
    if token.flaw is not None and token.flaw.code == "single-equals" and place.fits(then=place.after):
        finding = error("single-equals", "`=` is not needed here", token.span, "", "write the value after its name")
        return Mended(with_fix(finding, ""), 1, [])
    if token.type in ("RSQB", "RPAR") and _opener(place, _CLOSERS[token.type][0]) is None:
        finding = error("unclosed-bracket", f"this `{token.shown}` closes nothing", token.span, "", "leave it out")
        return Mended(with_fix(finding, ""), 1, [])
    before = place.before
    if before is not None and before.type == "COMMA" and place.reads(1, 1, []):
        finding = error("stray-punctuation", "nothing follows this `,`", before.span, "", "leave it out")
        return Mended(with_fix(finding, ""), 1, [], 1)
    if token.type == "COMMA" and place.fits(then=place.after):
        finding = error("stray-punctuation", "`,` is not needed here", token.span, "", "leave it out")
        return Mended(with_fix(finding, ""), 1, [])
    return None


def _respell(place: Place) -> Mended | None:
    """Takes a word for the keyword that it was probably meant to be."""
    token = place.token
    if not token.text.isidentifier() or token.type in ("TEXT", "$END"):
        return None
    words = {place.rules.words[t]: t for t in place.expected if t in place.rules.words}
    for synonym in _synonyms(token):
        if synonym in words and place.fits(words[synonym], then=place.after):
            return _translated(token, synonym, words[synonym], begins=place.at_clause_start or place.after_a_line)
    # A word of the language that is in the wrong place is seldom another one misspelt.
    near = [word for word in words if token.text not in place.rules.keywords or word == token.text]
    meant = nearest(token.text, near)
    if meant is None or not place.fits(words[meant], then=place.after):
        return None
    made = Token(words[meant], meant, token.span)
    if meant.casefold() == token.text.casefold():
        message = f"words of the language are in small letters, not `{token.shown}`"
        finding = error("wrong-case", message, token.span, "", f"write `{meant}`")
        return Mended(with_fix(finding, meant), 1, [made])
    if place.at_clause_start or (place.after_a_line and meant not in _JOINTS):
        finding = error("unknown-clause", f"there is no clause `{token.shown}` here", token.span)
    else:
        finding = error("unknown-word", f"`{token.shown}` is not understood here", token.span)
    return Mended(finding.replace(help=(f"did you mean `{meant}`?",)), 1, [made])


def _synonyms(token: Token) -> list[str]:
    """The words of the language that a word may stand for, the likeliest first."""
    found = [SYNONYMS[token.text]] if token.text in SYNONYMS else []
    return [*found, "for"] if token.text in CONDITIONAL else found


def _translated(token: Token, meant: str, terminal: str, back: int = 0, *, begins: bool = False) -> Mended:
    """A word taken for the keyword that has its meaning."""
    code = "unknown-clause" if begins else "unknown-word"
    message = f"there is no clause `{token.shown}` here" if begins else f"`{token.shown}` is not understood here"
    if token.text in UNSURE:
        finding = error(code, message, token.span, "", f"did you mean `{meant}`?")
    else:
        finding = with_fix(error(code, message, token.span, "", f"write `{meant}`"), meant)
    return Mended(finding, 1, [Token(terminal, meant, token.span)], back)


def _misread(place: Place) -> Mended | None:
    """Takes the word before, which was taken for a name, for the keyword that it was probably meant to be."""
    before = place.before
    if before is None or place.at - 1 < place.clause or not before.text.isidentifier():
        return None
    if before.type != "NAME" and before.text not in CONDITIONAL:
        return None
    synonyms = _synonyms(before)
    close = get_close_matches(before.text, sorted(place.rules.keywords), n=1, cutoff=SURE)
    for meant in (*synonyms, *close):
        terminal = place.rules.keywords.get(meant)
        if terminal is None or meant == before.text:
            continue
        made = Token(terminal, meant, before.span)
        if place.reads(1, 1, [made]):
            if meant in synonyms:
                return _translated(before, meant, terminal, 1)
            help = f"did you mean `{meant}`?"
            finding = error("unknown-word", f"`{before.shown}` is not understood here", before.span, "", help)
            return Mended(finding, 1, [made], 1)
    return None


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
            return Mended(finding, 0, [Token("COMMA", ",", _before(token))])
        if place.fits(closer, then=token):
            end = _behind(place.tokens[place.at - 1])
            finding = error("unclosed-bracket", f"this `{shown}` is never closed", opener.span, "opened here")
            finding = finding.replace(related=(Label(end, f"`{_CLOSING[closer]}` is missing here"),))
            finding = finding.replace(help=(f"write `{_CLOSING[closer]}`",))
            return Mended(finding, 0, [Token(closer, _CLOSING[closer], _before(token))])
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
    return Mended(finding, 0, [Token("AND", "and", _before(token))])


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
    return Mended(finding, 0, [Token("NAME", "", _before(place.token))])


def _supply(place: Place) -> Mended | None:
    """Adds the one word that can stand here, or puts it in the place of another word of the language."""
    token, before = place.token, place.before
    if before is None or len(place.expected) != 1:
        return None
    (terminal,) = place.expected
    word = place.rules.words.get(terminal)
    if word is None:
        return None
    if token.text in place.rules.keywords and place.after is not None and place.fits(terminal, then=place.after):
        finding = error("unknown-word", f"`{token.text}` cannot stand after `{before.shown}`", token.span)
        finding = with_fix(finding.replace(help=(f"write `{word}`",)), word)
        return Mended(finding, 1, [Token(terminal, word, token.span)])
    if not place.fits(terminal, then=token):
        return None
    finding = error("missing-word", f"`{word}` is missing after `{before.shown}`", before.span, "")
    finding = finding.replace(help=(f"write `{before.text} {word}`",), fix=Fix(_behind(before), f" {word}"))
    return Mended(finding, 0, [Token(terminal, word, _before(token))])


def _comma(place: Place) -> Mended | None:
    """Adds the comma between two things of a list that stand on one line."""
    token, before = place.token, place.before
    if before is None or "COMMA" not in place.expected or token.type in ("RBRACE", "$END"):
        return None
    if "\n" in place.source.text[before.span.end : token.span.start] or not place.fits("COMMA", then=token):
        return None
    finding = error("missing-comma", f"there is no `,` before `{token.shown}`", token.span, "", "write `,` here")
    return Mended(finding.replace(fix=Fix(_behind(before), ",")), 0, [Token("COMMA", ",", _before(token))])
