"""Sweeping only at wake times fires what sweeping always fires, in the same order, at the real desk.

Two floors go through the same history: moves, pauses and reopenings, changes of priority, acknowledgements, silences
and rules that are edited on the way. On one of them every ticket is looked at at every instant.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from svcctl.desk.desk import Desk
from svcctl.desk.silences import SILENCES
from svcctl.desk.sweep import sweep
from svcctl.desk.tables import TICKETS
from svcctl.desk.work import acknowledge
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import stored
from svcctl.language.snapshot import freeze
from svcctl.ticket.event import Event, changes
from tests.decision.histories import GRID, PRIORITIES, STATES, rule_texts
from tests.desk.floor import Floor, rulebook

PEOPLE = ("li", "zhao")
WHEN = ("priority == high", "state in [new, assigned]", 'tags contains "a"')
MORE = """
escalation stopped { while state in [new, assigned] and not acknowledged
  after 40m { remind assignee  repeat every 25m up to 3 times } }
escalation waiting { while not paused and state != new  after 90m { notify manager of assignee urgent "waits" } }
escalation reopened { for reopened > 0  mutes stopped  after 10m { notify role lead } }
"""

moments = st.one_of(
    st.integers(1, 700 * 60).map(lambda seconds: timedelta(seconds=seconds)),
    st.integers(1, 140).map(lambda count: count * GRID),
)
happenings = st.lists(
    st.tuples(
        moments,
        st.sampled_from((0, 1)),
        st.one_of(
            st.tuples(st.just("state"), st.sampled_from(STATES)),
            st.tuples(st.just("priority"), st.sampled_from(PRIORITIES)),
            st.tuples(st.just("assignee"), st.sampled_from(PEOPLE)),
            st.tuples(st.just("ack"), st.just("li")),
            st.tuples(st.just("silence"), st.sampled_from(WHEN)),
            st.tuples(st.just("rules"), st.sampled_from((0, 1))),
        ),
    ),
    max_size=7,
)
Script = Sequence[tuple[datetime, int, tuple[str, Any]]]


class World:
    """A floor with two tickets under rules that may be edited; `log` is what fired, and when."""

    def __init__(self, texts: tuple[str, str], lazy: bool) -> None:
        self.texts = texts
        self.lazy = lazy
        self.log: list[Any] = []
        self.floor = Floor(texts[0])
        self.floor.save("team", "site", manager="wang", calendar="day")
        self.floor.save("engineer", "wang", calendar="always", roles=["lead"])
        for name in PEOPLE:
            self.floor.save("engineer", name, team="site")
        self.ids = [self.floor.new(priority=priority, description="x") for priority in ("low", "high")]

    def happen(self, now: datetime, which: int, what: str, value: Any) -> None:
        self.floor.now = now
        id = self.ids[which]
        if what == "rules":
            self.floor.rules(self.texts[value])
        elif what == "silence":
            self.floor.do(lambda desk: _silence(desk, value))
        elif what == "ack":
            with suppress(Refusal):  # there may be nothing left to acknowledge, or it is another's
                self.floor.on(id, acknowledge, actor=value)
        elif self.floor.document(id).get(what) != value:
            self.floor.do(lambda desk: desk.change(id, "changed", {what: value}))

    def sweep(self, now: datetime) -> None:
        self.floor.now = now
        if not self.lazy:
            for id in self.ids:
                self.floor.do(lambda desk, id=id: _wake(desk, id))  # type: ignore[misc]
        self.log += [(now, item) for item in sweep(self.floor.workspace, self.floor.turn("cron"))]

    def messages(self) -> list[Any]:
        """What was said, to whom, and whether it was muted; numbered as it was said."""
        return [
            tuple(str(message.get(name)) for name in ("id", "ticket", "kind", "to", "status", "muted_by", "next_at"))
            for message in self.floor.workspace.store.find("outbox")
        ]


def _wake(desk: Desk, id: str) -> None:
    """Have a ticket looked at whatever its wake time; one that is due keeps its turn."""
    document = desk.document(id)
    if document.get("wake_at", "9999") > stored(desk.now):
        new = changes(document, {"wake_at": stored(desk.now)})
        desk.transaction.record(Event(TICKETS, id, "woken", desk.now, desk.actor, new))


def _silence(desk: Desk, condition: str) -> None:
    """A silence of two hours, as `add_silence` keeps it."""
    (block,) = rulebook(f"escalation s {{ for {condition}  after 0m {{ tag x }} }}").escalations
    end = stored(desk.now + timedelta(hours=2))
    new = {"checked": freeze(block.condition), "starts_at": stored(desk.now), "ends_at": end}
    id = desk.transaction.next_id(SILENCES)
    desk.transaction.record(Event(SILENCES, id, "added", desk.now, desk.actor, changes(None, new)))


def play(world: World, start: datetime, script: Script) -> World:
    waiting = list(script)
    for number in range(1, 150):
        now = start + number * GRID
        while waiting and waiting[0][0] <= now:
            moment, which, (what, value) = waiting.pop(0)
            world.happen(moment, which, what, value)
        world.sweep(now)
    return world


@settings(max_examples=8, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(rule_texts(), rule_texts(), happenings)
def test_sweeping_at_wake_times_fires_what_sweeping_always_fires(one: str, other: str, history: list[Any]) -> None:
    texts = (one + MORE, other + MORE.replace("40m", "20m"))
    lazy, eager = World(texts, lazy=True), World(texts, lazy=False)
    start = lazy.floor.now
    script = sorted(((start + after, which, what) for after, which, what in history), key=lambda row: row[0])
    play(lazy, start, script)
    play(eager, start, script)
    assert lazy.log == eager.log
    assert lazy.messages() == eager.messages()
    for id in lazy.ids:
        mine, theirs = lazy.floor.ticket(id), eager.floor.ticket(id)
        assert mine.replace(revision=0) == theirs.replace(revision=0)
        assert len({firing.replace(at=start) for firing in mine.firings}) == len(mine.firings)
