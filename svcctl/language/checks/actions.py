"""Actions: what a rule does, whom it means, and which engineers qualify."""

from collections.abc import Sequence
from itertools import pairwise

from svcctl.foundation.source import Span
from svcctl.language.checks.compare import check_comparison
from svcctl.language.checks.expressions import Expressions
from svcctl.language.checks.findings import alternatives, described, suggestion
from svcctl.language.checks.known import Known
from svcctl.language.tree import (
    Action,
    Assign,
    AttachSimilar,
    Choice,
    Delegate,
    EngineerChoice,
    Field,
    Notify,
    OpenTicket,
    Preference,
    Queue,
    Recipient,
    RecipientChoice,
    SendSurvey,
    SetField,
    Tag,
    place_of,
)
from svcctl.language.types import Kind

#: What can be ranked from low to high.
_RANKED = frozenset({Kind.NUMBER, Kind.QUANTITY, Kind.ELAPSED, Kind.BUSINESS, Kind.INSTANT, Kind.DATE})


def verb_of(action: Action) -> str:
    """The first word of an action, as the vocabulary lists it."""
    match action:
        case Assign():
            return "assign"
        case SetField():
            return "set"
        case Notify(remind=remind):
            return "remind" if remind else "notify"
        case Tag():
            return "tag"
        case Queue():
            return "queue"
        case Delegate():
            return "delegate"
        case AttachSimilar():
            return "attach"
        case OpenTicket():
            return "open"
        case SendSurvey():
            return "send"


class Actions:
    """Checks the actions of one kind of block (`dispatch`, `escalation`), or of any where none is given."""

    def __init__(self, known: Known, kind: str | None = None) -> None:
        self.known = known
        self._kind = kind
        self._ticket = Expressions(known, "ticket")
        self._candidate = Expressions(known, "candidate")

    def check(self, actions: Sequence[Action]) -> tuple[Action, ...]:
        """The actions with every name resolved, without those that have a mistake."""
        checked = (self.one(action) for action in actions)
        return tuple(action for action in checked if action is not None)

    def one(self, action: Action) -> Action | None:
        verb = verb_of(action)
        known_verb = self.known.vocabulary.verbs.get(verb)
        if self._kind and known_verb is not None and self._kind not in known_verb.blocks:
            places = alternatives(sorted(known_verb.blocks))
            self.known.findings.error(
                "verb-not-here",
                f"`{verb}` cannot stand in `{self._kind}`",
                action.span,
                help=[f"it belongs in {places}"],
            )
            return None
        match action:
            case Assign(choices=choices):
                for before, choice in pairwise(choices):
                    self._expect_choice(before, choice)
                return action.replace(choices=tuple(self._choice(choice) for choice in choices))
            case SetField():
                return self._set(action)
            case Notify(recipient=recipient):
                self.recipient(recipient)
            case Queue(name=name):
                self.known.expect("queue", name, place_of(name, action))
            case Delegate(block=block):
                self.known.expect("dispatch", block, place_of(block, action))
            case AttachSimilar(path=path):
                self._path("ticket", path, action)
            case OpenTicket(type=type):
                self.known.expect("type", type, place_of(type, action))
            case SendSurvey(survey=survey):
                if self.known.term("ticket", f"survey.{survey}") is None:
                    surveys = [path.partition(".")[2] for path in self.known.scopes["ticket"] if path[:7] == "survey."]
                    self.known.unknown("survey", survey, surveys, place_of(survey, action))
            case Tag():
                pass
        return action

    def recipient(self, recipient: Recipient) -> None:
        """Whoever a rule speaks of must exist."""
        if recipient.kind in ("team", "role", "engineer"):
            self.known.expect(recipient.kind, recipient.name, place_of(recipient.name, recipient))
        if recipient.of is not None:
            self.recipient(recipient.of)

    def _set(self, action: SetField) -> SetField | None:
        settable, place = self.known.vocabulary.settable, place_of(action.path, action)
        term = self.known.term("ticket", action.path)
        if term is None:
            self.known.unknown_field(action.path, place, settable)
            return None
        if action.path not in settable:
            message = f"a rule cannot set `{action.path}`"
            self.known.findings.error("not-settable", message, place, help=suggestion(action.path, settable))
            return None
        value = self._ticket.fit(action.value, term.type, action.path)
        target = Field(str(action.path), span=place, type=term.type)
        if value is None or not check_comparison(self.known, "ticket", "==", (target, term.type), value):
            return None
        return action.replace(value=value.node)

    def _choice(self, choice: Choice) -> Choice:
        if isinstance(choice, RecipientChoice):
            if choice.recipient.kind == "customer":
                self.known.findings.error(
                    "bad-recipient",
                    "a ticket cannot be assigned to the customer",
                    choice.recipient.span,
                    help=["assign a team, an engineer, a role or a manager"],
                )
            self.recipient(choice.recipient)
            return choice
        return self._engineers(choice)

    def _expect_choice(self, before: Choice, choice: Choice) -> None:
        """A doubt where `or manager` begins a choice after a condition, and could be a yes-or-no field of it."""
        if not isinstance(before, EngineerChoice) or before.where is None or before.prefer:
            return
        word = choice.recipient.kind if isinstance(choice, RecipientChoice) else "engineer"
        term = self.known.term("candidate", word)
        if term is None or term.type.kind is not Kind.TRUTH:
            return
        start = choice.span.start
        self.known.findings.warning(
            "ambiguous-or",
            f"`or {word}` begins the next choice, and `{word}` is a yes-or-no field, too",
            Span(choice.span.source, start, start + len(word)),
            help=[f"write `or ({word})` if the field is meant"],
        )

    def _engineers(self, choice: EngineerChoice) -> EngineerChoice:
        self.known.expect("team", choice.team, place_of(choice.team, choice))
        for need in choice.having:
            self.known.expect("skill", need.skill, place_of(need.skill, need))
        for preference in choice.prefer:
            self._preference(preference)
        where = None if choice.where is None else self._candidate.condition(choice.where)
        return choice.replace(where=where)

    def _preference(self, preference: Preference) -> None:
        place = place_of(preference.path, preference)
        if preference.order == "highest":
            self.known.expect("skill", preference.path.removeprefix("skill ").removeprefix("skill."), place)
            return
        if preference.order == "nearest":
            return
        term = self._path("candidate", preference.path, preference)
        if term and not self._ranked(preference.path):
            self.known.findings.error(
                "not-ordered",
                f"`{preference.path}` has no order, so there is no `{preference.order}` of it",
                place,
                help=["prefer a number, such as `open_tickets`"],
            )

    def _ranked(self, path: str) -> bool:
        term = self.known.term("candidate", path)
        return term is not None and (term.type.kind in _RANKED or term.type.ordered)

    def _path(self, scope: str, path: str, node: AttachSimilar | Preference) -> bool:
        """Whether a path named in a clause exists and can be compared."""
        term = self.known.term(scope, path)
        if term is None:
            self.known.unknown_field(path, place_of(path, node), self.known.scopes[scope])
        elif term.type.kind is Kind.EVIDENCE:
            self.known.findings.error("type-mismatch", f"`{path}` is {described(term.type)}", place_of(path, node))
            return False
        return term is not None
