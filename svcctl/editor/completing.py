"""What can be written at a place: keywords that the grammar allows there, facts, names, values, units."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import get_args

from svcctl.editor.places import Spot, spot_at
from svcctl.editor.view import View
from svcctl.foundation.quantity import UNITS
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.blocks import FieldKind, FlowBlock
from svcctl.language.checks.findings import described
from svcctl.language.printer import print_name
from svcctl.language.scenario_block import Given
from svcctl.language.tokens import Token
from svcctl.language.vocabulary import Term

_HIT = {
    "first": "the first rule that matches decides",
    "unique": "no two rules may match",
    "priority": "the rule with the highest priority decides",
    "collect": "all that match act",
}
_GIVENS = get_args(Given.__annotations__["kind"])
_COUNTRIES = {"CN": "statutory holidays of China, make-up workdays included"}
_EVIDENCE = ("photo", "video", "audio", "document", "report")


class Suggestion(Record):
    """One word to write in the place of `span`: `kind` is `keyword`, `fact`, `name`, `value` or `unit`."""

    text: str
    kind: str
    span: Span
    detail: str = ""
    meaning: str = ""


def suggestions(view: View, name: str, offset: int) -> tuple[Suggestion, ...]:
    """What could be written at `offset` of a file, each word once: names and values before keywords."""
    spot = spot_at(view, name, offset)
    found: dict[str, Suggestion] = {}
    for each in (*_named(view, spot), *_keywords(view, spot)):
        found.setdefault(each.text, each.replace(span=spot.word))
    return tuple(found.values())


def _keywords(view: View, spot: Spot) -> Iterator[Suggestion]:
    for word in spot.expected.words:
        verb = view.vocabulary.verbs.get(word)
        yield Suggestion(word, "keyword", spot.word, "", verb.meaning if verb else "")
    if "FUNCTION" in spot.expected.terminals:
        for word in ("max", "min", "avg", "sum", "count"):
            yield Suggestion(word, "keyword", spot.word, "", "over all the readings")


def _named(view: View, spot: Spot) -> Iterator[Suggestion]:
    terminals, before = spot.expected.terminals, spot.expected.before
    if not before:
        return
    if "UNIT" in terminals:
        compared = view.known.term(spot.scope, before[-3].text) if len(before) > 2 else None
        dimension = compared.type.dimension if compared else ""
        for unit, known in UNITS.items():
            if not dimension or known.dimension == dimension:
                yield Suggestion(unit, "unit", spot.word, known.dimension)
    asked = _asked(before)
    term = view.known.term(spot.scope, asked) if asked else None
    if term is not None and terminals & {"NAME", "TEXT"} and "COMPARE" not in terminals:
        yield from _values(view, spot, term)
        return
    if "FUNCTION" in terminals or _is_path(before):
        yield from _facts(view, spot)
        return
    sort = _sort(before)
    if "NAME" in terminals and sort is not None:
        yield from _names(view, spot, sort)


def _asked(before: Sequence[Token]) -> str | None:
    """The fact whose value comes next: after a comparison, in a list, after `set`, in a given or an expectation."""
    place = len(before) - 1
    while place > 0 and before[place].type in ("COMMA", "NAME", "TEXT") and _in_list(before, place):
        place -= 1
    if place >= 0 and before[place].type == "LSQB":
        place -= 1
        while place > 0 and before[place].type in ("IN", "NOT", "ANY", "ALL", "CONTAINS"):
            place -= 1
        return before[place].text
    if place > 0 and before[place].type in ("COMPARE", "CONTAINS"):
        return before[place - 1].text
    last = before[-1] if before else None
    if last is not None and last.type in ("NAME", "PATH") and len(before) > 1:
        held = before[-2].type in ("SET", "EXPECT") or (before[0].type == "TEST" and _within_given(before))
        return last.text if held else None
    return None


def _in_list(before: Sequence[Token], place: int) -> bool:
    for token in reversed(before[: place + 1]):
        if token.type == "LSQB":
            return True
        if token.type not in ("COMMA", "NAME", "TEXT"):
            return False
    return False


def _within_given(before: Sequence[Token]) -> bool:
    for token in reversed(before):
        if token.type in ("RBRACE", "EXPECT", "MOVE"):
            return False
        if token.type == "GIVEN":
            return True
    return False


def _is_path(before: Sequence[Token]) -> bool:
    """Whether a fact by its path comes next."""
    last = before[-1].type if before else ""
    if last in ("FEWEST", "MOST", "SET") or (last == "BY" and before[-2].type in ("SIMILAR", "NAME")):
        return True
    if last == "EXPECT":
        return True
    return before[0].type == "TEST" and last in ("LBRACE", "NAME", "TEXT", "NUMBER") and _within_given(before)


def _facts(view: View, spot: Spot) -> Iterator[Suggestion]:
    settable = spot.expected.before[-1].type == "SET" if spot.expected.before else False
    for path, term in sorted(view.known.scopes[spot.scope].items()):
        if settable and path not in view.vocabulary.settable:
            continue
        yield Suggestion(path.removesuffix("*"), "fact", spot.word, described(term.type), term.meaning)


def _values(view: View, spot: Spot, term: Term) -> Iterator[Suggestion]:
    for value in view.known.allowed(term.type) or _defined(view, term.type.name):
        yield Suggestion(print_name(str(value)), "value", spot.word, term.type.name or described(term.type))


def _names(view: View, spot: Spot, sort: str) -> Iterator[Suggestion]:
    told: Mapping[str, str] = _FIXED.get(sort, {})
    for name, meaning in told.items():
        yield Suggestion(name, "name", spot.word, sort, meaning)
    if not told:
        for name in sorted(map(str, view.known.names(sort) or _defined(view, sort))):
            yield Suggestion(print_name(name), "name", spot.word, sort)


def _defined(view: View, sort: str) -> Iterable[str]:
    """The names of a sort that rule files define, as far as they can be read."""
    if sort == "rule":
        return view.known.rules
    if sort == "state":
        flows = (block for block in view.known.blocks["flow"].values() if isinstance(block, FlowBlock))
        return dict.fromkeys(str(state) for flow in flows for state in flow.states)
    return view.known.blocks.get("form" if sort == "type" else sort, ())


#: Names that the language itself has, by their sort.
_FIXED: Mapping[str, Mapping[str, str]] = {
    "hit policy": _HIT,
    "given": dict.fromkeys(_GIVENS, ""),
    "kind of field": dict.fromkeys((str(kind) for kind in get_args(FieldKind)), ""),
    "country": _COUNTRIES,
    "evidence": dict.fromkeys(_EVIDENCE, ""),
    "survey": {"csat": "how content the customer is"},
}
#: The sort of name that comes after a token.
_AFTER: Mapping[str, str] = {
    "TEAM": "team",
    "ROLE": "role",
    "ENGINEER": "engineer",
    "SKILL": "skill",
    "DELEGATE": "dispatch",
    "QUEUE": "queue",
    "ON": "calendar",
    "MUTES": "escalation",
    "MOVE": "state",
    "ARROW": "state",
    "BOTH_WAYS": "state",
    "GIVEN": "given",
    "HOLIDAYS": "country",
    "EVIDENCE": "evidence",
    "SURVEY": "survey",
}


def _in_flow(before: Sequence[Token]) -> str | None:
    return "state" if before[0].type == "FLOW" else None


def _after_in(before: Sequence[Token]) -> str | None:
    return "state" if before[0].type in ("FLOW", "SLA", "CARE") else None


def _after_name(before: Sequence[Token]) -> str | None:
    """After the id of a dispatch block comes its hit policy, after the name of a field its kind."""
    if before[0].type == "DISPATCH" and len(before) in (2, 3):
        return "hit policy"
    return "kind of field" if before[0].type == "FORM" and len(before) > 2 else None


_BY_BLOCK: Mapping[str, Callable[[Sequence[Token]], str | None]] = {
    "TO": _in_flow,
    "AT": _in_flow,
    "LBRACE": _in_flow,
    "COMMA": _after_in,
    "IN": _after_in,
    "NAME": _after_name,
    "TEXT": _after_name,
    "RULE": lambda before: "rule" if before[0].type == "TEST" else None,
    "TICKET": lambda before: "form" if before[-2].type == "OPEN" else None,
}


def _sort(before: Sequence[Token]) -> str | None:
    """The sort of name that comes next; None where it is a new one."""
    if not before:
        return None
    last = before[-1].type
    if last in _AFTER:
        return _AFTER[last]
    by_block = _BY_BLOCK.get(last)
    return by_block(before) if by_block is not None else None
