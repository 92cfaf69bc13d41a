"""The catalog of facts: every row is one thing that a rule may ask. One more fact is one more row."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from svcctl.facts.case import Candidate, Case
from svcctl.foundation.quantity import Business, Elapsed, Quantity
from svcctl.foundation.record import Record
from svcctl.language.types import (
    BUSINESS,
    ELAPSED,
    INSTANT,
    NUMBER,
    TEXT,
    TRUTH,
    Kind,
    Type,
    choice,
    list_of,
    quantity,
)
from svcctl.language.vocabulary import Term
from svcctl.ticket.milestones import reopens
from svcctl.ticket.model import LEVELS, MODES, PRIORITIES, SATISFACTION

Ask = Callable[[Case], Any]


class Fact(Record):
    """`ask` answers from a case, None where the case does not say."""

    path: str
    type: Type
    meaning: str
    ask: Ask
    optional: bool = True
    count: bool = False

    @property
    def term(self) -> Term:
        return Term(self.type, self.meaning, self.optional, self.count)


def _of(part: str, name: str) -> Ask:
    def ask(case: Case) -> Any:
        holder = getattr(case, part)
        return None if holder is None else getattr(holder, name)

    return ask


def _before(name: str) -> Ask:
    """Whether a day of the asset is still to come."""

    def ask(case: Case) -> bool | None:
        until: datetime | None = None if case.asset is None else getattr(case.asset, name)
        return None if until is None else case.now < until

    return ask


def _age(case: Case) -> Elapsed:
    return Elapsed(max(0, int((case.now - case.ticket.reported_at).total_seconds())))


def _business_age(case: Case) -> Business | None:
    from svcctl.clock.arithmetic import between

    if case.calendar is None:
        return None
    return Business(seconds=between(case.calendar, case.ticket.reported_at, case.now))


def _in_state(case: Case) -> Elapsed | None:
    states = case.ticket.states
    return Elapsed(max(0, int((case.now - states[-1].at).total_seconds()))) if states else None


def _paused(case: Case) -> bool:
    return any(case.ticket.state in target.pauses for target in case.ticket.targets)


def _reopened(case: Case) -> int:
    return reopens(case.ticket, case.milestones)


def _plan_cost(case: Case) -> Quantity | None:
    amounts = [step.cost for step in case.ticket.plan if step.cost is not None]
    return Quantity(sum(amounts, Decimal(0)), case.currency) if amounts else None


def _total_cost(case: Case) -> Quantity:
    amounts = (cost.amount for cost in case.ticket.costs if cost.currency == case.currency)
    return Quantity(sum(amounts, Decimal(0)), case.currency)


def _csat(case: Case) -> str | None:
    return None if case.ticket.survey is None else case.ticket.survey.csat


def _capacity(candidate: Candidate) -> int | Decimal:
    capacity = candidate.engineer.capacity
    return Decimal("Infinity") if capacity is None else capacity


def _distance(candidate: Candidate) -> Quantity | None:
    km = candidate.distance_km
    return None if km is None else Quantity(Decimal(repr(round(km, 3))), "km")


def _either(first: Ask, second: Ask) -> Ask:
    def ask(case: Case) -> Any:
        value = first(case)
        return second(case) if value is None else value

    return ask


_STATE = choice(name="state")
_MONEY = quantity("money")

FACTS: tuple[Fact, ...] = (
    Fact("id", TEXT, "the ticket's id", _of("ticket", "id"), False),
    Fact("type", choice(name="type"), "what sort of request it is; its form has this id", _of("ticket", "type")),
    Fact("state", _STATE, "where in its flow it stands", _of("ticket", "state"), False),
    Fact("priority", choice(*PRIORITIES, ordered=True), "from urgency and impact, or set", _of("ticket", "priority")),
    Fact("urgency", choice(*LEVELS, ordered=True), "how soon it matters", _of("ticket", "urgency")),
    Fact("impact", choice(*LEVELS, ordered=True), "how much it affects", _of("ticket", "impact")),
    Fact("channel", choice(name="channel"), "how it came in", _of("ticket", "channel")),
    Fact("mode", choice(*MODES), "how it is served", _of("ticket", "mode")),
    Fact("title", TEXT, "its one-line summary", _of("ticket", "title"), False),
    Fact("description", TEXT, "the symptom in the customer's words", _of("ticket", "description"), False),
    Fact("tags", list_of(Kind.TEXT), "its tags", _of("ticket", "tags"), False),
    Fact("reported_at", INSTANT, "when it was reported", _of("ticket", "reported_at"), False),
    Fact("occurred_at", INSTANT, "when the fault occurred", _of("ticket", "occurred_at")),
    Fact("expected_at", INSTANT, "when the customer expects it done", _of("ticket", "expected_at")),
    Fact("age.elapsed", ELAPSED, "wall time since it was reported", _age, False),
    Fact("age.business", BUSINESS, "open time since it was reported, on the calendar in force", _business_age),
    Fact("state_age", ELAPSED, "wall time since it entered its state", _in_state),
    Fact(
        "acknowledged",
        TRUTH,
        "somebody has it in hand: `svcctl ticket ack`, until its state changes",
        lambda case: case.ticket.acknowledged is not None,
        False,
    ),
    Fact("paused", TRUTH, "it is in a state in which a promise to the customer stands still", _paused, False),
    Fact("reopened", NUMBER, "how often it was taken up again after being resolved", _reopened, False, True),
    Fact("assignee", choice(name="engineer"), "the one who is to do it", _of("ticket", "assignee")),
    Fact("team", choice(name="team"), "the team it lies with", _of("ticket", "team")),
    Fact("queue", choice(name="queue"), "the queue it waits in", _of("ticket", "queue")),
    Fact("check_in", TEXT, "the place given on arrival", _of("ticket", "check_in")),
    Fact(
        "region",
        choice(name="region"),
        "the ticket's region, or else its site's",
        _either(_of("ticket", "region"), _of("site", "region")),
    ),
    Fact("customer.id", choice(name="customer"), "the customer's id", _of("ticket", "customer")),
    Fact("customer.name", TEXT, "the customer's name", _of("customer", "name")),
    Fact("customer.tier", choice(name="tier"), "the service level bought", _of("customer", "tier")),
    Fact("customer.region", choice(name="region"), "the customer's region", _of("customer", "region")),
    Fact("site.id", choice(name="site"), "the site's id", _of("ticket", "site")),
    Fact("site.name", TEXT, "the site's name", _of("site", "name")),
    Fact(
        "site.region",
        choice(name="region"),
        "the site's region, or else the ticket's",
        _either(_of("site", "region"), _of("ticket", "region")),
    ),
    Fact("asset.serial", TEXT, "the serial number", _of("ticket", "asset")),
    Fact(
        "asset.batch",
        choice(name="batch"),
        "the production lot",
        _either(_of("asset", "batch"), _of("ticket", "batch")),
    ),
    Fact("asset.installed_at", INSTANT, "when it was installed", _of("asset", "installed_at")),
    Fact("asset.warranty_until", INSTANT, "when its warranty ends", _of("asset", "warranty_until")),
    Fact("asset.under_warranty", TRUTH, "the warranty has not ended", _before("warranty_until")),
    Fact("asset.contract_until", INSTANT, "when its service contract ends", _of("asset", "contract_until")),
    Fact("asset.under_contract", TRUTH, "its service contract has not ended", _before("contract_until")),
    Fact(
        "product.line",
        choice(name="product line"),
        "the product line of the asset, or as reported",
        _either(_of("asset", "product_line"), _of("ticket", "product_line")),
    ),
    Fact(
        "product.model",
        choice(name="model"),
        "the model of the asset, or as reported",
        _either(_of("asset", "model"), _of("ticket", "product_model")),
    ),
    Fact("cause.direct", TEXT, "what failed", lambda case: case.ticket.cause.direct),
    Fact("cause.indirect", TEXT, "what let it fail", lambda case: case.ticket.cause.indirect),
    Fact("cause.root", TEXT, "why that could be", lambda case: case.ticket.cause.root),
    Fact("plan", NUMBER, "how many actions are planned", lambda case: len(case.ticket.plan) or None, count=True),
    Fact("plan.cost", _MONEY, "what the planned actions cost", _plan_cost),
    Fact("cost.total", _MONEY, "what was spent, in the workspace's currency", _total_cost, False),
    Fact("survey.csat", choice(*SATISFACTION, ordered=True), "what the customer said", _csat),
)


class CandidateFact(Record):
    path: str
    type: Type
    meaning: str
    ask: Callable[[Candidate], Any]
    optional: bool = True
    count: bool = False

    @property
    def term(self) -> Term:
        return Term(self.type, self.meaning, self.optional, self.count)


#: What `where` and `prefer` may ask of an engineer; a list equals a value where any item does.
CANDIDATE_FACTS: tuple[CandidateFact, ...] = (
    CandidateFact("engineer", choice(name="engineer"), "the engineer's id", lambda c: c.engineer.id, False),
    CandidateFact("region", list_of(Kind.CHOICE, "region"), "the regions served", lambda c: c.engineer.regions, False),
    CandidateFact("on_shift", TRUTH, "at work now: on shift and not on leave", lambda c: c.on_shift, False),
    CandidateFact("on_leave", TRUTH, "on leave now", lambda c: c.on_leave, False),
    CandidateFact("open_tickets", NUMBER, "how many open tickets they have", lambda c: c.open_tickets, False, True),
    CandidateFact("capacity", NUMBER, "how many open tickets they can carry; no limit if not given", _capacity, False),
    CandidateFact("distance", quantity("length"), "from where they are to the site", _distance),
)


#: `measured.NAME` is every reading of a quantity, in order; `environment.NAME` a condition on site.
WILDCARDS = {
    "measured.*": Term(Type(Kind.LIST, of=Kind.QUANTITY), "the readings taken of a quantity", True),
    "environment.*": Term(quantity(""), "a condition on site, such as humidity", True),
}
