"""Replay: other rules over the recorded history, and which recorded decisions they would have made otherwise.

Each decision is taken by itself, of the ticket as it was recorded: what would have followed from another one is not
played on. The rules in force make each decision again, too. So a difference is one between the two sets of rules, and
how many decisions on record the rules in force make alike tells how far the replay is to be trusted: all of them,
unless rules have changed since.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from svcctl.decision.flow import legal_moves
from svcctl.decision.rulebook import Rulebook
from svcctl.desk.judging import Judge
from svcctl.desk.promises import REPROMISED
from svcctl.desk.recorded import Step, World
from svcctl.desk.tables import TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant
from svcctl.foundation.record import Record
from svcctl.ticket.document import from_document, to_document
from svcctl.ticket.event import Document, Event
from svcctl.ticket.model import Ticket

KINDS = ("dispatch", "due", "escalation", "acceptance")
#: A change of one of these asks anew what is promised.
_PROMISED_BY = frozenset({"type", "priority", "urgency", "impact"})
#: The field of tickets by which a record of another table concerns them.
_CONCERNED_BY: Mapping[str, str] = {"customers": "customer", "sites": "site", "assets": "asset"}


class Change(Record):
    """One recorded decision that the other rules make otherwise: what the rules in force make of it, and what they."""

    id: str
    kind: str
    at: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Tally(Record):
    """Of one kind: decisions on record, those that the rules in force make alike, and tickets decided otherwise."""

    recorded: int
    alike: int
    tickets: int


class Replayed(Record):
    """What a replay came to. `cut` are tickets whose escalations were not played to the end: the rules never rest."""

    tickets: int
    since: datetime | None
    until: datetime | None
    tallies: Mapping[str, Tally]
    changes: tuple[Change, ...]
    cut: tuple[str, ...]


def replay(
    workspace: Workspace, new: Rulebook, since: datetime | None, told: Callable[[int], None] = lambda commits: None
) -> Replayed:
    """Decide everything on record since an instant again, by the rules in force and by `new`. Nothing is written.

    Raises Refusal `rules-broken`.
    """
    return _Replay(workspace, new, since).run(told)


class _Replay:
    def __init__(self, workspace: Workspace, new: Rulebook, since: datetime | None) -> None:
        self.workspace = workspace
        self.since = since
        self.world = World()
        currency = workspace.settings["workspace.currency"]
        self.old = Judge(workspace.rulebook, self.world, currency)
        self.new = Judge(new, self.world, currency)
        self.judges = (self.old, self.new)
        self.concerned: dict[tuple[str, str], dict[str, None]] = {}
        self.seen: dict[str, None] = {}
        self.steps_on_record: dict[str, list[tuple[str, str, int]]] = {}
        self.recorded = dict.fromkeys(KINDS, 0)
        self.alike = dict.fromkeys(KINDS, 0)
        self.changes: list[Change] = []

    def run(self, told: Callable[[int], None]) -> Replayed:
        last: datetime | None = None
        for step in self.world.steps(self.workspace.store, told):
            last = step.event.at if last is None else max(last, step.event.at)
            if step.event.table == TICKETS:
                self._event(step)
            else:
                for id in self.concerned.get((step.event.table, step.event.id), ()):
                    self._advance(id, step.event.at, included=False)
        for id in self.seen:
            self._end(id, last or datetime.min)
        kinds = {kind: {change.id for change in self.changes if change.kind == kind} for kind in KINDS}
        tallies = {kind: Tally(self.recorded[kind], self.alike[kind], len(kinds[kind])) for kind in KINDS}
        changes = sorted(self.changes, key=lambda change: (change.at, change.id, KINDS.index(change.kind)))
        cut = tuple(sorted(self.old.cut | self.new.cut))
        return Replayed(len(self.seen), self.since, last, tallies, tuple(changes), cut)

    # ---------------------------------------------------------------------- events

    def _event(self, step: Step) -> None:
        event, after = step.event, step.after
        if step.before is not None:
            self._advance(event.id, event.at, included=event.kind in ("escalated", "watched"))
            ticket = self.world.known(TICKETS, event.id)
            if event.kind == "dispatched":
                self._dispatched(event, ticket)
            if "state" in event.set:
                self._moved(event, ticket)
        if event.kind == "escalated":
            self._escalated(event)
        if after is None:
            self.seen.pop(event.id, None)
            return
        if self._counts(event.at):
            self.seen[event.id] = None
        for table, field in _CONCERNED_BY.items():
            if field in event.set and after.get(field):
                self.concerned.setdefault((table, after[field]), {})[event.id] = None
        if _asks_promises(event, after):
            self._promised(event, step.before, after)
        changed = from_document(Ticket, after)
        past = event.kind == "imported" and step.before is None and not after.get("open")
        self._each(lambda judge: judge.follow(changed, event.at, past=past))

    def _advance(self, id: str, until: datetime, *, included: bool) -> None:
        ticket = self.world.known(TICKETS, id)
        if ticket is not None:
            self._each(lambda judge: judge.advance(ticket, until, included=included))

    def _end(self, id: str, at: datetime) -> None:
        """What the history leaves undecided: steps that fell due since the last event, and acceptance to come."""
        self._advance(id, at, included=True)
        fired = [judge.fired(id, self.since) for judge in self.judges]
        names = {(each["rule"], each["step"], each["repeat"]) for each in self.old.fired(id, None)}
        self.alike["escalation"] += sum(each in names for each in self.steps_on_record.get(id, ()))
        if fired[0] != fired[1]:
            only = [[each for each in fired[place] if each not in fired[1 - place]] for place in (0, 1)]
            first = min((each["due_at"] for each in (*only[0], *only[1])), default=None)
            when = at if first is None else parse_instant(first)
            self.changes.append(Change(id, "escalation", when, {"steps": only[0]}, {"steps": only[1]}))
        ticket = self.world.known(TICKETS, id)
        if ticket is not None and any(_demanding(judge.book, ticket) for judge in self.judges):
            self._compare("acceptance", id, at, self._each(lambda judge: judge.accepted(ticket, at)))

    # ------------------------------------------------------------------- decisions

    def _each(self, work: Callable[[Judge], Any]) -> list[Any]:
        """What both sets of rules come to, or why they refuse: a calendar that is gone, a time that never comes."""
        found: list[Any] = []
        for judge in self.judges:
            try:
                found.append(work(judge))
            except Refusal as refusal:
                found.append({"refused": refusal.message})
        return found

    def _counts(self, at: datetime) -> bool:
        return self.since is None or at >= self.since

    def _compare(self, kind: str, id: str, at: datetime, found: list[Any]) -> None:
        before, after = found
        if before != after and self._counts(at):
            self.changes.append(Change(id, kind, at, before, after))

    def _record(self, kind: str, at: datetime, alike: bool) -> None:
        if self._counts(at):
            self.recorded[kind] += 1
            self.alike[kind] += alike

    def _dispatched(self, event: Event, ticket: Ticket) -> None:
        found = self._each(lambda judge: _decided(to_document(judge.dispatched(ticket, event.at))))
        self._record("dispatch", event.at, found[0] == _decided(event.why or {}))
        self._compare("dispatch", event.id, event.at, found)

    def _promised(self, event: Event, before: Document | None, after: Document) -> None:
        ticket = from_document(Ticket, {**after, "targets": (before or {}).get("targets") or []})
        found = self._each(
            lambda judge: {
                "targets": to_document(judge.promised(ticket, event.at)),
                "due": judge.due(ticket, event.at),
            }
        )
        self._record("due", event.at, found[0].get("targets") == (after.get("targets") or []))
        self._compare("due", event.id, event.at, [told.get("due", told) for told in found])

    def _moved(self, event: Event, ticket: Ticket) -> None:
        """A move that demanded acceptance: the ticket was accepted then."""
        flow = self.old.book.flow(ticket.flow)
        if not any(demand.state == event.set["state"][1] and "acceptance" in demand.needs for demand in flow.demands):
            return
        found = self._each(lambda judge: judge.accepted(ticket, event.at))
        self._record("acceptance", event.at, found[0].get("accepted") is True)
        self._compare("acceptance", event.id, event.at, found)

    def _escalated(self, event: Event) -> None:
        if self._counts(event.at):
            self.recorded["escalation"] += 1
            for firing in event.add.get("firings", ()):
                key = firing["rule"], firing["step"], firing["repeat"]
                self.steps_on_record.setdefault(event.id, []).append(key)


def _asks_promises(event: Event, after: Document) -> bool:
    """Whether what is promised was asked with this event: see `Desk.change`."""
    if event.kind == "undone" or any(not target.get("within") for target in after.get("targets", ())):
        return False
    if event.kind == "imported" and not after.get("open"):
        return False
    made = event.set.get("state", ("", None))[0] is None
    return made or event.kind == REPROMISED or any(path.split(".")[0] in _PROMISED_BY for path in event.set)


def _demanding(book: Rulebook, ticket: Ticket) -> bool:
    """Whether the ticket may move next to a state that demands acceptance."""
    flow = book.flow(ticket.flow)
    demanding = {demand.state for demand in flow.demands if "acceptance" in demand.needs}
    return any(state in demanding for state, _ in legal_moves(flow, ticket.state))


def _decided(why: Mapping[str, Any]) -> dict[str, Any]:
    """A dispatch decision as far as it matters for the ticket."""
    return {"block": why.get("block"), "rule": why.get("rule"), "effects": why.get("effects", [])}
