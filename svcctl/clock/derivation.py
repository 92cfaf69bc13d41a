"""How a due time came about: every stretch, closed day, working day and pause on the way, as data."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Literal

from svcctl.clock.arithmetic import Pause, due, is_projected
from svcctl.clock.calendar import Calendar
from svcctl.clock.reasons import Reason, reason_for
from svcctl.clock.stretch import Stretch, clipped, merged, without
from svcctl.clock.wall import DAY, EPOCH, SECOND, instant, micros
from svcctl.foundation.quantity import Business, Duration
from svcctl.foundation.record import Record

Kind = Literal["open", "paused", "break", "closed", "working day"]
_Piece = tuple[int, int, Kind]


class Step(Record):
    """One thing that led to a due time.

    `open`: time that counted, `seconds` of it and `total` so far. `paused`, `break`: open time that did
    not count. `closed`: a day without hours. `working day`: one that counted as a day, number `total`.
    `reason` is of the day that it belongs to; a night shift after midnight belongs to the day before, and
    time on the wall clock to none.
    """

    kind: Kind
    start: datetime | None
    end: datetime | None
    seconds: int
    total: int
    reason: Reason | None


class Derivation(Record):
    """A due time with all that led to it; `projected` are years on the way that no official notice fixes."""

    calendar: Calendar
    start: datetime
    duration: Duration
    due: datetime
    steps: tuple[Step, ...]
    projected: tuple[int, ...]


def derive(calendar: Calendar, start: datetime, duration: Duration, pauses: Sequence[Pause] = ()) -> Derivation:
    """The due time of `due` and how it came about. Raises what `due` raises."""
    end = due(calendar, start, duration, pauses)
    cuts = merged((micros(first), micros(last)) for first, last in pauses)
    if isinstance(duration, Business):
        walk = _Walk(calendar, micros(start), micros(end), cuts)
        steps = tuple(walk.by_days(duration.days) if duration.days else walk.by_hours())
        projected = is_projected(calendar, start, end)
    else:
        steps = tuple(_steps(_cut([(micros(start), micros(end))], cuts, []), None, 0))
        projected = ()
    return Derivation(calendar, start, duration, end, steps, projected)


class _Walk:
    """From day to day between two instants, in microseconds since 1970."""

    def __init__(self, calendar: Calendar, low: int, high: int, cuts: list[Stretch]) -> None:
        self.calendar, self.low, self.high, self.cuts = calendar, low, high, cuts
        self.timeline = calendar.timeline
        self.first, self.last = self._ordinal(low), self._ordinal(high)
        self._seen: list[Stretch] = []

    def by_hours(self) -> Iterator[Step]:
        total = 0
        closed: list[Step] = []  # told when something follows: the day after the last night shift led to nothing
        for ordinal in range(max(self.first - 2, 1), self.last + 1):
            reason = reason_for(self.calendar, date.fromordinal(ordinal))
            if not reason.day.hours and ordinal >= self.first:
                closed.append(Step("closed", None, None, 0, total // SECOND, reason))
            pieces = self._pieces(ordinal)
            if pieces or ordinal == self.last - 1:
                yield from closed
                closed.clear()
            yield from _steps(pieces, reason, total)
            total += sum(end - start for start, end, kind in pieces if kind == "open")

    def by_days(self, count: int) -> Iterator[Step]:
        own = self.timeline.day_of(self.low, self.first)
        number = 0
        for ordinal in range(max(own - 1, 1), self.last + 1):
            reason = reason_for(self.calendar, date.fromordinal(ordinal))
            if own < ordinal and number < count:
                stretches = self.timeline.own(ordinal)
                number += bool(stretches)
                if stretches:
                    ends = instant(stretches[0][0]), instant(stretches[-1][1])
                    yield Step("working day", *ends, 0, number, reason)
                else:
                    yield Step("closed", None, None, 0, number, reason)
            paused = [piece for piece in self._pieces(ordinal) if piece[2] == "paused"]
            yield from (step.replace(total=number) for step in _steps(paused, reason, 0))

    def _pieces(self, ordinal: int) -> list[_Piece]:
        """What a day adds to what the days before it had open already."""
        own = self.timeline.own(ordinal)
        fresh = clipped(without(own, self._seen), self.low, self.high)
        two_days_before = (ordinal - EPOCH - 2) * DAY
        self._seen = merged(stretch for stretch in (*self._seen, *own) if stretch[1] > two_days_before)
        broken: list[Stretch] = []
        if self.calendar.breaks:
            broken = clipped(without(self.timeline.planned(ordinal), own), self.low, self.high)
        return _cut(fresh, self.cuts, broken)

    def _ordinal(self, at: int) -> int:
        return instant(at).astimezone(self.calendar.zone_info).toordinal()


def _cut(stretches: list[Stretch], cuts: list[Stretch], broken: list[Stretch]) -> list[_Piece]:
    """In order of time what counts, what a pause takes out of it, and what a break had taken out before."""
    counted = without(stretches, cuts)
    paused = without(stretches, counted)
    kinds: tuple[tuple[Kind, list[Stretch]], ...] = (("open", counted), ("paused", paused), ("break", broken))
    return sorted((start, end, kind) for kind, pieces in kinds for start, end in pieces)


def _steps(pieces: list[_Piece], reason: Reason | None, total: int) -> Iterator[Step]:
    """The pieces as steps; `total` is what was counted before them, in microseconds."""
    for start, end, kind in pieces:
        total += end - start if kind == "open" else 0
        yield Step(kind, instant(start), instant(end), (end - start) // SECOND, total // SECOND, reason)
