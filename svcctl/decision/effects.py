"""From the actions of a rule to effects, with every name resolved and every choice made."""

from collections.abc import Iterable
from typing import Literal

from svcctl.clock.calendar import Calendar
from svcctl.decision.candidates import choose_engineer
from svcctl.decision.decision import Absence, ChoiceTrace, Effect, Person
from svcctl.decision.duty import Duty
from svcctl.decision.evaluator import evaluate
from svcctl.decision.recipients import Holder, engineer_person, holder_of, resolve_recipient
from svcctl.decision.roster import Roster
from svcctl.facts.facts import Facts
from svcctl.foundation.record import Record
from svcctl.language.printer import print_action, print_choice, print_recipient
from svcctl.language.tree import (
    Action,
    Assign,
    AttachSimilar,
    Choice,
    Delegate,
    EngineerChoice,
    Notify,
    Queue,
    SetField,
    Tag,
)


class Resolved(Record):
    """What actions come to: their effects, the choices made on the way, and who has the ticket then.

    `facts` are those after what was `set`. `unassigned` has the text of each assignment for which nobody was found;
    `delegate` the block that is to go on, where one is named.
    """

    effects: tuple[Effect, ...]
    choices: tuple[ChoiceTrace, ...]
    facts: Facts
    holder: Holder
    unassigned: tuple[str, ...] = ()
    delegate: str | None = None


def effects_of(
    actions: Iterable[Action],
    facts: Facts,
    roster: Roster,
    default_calendar: Calendar | None = None,
    holder: Holder | None = None,
) -> Resolved:
    """The effects of actions in order: each sees what the ones before it have set and to whom they gave the ticket.

    A message to nobody, and a value that is unknown, become a `failed` effect, whose `path` is the verb that failed;
    but of an assignment that failed only `unassigned` speaks, so that the caller can try something else.
    """
    turn = _Turn(facts, roster, default_calendar, holder or holder_of(facts.case))
    for action in actions:
        turn.act(action)
    return Resolved(
        tuple(turn.effects), tuple(turn.choices), turn.facts, turn.holder, tuple(turn.unassigned), turn.delegate
    )


class _Turn:
    def __init__(self, facts: Facts, roster: Roster, default_calendar: Calendar | None, holder: Holder) -> None:
        self.facts = facts
        self.roster = roster
        self.default_calendar = default_calendar
        self.holder = holder
        self.effects: list[Effect] = []
        self.choices: list[ChoiceTrace] = []
        self.unassigned: list[str] = []
        self.delegate: str | None = None

    def act(self, action: Action) -> None:
        match action:
            case Assign(choices):
                self.assign(action, choices)
            case SetField(path):
                self.set(action, path)
            case Notify():
                self.notify(action)
            case Tag(tag):
                self.effects.append(Effect("tag", value=str(tag)))
            case Queue(name):
                self.holder = Holder(None, str(name) if name in self.roster.teams else None)
                self.effects.append(Effect("queue", value=str(name)))
            case Delegate(block):
                self.delegate = str(block)
            case AttachSimilar(count, path):
                self.effects.append(Effect("attach", path=str(path), value=count))

    def assign(self, action: Assign, choices: tuple[Choice, ...]) -> None:
        if not self.roster.known:
            self.holder = Holder()
            self.effects.append(Effect("assign", value=print_action(action)))
            return
        for choice in choices:
            person = self.choose(choice)
            if person is not None:
                team = self.roster.engineers[person.id].team if person.kind == "engineer" else person.id
                self.holder = Holder(person.id if person.kind == "engineer" else None, team)
                self.effects.append(Effect("assign", to=(person,)))
                return
        self.unassigned.append(print_action(action))

    def choose(self, choice: Choice) -> Person | None:
        """Whom one choice comes to; what was tried goes into the record."""
        if isinstance(choice, EngineerChoice):
            engineer, trace = choose_engineer(choice, self.facts, self.roster, self.default_calendar)
            self.choices.append(trace)
            return engineer_person(engineer) if engineer else None
        people = resolve_recipient(choice.recipient, self.facts.case, self.roster, self.holder)
        takers = [person for person in people if person.kind in ("engineer", "team")]
        takers.sort(key=lambda person: (self.roster.load.get(person.id, 0), person.id))
        ranked = tuple(person.id for person in takers)
        self.choices.append(ChoiceTrace(print_choice(choice), ranked[0] if ranked else None, ranked=ranked))
        return takers[0] if takers else None

    def set(self, action: SetField, path: str) -> None:
        value = evaluate(action.value, self.facts)
        if value is None:
            self.fail("set", f"{print_action(action)}: the value is unknown")
            return
        value = str(value) if isinstance(value, str) else value
        self.facts = Facts(self.facts.case, {**self.facts, path: value})
        self.effects.append(Effect("set", path=str(path), value=value))

    def notify(self, action: Notify) -> None:
        verb: Literal["remind", "notify"] = "remind" if action.remind else "notify"
        people = resolve_recipient(action.recipient, self.facts.case, self.roster, self.holder)
        if people:
            absent: tuple[Absence, ...] = ()
            if self.facts.case is not None:
                people, absent = Duty(self.facts.case, self.roster, self.default_calendar).told(people, action.urgent)
            self.effects.append(Effect(verb, people, value=action.text, urgent=action.urgent, absent=absent))
        elif not self.roster.known:
            whom = print_recipient(action.recipient)
            self.effects.append(Effect(verb, path=whom, value=action.text, urgent=action.urgent))
        elif not self.unassigned:  # that nobody was found is said already
            self.fail(verb, f"{verb} {print_recipient(action.recipient)}: there is nobody to tell")

    def fail(self, verb: str, what: str) -> None:
        self.effects.append(Effect("failed", path=verb, value=what))
