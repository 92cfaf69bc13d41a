"""Rule tests: each plays in a store in memory, through the same desk that serves real tickets."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from svcctl.clock.arithmetic import due
from svcctl.decision.rulebook import Rulebook
from svcctl.desk.acceptance import checklist
from svcctl.desk.desk import TICKETS, Desk
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.givens import Stage, set_stage
from svcctl.desk.settings import Settings
from svcctl.desk.sweep import escalate
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn, perform
from svcctl.desk.work import move
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, shown
from svcctl.foundation.record import Record
from svcctl.foundation.source import Span
from svcctl.language.blocks import (
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
from svcctl.language.printer import print_action
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Event

ACTOR = "rule-test"


class Failure(Record):
    """An expectation that did not hold: where it stands, what it expects, and what was there instead."""

    span: Span
    expected: str
    found: str


class TestResult(Record):
    """One test: passed when nothing failed."""

    __test__ = False  # not a test class of pytest's

    title: str
    span: Span
    failures: tuple[Failure, ...]

    @property
    def passed(self) -> bool:
        return not self.failures


def run_tests(rulebook: Rulebook, tests: tuple[TestBlock, ...], home: Path, settings: Settings) -> Iterator[TestResult]:
    """Play each test; a refusal on the way is a failure of the moment at which it happened."""
    for test in tests:
        stage = Workspace(home, settings, MemoryStore(TABLES))
        stage.__dict__["rulebook"] = rulebook
        yield TestResult(test.id, test.span, tuple(_play(stage, rulebook, test)))


def _play(workspace: Workspace, rulebook: Rulebook, test: TestBlock) -> Iterator[Failure]:
    def at(moment: datetime) -> Turn:
        return Turn(moment, ACTOR)

    try:
        stage = perform(workspace, at(test.start), lambda desk: _open(desk, test))
    except Refusal as refusal:
        yield Failure(test.span, "the givens make a ticket", refusal.message)
        return
    seen = 0
    for moment in test.moments:
        instant = due(rulebook.calendar(None), test.start, moment.offset)
        for wake in _wakes(workspace, stage.ticket, instant):
            perform(workspace, at(wake), lambda desk: escalate(desk, stage.ticket))
        for state in moment.moves:
            try:
                perform(workspace, at(instant), partial(_move, id=stage.ticket, state=state))
            except Refusal as refusal:
                yield Failure(moment.span, f"move {state}", refusal.message)
        perform(workspace, at(instant), lambda desk: escalate(desk, stage.ticket))
        events = list(workspace.store.history(TICKETS, stage.ticket))
        yield from _check(workspace, stage.ticket, moment, events[seen:], instant)
        seen = len(events)


def _open(desk: Desk, test: TestBlock) -> Stage:
    stage = set_stage(desk, test.givens)
    if desk.rulebook.entry is not None and not stage.placed:
        dispatch_ticket(desk, stage.ticket)
    return stage


def _move(desk: Desk, id: str, state: str) -> None:
    move(desk, id, state)


def _wakes(workspace: Workspace, id: str, until: datetime) -> Iterator[datetime]:
    """Instants before `until` at which a sweep would look at the ticket, as cron would."""
    while True:
        document = workspace.store.get(TICKETS, id) or {}
        wake = document.get("wake_at")
        if wake is None or parse_instant(wake) >= until:
            return
        yield parse_instant(wake)


def _check(workspace: Workspace, id: str, moment: Moment, events: list[Event], now: datetime) -> Iterator[Failure]:
    for expectation in moment.expects:
        found = perform(workspace, Turn(now, ACTOR), partial(_found, id=id, wanted=expectation, events=events))
        if found is not None:
            yield Failure(expectation.span, *found)


def _found(desk: Desk, id: str, wanted: Expectation, events: list[Event]) -> tuple[str, str] | None:
    """What was expected and what was found, in words; None where they agree."""
    ticket = desk.ticket(id)
    fired = [action for event in events if event.kind == "escalated" for action in (event.why or {})["actions"]]
    if isinstance(wanted, ExpectRule):
        rules = _rules(events)
        return None if wanted.rule in rules else (f"rule {wanted.rule}", ", ".join(rules) or "no rule")
    if isinstance(wanted, ExpectAction):
        text = print_action(wanted.action)
        acted = fired + _dispatched_actions(desk, events)
        return None if text in acted else (text, ", ".join(acted) or "nothing")
    if isinstance(wanted, ExpectNothing):
        return ("nothing", ", ".join(fired)) if fired else None
    if isinstance(wanted, ExpectField):
        value = desk.facts(ticket)[wanted.path]
        agrees = value == wanted.value.value or (isinstance(value, tuple) and wanted.value.value in value)
        return None if agrees else (f"{wanted.path} {wanted.value.value}", _in_words(value))
    if isinstance(wanted, ExpectDue):
        clock = next((clock for clock in desk.clocks(ticket) if clock.kind == wanted.target), None)
        if clock is not None and clock.due == wanted.at:
            return None
        zone = desk.workspace.zone
        found_due = shown(clock.due, zone) if clock and clock.due else "no such target"
        return f"{wanted.target} due {shown(wanted.at, zone)}", found_due
    assert isinstance(wanted, ExpectAccepted)
    found = checklist(desk, ticket)
    missing = "; ".join(f"{check.id}: {check.missing or check.actual}" for check in found.checks if not check.holds)
    if found.accepted == wanted.accepted:
        return None
    return ("accepted", missing or "not accepted") if wanted.accepted else ("not accepted", "accepted")


def _rules(events: list[Event]) -> list[str]:
    rules: dict[str, None] = {}
    for event in events:
        if event.rule is not None:
            rules[event.rule] = None
        rules.update(dict.fromkeys((event.why or {}).get("rules", ())))
    return list(rules)


def _dispatched_actions(desk: Desk, events: list[Event]) -> list[str]:
    whys: Iterator[Mapping[str, Any]] = (event.why or {} for event in events if event.kind == "dispatched")
    rules = (desk.rulebook.rule(rule) for why in whys for rule in why.get("rules", ()))
    return [print_action(action) for rule in rules for action in rule.actions]


def _in_words(value: Any) -> str:
    return "missing" if value is None else ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
