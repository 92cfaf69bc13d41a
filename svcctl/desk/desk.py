"""The desk: one unit of work on tickets inside a transaction.

Every change of a ticket goes through `change`, which adds to the event what follows from it: the escalations
that begin or end to watch, the promises when priority or type changed, and the next wake time.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from svcctl.decision.care import arrived_since, ticket_since, ticket_wake
from svcctl.decision.escalation import next_watches, states_watched_done, watching
from svcctl.decision.sla import promise
from svcctl.decision.wake import wake_of_watched
from svcctl.desk.promises import REPROMISED
from svcctl.desk.reading_desk import ReadingDesk
from svcctl.desk.tables import POLICIES, TICKETS
from svcctl.desk.workspace import Workspace
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts, collect_facts
from svcctl.foundation.instant import stored
from svcctl.language.blocks import FlowBlock
from svcctl.store.contract import Transaction
from svcctl.ticket.document import from_document, to_document
from svcctl.ticket.event import Document, Event, changes, fold
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import StateEntry, Ticket

#: A change of one of these asks anew which service levels apply; nothing else does but `svcctl ticket repromise`.
_PROMISED_BY = frozenset({"type", "priority", "urgency", "impact"})


class Desk(ReadingDesk):
    """Reads and changes tickets at one instant, for one actor."""

    def __init__(self, workspace: Workspace, transaction: Transaction, now: datetime, actor: str) -> None:
        super().__init__(workspace, transaction, now)
        self.transaction = transaction
        self.actor = actor

    def flow_of(self, new: Mapping[str, Any]) -> FlowBlock:
        """The flow that a ticket with these fields will follow."""
        asked = {key: new[key] for key in ("type", "mode", "priority", "channel") if key in new}
        draft = Ticket("", 0, "", self.now, self.now, **asked)
        return self.rulebook.flow_for(collect_facts(Case(draft, self.now)))

    def open_ticket(
        self, kind: str, new: Mapping[str, Any], flow: str | None, states: tuple[StateEntry, ...]
    ) -> Ticket:
        """Record a ticket that was not there before; `states` is its log so far, the last where it stands."""
        id = self.transaction.next_id(TICKETS)
        first = {"created_at": stored(self.now), "flow": flow, "state": states[-1].state, **new}
        return self._record(id, None, kind, first, {"states": to_document(states)}, None, None)

    def change(
        self,
        id: str,
        kind: str,
        new: Mapping[str, Any] | None = None,
        add: Mapping[str, tuple[Any, ...]] | None = None,
        rule: str | None = None,
        why: Mapping[str, Any] | None = None,
    ) -> Ticket:
        """Record one event of a ticket and what follows from it; the ticket afterwards.

        `new` maps dotted paths to values, `add` list fields to items; records and instants are taken as they are. A
        new state is entered in the log of `states`, unless `new` has that whole.
        """
        add = dict(add or {})
        target = (new or {}).get("state")
        if target is not None and "states" not in (new or {}):
            new = {"acknowledged": None, **(new or {})}
            add["states"] = (*add.get("states", ()), StateEntry(target, self.now))
        appended = {path: tuple(to_document(item) for item in items) for path, items in add.items()}
        return self._record(id, self.document(id), kind, new or {}, appended, rule, why)

    def _record(
        self,
        id: str,
        before: Document | None,
        kind: str,
        new: Mapping[str, Any],
        add: Mapping[str, tuple[Any, ...]],
        rule: str | None,
        why: Mapping[str, Any] | None,
    ) -> Ticket:
        values = {path: to_document(value) for path, value in new.items()}
        event = Event(TICKETS, id, kind, self.now, self.actor, changes(before, values), add, rule, why)
        asked = kind == REPROMISED or any(path.split(".")[0] in _PROMISED_BY for path in event.set)
        asked = asked and "targets" not in values  # an undoing brings back what was promised
        asks_promises = before is None or asked
        after = fold(before, event)
        derived = {**self._derived(after, kind, asks_promises), **self._care(before, after, kind)}
        document = self.transaction.record(event.replace(set=changes(before, {**values, **derived})))
        self._keep_policies(before, document)
        self._follow_load(before, document)
        if self.workspace.settings.erp:
            from svcctl.desk.erp_pushes import follow_erps

            follow_erps(self, before, document, kind)
        return from_document(Ticket, document)

    def _derived(self, after: Document, kind: str, asks_promises: bool) -> dict[str, Any]:
        """What follows from a change: whether the ticket is open, its promises, what watches it and when it wakes."""
        ticket = from_document(Ticket, after)
        derived: dict[str, Any] = {"open": is_open(ticket, self.rulebook.milestones(ticket.flow))}
        if asks_promises:
            targets = tuple(target for target in ticket.targets if not target.within)
            # Nothing is promised here for what was done before it came in, or where its source tells what it promised.
            told = kind == "imported" and ("targets" in after or not derived["open"])
            if not targets and not told:
                targets = promise(self.rulebook, self.facts(ticket))
            derived["targets"] = to_document(targets) or (after.get("targets") if told else None)
            ticket = ticket.replace(targets=targets)
        past = kind == "imported" and ticket.revision == 1  # what was done before it came in starts nothing here
        if (
            not derived["open"]
            and not ticket.watches
            and (past or ticket.state not in states_watched_done(self.rulebook))
        ):
            return {**derived, "wake_at": None}
        ticket, wake = self.watched(ticket)
        derived["watches"], derived["policies"] = ticket.watches or None, ticket.policies or None
        derived["wake_at"] = stored(wake) if wake else None
        return derived

    def watched(self, ticket: Ticket) -> tuple[Ticket, datetime | None]:
        """The ticket with what watches it now, and its wake time then. What ends by the rule that it started with may
        begin again at once by the rule that there is now, so other rules are asked until nothing changes."""
        case = self.case(ticket)
        facts, book = collect_facts(case), self.book(ticket)
        while True:
            watches = next_watches(ticket, self.now, watching(book, facts))
            policies = self.rulebook.policies.pinned(watches, ticket.policies)
            if (watches, policies) == (ticket.watches, ticket.policies):
                break
            ticket = ticket.replace(watches=watches, policies=policies)
            case = case.replace(ticket=ticket)
            facts, asked, book = Facts(case, facts), book, self.book(ticket)  # no fact tells of what watches
            if book is asked:
                break
        clocks = self.clocks_of(case) if ticket.watches else ()  # only steps of what watches ask for them
        return ticket, wake_of_watched(book, facts, clocks)

    def _keep_policies(self, before: Document | None, after: Document) -> None:
        """Keep the rules of the escalations that began, each once."""
        known = set((before or {}).get("policies", {}).values())
        for rule, digest in after.get("policies", {}).items():
            if digest not in known and self.transaction.get(POLICIES, digest) is None:
                new = {"rule": rule, "block": self.rulebook.policies.snapshot(rule)}
                self.transaction.record(Event(POLICIES, digest, "kept", self.now, self.actor, changes(None, new)))

    def _care(self, before: Document | None, after: Document, kind: str) -> dict[str, Any]:
        """Since when rules of care are for the ticket, and when the next occasion comes."""
        if not any(rule.subject == "ticket" for rule in self.rulebook.rules.cares):
            return {"care_since": None, "care_wake_at": None}
        ticket = from_document(Ticket, after)
        if before is None and kind == "imported":
            since = arrived_since(self.rulebook, self.facts(ticket))
        else:
            since = ticket_since(self.rulebook, before["state"] if before is not None else None, ticket, self.now)
        ticket = ticket.replace(care_since=since)
        wake = ticket_wake(self.rulebook, self.facts(ticket)) if since else None
        return {"care_since": since or None, "care_wake_at": stored(wake) if wake else None}

    def _follow_load(self, before: Document | None, after: Document) -> None:
        for document, step in ((before, -1), (after, 1)):
            if document and document.get("open"):
                self._load.follow(document.get("assignee"), step)
