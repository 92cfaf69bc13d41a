"""Every name that a rule may speak of: those of the vocabulary, and those that rule files define themselves."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from difflib import get_close_matches

from svcctl.foundation.errors import nearest
from svcctl.foundation.quantity import UNITS
from svcctl.foundation.source import Span
from svcctl.language.block import Block
from svcctl.language.blocks import (
    AcceptanceBlock,
    AnyBlock,
    DispatchBlock,
    DispatchRule,
    EscalationBlock,
    FlowBlock,
    FormBlock,
    FormField,
    Module,
    SlaBlock,
)
from svcctl.language.calendar_block import CalendarBlock
from svcctl.language.care_block import CareBlock
from svcctl.language.checks.findings import Findings, respelt, suggestion
from svcctl.language.scenario_block import TestBlock
from svcctl.language.synonyms import NOTHING
from svcctl.language.types import DATE, ELAPSED, EVIDENCE, INSTANT, NUMBER, PERCENT, TEXT, TRUTH, Kind, Type
from svcctl.language.types import choice as choice_type
from svcctl.language.types import quantity as quantity_type
from svcctl.language.vocabulary import Term, Vocabulary

SORTS: Mapping[type[Block], str] = {
    CalendarBlock: "calendar",
    FormBlock: "form",
    FlowBlock: "flow",
    SlaBlock: "sla",
    DispatchBlock: "dispatch",
    EscalationBlock: "escalation",
    AcceptanceBlock: "acceptance",
    CareBlock: "care",
    TestBlock: "test",
}

#: The kind of block that defines the names of a sort, where that is not the sort itself.
_DEFINED_IN = {"state": "flow", "type": "form", "rule": "dispatch"}

#: What the message calls a name of a sort, where that is not the sort itself; and the sort's diagnostic.
_CALLED = {"type": "ticket type", "dispatch": "dispatch block"}
_CODES = {
    **dict.fromkeys(("type", "form"), "unknown-form"),
    **{
        sort: f"unknown-{sort}"
        for sort in ("team", "engineer", "skill", "state", "role", "region", "calendar", "dispatch", "queue", "rule")
    },
}

#: How alike two words are where one is plainly the other misspelt.
_PLAIN = 0.85

_FIELD_TYPES = {
    "text": TEXT,
    "number": NUMBER,
    "integer": NUMBER,
    "percent": PERCENT,
    "date": DATE,
    "instant": INSTANT,
    "duration": ELAPSED,
    "truth": TRUTH,
    "evidence": EVIDENCE,
}


def field_type(field: FormField) -> Type:
    """The type of what a form field holds; a quantity of a unit that does not exist has an open dimension."""
    if field.kind == "quantity":
        unit = UNITS.get(field.unit or "")
        return quantity_type(unit.dimension if unit else "")
    if field.kind == "choice":
        return choice_type(*map(str, field.choices))
    return _FIELD_TYPES[field.kind]


def _unread(modules: Sequence[Module]) -> list[AnyBlock | None]:
    """The blocks in which something could not be read, None for a place outside all of them."""
    found: list[AnyBlock | None] = []
    for module in modules:
        blocks = sorted(module.blocks, key=lambda block: block.span)
        starts = [block.span.start for block in blocks]
        for span in module.unread:
            index = bisect_right(starts, span.start) - 1
            found.append(blocks[index] if index >= 0 and span.start <= blocks[index].span.end else None)
    return found


class Known:
    """Looked up by every check. What a block with errors defines counts too, so that one mistake stays one."""

    def __init__(self, modules: Sequence[Module], vocabulary: Vocabulary) -> None:
        self.findings = Findings()
        self.vocabulary = vocabulary
        self.blocks: dict[str, dict[str, AnyBlock]] = {sort: {} for sort in SORTS.values()}
        self.rules: dict[str, DispatchRule] = {}
        self.form_fields: dict[str, FormField] = {}
        unread = _unread(modules)
        self._damaged = frozenset(id(block) for block in unread)
        kinds = frozenset(SORTS[type(block)] for block in unread if block is not None)
        #: The sorts of which a block could not be read in full; all of them where even its kind could not be.
        self.partial = frozenset(SORTS.values()) if None in unread else kinds
        for block in (block for module in modules for block in module.blocks):
            self.blocks[SORTS[type(block)]].setdefault(block.id, block)
            if isinstance(block, DispatchBlock):
                for rule in block.rules:
                    self.rules.setdefault(rule.id, rule)
            elif isinstance(block, FormBlock):
                for field in block.fields:
                    self.form_fields.setdefault(field.name, field)
        flows = [block for block in self.blocks["flow"].values() if isinstance(block, FlowBlock)]
        slas = [block for block in self.blocks["sla"].values() if isinstance(block, SlaBlock)]
        self.move_names = {str(move.name) for flow in flows for move in flow.moves if move.name}
        self._clock_kinds: set[str] = {target.kind for sla in slas for target in sla.targets}
        if any(flow.limits for flow in flows):
            self._clock_kinds.add("limit")
        self._names: dict[str, Collection[str]] = dict(vocabulary.names)
        for sort, blocks in self.blocks.items():
            self._names[sort] = tuple(blocks)
        self._names["rule"] = tuple(self.rules)
        if flows:
            self._names["state"] = tuple(dict.fromkeys(str(state) for flow in flows for state in flow.states))
        if self.blocks["form"]:
            self._names["type"] = self._names["form"]
        if "queue" in self._names:
            self._names["queue"] = frozenset(self._names["queue"]) | frozenset(self._names.get("team", ()))
        fields = {name: Term(field_type(field), field.label or name) for name, field in self.form_fields.items()}
        ticket = {**fields, **vocabulary.scopes.get("ticket", {})}
        self.scopes: dict[str, Mapping[str, Term]] = {
            scope: {**ticket, **vocabulary.scopes.get(scope, {})} for scope in ("ticket", "candidate", "acceptance")
        }
        self.scopes["asset"] = vocabulary.scopes.get("asset", {})

    @property
    def default_calendar(self) -> str | None:
        """The calendar in force where a rule names none: the workspace's, or the only one there is."""
        calendars, named = self.blocks["calendar"], self.vocabulary.default_calendar
        if named is not None:
            return named if named in calendars else None
        return next(iter(calendars)) if len(calendars) == 1 else None

    def may_run(self, kind: str) -> bool:
        """Whether a ticket may have a clock of a kind: an `sla` promises it, or a flow limits the stay in a state."""
        return kind in self._clock_kinds or ("flow" if kind == "limit" else "sla") in self.partial

    def with_names(self, extra: Mapping[str, Collection[str]]) -> "Known":
        """The same, with more names of some sorts: those that a test brings along."""
        more = copy(self)
        more._names = dict(self._names)
        for sort, names in extra.items():
            if sort in more._names:
                more._names[sort] = frozenset(more._names[sort]) | frozenset(names)
        return more

    def names(self, sort: str) -> Collection[str] | None:
        """The names of a sort, None where any is taken on trust."""
        return None if _DEFINED_IN.get(sort, sort) in self.partial else self._names.get(sort)

    def allowed(self, type: Type) -> Collection[str] | None:
        """The words that a choice, or a list of them, may be; None where any will do."""
        if type.name in _DEFINED_IN and type.name in self._names:
            return self.names(type.name)
        return type.choices or (self.names(type.name) if type.name else None)

    def term(self, scope: str, path: str) -> Term | None:
        """What a dotted path means in a scope."""
        terms = self.scopes[scope]
        found = terms.get(path)
        if found is None and "." in path:
            found = terms.get(path.rpartition(".")[0] + ".*")
        if found is not None and found.type.name in _DEFINED_IN and found.type.kind is Kind.CHOICE:
            names = self.names(found.type.name)
            if names is not None:
                return found.replace(type=found.type.replace(choices=tuple(names)))
        return found

    def expect(self, sort: str, name: str | None, span: Span) -> None:
        """A finding where there is no such name of that sort."""
        names = self.names(sort)
        if name is not None and names is not None and name not in names:
            self.unknown(sort, name, names, span)

    def unknown(self, sort: str, name: str, names: Collection[str], span: Span) -> None:
        block = _DEFINED_IN.get(sort, sort)
        defined = block in self.blocks and sort != "state" and nearest(name, tuple(names)) is None
        self.findings.error(
            _CODES.get(sort, "unknown-value"),
            f"there is no {_CALLED.get(sort, sort)} `{name}`",
            span,
            help=[f"write a block `{block} {name} {{ ... }}`"] if defined else suggestion(name, names),
            fix=respelt(name, names, span),
        )

    def unknown_field(self, path: str, span: Span, terms: Mapping[str, Term] | Collection[str]) -> None:
        """A finding that there is no such field; where a form that could not be read may have it, it follows from
        what is told of that, unless it is plainly another field misspelt."""
        listed = [term for term in terms if not term.endswith("*")]
        fix = respelt(path, listed, span)
        if "form" in self.partial and not get_close_matches(path, listed, n=1, cutoff=_PLAIN):
            self.findings.follow()
            return
        close = nearest(path, listed)
        if close is not None:
            help = f"did you mean `{close}`?"
        elif path in NOTHING:
            help = "say `is missing`, or `is present`"
        elif path == "now":
            help = "say how long it is, as in `age.elapsed > 3d`, or `state_age`"
        elif terms is self.scopes["asset"]:
            help = "readings are `meter.NAME`, rated values of the model `product.NAME`"
        elif terms is self.scopes["candidate"] and path in ("skill", "skills"):
            help = "what an engineer must be able to do stands before `where`: `having skill NAME >= 2`"
        else:
            help = f"a ticket has it once a `form` block lists `{path}`"
        self.findings.error("unknown-field", f"there is no field `{path}`", span, help=[help], fix=fix)

    def damaged(self, block: AnyBlock) -> bool:
        """Whether something in a block could not be read."""
        return id(block) in self._damaged

    def each(self, sort: str) -> Iterator[AnyBlock]:
        return iter(self.blocks[sort].values())
