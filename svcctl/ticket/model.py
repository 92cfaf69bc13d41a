"""The ticket (工单): what is complained of, what is done about it, and what is left to show.

Values are as stored: instants are UTC, measured amounts decimal. Lists grow by events only, so
their order is the order in which things happened.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from svcctl.foundation.record import Record
from svcctl.ticket.people import Contact

PRIORITIES = ("low", "normal", "high", "urgent")
LEVELS = ("low", "medium", "high")
MODES = ("on_site", "remote", "mail_in")
CHANNELS = ("phone", "email", "web", "app", "wechat", "chat", "store", "engineer", "monitoring", "other")
SATISFACTION = ("very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied")


def priority_of(urgency: str, impact: str) -> str:
    """The priority that urgency and impact make (the matrix of ITIL 4, Incident management, with three levels each)."""
    rank = LEVELS.index(urgency) + LEVELS.index(impact)
    return ("low", "low", "normal", "high", "urgent")[rank]


class StateEntry(Record):
    """The ticket entered `state` at an instant."""

    state: str
    at: datetime


class Comment(Record):
    """`public` comments are seen by the customer; `by_customer` ones come from them."""

    text: str
    at: datetime
    actor: str
    public: bool = False
    by_customer: bool = False


class Evidence(Record):
    """证据. A file as it was when attached: `digest` is the SHA-256 of its bytes, `size` their number."""

    kind: str
    name: str
    digest: str
    size: int
    at: datetime
    actor: str
    criterion: str | None = None


class Measurement(Record):
    """A reading: `value` in `unit` (None for a bare number), taken at `at`; `batch` or run it belongs to."""

    quantity: str
    value: Decimal
    at: datetime
    actor: str
    unit: str | None = None
    batch: str | None = None
    method: str | None = None


class PartUsed(Record):
    """备件. A part put in (`new_serial`) for one taken out (`old_serial`), taken from the stock at `location`."""

    part: str
    at: datetime
    actor: str
    count: int = 1
    old_serial: str | None = None
    new_serial: str | None = None
    location: str | None = None


class Cost(Record):
    """`amount` in `currency`; `kind` such as `parts`, `travel`, `labour`, `goodwill`. `billable` says whether the
    customer pays it; None leaves that to warranty and settings."""

    kind: str
    amount: Decimal
    currency: str
    at: datetime
    actor: str
    billable: bool | None = None


class Cause(Record):
    """Root cause analysis: what failed (direct), what let it (indirect), and why that could be (root)."""

    direct: str | None = None
    indirect: str | None = None
    root: str | None = None


class PlannedPart(Record):
    """A part that an action of the plan will need, from the stock at `location`."""

    part: str
    count: int = 1
    location: str | None = None


class PlanStep(Record):
    """整改. One corrective action: what, exactly one who, until when, how to verify that it worked, and its parts."""

    id: str
    what: str
    who: str
    when: datetime
    verify: str
    done_at: datetime | None = None
    cost: Decimal | None = None
    parts: tuple[PlannedPart, ...] = ()


class Survey(Record):
    """回访. What the customer said; `csat` is one of `SATISFACTION`, `by` the team or person who asked."""

    csat: str
    at: datetime
    by: str | None = None
    comment: str | None = None


class Signature(Record):
    """Someone signed acceptance: `role` is `verifier` or the role or team that approved."""

    actor: str
    role: str
    at: datetime


class Link(Record):
    """`kind` is `duplicate`, `recurrence`, `related` or `similar`; `ticket` the other's id."""

    kind: str
    ticket: str


class Firing(Record):
    """An escalation step fired: the rule, the step's name, when its `while` was entered, which repeat (0 first)."""

    rule: str
    step: str
    entry: datetime
    repeat: int
    at: datetime


class PinnedTarget(Record):
    """A service level as it was when it was promised.

    `within` as written (`4bh`). A ticket imported from another system may bring `due_at`, the instant that was
    promised there, or only `met`, that system's verdict; `within` is then empty.
    """

    kind: str
    sla: str
    within: str = ""
    calendar: str | None = None
    pauses: tuple[str, ...] = ()
    due_at: datetime | None = None
    met: bool | None = None


class Decline(Record):
    """The assignee gave the ticket back."""

    engineer: str
    reason: str
    at: datetime


class Acknowledgement(Record):
    """Somebody has seen that the ticket waits, and has it in hand."""

    actor: str
    at: datetime


class ErpEntry(Record):
    """What became of something that was wanted of an ERP.

    `kind` is `lookup`, `reservation`, `release`, `part_used`, `cost` or `complaint`, `what` says it in words, and
    `remote_id` is the name of what the ERP has of it. `outcome` is `done`, `rejected`, `dead` (given up after many
    attempts) or `dropped`; of a look-up `found`, `unknown` (to the ERP) or `failed` (and tried again).
    """

    kind: str
    erp: str
    outcome: str
    at: datetime
    what: str = ""
    remote_id: str | None = None
    text: str | None = None


class Ticket(Record):
    """One ticket. `fields` are the answers to the form of its type; `environment` readings such as humidity.

    `states` is the log of states entered, the first at `reported_at`. `watches` maps an escalation to
    the instant when its condition began to hold, `policies` to the digest of the rule as it was then.
    `acknowledged` goes when the state changes. `wake_at` is the next instant at which time alone can
    change an answer. `care_since` maps a care rule to the instant when the ticket came to a state that it
    is for, `care_done` to its last occasion that was seen to; `care_wake_at` is when the next may come.
    `external` is `system/id` of the system that it was imported from. `erp` tells what ERPs said and took.
    `product_line`, `product_model` and `batch` are the asset's when the ticket was opened, or as reported.
    """

    id: str
    revision: int
    state: str
    created_at: datetime
    reported_at: datetime
    title: str = ""
    description: str = ""
    type: str | None = None
    channel: str | None = None
    mode: str | None = None
    urgency: str | None = None
    impact: str | None = None
    priority: str | None = None
    occurred_at: datetime | None = None
    expected_at: datetime | None = None
    customer: str | None = None
    contact: Contact | None = None
    site: str | None = None
    asset: str | None = None
    product_line: str | None = None
    product_model: str | None = None
    batch: str | None = None
    region: str | None = None
    flow: str | None = None
    fields: Mapping[str, Any] = {}
    environment: Mapping[str, Any] = {}
    tags: tuple[str, ...] = ()
    assignee: str | None = None
    team: str | None = None
    queue: str | None = None
    check_in: str | None = None
    states: tuple[StateEntry, ...] = ()
    targets: tuple[PinnedTarget, ...] = ()
    comments: tuple[Comment, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    parts: tuple[PartUsed, ...] = ()
    costs: tuple[Cost, ...] = ()
    cause: Cause = Cause()
    plan: tuple[PlanStep, ...] = ()
    survey: Survey | None = None
    signatures: tuple[Signature, ...] = ()
    links: tuple[Link, ...] = ()
    declines: tuple[Decline, ...] = ()
    firings: tuple[Firing, ...] = ()
    watches: Mapping[str, str] = {}
    policies: Mapping[str, str] = {}
    acknowledged: Acknowledgement | None = None
    external: str | None = None
    erp: tuple[ErpEntry, ...] = ()
    wake_at: datetime | None = None
    care_since: Mapping[str, str] = {}
    care_done: Mapping[str, str] = {}
    care_wake_at: datetime | None = None
