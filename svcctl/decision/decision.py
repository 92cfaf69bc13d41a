"""Decisions and the reasons they carry. What is recorded with an event is `to_document` of these."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple

from svcctl.foundation.record import Record
from svcctl.language.tree import Action


class ClauseTrace(NamedTuple):
    """One clause of a condition as written, what it came to (None: unknown), and the values it saw by path."""

    text: str
    outcome: bool | None
    values: Mapping[str, Any] = {}


class RuleTrace(NamedTuple):
    """One rule that was looked at: whether it matched (None: unknown, which is no match) and its clauses."""

    rule: str
    matched: bool | None
    clauses: tuple[ClauseTrace, ...] = ()


class Refused(Record):
    """A candidate who was not taken, and the clause that refused them."""

    engineer: str
    reason: str


class ChoiceTrace(Record):
    """One choice of an assignment: who was refused and why, and who was taken (None: nobody)."""

    choice: str
    taken: str | None
    refused: tuple[Refused, ...] = ()
    ranked: tuple[str, ...] = ()


class Person(Record):
    """Somebody that a message goes to or a ticket is given to. `address` maps channels to addresses."""

    kind: Literal["engineer", "team", "customer", "role"]
    id: str
    address: Mapping[str, str] = {}


class Absence(Record):
    """Somebody (`engineer li`) who is not on duty, and until when; `until` is None where they never are."""

    who: str
    reason: Literal["on leave", "off shift"]
    until: datetime | None = None


class Effect(Record):
    """What a decision does, with every name resolved: one of

    `assign` (to an engineer or team), `queue` (`value` the queue), `set` (`path`, `value`), `notify` or `remind`
    (`to`, `urgent`, `value` the text if the rule has one), `tag` (`value`), `attach` (`path`, `value` the count),
    `failed` (nobody could be found: `value` says for what). `absent` says of a message that nobody of those whom it
    is meant for is on duty, and who that is; `to` is then who is told in their place, or first. Where the roster is not
    known, the `value` of an assignment is how it is written, and the `path` of a message whom it is for.
    """

    verb: Literal["assign", "queue", "set", "notify", "remind", "tag", "attach", "failed"]
    to: tuple[Person, ...] = ()
    path: str | None = None
    value: Any = None
    urgent: bool = False
    absent: tuple[Absence, ...] = ()


class Decision(Record):
    """What is to be done with a ticket, by which rule, and why.

    `block` is the dispatch block that decided, `through` those that delegated to it. `rule` is None where
    `otherwise` decided, or nothing did. `considered` are the rules worth telling of: what matched, and
    what was unknown for want of a value; they are worked out when they are first read. Under the hit policy `collect`
    `rules` has all that matched.
    """

    block: str
    rule: str | None
    effects: tuple[Effect, ...]
    through: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    considered: Sequence[RuleTrace] = ()
    choices: tuple[ChoiceTrace, ...] = ()


class DueStep(Record):
    """An escalation step whose time has come: `key` fires at most once.

    `flagged` says that its condition was unknown and it fires to be safe. `missed` counts repeats that are
    merged into this one; `superseded` names the steps of the same clock that were past, too, when the rule began to
    watch, and in whose stead this one fires.
    """

    rule: str
    step: str
    entry: datetime
    repeat: int
    due_at: datetime
    actions: tuple[Action, ...]
    flagged: bool = False
    missed: int = 0
    superseded: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str, datetime, int]:
        return self.rule, self.step, self.entry, self.repeat


class Check(Record):
    """One line of an acceptance checklist: `holds` None where something is missing, `missing` what."""

    id: str
    title: str
    kind: Literal["criterion", "evidence", "verifier", "approval", "plan"]
    holds: bool | None
    text: str
    actual: str = ""
    missing: str = ""


class Checklist(Record):
    """The checks of every acceptance block that a ticket falls under; accepted only when all hold."""

    blocks: tuple[str, ...]
    checks: tuple[Check, ...]

    @property
    def accepted(self) -> bool:
        return all(check.holds is True for check in self.checks)
