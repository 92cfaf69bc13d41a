"""Cuts a rule file into tokens. Which words are keywords is left open: the parser knows where it stands."""

import re
from collections.abc import Mapping

from svcctl.foundation.diagnostic import Diagnostic, error
from svcctl.foundation.quantity import CURRENCIES, UNITS
from svcctl.foundation.source import Source, Span
from svcctl.foundation.written import FULL_WIDTH
from svcctl.language.literals import READERS, with_fix
from svcctl.language.synonyms import OPERATORS
from svcctl.language.tokens import Lexed, Token

FUNCTIONS = ("avg", "count", "max", "min", "sum")

#: Full-width forms to the ASCII that they stand for, one character for one, so that places stay. Quotes and the
#: backslash are left, because inside text they mean themselves.
NARROW: Mapping[int, str] = {
    **{code: narrow for code, narrow in FULL_WIDTH.items() if narrow not in "\"'\\"},
    **{ord(wide): narrow for wide, narrow in zip("、【】〔〕〈〉–−—", ",[][]<>---", strict=True)},
}

_OPERATORS: Mapping[str, str] = {
    "{": "LBRACE", "}": "RBRACE", "[": "LSQB", "]": "RSQB", "(": "LPAR", ")": "RPAR", ",": "COMMA",
    "+": "PLUS", "-": "MINUS", "*": "STAR", "/": "SLASH", "->": "ARROW", "<->": "BOTH_WAYS", "..": "DOTS",
    "==": "COMPARE", "!=": "COMPARE", "<": "COMPARE", "<=": "COMPARE", ">": "COMPARE", ">=": "COMPARE",
}  # fmt: skip

#: Operators of other languages: the terminal, and what is written here.
_FOREIGN: Mapping[str, tuple[str, str]] = {
    "=": ("COMPARE", "=="), "===": ("COMPARE", "=="), "<>": ("COMPARE", "!="), "≠": ("COMPARE", "!="),
    "!==": ("COMPARE", "!="), "=>": ("COMPARE", ">="), "≥": ("COMPARE", ">="), "=<": ("COMPARE", "<="),
    "≤": ("COMPARE", "<="), "&&": ("AND", "and"), "&": ("AND", "and"), "||": ("OR", "or"), "|": ("OR", "or"),
    "!": ("NOT", "not"), "→": ("ARROW", "->"), "×": ("STAR", "*"), "÷": ("SLASH", "/"),
}  # fmt: skip

_WORD = r"[^\W\d]\w*(?:-\w+)*"
_PATH = rf"{_WORD}(?:\.{_WORD})*"
_NUMBER = r"[0-9]+(?:\.[0-9]+)?"


def _any_of(units: list[str]) -> str:
    return "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))


_UNIT_WORDS = _any_of([unit for unit in UNITS if unit.isalnum()])
_UNIT_SIGNS = _any_of([unit for unit in UNITS if not unit.isalnum()])

_TOKEN = re.compile(
    rf"""[\s\u200b\ufeff]*+(?:
    (?P<word>{_PATH})
  | (?P<text>"(?:[^"\\\n]|\\[^\n])*")
  | (?P<instant>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}[Tt][\w:.+-]+)
  | (?P<date>[0-9]{{4}}(?:[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}|年[0-9]{{1,2}}月[0-9]{{1,2}}日?))
  | (?P<time>[0-9]{{1,2}}:[0-9][\w:]*)
  | (?P<measure>{_NUMBER}(?:[ \t]*(?:{_UNIT_SIGNS})(?!\w)|[ \t]+(?:{_UNIT_WORDS})(?![\w.-]|[ \t]*\()))
  | (?P<glued>{_NUMBER}[^\W\d]\w*)
  | (?P<number>{_NUMBER})
  | (?P<comment>\#[^\n]*|//[^\n]*)
  | (?P<operator><->|->|<>|!==|={{2,3}}|=>|=<|[!<>]=|\.\.|&&|\|\||[=<>!&|≠≥≤→×÷{{}}\[\](),+*/-])
  | (?P<quoted>[“”][^“”"\n]*[“”"]|„[^“”"\n]*[“”"]|「[^」\n]*」|『[^』\n]*』|＂[^＂\n]*＂|‘[^’\n]*’|'[^'\n]*')
  | (?P<unclosed>["“”„「『＂‘'][^\n]*)
  | (?P<sign>{_UNIT_SIGNS})
  | (?P<stray>.)
    )""",
    re.VERBOSE,
)
#: Words whose meaning hangs on what comes after them.
_LOOK_AHEAD = frozenset({"or", "in", "respond", "arrive", "resolve", "close", "cancel", *FUNCTIONS, *CURRENCIES})
_MOVE = re.compile(r"\s*(?:<?->|,)")
_AMOUNT = re.compile(rf"[ \t]+({_NUMBER})(?![\w:/-])")
_CALL = re.compile(r"[ \t]*\(")
_BLANKS = re.compile(r"[ \t]+")
_COUNT = re.compile(r"\s+[0-9]")
_DEFAULT = re.compile(r"\s+default(?![\w.-])(?!\s*(?:[=!<>]|(?:in|is|not|contains|matches|and|or)\b))")
#: Words with which a choice begins. Some are facts, too: then an operator follows, which no choice has.
_CHOICES = frozenset({"engineer", "team", "role", "manager", "assignee", "customer"})
_OPERATING = frozenset({"COMPARE", "PLUS", "MINUS", "STAR", "SLASH", "OR_DEFAULT", "LPAR"})
_OPERATING_WORDS = frozenset({"in", "is", "not", "contains", "matches", "and"})


def cut(source: Source, keywords: Mapping[str, str]) -> Lexed:
    """The tokens of a text. `keywords` maps each word of the grammar to its terminal."""
    original, name = source.text, source.name
    text = original if original.isascii() else original.translate(NARROW)
    roles = {word: (terminal, "NAME") for word, terminal in keywords.items()}
    roles |= {word: (terminal, "NAME") for word, (terminal, _) in OPERATORS.items()}
    tokens: list[Token] = []
    comments: list[Span] = []
    either: list[int] = []
    position, last = 0, None
    while (match := _TOKEN.match(text, position)) is not None:
        kind = match.lastgroup
        assert kind is not None
        start, end = match.span(kind)
        span = Span(name, start, end)
        if kind == "word":
            word = match[kind]
            token = Token("NAME", word, span, None, roles.get(word))
            if word == "or":
                either.append(len(tokens))
            elif word in OPERATORS:
                token.value = OPERATORS[word][1]
                token.flaw = _foreign(word, token.value, span)
            if word in _LOOK_AHEAD or text.startswith("(", end):
                token = _look_ahead(token, text)
            elif "." in word:
                token.type = "PATH"
            if last is not None and last.type == "NUMBER" and _BLANKS.fullmatch(text, last.span.end, start):
                token.roles = (*(token.roles or ("NAME",))[:-1], "UNIT", token.type)
        elif kind == "operator":
            token = _operator(match[kind], span)
        elif kind == "comment":
            comments.append(span)
            position = end
            if original[start] != "/":
                continue
            token = _foreign_comment(span)
        elif kind == "stray":
            token = _stray(original[start:end], span)
        else:
            if kind == "unclosed" and original[start - 1 : start].isalnum():
                end, span = start + 1, Span(name, start, start + 1)  # it closes a text, and opens none
            token = READERS[kind](original[start:end], text[start:end], span)
        if token.flaw is None and text is not original and token.type != "TEXT":
            _note_width(token, original, text)
        tokens.append(token)
        position, last = token.span.end, token
    for index in either:
        if tokens[index].type == "NAME":
            tokens[index].roles = _roles_of_or(*tokens[index + 1 : index + 3])
    return Lexed(tokens, tuple(comments))


def _roles_of_or(head: Token | None = None, after: Token | None = None) -> tuple[str, ...]:
    """What an `or` is before two tokens: the next choice of an assignment, or the next part of a condition. The parser
    takes the first that may stand there."""
    if head is None or after is None or head.type != "NAME" or head.text not in _CHOICES:
        return ("OR", "OR_ELSE", "NAME")
    operated = after.type in _OPERATING or (after.type == "NAME" and after.text in _OPERATING_WORDS)
    return ("OR", "OR_ELSE", "NAME") if operated else ("OR_ELSE", "OR", "NAME")


def _look_ahead(token: Token, text: str) -> Token:
    """Settles the few words whose meaning hangs on what comes after them."""
    word, span = token.text, token.span
    if word == "or":
        default = _DEFAULT.match(text, span.end)
        if default is not None:
            return Token("OR_DEFAULT", text[span.start : default.end()], Span(span.source, span.start, default.end()))
    elif word == "in":
        if _COUNT.match(text, span.end):
            token.roles = ("IN_COUNT", "IN", "NAME")
    elif word in CURRENCIES:
        amount = _AMOUNT.match(text, span.end)
        if amount is not None:
            number = Span(span.source, span.start, amount.end())
            token = READERS["measure"](text[span.start : amount.end()], f"{amount[1]} {word}", number)
    elif word in _LOOK_AHEAD and _MOVE.match(text, span.end):
        token.roles = None
    elif _CALL.match(text, span.end):
        token.roles = (*(token.roles or ("NAME",))[:-1], "FUNCTION", "NAME")
    return token


def _operator(text: str, span: Span) -> Token:
    type = _OPERATORS.get(text)
    if type is not None:
        return Token(type, text, span)
    type, meant = _FOREIGN[text]
    token = Token(type, meant, span)
    token.flaw = _foreign(text, meant, span)
    return token


def _foreign(text: str, meant: str, span: Span) -> Diagnostic:
    code, message = "wrong-operator", f"there is no operator `{text}`"
    if text == "=":
        code, message = "single-equals", "`=` does not compare"
    elif text.lower() == meant:
        code, message = "wrong-case", f"words of the language are in small letters, not `{text}`"
    return with_fix(error(code, message, span, "", f"write `{meant}`"), meant)


def _stray(character: str, span: Span) -> Token:
    token = Token("STRAY", character, span)
    narrow = character.translate(NARROW)
    if narrow in ";.":
        token.flaw = _not_needed(character, span, "nothing stands between clauses; a new one begins by its first word")
    elif narrow == ":":
        token.flaw = _not_needed(character, span, "a value follows its name with a space between")
    else:
        shown = character if character.isprintable() else f"U+{ord(character):04X}"
        token.flaw = error("stray-character", f"`{shown}` has no meaning in a rule file", span)
    return token


def _not_needed(character: str, span: Span, help: str) -> Diagnostic:
    return with_fix(error("stray-punctuation", f"`{character}` is not needed", span, "", help), " ")


def _foreign_comment(span: Span) -> Token:
    token = Token("STRAY", "//", span)
    start = Span(span.source, span.start, span.start + 2)
    token.flaw = with_fix(error("wrong-comment", "a comment does not begin with `//`", start, "", "write `#`"), "#")
    return token


def _note_width(token: Token, original: str, text: str) -> None:
    start, end = token.span.start, token.span.end
    written, narrow = original[start:end], text[start:end]
    if written != narrow:
        finding = error("full-width", f"`{written}` is in full-width characters", token.span, "", f"write `{narrow}`")
        token.flaw = with_fix(finding, narrow)
