"""The blocks of a rule file, one class a kind, all of the shape `kind id "title" { clauses }`."""

from decimal import Decimal
from typing import Literal as OneOf

from svcctl.foundation.quantity import Duration, Elapsed
from svcctl.foundation.record import Record, spot
from svcctl.foundation.source import Span
from svcctl.language.block import After, Block, ClockKind, TargetKind
from svcctl.language.calendar_block import CalendarBlock
from svcctl.language.care_block import CareBlock
from svcctl.language.scenario_block import TestBlock
from svcctl.language.tree import Action, Expression, Node, Recipient, Repeat

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


# ------------------------------------------------------------------- module


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
