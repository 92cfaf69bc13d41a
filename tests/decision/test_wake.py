"""Wake times: exact where they can be, and a sweep that trusts them fires what one that always looks would."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from svcctl.decision.escalation import due_steps, next_watches, watching
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.sla import promise
from svcctl.decision.wake import MOVING, wake_at
from svcctl.facts.catalog import FACTS
from svcctl.facts.facts import Facts
from svcctl.foundation.diagnostic import has_errors
from svcctl.foundation.instant import stored
from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.language.tree import SetField, Tag
from svcctl.language.vocabulary import Vocabulary
from svcctl.ticket.clocks import Clock, derive_clocks
from svcctl.ticket.model import Comment, Firing, PinnedTarget, StateEntry, Ticket
from svcctl.ticket.people import Asset
from tests.decision.books import SERVICE, at, book, case, facts, ticket

GRID = timedelta(minutes=5)
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


# ------------------------------------------------------------------ the property

STATES = ("new", "assigned", "in_progress", "pending_parts", "resolved")
PRIORITIES = ("low", "high", "urgent")
FLOW = """flow f {
  new -> assigned -> in_progress <-> pending_parts  in_progress -> resolved -> closed
  resolved -> in_progress  within 2h in assigned  within 3bh in pending_parts, resolved
}
"""

conditions = st.sampled_from(
    [
        "priority in [urgent, high]",
        "priority == low",
        "age.elapsed > 90m",
        "age.elapsed < 3h",
        "age.elapsed / 2 >= 1h",
        "age.business >= 2bh",
        "age.business > 90bm",
        "not (age.business > 3bh)",
        "state_age >= 45m",
        "asset.under_warranty",
        "asset.under_warranty == false or priority == urgent",
        'tags contains "a"',
    ]
)
whiles = st.sampled_from(
    [
        "state in [new, assigned]",
        "state == in_progress and state_age > 20m",
        "state != resolved",
        "age.elapsed >= 61m and age.elapsed < 5h",
        "state == pending_parts",
        "state == resolved",
    ]
)
elapsed = st.sampled_from(["0m", "7m", "30m", "1h", "150m", "1bh", "3bh", "1bd"])
kinds = st.sampled_from(["respond", "resolve", "resolve", "update", "limit"])
triggers = st.one_of(
    elapsed.map(lambda delay: f"after {delay}"),
    st.tuples(st.integers(1, 150), kinds).map(lambda of: f"at {of[0]}% of {of[1]}"),
    st.tuples(elapsed.filter(lambda lead: lead != "1bd"), st.sampled_from(["before", "after"]), kinds).map(" ".join),
    kinds.map(lambda kind: f"when {kind} breached"),
)
actions = st.sampled_from(["set priority high", "set priority low", 'tag "a"', 'tag "b"', "remind assignee"])
repeats = st.sampled_from(["", "", "repeat every 20m up to 3 times", "repeat every 1bh up to 2 times"])
steps = st.tuples(triggers, actions, repeats).map(lambda step: f"{step[0]} {{ {step[1]} {step[2]} }}")
services = st.sampled_from(
    [
        "sla s { respond within 30m  resolve within 4bh  update within 2bh  pause in pending_parts }",
        "sla s { respond within 1bh  resolve within 1bd  pause in pending_parts }",
        "sla s { for priority == urgent resolve within 2h  pause in pending_parts } sla t { resolve within 6h }",
        "sla s { resolve within 1bd  update within 50m }",
        "",
    ]
)


@st.composite
def rule_texts(draw: st.DrawFn) -> str:
    blocks = []
    for name in "abcdef"[: draw(st.integers(2, 6))]:
        joined = draw(st.sampled_from([" and ", " or "])).join(draw(st.lists(conditions, min_size=1, max_size=2)))
        during = f"while {draw(whiles)} " if draw(st.booleans()) else ""
        body = " ".join(draw(st.lists(steps, min_size=1, max_size=2)))
        blocks.append(f"escalation {name} {{ for {joined} {during}after 0m {{ remind assignee }} {body} }}")
    return FLOW + draw(services) + "\n" + "\n".join(blocks)


Happening = tuple[timedelta, Literal["move", "priority", "say"], str]
moments = st.one_of(
    st.integers(1, 4400 * 60).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(1, 100).map(lambda count: count * GRID),
)
happenings = st.lists(
    st.tuples(moments, st.just("move"), st.sampled_from(STATES))
    | st.tuples(moments, st.just("priority"), st.sampled_from(PRIORITIES))
    | st.tuples(moments, st.just("say"), st.sampled_from(["customer", "li"])),
    max_size=7,
)
starts = st.sampled_from(["2026-11-20T16:10:00", "2026-11-23T08:15:00", "2026-11-23T09:00:13", "2026-11-23T11:30:00"])


OTHERWISE = ("on 2026-11-21 10:00-16:00", "break 2026-11-23 10:00-11:10")


@st.composite
def hours(draw: st.DrawFn) -> str:
    """The hours of a random calendar: some shifts a day, past midnight too, in a zone, with days that are otherwise."""
    zone = draw(st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"]))
    edges = sorted(draw(st.sets(st.integers(0, 95), min_size=2, max_size=6)))
    pairs = list(zip(edges[0:-1:2], edges[1::2], strict=True))
    if len(edges) % 2 == 0 and draw(st.booleans()):
        pairs[-1:] = [(edges[-2], edges[0])]  # a night shift
    written = ", ".join("-".join(f"{edge // 4:02}:{edge % 4 * 15:02}" for edge in pair) for pair in pairs)
    days = draw(st.sampled_from(["mon..fri", "daily", "mon, wed, fri, sat", "sat..sun", "mon..sun"]))
    weekly = f"daily {written}" if days == "daily" else f"{days} {written}"
    more = draw(st.sampled_from(["", "holidays CN", "closed 2026-11-23", *OTHERWISE]))
    return f'zone "{zone}" {weekly} {more}'


def is_sound(service: str) -> bool:
    """Whether there is nothing wrong with hours: two shifts may run into each other, or one may be no time at all."""
    module, mistakes = parse_rules(Source("hours.rules", f"calendar c {{ {service} }}"))
    return not has_errors([*mistakes, *check_rules([module], Vocabulary({"ticket": {}}))[1]])


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


@settings(max_examples=40, deadline=None)
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
