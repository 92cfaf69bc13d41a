"""What one set of rules makes of the recorded history: decisions about tickets as they were, and escalations played
along it as if a sweep had come whenever one was due."""

from datetime import datetime
from typing import Any

from svcctl.decision.acceptance import check_acceptance
from svcctl.decision.decision import Decision
from svcctl.decision.dispatch import decide
from svcctl.decision.escalation import due_steps, next_watches, states_watched_done, watching
from svcctl.decision.rulebook import Rulebook
from svcctl.decision.sla import promise
from svcctl.decision.wake import wake_at
from svcctl.desk.dispatching import willing
from svcctl.desk.recorded import World
from svcctl.facts.case import Case
from svcctl.facts.facts import Facts, collect_facts
from svcctl.foundation.instant import stored
from svcctl.ticket.clocks import Clock, derive_clocks
from svcctl.ticket.milestones import is_open
from svcctl.ticket.model import Firing, PinnedTarget, Ticket

#: A ticket is looked at so often between two of its events at most: rules may never rest.
MOST_LOOKS = 1000


class Watch:
    """What escalates for one ticket by these rules: what watches it, what has fired, when to look again."""

    __slots__ = ("began", "fired", "firings", "targets", "wake")

    def __init__(self) -> None:
        self.began: dict[str, str] = {}
        self.firings: tuple[Firing, ...] = ()
        self.fired: list[tuple[str, str, int, datetime]] = []
        """Rule, step, repeat and the instant at which it fell due."""
        self.targets: tuple[PinnedTarget, ...] | None = None
        self.wake: datetime | None = None


class Judge:
    """A rulebook in a recorded world."""

    def __init__(self, book: Rulebook, world: World, currency: str) -> None:
        self.book = book
        self.world = world
        self.currency = currency
        self.watches: dict[str, Watch] = {}
        self.cut: set[str] = set()
        """Tickets that were not looked at as often as the rules asked."""

    def _case(self, ticket: Ticket, now: datetime) -> Case:
        return self.world.case(self.book, ticket, now, self.currency)

    def _facts(self, ticket: Ticket, now: datetime) -> Facts:
        return collect_facts(self._case(ticket, now))

    # ----------------------------------------------------------------- decisions

    def dispatched(self, ticket: Ticket, now: datetime) -> Decision:
        """The decision of the dispatch rules."""
        return decide(self.book, self._facts(ticket, now), willing(self.world.roster, ticket))

    def promised(self, ticket: Ticket, now: datetime) -> tuple[PinnedTarget, ...]:
        """What the service levels promise; from here on the ticket's clocks run by that."""
        targets = promise(self.book, self._facts(ticket, now))
        self._watch(ticket.id).targets = targets
        return targets

    def due(self, ticket: Ticket, now: datetime) -> dict[str, Any]:
        """When what was promised last is due, by kind, with what else its clock goes by."""
        targets = self._watch(ticket.id).targets or ()
        clocks = self._clocks(self._case(ticket.replace(targets=targets), now))
        return {
            target.kind: {
                "sla": target.sla,
                "due_at": next((_shown(clock.due) for clock in clocks if clock.kind == target.kind), None),
                "pauses": list(target.pauses),
            }
            for target in targets
        }

    def accepted(self, ticket: Ticket, now: datetime) -> dict[str, Any]:
        """Whether the ticket is good enough, and what of its checklist is open."""
        found = check_acceptance(self.book, self._facts(ticket, now), self.world.roster)
        return {"accepted": found.accepted, "open": sorted(check.id for check in found.checks if not check.holds)}

    # --------------------------------------------------------------- escalations

    def _watch(self, id: str) -> Watch:
        watch = self.watches.get(id)
        if watch is None:
            watch = self.watches[id] = Watch()
        return watch

    def advance(self, ticket: Ticket, until: datetime, *, included: bool) -> None:
        """Fire what falls due before an instant, or at it, where that is included."""
        watch = self._watch(ticket.id)
        for _ in range(MOST_LOOKS):
            if watch.wake is None or watch.wake > until or (watch.wake == until and not included):
                return
            self._look(ticket, watch, watch.wake)
        self.cut.add(ticket.id)

    def follow(self, ticket: Ticket, now: datetime, *, past: bool) -> None:
        """Take notice of a change; `past` says that the ticket came in with nothing left to do."""
        watch = self._watch(ticket.id)
        left = is_open(ticket, self.book.milestones(ticket.flow))
        if past or (not left and not watch.began and ticket.state not in states_watched_done(self.book)):
            watch.began, watch.wake = {}, None
        else:
            self._begin(ticket, watch, now)

    def _as_played(self, ticket: Ticket, watch: Watch) -> Ticket:
        played = ticket.replace(watches=watch.began, firings=watch.firings, policies={})
        return played if watch.targets is None else played.replace(targets=watch.targets)

    def _begin(self, ticket: Ticket, watch: Watch, now: datetime) -> Ticket:
        """What watches now, and when to look again."""
        played = self._as_played(ticket, watch)
        while True:
            began = next_watches(played, now, watching(self.book, self._facts(played, now)))
            if began == played.watches:
                break
            played = played.replace(watches=began)
        watch.began = dict(played.watches)
        case = self._case(played, now)
        clocks = self._clocks(case) if watch.began else ()
        watch.wake = wake_at(self.book, collect_facts(case), clocks)
        return played

    def _look(self, ticket: Ticket, watch: Watch, now: datetime) -> None:
        """What a sweep does now."""
        while True:
            played = self._begin(ticket, watch, now)
            case = self._case(played, now)
            steps = due_steps(self.book, collect_facts(case), self._clocks(case))
            if not steps:
                return
            step = steps[0]
            watch.firings = (*watch.firings, Firing(step.rule, step.step, step.entry, step.repeat, now))
            watch.fired.append((step.rule, step.step, step.repeat, step.due_at))

    def _clocks(self, case: Case) -> tuple[Clock, ...]:
        return derive_clocks(case.ticket, case.calendars, case.now, case.calendar, case.milestones)

    def fired(self, id: str, since: datetime | None) -> list[dict[str, Any]]:
        """The steps that fell due for a ticket, in order."""
        watch = self.watches.get(id)
        return [
            {"rule": rule, "step": step, "repeat": repeat, "due_at": stored(at)}
            for rule, step, repeat, at in (watch.fired if watch else ())
            if since is None or at >= since
        ]


def _shown(at: datetime | None) -> str | None:
    return None if at is None else stored(at)
