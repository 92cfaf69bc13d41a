"""Figures: what a service is judged by, each a pure function of tickets as they stand, with its definition.

A share is always given with its numerator and denominator, because `100 %` of two tickets is not
`100 %` of two thousand. Medians and percentiles are of elapsed time: the hours that a customer waits.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from svcctl.foundation.record import Record
from svcctl.ticket.clocks import Clock
from svcctl.ticket.milestones import STANDARD, Milestones, is_open, reopens, resolved_at, responded_at
from svcctl.ticket.model import SATISFACTION, Ticket


class Standing(Record):
    """A ticket as it stands at one instant: with its clocks, what its flow's states mean, the customer's tier."""

    ticket: Ticket
    clocks: tuple[Clock, ...] = ()
    milestones: Milestones = STANDARD
    tier: str | None = None


class Population(Record):
    """The tickets that figures are about, at `now`. `total` is how many there are beside these, for shares of all;
    `recurred` the ids of tickets that another ticket calls its first occurrence; `assets` how many are installed."""

    standings: tuple[Standing, ...]
    now: datetime
    total: int
    recurred: frozenset[str] = frozenset()
    assets: int | None = None


class Amount(Record):
    """The value of a figure, None where there is nothing to judge by; a share has what it is of what."""

    value: Decimal | None
    numerator: int | None = None
    denominator: int | None = None


def share(numerator: int, denominator: int) -> Amount:
    """A share in percent to one decimal."""
    if not denominator:
        return Amount(None, numerator, denominator)
    return Amount(_rounded(Decimal(100 * numerator) / denominator, "0.1"), numerator, denominator)


def count(number: int) -> Amount:
    """A number of tickets or things."""
    return Amount(Decimal(number))


def median(values: Sequence[Decimal]) -> Decimal:
    """The middle value, or the mean of the two in the middle."""
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(values: Sequence[Decimal], percent: int) -> Decimal:
    """The smallest value that at least `percent` of all values do not exceed (nearest rank)."""
    return sorted(values)[max(-(-percent * len(values) // 100), 1) - 1]


def p90(values: Sequence[Decimal]) -> Decimal:
    """The 90th percentile."""
    return percentile(values, 90)


def mean(values: Sequence[Decimal]) -> Decimal:
    """The arithmetic mean."""
    return sum(values, Decimal(0)) / len(values)


def response_hours(standing: Standing) -> Decimal | None:
    """From the report to the first response."""
    return _hours(standing.ticket.reported_at, responded_at(standing.ticket, standing.milestones))


def handling_hours(standing: Standing) -> Decimal | None:
    """From the report to the resolution that still stands."""
    return _hours(standing.ticket.reported_at, resolved_at(standing.ticket, standing.milestones))


def on_time(standing: Standing) -> bool:
    """Resolved within the promised time, or not past it yet, or nothing was promised."""
    return not any(clock.breached for clock in standing.clocks if clock.kind == "resolve")


def _hours(start: datetime, end: datetime | None) -> Decimal | None:
    return None if end is None else Decimal(max(0, int((end - start).total_seconds()))) / 3600


def _rounded(value: Decimal, step: str = "0.01") -> Decimal:
    return value.quantize(Decimal(step), ROUND_HALF_UP)


Hours = Callable[[Standing], Decimal | None]
Claim = Callable[[Standing], bool]
Measure = Callable[[Population], Amount]


def tickets_that(which: Claim) -> Measure:
    """How many tickets meet a claim."""
    return lambda people: count(sum(map(which, people.standings)))


def share_that(of: Claim, among: Claim) -> Measure:
    """What share of the tickets among which to look meet a claim."""

    def measure(population: Population) -> Amount:
        chosen = [standing for standing in population.standings if among(standing)]
        return share(sum(map(of, chosen)), len(chosen))

    return measure


def of_hours(hours: Hours, of: Callable[[Sequence[Decimal]], Decimal]) -> Measure:
    """A statistic over the hours of the tickets that have them; the denominator says how many."""

    def measure(population: Population) -> Amount:
        values = [value for value in map(hours, population.standings) if value is not None]
        return Amount(_rounded(of(values)) if values else None, None, len(values))

    return measure


def is_any(standing: Standing) -> bool:
    """Every ticket."""
    return True


def is_resolved(standing: Standing) -> bool:
    """Resolved or closed, and not taken up again since."""
    return resolved_at(standing.ticket, standing.milestones) is not None


def stands_open(standing: Standing) -> bool:
    """Neither resolved, closed nor cancelled."""
    return is_open(standing.ticket, standing.milestones)


def _cancelled(standing: Standing) -> bool:
    return standing.ticket.state in standing.milestones.cancel


def was_resolved(standing: Standing) -> bool:
    """Resolved at least once."""
    return any(entry.state in standing.milestones.resolved for entry in standing.ticket.states)


def was_reopened(standing: Standing) -> bool:
    """Taken up again after being resolved."""
    return reopens(standing.ticket, standing.milestones) > 0


def is_judged(kind: str) -> Claim:
    """A promise of this kind was kept or broken: it stopped, or is past its due time; not cancelled."""

    def claim(standing: Standing) -> bool:
        return not _cancelled(standing) and any(
            clock.kind == kind and (clock.breached or clock.stopped_at is not None) for clock in standing.clocks
        )

    return claim


def is_kept(kind: str) -> Claim:
    """A promise of this kind is not broken."""
    return lambda standing: not any(clock.kind == kind and clock.breached for clock in standing.clocks)


def is_promised(standing: Standing) -> bool:
    """A time to resolve was promised."""
    return any(clock.kind == "resolve" for clock in standing.clocks)


def first_time_fix(population: Population) -> Amount:
    """The share of resolved tickets that were neither reopened nor came back as another ticket."""
    resolved = [standing for standing in population.standings if is_resolved(standing)]
    fixed = [s for s in resolved if not was_reopened(s) and s.ticket.id not in population.recurred]
    return share(len(fixed), len(resolved))


def _age(now: datetime) -> Hours:
    return lambda standing: _hours(standing.ticket.reported_at, now) if stands_open(standing) else None


def of_ages(of: Callable[[Sequence[Decimal]], Decimal]) -> Measure:
    """A statistic over the hours since the report of tickets that stand open."""
    return lambda population: of_hours(_age(population.now), of)(population)


def in_band(from_days: int, to_days: int | None) -> Measure:
    """How many open tickets were reported from so many days ago, up to so many (None: and more)."""

    def measure(population: Population) -> Amount:
        ages = [age for age in map(_age(population.now), population.standings) if age is not None]
        inside = [age for age in ages if age >= 24 * from_days and (to_days is None or age < 24 * to_days)]
        return Amount(Decimal(len(inside)), len(inside), len(ages))

    return measure


def is_surveyed(standing: Standing) -> bool:
    """The customer was asked and answered."""
    return standing.ticket.survey is not None


def is_satisfied(standing: Standing) -> bool:
    """The answer was one of the two best."""
    survey = standing.ticket.survey
    return survey is not None and survey.csat in SATISFACTION[-2:]


def score(standing: Standing) -> Decimal | None:
    """The answer from 1 (worst) to 5 (best)."""
    survey = standing.ticket.survey
    return None if survey is None else Decimal(SATISFACTION.index(survey.csat) + 1)


def share_of_all(population: Population) -> Amount:
    """These tickets among all of the period."""
    return share(len(population.standings), population.total)


def assets(population: Population) -> Amount:
    """How many assets are installed that these tickets could be about."""
    return Amount(None) if not population.assets else count(population.assets)


def per_100_assets(population: Population) -> Amount:
    """Tickets for each hundred assets installed."""
    assets = population.assets
    return Amount(None) if not assets else share(len(population.standings), assets)
