"""The calendars of a workspace: found by name, with the clauses that they come from."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from svcctl.clock.calendar import Calendar
from svcctl.clock.inline import DAYS
from svcctl.clock.reasons import Reason
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.record import Record
from svcctl.foundation.source import Source, Span
from svcctl.language.calendar_block import CalendarBlock, Weekly
from svcctl.language.tree import Node, place_of


class Clause(Record):
    """A clause of a rule file: its `place`, as `file:line:column`, and what it says."""

    place: str
    text: str


class NamedCalendar(Record):
    """A calendar with the block that it was made of and the text that the block stands in."""

    calendar: Calendar
    block: CalendarBlock
    source: Source | None

    def clauses(self, reason: Reason, *, breaks: bool = False) -> tuple[Clause, ...]:
        """The clauses that decided a day, or with `breaks` those that interrupted it."""
        block, on = self.block, reason.on
        if breaks:
            return self._written(clause for clause in block.breaks if clause.day == on)
        match reason.day.kind:
            case "weekday":
                return self._written(clause for clause in block.weekly if on.weekday() in clause.days)
            case "shift":
                return self._written(clause for clause in block.shifts if clause.day == on)
            case "closed":
                return self._written((c for c in block.closed if c.first <= on <= c.last), "closed ")
            case _:
                country = next(code for code in block.holidays if code == reason.country)
                clause = Clause(self._place(place_of(country, block)), f"holidays {country}")
                return (clause, *self._worked(reason))

    @property
    def place(self) -> str:
        """`file:line:column` of the block."""
        return self._place(self.block.span)

    def _worked(self, reason: Reason) -> tuple[Clause, ...]:
        """Where a make-up workday has its hours from."""
        if not reason.day.hours:
            return ()
        first = next((day for day in range(5) if self.calendar.weekly[day]), reason.on.weekday())
        return self._written(clause for clause in self.block.weekly if first in clause.days)

    def _written(self, nodes: Iterable[Node], word: str = "") -> tuple[Clause, ...]:
        return tuple(Clause(self._place(node.span), word + self._text(node.span)) for node in nodes)

    def _place(self, span: Span) -> str:
        return self.source.place(span) if self.source else span.source

    def _text(self, span: Span) -> str:
        return " ".join(self.source.text[span.start : span.end].split()) if self.source else ""


def find_calendar(workspace: Workspace, name: str) -> NamedCalendar:
    """The calendar of a name. Raises Refusal `unknown-rule`, `rules-broken`."""
    calendar = workspace.rulebook.calendars.get(name)
    if calendar is None:
        meant = nearest(name, set(workspace.rulebook.calendars))
        hint = f"did you mean `{meant}`?" if meant else "`svcctl calendar list` shows them"
        raise Refusal("unknown-rule", f"there is no calendar `{name}`", help=hint)
    block = next(block for block in workspace.rule_set.rules.calendars if block.id == name)
    return NamedCalendar(calendar, block, workspace.rule_set.sources.get(block.span.source))


def all_calendars(workspace: Workspace) -> tuple[NamedCalendar, ...]:
    """Every calendar, in the order of the files."""
    return tuple(find_calendar(workspace, str(block.id)) for block in workspace.rule_set.rules.calendars)


def calendar_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Every calendar with its zone, its week in words, its countries, and whether it is the one in force."""
    in_force = workspace.rulebook.default_calendar
    return [
        {
            "id": named.calendar.id,
            "title": named.block.title or "",
            "zone": named.calendar.zone,
            "week": "; ".join(week_text(clause) for clause in named.block.weekly),
            "holidays": list(named.calendar.holidays),
            "in_force": named.calendar.id == in_force,
            "place": named.place,
        }
        for named in all_calendars(workspace)
    ]


def by_name(open_workspace: Callable[[], Workspace]) -> Callable[[str], Calendar]:
    """Finds calendars by name; the workspace is opened when the first is asked for."""

    @lru_cache(maxsize=1)
    def opened() -> Workspace:
        return open_workspace()

    @cache
    def named(name: str) -> Calendar:
        return find_calendar(opened(), name).calendar

    return named


def hours_text(intervals: Iterable[tuple[int, int]]) -> str:
    """Intervals as rules write them: `09:00-12:00, 13:30-18:00`."""
    return ", ".join("-".join(f"{minute // 60:02}:{minute % 60:02}" for minute in interval) for interval in intervals)


def closed_text(first: date, last: date) -> str:
    """A clause that closes a day or a range of days."""
    return f"closed {first}" if first == last else f"closed {first}..{last}"


def week_text(clause: Weekly) -> str:
    """A clause that gives weekdays their hours."""
    return f"{_days(clause.days)} {hours_text(clause.intervals)}"


def _days(days: tuple[int, ...]) -> str:
    if len(days) == 7:
        return "daily"
    if len(days) > 2 and all((later - earlier) % 7 == 1 for earlier, later in pairwise(days)):
        return f"{DAYS[days[0]]}..{DAYS[days[-1]]}"
    return ", ".join(DAYS[day] for day in days)
