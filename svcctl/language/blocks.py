"""The blocks of a rule file, one class a kind, all of the shape `kind id "title" { clauses }`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration, Elapsed
from svcctl.foundation.record import Record, spot
from svcctl.foundation.source import Span
from svcctl.language.tree import Action, Expression, Literal, Node, Recipient, Repeat


class Block(Node, kw_only=True):
    """`id` is unique in the workspace among blocks of its kind; dispatch rules among all rules."""

    id: str
    title: str | None = None


# ----------------------------------------------------------------- calendar

Interval = tuple[int, int]
"""From and to, in minutes after midnight; to is 1440 for `24:00`, and not above from where it runs past midnight."""


class Weekly(Node):
    """`mon..fri 09:00-12:00, 13:30-18:00`, `daily ...`: days as 0 (Monday) to 6."""

    days: tuple[int, ...]
    intervals: tuple[Interval, ...]


class Shift(Node):
    """`on DATE ...`: replaces the weekday's hours."""

    day: date
    intervals: tuple[Interval, ...]


class Break(Node):
    """`break DATE 12:00-14:00`: closed for a while on one day."""

    day: date
    intervals: tuple[Interval, ...]


class Closed(Node):
    """`closed DATE` or `closed DATE..DATE`, both ends included."""

    first: date
    last: date


class CalendarBlock(Block, kw_only=True):
    zone: str
    weekly: tuple[Weekly, ...] = ()
    holidays: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    breaks: tuple[Break, ...] = ()
    closed: tuple[Closed, ...] = ()


# --------------------------------------------------------------------- form

FieldKind = OneOf[
    "text",
    "number",
    "integer",
    "percent",
    "quantity",
    "date",
    "instant",
    "duration",
    "truth",
    "choice",
    "evidence",
]


class FormField(Node):
    """`name kind [required] ["label"] [at least N]`; `unit` of a quantity, `choices` of a choice."""

    name: str
    kind: FieldKind
    required: bool = False
    label: str | None = None
    at_least: int = 0
    unit: str | None = None
    choices: tuple[str, ...] = ()


class FormBlock(Block, kw_only=True):
    """What a ticket whose `type` is the form's id must bring."""

    fields: tuple[FormField, ...] = ()


# --------------------------------------------------------------------- flow


class Move(Node):
    """Legal moves from each source to each target, under a name of its own where one is given (`as reopen`)."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    name: str | None = None


class Demand(Node):
    """`to STATE require NEEDS`: needs are dotted paths that must be present (`check_in`, `cause.root`, `plan`), or
    `acceptance`, which must hold."""

    state: str
    needs: tuple[str, ...]


class Limit(Node):
    """`within D in STATE`: how long a ticket may stay in a state."""

    state: str
    within: Duration


class Milestone(Node):
    """`respond at STATE, STATE`, `arrive at ...`, `resolve at ...`, `close at ...`, `cancel at ...`: the states that
    mean so much in a flow with names of its own. A kind that is not written keeps the standard names."""

    kind: OneOf["respond", "arrive", "resolve", "close", "cancel"]
    states: tuple[str, ...]


class FlowBlock(Block, kw_only=True):
    """States in order of first mention; the first is where tickets begin. `a <-> b` is two moves.

    `condition` (`for ...`) says which tickets it is for; without one it is for those no other flow takes.
    """

    moves: tuple[Move, ...]
    demands: tuple[Demand, ...] = ()
    limits: tuple[Limit, ...] = ()
    condition: Expression | None = None
    milestones: tuple[Milestone, ...] = ()

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(state for move in self.moves for state in (*move.sources, *move.targets)))


# ---------------------------------------------------------------------- sla

TargetKind = OneOf["respond", "arrive", "resolve", "update"]


class Target(Node):
    """`resolve within 2bd on cn-service`; `update`: from the oldest message of the customer's that nobody answered."""

    kind: TargetKind
    within: Duration
    calendar: str | None = None


class SlaBlock(Block, kw_only=True):
    condition: Expression | None
    targets: tuple[Target, ...]
    pauses: tuple[str, ...] = ()


# ----------------------------------------------------------------- dispatch


class DispatchRule(Node):
    """`priority` counts under the hit policy `priority`: the highest wins."""

    id: str
    when: Expression | None
    actions: tuple[Action, ...]
    title: str | None = None
    priority: int = 0


class DispatchBlock(Block, kw_only=True):
    hit: OneOf["first", "unique", "priority", "collect"]
    rules: tuple[DispatchRule, ...]
    otherwise: tuple[Action, ...] | None = None


# --------------------------------------------------------------- escalation


ClockKind = OneOf["respond", "arrive", "resolve", "update", "limit"]
"""What a step may hang on: a target, or the `limit` of the stay in a state."""


class After(Node):
    """`after D`: so long after the entry into the `while`."""

    delay: Duration


class AtShare(Node):
    """`at 75% of resolve`: `share` is 0.75."""

    share: Decimal
    target: ClockKind


class BeforeDue(Node):
    """`1bh before resolve`; `2h after resolve` with `late`."""

    lead: Duration
    target: ClockKind
    late: bool = False


class Breached(Node):
    """`when resolve breached`."""

    target: ClockKind


Trigger = After | AtShare | BeforeDue | Breached


class Step(Node):
    trigger: Trigger
    actions: tuple[Action, ...]
    repeat: Repeat | None = None


class Mute(Node):
    """`mutes RULES by FACT`: once this escalation has fired, what those say is not sent: about the same ticket, or
    about tickets in which the fact `by` is the same."""

    rules: tuple[str, ...]
    by: str | None = None


class EscalationBlock(Block, kw_only=True):
    """`condition` (`for`) and `during` (`while`) must both hold; leaving them stops it, entering again starts anew."""

    condition: Expression | None
    during: Expression | None
    steps: tuple[Step, ...]
    mutes: tuple[Mute, ...] = ()


# --------------------------------------------------------------- acceptance


class Criterion(Node):
    """`EXPR over 24h coverage >= 95%`, `EXPR in 3 batches of 1000`, `EXPR in 100 runs`, `EXPR by team T`.

    `over`: the readings must span this time; `coverage`: share of it (0 to 1) within which readings stand;
    `samples` groups of `size` readings each (`batches of`), or `samples` runs (`size` None).
    """

    condition: Expression
    over: Elapsed | None = None
    coverage: Decimal | None = None
    samples: int | None = None
    size: int | None = None
    by: Recipient | None = None


class EvidenceNeed(Node):
    kind: str
    at_least: int = 1


class Requirement(Node):
    id: str
    criterion: Criterion
    title: str | None = None
    method: str | None = None
    evidence: tuple[EvidenceNeed, ...] = ()


class Approval(Node):
    by: Recipient
    when: Expression | None = None


class AcceptanceBlock(Block, kw_only=True):
    condition: Expression | None
    requirements: tuple[Requirement, ...]
    verifier_is_not: tuple[Recipient, ...] = ()
    approvals: tuple[Approval, ...] = ()


# --------------------------------------------------------------------- care


class Every(Node):
    """`every 6 months from installed_at until contract_until on workdays lead 14d`: `months` or `days` apart, from a
    field of the asset or a date; the first is one step after it."""

    origin: str | date
    months: int = 0
    days: int = 0
    until: str | date | None = None
    workdays: bool = False
    lead: Duration | None = None


class BeforeDay(Node):
    """`30d before warranty_until`: before the day of a field of the asset."""

    lead: Duration
    path: str


class CareBlock(Block, kw_only=True):
    """Work that comes from an asset, or after a ticket, and not from a complaint.

    `for asset where WHERE when WHEN`: on its days where `timing` says which, or when `when` begins to hold.
    `for ticket in STATES where WHERE`: so long (`timing`) after it entered one of the states.
    """

    subject: OneOf["asset", "ticket"]
    timing: Every | BeforeDay | After | None
    actions: tuple[Action, ...]
    states: tuple[str, ...] = ()
    where: Expression | None = None
    when: Expression | None = None


# --------------------------------------------------------------------- test


class Given(Node):
    """`given engineer li { path value ... }`, `given ticket { ... }`: fields as written, in order.

    A field is its words and its value: `("skill", "access-control")` with 3 for `skill access-control 3`.
    """

    kind: OneOf["ticket", "engineer", "team", "customer", "site", "asset", "measurement", "survey", "evidence"]
    name: str | None
    fields: tuple[tuple[tuple[str, ...], Literal], ...]


class ExpectAction(Node):
    """The action is taken at that instant: `expect remind assignee`."""

    action: Action


class ExpectRule(Node):
    rule: str


class ExpectField(Node):
    """What a field of the ticket is afterwards: `expect priority high`, `expect assignee li`, `expect queue triage`."""

    path: str
    value: Literal


class ExpectDue(Node):
    """`expect resolve due 2026-11-24T17:00+08:00`."""

    target: ClockKind
    at: datetime


class ExpectAccepted(Node):
    """`expect accepted`, `expect not accepted`."""

    accepted: bool


class ExpectNothing(Node):
    """`expect nothing`: no escalation fires at that instant."""


Expectation = ExpectAction | ExpectRule | ExpectField | ExpectDue | ExpectAccepted | ExpectNothing


class Moment(Node):
    """`at +30m expect ...`, `at +10m move accepted`: what happens, then what must hold, at `offset` after the start.

    `reads` are readings of the given asset's meters, by path.
    """

    offset: Duration
    moves: tuple[str, ...] = ()
    expects: tuple[Expectation, ...] = ()
    reads: tuple[tuple[str, Literal], ...] = ()


class TestBlock(Block, kw_only=True):
    """`id` is the title."""

    __test__ = False  # not a test class of pytest's

    start: datetime
    givens: tuple[Given, ...]
    moments: tuple[Moment, ...]


class Import(Node):
    path: str


AnyBlock = (
    CalendarBlock
    | FormBlock
    | FlowBlock
    | SlaBlock
    | DispatchBlock
    | EscalationBlock
    | AcceptanceBlock
    | CareBlock
    | TestBlock
)


class Module(Node):
    """One file. `unread`: where something could not be read, so that what is missing there is not missed again."""

    source: str
    imports: tuple[Import, ...]
    blocks: tuple[AnyBlock, ...]
    unread: tuple[Span, ...] = spot(default=(), kw_only=True)


class Rules(Record):
    """Every checked block of a workspace, by kind and in order of id, so that the order of files never matters."""

    calendars: tuple[CalendarBlock, ...] = ()
    forms: tuple[FormBlock, ...] = ()
    flows: tuple[FlowBlock, ...] = ()
    slas: tuple[SlaBlock, ...] = ()
    dispatches: tuple[DispatchBlock, ...] = ()
    escalations: tuple[EscalationBlock, ...] = ()
    acceptances: tuple[AcceptanceBlock, ...] = ()
    cares: tuple[CareBlock, ...] = ()
    tests: tuple[TestBlock, ...] = ()
    default_calendar: str | None = None
    entry: str | None = None
    """The dispatch block where every ticket starts: the one to which no other delegates."""
