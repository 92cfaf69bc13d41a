"""Rule tests: each plays in a store in memory, through the same desk that serves real tickets."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from svcctl.clock.arithmetic import due
from svcctl.decision.decision import Checklist
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
from svcctl.language.tree import Action
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
    try:
        stage = perform(workspace, Turn(test.start, ACTOR), partial(_open, test=test))
    except Refusal as refusal:
        yield Failure(test.span, "the givens make a ticket", refusal.message)
        return
    seen = 0
    for moment in test.moments:
        try:
            instant = due(rulebook.calendar(None), test.start, moment.offset)
            _sweep_until(workspace, stage.ticket, instant)
            for state in moment.moves:
                failed = _moved(workspace, stage.ticket, state, instant)
                if failed:
                    yield Failure(moment.span, f"move {state}", failed)
            perform(workspace, Turn(instant, ACTOR), partial(escalate, id=stage.ticket))
            events = list(workspace.store.history(TICKETS, stage.ticket))
            yield from _check(workspace, stage.ticket, moment, events[seen:], instant)
            seen = len(events)
        except Refusal as refusal:
            yield Failure(moment.span, "the rules decide", refusal.message)
            return


def _open(desk: Desk, test: TestBlock) -> Stage:
    stage = set_stage(desk, test.givens)
    if desk.rulebook.entry is not None and not stage.placed:
        dispatch_ticket(desk, stage.ticket)
    return stage


def _sweep_until(workspace: Workspace, id: str, until: datetime) -> None:
    """Look at the ticket at each instant before `until` at which a sweep would, as cron does."""
    while True:
        wake = (workspace.store.get(TICKETS, id) or {}).get("wake_at")
        if wake is None or parse_instant(wake) >= until:
            return
        perform(workspace, Turn(parse_instant(wake), ACTOR), partial(escalate, id=id))


def _moved(workspace: Workspace, id: str, state: str, at: datetime) -> str:
    """Why a move was refused; empty where it was made."""

    def work(desk: Desk) -> None:
        move(desk, id, state)

    try:
        perform(workspace, Turn(at, ACTOR), work)
    except Refusal as refusal:
        return refusal.message
    return ""


def _check(workspace: Workspace, id: str, moment: Moment, events: list[Event], now: datetime) -> Iterator[Failure]:
    for expectation in moment.expects:
        found = perform(workspace, Turn(now, ACTOR), partial(_found, id=id, wanted=expectation, events=events))
        if found is not None:
            yield Failure(expectation.span, *found)


def _found(desk: Desk, id: str, wanted: Expectation, events: list[Event]) -> tuple[str, str] | None:
    """What was expected and what was found, in words; None where they agree."""
    ticket = desk.ticket(id)
    match wanted:
        case ExpectRule(rule):
            rules = _rules(events)
            return None if rule in rules else (f"rule {rule}", ", ".join(rules) or "no rule")
        case ExpectAction(action):
            text = print_action(action)
            acted = _actions(desk, events)
            if any(text == done and at == desk.now for done, at in acted):
                return None
            return text, _acted_in_words(desk, acted)
        case ExpectNothing():
            fired = _actions(desk, [event for event in events if event.kind == "escalated"])
            return ("nothing", _acted_in_words(desk, fired)) if fired else None
        case ExpectField(path, literal):
            value = desk.facts(ticket)[path]
            agrees = value == literal.value or (isinstance(value, tuple) and literal.value in value)
            return None if agrees else (f"{path} {literal.value}", _in_words(value))
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
        if event.kind == "escalated":
            acted += [(text, event.at) for text in why["actions"]]
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
