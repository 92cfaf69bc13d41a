"""Care: the occasions that assets and tickets give, each of which is seen to once.

Since when a rule is for an asset or ticket is kept with it (`care_since`), and so is the last occasion that was seen to
(`care_done`); all else is worked out anew. An occasion is known by its day, by when a condition began to hold, or by
when a ticket came to its state; that is why a corrected reading, a second sweep or an outage repeats nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from svcctl.clock.arithmetic import due
from svcctl.decision.book import Book
from svcctl.decision.care_days import ahead, day_of, opening, steps, workday
from svcctl.decision.trace import fields_of
from svcctl.decision.wake import next_changes
from svcctl.facts.asset import ASSET_ENDS, AssetFacts
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts
from svcctl.foundation.instant import parse_instant, stored
from svcctl.foundation.quantity import Business, Elapsed
from svcctl.foundation.record import Record
from svcctl.language.block import After
from svcctl.language.care_block import BeforeDay, CareBlock, Every
from svcctl.language.tree import Action, Repeat, SendSurvey
from svcctl.ticket.milestones import done_at
from svcctl.ticket.model import Ticket


class Occasion(Record):
    """An occasion for a rule: it comes `at` an instant and is for the day or instant `due`; `key` is what it is known
    by. `repeat` counts how often a survey was sent before, `missed` the earlier ones that it stands for. Only the
    `first` of a ticket brings what is not a survey."""

    rule: CareBlock
    key: str
    at: datetime
    due: datetime
    repeat: int = 0
    missed: int = 0
    first: bool = True

    @property
    def actions(self) -> tuple[Action, ...]:
        if self.first:
            return self.rule.actions
        return tuple(action for action in self.rule.actions if isinstance(action, SendSurvey))


def cares_for(book: Book, subject: str) -> tuple[CareBlock, ...]:
    """The rules for `asset` or `ticket`."""
    return tuple(rule for rule in book.rules.cares if rule.subject == subject)


def latest_due(occasions: Iterable[Occasion], now: datetime) -> Occasion | None:
    """Of the occasions of one rule that have come, the latest, which stands for those before it."""
    reached: Occasion | None = None
    missed = -1
    for occasion in occasions:
        if occasion.at > now:
            break
        reached, missed = occasion, missed + 1
    return None if reached is None else reached.replace(missed=missed)


# --------------------------------------------------------------------- assets


def asset_since(book: Book, facts: AssetFacts) -> dict[str, str]:
    """The asset's `care_since` as it must be now: rules that came to be for it begin now, others leave."""
    asset, now = facts.of.asset, stored(facts.of.now)
    rules = (rule for rule in cares_for(book, "asset") if _holds(book, rule, facts))
    return {str(rule.id): asset.care_since.get(rule.id, now) for rule in rules}


def due_for_asset(book: Book, facts: AssetFacts) -> tuple[Occasion, ...]:
    """The occasions of an asset that have come and were not seen to, by when they came; its `care_since` must be up
    to date."""
    rules = (rule for rule in cares_for(book, "asset") if rule.id in facts.of.asset.care_since)
    found = (latest_due(asset_occasions(rule, facts), facts.of.now) for rule in rules)
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.at, one.rule.id)))


def asset_wake(book: Book, facts: AssetFacts) -> datetime | None:
    """When the next occasion of an asset comes, or time alone ends a warranty or contract that a rule asks for."""
    of, instants = facts.of, []
    for rule in cares_for(book, "asset"):
        paths = {path for part in (rule.where, rule.when) if part is not None for path in fields_of(part)}
        ends = (ASSET_ENDS[path](of) for path in paths & ASSET_ENDS.keys())
        instants += [end for end in ends if end is not None and end > of.now]
        if rule.id in of.asset.care_since:
            instants += [occasion.at for occasion in asset_occasions(rule, facts, most=1)]
    return min(instants, default=None)


def planned_for_asset(book: Book, facts: AssetFacts, until: datetime) -> Iterator[Occasion]:
    """The occasions to come up to an instant if nothing changes but the time; of rules that wait for a reading only
    those that have come."""
    for rule in cares_for(book, "asset"):
        for occasion in asset_occasions(rule, facts):
            if occasion.at > until:
                break
            if _holds(book, rule, AssetFacts(facts.of.replace(now=max(facts.of.now, occasion.at)))):
                yield occasion


def asset_occasions(rule: CareBlock, facts: AssetFacts, most: int | None = None) -> Iterator[Occasion]:
    """The occasions of an asset for a rule that were not seen to, in their order; up to `most` of them.

    They count from when the rule came to be for the asset; of a rule that is not yet for it, from now.
    """
    of = facts.of
    began = of.asset.care_since.get(rule.id)
    since = of.now if began is None else parse_instant(began)
    done = of.asset.care_done.get(rule.id)
    match rule.timing:
        case Every():
            found = _cadence(rule, rule.timing, facts, since, done)
        case BeforeDay(lead, path):
            found = _before(rule, lead, facts, facts[path], since, done)
        case _:
            found = iter(() if began in (None, done) else (Occasion(rule, str(began), since, since),))
    for count, occasion in enumerate(found):
        if count == most:
            return
        yield occasion


def _holds(book: Book, rule: CareBlock, facts: Facts) -> bool:
    return all(book.test(part, facts) is True for part in (rule.where, rule.when) if part is not None)


def _cadence(
    rule: CareBlock, timing: Every, facts: AssetFacts, since: datetime, done: str | None
) -> Iterator[Occasion]:
    of = facts.of
    origin = facts[timing.origin] if isinstance(timing.origin, str) else timing.origin
    if origin is None:
        return
    until = facts[timing.until] if isinstance(timing.until, str) else timing.until
    last = None if done is None else parse_instant(done, of.zone).astimezone(of.zone).date()
    for day in steps(day_of(origin, of.zone), timing, day_of(since, of.zone), last):
        worked = workday(day, of.calendar) if timing.workdays else day
        opens = opening(worked, of.zone, of.calendar)
        if until is not None and (opens >= until if isinstance(until, datetime) else worked > until):
            return
        yield Occasion(rule, day.isoformat(), ahead(worked, timing.lead, of.zone, of.calendar), opens)


def _before(
    rule: CareBlock,
    lead: Elapsed | Business,
    facts: AssetFacts,
    end: datetime | None,
    since: datetime,
    done: str | None,
) -> Iterator[Occasion]:
    of = facts.of
    if end is not None and end > since:
        day = day_of(end, of.zone)
        if day.isoformat() != done:
            yield Occasion(rule, day.isoformat(), ahead(day, lead, of.zone, of.calendar), end)


# -------------------------------------------------------------------- tickets


def ticket_since(book: Book, before: str | None, after: Ticket, now: datetime) -> dict[str, str]:
    """The ticket's `care_since` after a change from the state `before`: a rule begins when the ticket comes to one of
    its states, and leaves with it. A ticket that stood there already when the rule was written is left alone."""
    found: dict[str, str] = {}
    for rule in cares_for(book, "ticket"):
        if after.state not in rule.states:
            continue
        if before not in rule.states:
            found[str(rule.id)] = stored(now)
        elif rule.id in after.care_since:
            found[str(rule.id)] = after.care_since[rule.id]
    return found


def arrived_since(book: Book, facts: Facts) -> dict[str, str]:
    """The `care_since` of a ticket that comes in from another system: since it came to its state there. A rule whose
    occasion lies before it came in gives none: that is past."""
    case = _case(facts)
    ticket = case.ticket
    since = ticket_since(book, None, ticket, ticket.states[-1].at)
    arrived = case.replace(ticket=ticket.replace(care_since=since))
    found = {}
    for rule in cares_for(book, "ticket"):
        first = next(ticket_occasions(rule, arrived), None)
        if first is not None and first.at > case.now:
            found[str(rule.id)] = since[rule.id]
    return found


def due_for_ticket(book: Book, facts: Facts) -> tuple[Occasion, ...]:
    """The occasions of a ticket that have come and were not seen to, by when they came."""
    case = _case(facts)
    found = (latest_due(ticket_occasions(rule, case), case.now) for rule in _for_ticket(book, facts))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.at, one.rule.id)))


def ticket_wake(book: Book, facts: Facts) -> datetime | None:
    """When the next occasion of a ticket comes, or time alone may change whether a rule is for it."""
    case = _case(facts)
    if not case.ticket.care_since:
        return None
    conditions = (rule.where for rule in cares_for(book, "ticket") if rule.where and rule.id in case.ticket.care_since)
    instants = [*next_changes(book, conditions, facts)]
    for rule in _for_ticket(book, facts):
        instants += [occasion.at for occasion in ticket_occasions(rule, case)][:1]
    return min(instants, default=None)


def planned_for_ticket(book: Book, facts: Facts, until: datetime) -> Iterator[Occasion]:
    """The occasions of a ticket up to an instant, if nothing changes but the time."""
    for rule in _for_ticket(book, facts):
        yield from (occasion for occasion in ticket_occasions(rule, _case(facts)) if occasion.at <= until)


def ticket_occasions(rule: CareBlock, case: Case) -> Iterator[Occasion]:
    """The occasions of a ticket for a rule that were not seen to, in their order: one, and a survey's repeats until
    it is answered."""
    began = case.ticket.care_since.get(rule.id)
    if began is None or not isinstance(rule.timing, After):
        return
    entry = parse_instant(began)
    seen, _, count = case.ticket.care_done.get(rule.id, "").partition("/")
    last = int(count) if seen == began else -1
    base = due(case.calendar, entry, rule.timing.delay)
    again = next((action.again for action in rule.actions if isinstance(action, SendSurvey)), None)
    answered = _answered(case, entry)
    if answered and all(isinstance(action, SendSurvey) for action in rule.actions):
        return
    repeats = 0 if again is None or answered else again.times
    for repeat in range(last + 1, repeats + 1):
        at = base if again is None or not repeat else _later(case, base, again, repeat)
        yield Occasion(rule, f"{began}/{repeat}", at, at, repeat, first=last < 0)


def _for_ticket(book: Book, facts: Facts) -> Iterator[CareBlock]:
    since = _case(facts).ticket.care_since
    return (rule for rule in cares_for(book, "ticket") if rule.id in since and _holds(book, rule, facts))


def is_answered(case: Case, rule: str) -> bool:
    """Whether the customer has said what they think of the work after which a rule asks."""
    return _answered(case, parse_instant(case.ticket.care_since[rule]))


def _answered(case: Case, entry: datetime) -> bool:
    """An answer counts from when the work was done, which may be before the ticket came to its state."""
    survey = case.ticket.survey
    return survey is not None and survey.at >= min(entry, done_at(case.ticket, case.milestones) or entry)


def _later(case: Case, base: datetime, again: Repeat, count: int) -> datetime:
    every = again.every
    if isinstance(every, Elapsed):
        return base + timedelta(seconds=every.seconds * count)
    return due(case.calendar, base, Business(every.seconds * count, every.days * count))


def _case(facts: Facts) -> Case:
    assert facts.case is not None
    return facts.case


def with_done(done: Mapping[str, str], occasion: Occasion) -> dict[str, str]:
    """A `care_done` in which an occasion was seen to."""
    return {**done, str(occasion.rule.id): occasion.key}
