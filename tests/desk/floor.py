"""A workspace in memory with a few rules, people and things: small enough to be read beside the test."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from svcctl.actions.catalog import ACTIONS, SETTABLE
from svcctl.decision.rulebook import Rulebook, compile_rules
from svcctl.desk.desk import Desk
from svcctl.desk.dispatching import dispatch_ticket
from svcctl.desk.following import follow_rules
from svcctl.desk.intake import open_ticket
from svcctl.desk.records import save_record
from svcctl.desk.settings import load_settings
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.facts.vocabulary import fact_vocabulary
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, zone_named
from svcctl.foundation.source import Source
from svcctl.language.checker import check_rules
from svcctl.language.parser import parse_rules
from svcctl.store.contract import Store
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Document, Event
from svcctl.ticket.model import Ticket

T = TypeVar("T")
SHANGHAI = zone_named("Asia/Shanghai")
MONDAY = parse_instant("2026-11-23T09:00", SHANGHAI)

CALENDARS = """
calendar day { zone "Asia/Shanghai"  mon..fri 09:00-12:00, 13:30-18:00 }
calendar always { zone "Asia/Shanghai"  daily 00:00-24:00 }
"""


def rulebook(text: str) -> Rulebook:
    """The rulebook of a text without mistakes, with the calendars above; `day` is in force."""
    module, mistakes = parse_rules(Source("test.rules", CALENDARS + text.rstrip()))
    rules, findings = check_rules([module], fact_vocabulary(ACTIONS, SETTABLE, default_calendar="day"))
    wrong = [finding for finding in (*mistakes, *findings) if finding.is_error]
    assert not wrong, [finding.message for finding in wrong]
    return compile_rules(rules)


class Floor:
    """A workspace at an instant that tests move on; each operation is a turn of its own."""

    def __init__(self, rules: str = "", store: Store | None = None) -> None:
        settings = load_settings(None, {"SVCCTL_WORKSPACE_ZONE": "Asia/Shanghai"})
        self.workspace = Workspace(Path("nowhere"), settings, store or MemoryStore(TABLES))
        self.rules(rules)
        self.now = MONDAY
        follow_rules(self.workspace, self.turn())

    def rules(self, text: str) -> None:
        """Other rules from now on."""
        self.workspace.__dict__.update(rulebook=rulebook(text), rules_key=text)

    def later(self, **duration: float) -> datetime:
        self.now += timedelta(**duration)
        return self.now

    def turn(self, actor: str = "lin", **guards: Any) -> Turn:
        return Turn(self.now, actor, **guards)

    def do(self, work: Callable[[Desk], T], actor: str = "lin", **guards: Any) -> T:
        return perform(self.workspace, self.turn(actor, **guards), work)

    def on(self, id: str, operation: Callable[..., Any], *args: Any, actor: str = "lin", **named: Any) -> Ticket:
        """Run an operation of `svcctl.desk` on a ticket; the ticket afterwards."""
        self.do(lambda desk: operation(desk, id, *args, **named), actor)
        return self.ticket(id)

    def save(self, noun: str, id: str, **fields: Any) -> None:
        self.do(lambda desk: save_record(desk, noun, {"id": id, **fields}))

    def new(self, *, dispatch: bool = False, **values: Any) -> str:
        """The id of a new ticket, which has a title."""

        def work(desk: Desk) -> str:
            id = open_ticket(desk, {"title": "it is broken", **values}).id
            if dispatch:
                dispatch_ticket(desk, id)
            return id

        return self.do(work)

    def ticket(self, id: str) -> Ticket:
        return self.do(lambda desk: desk.ticket(id))

    def document(self, id: str) -> Document:
        return self.do(lambda desk: desk.document(id))

    def history(self, id: str) -> list[Event]:
        return list(self.workspace.store.history("tickets", id))

    def messages(self) -> list[tuple[str, str, str]]:
        """Kind, receiver and subject of each message in the outbox."""
        found = self.workspace.store.find("outbox")
        return [
            (message["kind"], f"{message['to']['kind']} {message['to']['id']}", message["subject"]) for message in found
        ]


def refusal_of(work: Callable[[], Any]) -> Refusal:
    """What the work refuses."""
    try:
        work()
    except Refusal as refusal:
        return refusal
    raise AssertionError("it was not refused")
