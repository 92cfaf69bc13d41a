"""What a place in a rule file is about: the word that is being written, and which facts may be asked there."""

import re
from collections.abc import Sequence

from svcctl.editor.view import View
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.expecting import Expected, expected
from svcctl.language.tokens import Token

_WORD_END = re.compile(r"[\w.-]*\Z")
_WORD_REST = re.compile(r"[\w.-]*")
_OF_ENGINEERS = ("WHERE", "PREFER")
#: Words after which the facts of engineers are left again.
_ENDS = ("OR_ELSE", "NOTIFY", "REMIND", "ATTACH", "TAG", "SET", "QUEUE", "DELEGATE", "WHEN", "OTHERWISE")


class Spot(Record):
    """A place in a file: the span of the word so far, what could stand there, and the scope of its facts."""

    word: Span
    expected: Expected
    scope: str


def spot_at(view: View, name: str, offset: int) -> Spot:
    """The place at `offset` of a file, before the word that is being written there."""
    text = view.sources[name].text
    match = _WORD_END.search(text, 0, offset)
    start = match.start() if match else offset
    found = expected(view.sources[name], start)
    return Spot(Span(name, start, offset), found, scope_of(found.before))


def word_at(view: View, name: str, offset: int) -> Span:
    """The whole word around a place; empty where there is none."""
    text = view.sources[name].text
    before, after = _WORD_END.search(text, 0, offset), _WORD_REST.match(text, offset)
    return Span(name, before.start() if before else offset, after.end() if after else offset)


def scope_of(before: Sequence[Token]) -> str:
    """The scope of the facts that may be asked after some tokens of a block."""
    if not before:
        return "ticket"
    match before[0].type:
        case "CARE":
            return "asset" if any(token.type == "ASSET" for token in before) else "ticket"
        case "ACCEPTANCE":
            return "acceptance"
    for token in reversed(before):
        if token.type in _OF_ENGINEERS:
            return "candidate"
        if token.type in _ENDS:
            break
    return "ticket"
