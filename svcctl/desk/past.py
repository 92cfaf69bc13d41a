"""The past of a ticket that was worked on elsewhere: what its row tells of the states that it went through."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import stored
from svcctl.foundation.record import Record
from svcctl.language.blocks import FlowBlock
from svcctl.ticket.milestones import Milestones
from svcctl.ticket.model import PinnedTarget, StateEntry

#: Fields that a row gives the times of states by, in the order in which work goes on.
TIMES = ("responded_at", "resolved_at", "closed_at")


class Past(Record):
    """`times` by the names of `TIMES`; `state` is where the ticket stands now, as far as the row says."""

    times: Mapping[str, datetime]
    state: str | None = None

    @property
    def is_told(self) -> bool:
        return bool(self.times) or self.state is not None

    def entries(
        self, flow: FlowBlock, milestones: Milestones, reported: datetime, now: datetime
    ) -> tuple[StateEntry, ...]:
        """The log of states after the first.

        Who closed a ticket had resolved it, and who resolved it had responded: an earlier step that is dated after a
        later one is dated back to it. A state without a time of its own is entered at the latest time that the row
        tells, or else when it was imported; one in which nothing is left to do must have a time.

        Raises Refusal `bad-input` for a time before the report, and for a state that the flow does not have or that
        should have a time.
        """
        states = flow.states
        entries = tuple(self._dated(states, milestones, reported))
        state = self.state
        if state is None or state == (entries[-1].state if entries else states[0]):
            return entries
        if state not in states:
            meant = nearest(state, set(states))
            raise Refusal(
                "bad-input",
                f"flow `{flow.id}` has no state `{state}`",
                help=f"did you mean `{meant}`?" if meant else "it has " + ", ".join(states),
            )
        if not entries and state in milestones.done:
            raise Refusal(
                "bad-input", f"it stands `{state}`, and since when is not told", help="map `resolved_at` or `closed_at`"
            )
        return (*entries, StateEntry(state, entries[-1].at if entries else max(now, reported)))

    def _dated(self, states: tuple[str, ...], milestones: Milestones, reported: datetime) -> list[StateEntry]:
        ended = (self.state,) if self.state in milestones.cancel else ()
        places = {
            "responded_at": (*milestones.respond, *milestones.arrive),
            "resolved_at": (*milestones.resolve, *milestones.close),
            "closed_at": (*ended, *milestones.close, *milestones.resolve),
        }
        entries: list[StateEntry] = []
        for name in reversed(TIMES):
            at = self.times.get(name)
            place = next((state for state in places[name] if state in states), None)
            if at is None or place is None:
                continue
            if at < reported:
                raise Refusal(
                    "bad-input", f"`{name}` is {stored(at)}, which is before the report at {stored(reported)}"
                )
            if not entries or place != entries[0].state:
                entries.insert(0, StateEntry(place, min(at, entries[0].at) if entries else at))
        return entries


def told_past(fields: dict[str, Any]) -> Past:
    """The past that mapped fields tell of; they are taken out of `fields`."""
    times = {name: fields.pop(name) for name in TIMES if name in fields}
    return Past(times, fields.pop("state", None))


def told_targets(fields: dict[str, Any], source: str) -> tuple[PinnedTarget, ...]:
    """The promises made in the system `source`, and its verdicts on them; they are taken out of `fields`."""
    targets = []
    for kind in ("respond", "arrive", "resolve"):
        due, met = fields.pop(f"due.{kind}", None), fields.pop(f"met.{kind}", None)
        if due is not None or met is not None:
            targets.append(PinnedTarget(kind, source, due_at=due, met=met))
    return tuple(targets)
