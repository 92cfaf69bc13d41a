"""Wake times: exact where they can be, and a sweep that trusts them fires what one that always looks would."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.escalation import due_steps, next_watches, watching
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.sla import promise
from svcctl.decision.wake import MOVING, wake_at
from svcctl.facts.catalog import FACTS
from svcctl.facts.facts import Facts
from svcctl.foundation.instant import stored
from svcctl.language.tree import SetField, Tag
from svcctl.ticket.clocks import Clock, derive_clocks
from svcctl.ticket.model import Comment, Firing, PinnedTarget, StateEntry, Ticket
from svcctl.ticket.people import Asset
from tests.decision.books import SERVICE, at, book, case, facts, ticket
from tests.decision.histories import GRID, PRIORITIES, Happening, happenings, hours, is_sound, rule_texts, starts

WARRANTY = Asset("S-1", warranty_until=at("2026-11-24T10:00:20"), contract_until=at("2026-11-24T10:00:40"))


def clocks(rules: Rulebook, of: Ticket, now: datetime) -> tuple[Clock, ...]:
    here = case(rules, of, now)
    return derive_clocks(of, here.calendars, now, here.calendar, here.milestones)


def wake(rules: Rulebook, of: Ticket, now: str | datetime) -> datetime | None:
    moment = now if isinstance(now, datetime) else at(now)
    return wake_at(rules, facts(rules, of, moment, asset=WARRANTY), clocks(rules, of, moment))


def settled(rules: Rulebook, of: Ticket, now: datetime) -> Ticket:
    return of.replace(watches=next_watches(of, now, watching(rules, facts(rules, of, now, asset=WARRANTY))))


def first_wake(text: str, reported: str, now: str = "", **fields: Any) -> datetime | None:
    rules = book(text)
    one = settled(rules, ticket(reported, **fields), at(now or reported))
    return wake(rules, one, now or reported)


def test_a_step_wakes_at_its_instant() -> None:
    text = "escalation e { while state == new  after 2bh { remind assignee } }"
    assert first_wake(text, "2026-11-20T17:00") == at("2026-11-23T10:00")


def test_a_fired_step_wakes_at_its_next_repeat_and_then_never() -> None:
    rules = book("escalation e { while state == new  after 1h { remind assignee  repeat every 30m up to 2 times } }")
    start = at("2026-11-23T09:00")
    one = ticket("2026-11-23T09:00", watches={"e": stored(start)})
    for repeat, (now, then) in enumerate([("10:00", "10:30"), ("10:30", "11:00"), ("11:00", None)]):
        moment = at(f"2026-11-23T{now}")
        assert wake(rules, one, moment) == moment
        one = one.replace(firings=(*one.firings, Firing("e", "after-1h", start, repeat, moment)))
        assert wake(rules, one, moment) == (at(f"2026-11-23T{then}") if then else None)


def test_what_is_not_on_record_yet_wakes_now() -> None:
    rules = book("escalation e { while state == new  after 1h { remind assignee } }")
    assert wake(rules, ticket("2026-11-23T09:00"), "2026-11-23T09:10") == at("2026-11-23T09:10")


@pytest.mark.parametrize(
    ("condition", "reported", "now", "then"),
    [
        ("age.elapsed >= 2h", "2026-11-23T09:00", "2026-11-23T09:00", "2026-11-23T11:00"),
        ("age.elapsed > 2h", "2026-11-23T09:00", "2026-11-23T11:00", "2026-11-23T11:00:01"),
        ("2h < age.elapsed", "2026-11-23T09:00", "2026-11-23T12:00", None),
        ("age.business >= 4bh", "2026-11-20T17:00", "2026-11-20T17:00", "2026-11-23T12:00"),
        ("age.business > 4bh", "2026-11-20T17:00", "2026-11-23T12:00", "2026-11-23T13:30:01"),
        ("state_age >= 30m", "2026-11-23T09:00:30", "2026-11-23T09:00:30", "2026-11-23T09:30:30"),
        ("asset.under_warranty == false", "2026-11-23T09:00", "2026-11-23T09:00", "2026-11-24T10:00:20"),
        ("not (age.elapsed >= 2h)", "2026-11-23T09:00", "2026-11-23T09:00", "2026-11-23T11:00"),
        ("priority == low and age.elapsed >= 2h", "2026-11-23T09:00", "2026-11-23T09:00", None),
        ("priority == high or age.elapsed >= 2h", "2026-11-23T09:00", "2026-11-23T09:00", None),
        ("priority == low or age.elapsed >= 2h", "2026-11-23T09:00", "2026-11-23T09:00", "2026-11-23T11:00"),
        ("priority == low", "2026-11-23T09:00", "2026-11-23T09:00", None),
        ("age.elapsed * 2 >= 1h", "2026-11-23T09:00", "2026-11-23T09:10", "2026-11-23T09:10:01"),
        ("age.business + 1bh >= 2bh", "2026-11-20T18:00", "2026-11-20T18:00", "2026-11-23T09:00:01"),
    ],
)
def test_a_condition_wakes_when_time_may_change_it(condition: str, reported: str, now: str, then: str | None) -> None:
    text = f'escalation e {{ while {condition}  when arrive breached {{ tag "x" }} }}'
    assert first_wake(text, reported, now, priority="high") == (at(then) if then else None)


def test_a_paused_clock_wakes_nobody() -> None:
    rules = book('escalation e { at 75% of resolve { tag "x" } }  flow f { new -> pending_parts }')
    target = PinnedTarget("resolve", "s", "4h", None, ("pending_parts",))
    entry = {"e": stored(at("2026-11-23T09:00"))}
    running = ticket("2026-11-23T09:00", targets=(target,), watches=entry)
    assert wake(rules, running, "2026-11-23T10:00") == at("2026-11-23T12:00")
    paused = ticket("2026-11-23T09:00", "pending_parts 10:00", targets=(target,), watches=entry)
    assert wake(rules, paused, "2026-11-23T10:00") is None


def test_every_fact_that_moves_with_time_is_known_to() -> None:
    rules = book("")
    one = ticket("2026-11-23T09:00")
    instants = ("2026-11-23T09:00", "2026-11-23T10:00", "2026-11-24T10:01")
    seen = [facts(rules, one, now, asset=WARRANTY) for now in instants]
    moving = {fact.path for fact in FACTS if len({repr(known[fact.path]) for known in seen}) > 1}
    assert moving == set(MOVING)


# -------------------------------------------------------------- the property


Fired = tuple[datetime, str, str, datetime, int, int]


class World:
    """One ticket under a rulebook, swept and changed; `log` is what fired. Only a lazy one works out wake times."""

    def __init__(self, rules: Rulebook, start: datetime, priority: str, lazy: bool) -> None:
        self.rules = rules
        self.lazy = lazy
        self.log: list[Fired] = []
        self.wake: datetime | None = None
        log = (StateEntry("new", start),)
        self.ticket = Ticket("T-1", 1, "new", start, start, priority=priority, states=log, asset="S-1", flow="f")
        self.change(start, priority=priority)

    def facts(self, now: datetime) -> Facts:
        return facts(self.rules, self.ticket, now, asset=WARRANTY)

    def change(self, now: datetime, **fields: Any) -> None:
        """A change and what follows from it: promises, watches, the wake time."""
        self.ticket = self.ticket.replace(**fields)
        if "priority" in fields:
            self.ticket = self.ticket.replace(targets=promise(self.rules, self.facts(now)))
        self.ticket = settled(self.rules, self.ticket, now)
        if self.lazy:
            self.wake = wake(self.rules, self.ticket, now)

    def happen(self, now: datetime, kind: str, value: str) -> None:
        if kind == "priority":
            self.change(now, priority=value)
        elif kind == "say":
            said = Comment("...", now, value, public=True, by_customer=value == "customer")
            self.change(now, comments=(*self.ticket.comments, said))
        elif value != self.ticket.state:
            self.change(now, state=value, states=(*self.ticket.states, StateEntry(value, now)))

    def sweep(self, now: datetime) -> None:
        self.change(now)
        while found := due_steps(self.rules, self.facts(now), clocks(self.rules, self.ticket, now)):
            for step in found:
                self.log.append((now, step.rule, step.step, step.entry, step.repeat, step.missed))
                firing = Firing(step.rule, step.step, step.entry, step.repeat, now)
                fields: dict[str, Any] = {"firings": (*self.ticket.firings, firing)}
                for action in step.actions:
                    if isinstance(action, SetField):
                        fields["priority"] = getattr(action.value, "value", None)
                    elif isinstance(action, Tag):
                        fields["tags"] = (*self.ticket.tags, action.tag)
                self.change(now, **fields)


def instants(start: datetime, grid: timedelta) -> Iterator[datetime]:
    """When sweeps may be made: every minute for fifteen hours, or every five over a weekend and the day after."""
    first = start.replace(second=0) + grid
    return (first + number * grid for number in range(900))


def play(world: World, start: datetime, script: Sequence[tuple[datetime, str, str]], grid: timedelta) -> list[Fired]:
    waiting = list(script)
    for now in instants(start, grid):
        while waiting and waiting[0][0] <= now:
            moment, kind, value = waiting.pop(0)
            world.happen(moment, kind, value)
        if not world.lazy or (world.wake is not None and world.wake <= now):
            world.sweep(now)
    return world.log


@settings(max_examples=40)
@given(
    rule_texts(),
    hours().filter(is_sound) | st.just(SERVICE),
    starts,
    st.sampled_from(PRIORITIES),
    happenings,
    st.sampled_from([timedelta(minutes=1), GRID]),
)
def test_sweeping_only_at_wake_times_fires_what_sweeping_always_fires(
    text: str, service: str, reported: str, priority: str, script: list[Happening], grid: timedelta
) -> None:
    rules, start = book(text, service), at(reported)
    changes = sorted((start + after, kind, value) for after, kind, value in script)
    lazy, eager = World(rules, start, priority, lazy=True), World(rules, start, priority, lazy=False)
    assert play(lazy, start, changes, grid) == play(eager, start, changes, grid)
    assert lazy.ticket.firings == eager.ticket.firings
    assert len({firing.replace(at=start) for firing in eager.ticket.firings}) == len(eager.ticket.firings)
