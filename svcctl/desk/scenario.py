"""Rule tests: each plays in a store in memory, through the same desk that serves real tickets."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from svcctl.clock.arithmetic import due
from svcctl.clock.calendar import Calendar
from svcctl.decision.decision import Checklist
from svcctl.decision.rulebook import Rulebook
from svcctl.desk.acceptance import checklist
from svcctl.desk.assets import follow_record, read_meters
from svcctl.desk.desk import Desk
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.givens import Stage, set_stage
from svcctl.desk.misses import told_of_miss
from svcctl.desk.occasions import LOOKS
from svcctl.desk.reading_desk import reading_desk
from svcctl.desk.settings import Settings
from svcctl.desk.sweep import escalate
from svcctl.desk.tables import ASSETS, TABLES, TICKETS, WAKES
from svcctl.desk.turn import Turn, perform
from svcctl.desk.work import move
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, shown, stored
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.printer import print_action
from svcctl.language.scenario_block import (
    ExpectAccepted,
    ExpectAction,
    Expectation,
    ExpectDue,
    ExpectField,
    ExpectNothing,
    ExpectRule,
    Moment,
    TestBlock,
)
from svcctl.language.tree import Action
from svcctl.store.contract import Where
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Event

ACTOR = "rule-test"
#: Where a sweep finds what it must look at.


class Failure(Record):
    """An expectation that did not hold: where it stands, what it expects, what was there instead, and what led there,
    line by line."""

    span: Span
    expected: str
    found: str
    why: tuple[str, ...] = ()


class TestResult(Record):
    """One test: passed when nothing failed."""

    __test__ = False  # not a test class of pytest's

    title: str
    span: Span
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def run_tests(
    rulebook: Rulebook,
    tests: Iterable[TestBlock],
    home: Path,
    settings: Settings,
    seen: Callable[[Event], None] = lambda event: None,
) -> Iterator[TestResult]:
    """Play each test, those of a table one by one; a refusal on the way is a failure of the moment at which it
    happened. `seen` is shown every event of its tickets."""
    for test in chain.from_iterable(each.played() for each in tests):
        stage = Workspace(home, settings, MemoryStore(TABLES))
        stage.__dict__["rulebook"] = rulebook
        failures = tuple(_play(stage, test))
        for event in _events(stage, 0):
            seen(event)
        yield TestResult(test.id, test.span, failures)


def _play(workspace: Workspace, test: TestBlock) -> Iterator[Failure]:
    try:
        stage = perform(workspace, Turn(test.start, ACTOR), partial(_open, test=test))
    except Refusal as refusal:
        yield Failure(test.span, "the givens make a ticket", refusal.message)
        return
    seen = 0
    for moment in test.moments:
        try:
            calendar = _calendar(workspace, _in_question(workspace, stage), test.start)
            instant = due(calendar, test.start, moment.offset)
            _sweep_until(workspace, instant)
            for state in moment.moves:
                failed = _moved(workspace, _in_question(workspace, stage), state, instant)
                if failed:
                    yield Failure(moment.span, f"move {state}", failed)
            for path, literal in moment.reads:
                perform(workspace, Turn(instant, ACTOR), partial(_read, stage=stage, path=path, value=literal.value))
            perform(workspace, Turn(instant, ACTOR), _look)
            events = _events(workspace, seen)
            yield from _check(workspace, _in_question(workspace, stage), moment, events, instant)
            seen = workspace.store.head().sequence
        except Refusal as refusal:
            yield Failure(moment.span, "the rules decide", refusal.message)
            return


def _open(desk: Desk, test: TestBlock) -> Stage:
    stage = set_stage(desk, test.givens)
    if stage.ticket is not None and desk.rulebook.entry is not None and not stage.placed:
        dispatch_ticket(desk, stage.ticket)
    for document in list(desk.transaction.find(ASSETS)):
        follow_record(desk, "asset", document["id"])
    return stage


def _in_question(workspace: Workspace, stage: Stage) -> str | None:
    """The ticket that a test speaks of: the given one, or else the last that care has opened."""
    if stage.ticket is not None:
        return stage.ticket
    return max((document["id"] for document in workspace.store.find(TICKETS)), default=None)


def _calendar(workspace: Workspace, id: str | None, at: datetime) -> Calendar | None:
    """The calendar in force for the ticket in question: that of its site, or the workspace's."""
    if id is None:
        return workspace.rulebook.calendar(None)
    desk = reading_desk(workspace, at)
    return desk.case(desk.ticket(id)).calendar


def _sweep_until(workspace: Workspace, until: datetime) -> None:
    """Look at everything at each instant before `until` at which a sweep would, as cron does."""
    while True:
        wakes = (
            document[field]
            for table, field in WAKES
            for document in workspace.store.find(table, Where(field, "<", stored(until)), order=field, limit=1)
        )
        wake = min(wakes, default=None)
        if wake is None:
            return
        perform(workspace, Turn(parse_instant(wake), ACTOR), _look)


def _look(desk: Desk) -> None:
    """What a sweep does now."""
    for table, field in WAKES:
        look: Callable[[Desk, str], object] = LOOKS[table] if field == "care_wake_at" else escalate
        for document in list(desk.transaction.find(table, Where(field, "<=", stored(desk.now)), order=field)):
            look(desk, document["id"])


def _read(desk: Desk, stage: Stage, path: str, value: Any) -> None:
    if stage.asset is None:
        raise Refusal("bad-input", "there is no asset to read a meter of", help="give one: `given asset { ... }`")
    read_meters(desk, stage.asset, {path.removeprefix("meter."): str(value)})


def _events(workspace: Workspace, after: int) -> list[Event]:
    """What happened to tickets and assets since a commit."""
    lines = (line for commit in workspace.store.commits(after) for line in commit["events"])
    return [Event.from_json(line) for line in lines if line["table"] in (TICKETS, ASSETS)]


def _moved(workspace: Workspace, id: str | None, state: str, at: datetime) -> str:
    """Why a move was refused; empty where it was made."""

    def work(desk: Desk) -> None:
        move(desk, id or "", state)

    try:
        perform(workspace, Turn(at, ACTOR), work)
    except Refusal as refusal:
        return refusal.message
    return ""


def _check(
    workspace: Workspace, id: str | None, moment: Moment, events: list[Event], now: datetime
) -> Iterator[Failure]:
    for expectation in moment.expects:
        found = perform(workspace, Turn(now, ACTOR), partial(_found, id=id, wanted=expectation, events=events))
        if found is not None:
            why = perform(workspace, Turn(now, ACTOR), lambda desk, wanted=expectation: told_of_miss(desk, id, wanted))  # type: ignore[misc]
            yield Failure(expectation.span, *found, tuple(why))


def _found(desk: Desk, id: str | None, wanted: Expectation, events: list[Event]) -> tuple[str, str] | None:
    """What was expected and what was found, in words; None where they agree."""
    match wanted:
        case ExpectRule(rule):
            rules = _rules(events)
            return None if rule in rules else (f"rule {rule}", ", ".join(rules) or "no rule")
        case ExpectAction(action):
            text = print_action(action)
            acted = _actions(desk, events)
            if any(_is(text, done) and at == desk.now for done, at in acted):
                return None
            return text, _acted_in_words(desk, acted)
        case ExpectNothing():
            fired = _actions(desk, [event for event in events if event.kind in ("escalated", "cared")])
            return ("nothing", _acted_in_words(desk, fired)) if fired else None
    if id is None:
        return "a ticket", "none"
    ticket = desk.ticket(id)
    match wanted:
        case ExpectField(path, literal):
            value = desk.facts(ticket)[path]
            agrees = value == literal.value or (isinstance(value, tuple) and literal.value in value)
            return None if agrees else (f"{path} {_in_words(literal.value)}", _in_words(value))
        case ExpectDue(target, at):
            clock = next((clock for clock in desk.clocks(ticket) if clock.kind == target), None)
            if clock is not None and clock.due == at:
                return None
            zone = desk.workspace.zone
            found_due = shown(clock.due, zone) if clock and clock.due else "no such target"
            return f"{target} due {shown(at, zone)}", found_due
        case ExpectAccepted(accepted):
            return _accepted_in_words(checklist(desk, ticket), accepted)


def _accepted_in_words(found: Checklist, wanted: bool) -> tuple[str, str] | None:
    if found.accepted == wanted:
        return None
    if not wanted:
        return "not accepted", "accepted"
    return "accepted", "; ".join(
        f"{check.id}: {check.missing or check.actual}" for check in found.checks if not check.holds
    )


def _is(wanted: str, done: str) -> bool:
    """Whether an action is the one that is expected; what opens a ticket or sends a survey may leave its words out."""
    plain = wanted.startswith(("open ticket ", "send survey ")) and done.startswith((f'{wanted} "', f"{wanted} again "))
    return wanted == done or plain


def _rules(events: list[Event]) -> list[str]:
    """The rules at work in events; that `otherwise` decided has its own word."""
    rules: dict[str, None] = {}
    for event in events:
        if event.rule is not None:
            rules["otherwise" if event.rule.endswith("/otherwise") else event.rule] = None
        rules.update(dict.fromkeys((event.why or {}).get("rules", ())))
    return list(rules)


def _actions(desk: Desk, events: list[Event]) -> list[tuple[str, datetime]]:
    """Each action that rules took, as written, and when."""
    acted: list[tuple[str, datetime]] = []
    for event in events:
        why = event.why or {}
        if event.kind in ("escalated", "cared"):
            acted += [(text, event.at) for text in why.get("actions", ())]
        elif event.kind == "dispatched":
            acted += [(print_action(action), event.at) for action in _dispatched(desk, why)]
    return acted


def _dispatched(desk: Desk, why: Mapping[str, Any]) -> Iterator[Action]:
    """The actions of the rules that matched on the way, and those of `otherwise` where it decided or had to help."""
    for trace in why.get("considered", ()):
        if trace.get("matched"):
            yield from desk.rulebook.rule(trace["rule"]).actions
    given = any(effect["verb"] == "assign" for effect in why.get("effects", ()))
    if not why.get("rule") or (why.get("choices") and not given):
        for block in (*why.get("through", ()), why["block"]):
            yield from (desk.rulebook.dispatch(block).block.otherwise or ()) if block else ()


def _acted_in_words(desk: Desk, acted: list[tuple[str, datetime]]) -> str:
    """What was done instead, with the time of what was done before now."""
    words = (text if at == desk.now else f"{text} at {shown(at, desk.workspace.zone)}" for text, at in acted)
    return ", ".join(words) or "nothing"


def _in_words(value: Any) -> str:
    return "missing" if value is None else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
