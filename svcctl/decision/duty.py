"""Duty: who is at work at an instant, when the others will be, and who is told in their place."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from svcctl.clock.arithmetic import is_open, next_open
from svcctl.clock.calendar import Calendar
from svcctl.decision.decision import Absence, Person
from svcctl.decision.recipients import engineer_person, manager_of
from svcctl.decision.roster import Roster
from svcctl.facts.case import Case
from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record
from svcctl.ticket.people import Engineer, Leave


class Duty(Record):
    """The people of a case and their hours: an engineer's own calendar, or that of the team, or the one in force for
    the case, or `default`. Customers keep the hours of the case. Whoever has no calendar at all is always at work."""

    case: Case
    roster: Roster
    default: Calendar | None = None

    def hours(self, engineer: Engineer | None, team: str | None = None) -> Calendar | None:
        """The calendar of an engineer, or of a team, or of anybody else; None where there is none at all."""
        of = self.roster.teams.get((engineer.team if engineer else team) or "")
        own = (engineer.calendar if engineer else None, of.calendar if of else None)
        named = (self.case.calendars.get(id or "") for id in own)
        return next((calendar for calendar in named if calendar), None) or self.case.calendar or self.default

    def absence(self, person: Person) -> Absence | None:
        """Why somebody is not at work now, and until when; None where they are."""
        engineer = self.roster.engineers.get(person.id) if person.kind == "engineer" else None
        leave = engineer.leave if engineer is not None else ()
        calendar, now = self.hours(engineer, person.id if person.kind == "team" else None), self.case.now
        away = any(span.start <= now < span.end for span in leave)
        if not away and (calendar is None or is_open(calendar, now)):
            return None
        who = f"{person.kind} {person.id}"
        return Absence(who, "on leave" if away else "off shift", _back(calendar, leave, now))

    def told(self, people: tuple[Person, ...], urgent: bool = False) -> tuple[tuple[Person, ...], tuple[Absence, ...]]:
        """Whom a message meant for `people` goes to; and where nobody of them is on duty, everyone who is not.

        Those on duty get it. Where nobody is, what is not urgent waits for those who are back first, unless all are on
        leave: then it goes to the next level up, to those on duty or else to those back first. What is urgent goes to
        everyone meant, whatever the hour, and where nobody of them is on duty to the next level up that is, too.
        """
        here, absent = self._split(people)
        if here or not people:
            return (people if urgent else here), ()
        away = [absence for _, absence in absent]
        if not urgent and any(absence.reason == "off shift" for absence in away):
            return _first_back(absent), tuple(away)
        waiting = people if urgent else ()
        for level in self._levels(people):
            here, above = self._split(level)
            if here:
                return (*waiting, *here), tuple(away)
            away += [absence for _, absence in above]
            if not waiting and any(absence.reason == "off shift" for _, absence in above):
                return _first_back(above), tuple(away)
        return waiting or _first_back(absent), tuple(away)

    def _split(self, people: tuple[Person, ...]) -> tuple[tuple[Person, ...], list[tuple[Person, Absence]]]:
        """Those on duty; and the others, each with their absence."""
        found = [(person, self.absence(person)) for person in people]
        here = tuple(person for person, absence in found if absence is None)
        return here, [(person, absence) for person, absence in found if absence is not None]

    def _levels(self, people: tuple[Person, ...]) -> Iterator[tuple[Person, ...]]:
        """The managers of people, their managers, and so on; nobody twice."""
        seen = {person.id for person in people if person.kind == "engineer"}
        level: Iterable[Person] = people
        while True:
            found = (manager_of(person, self.roster) for person in level)
            above = {manager.id: manager for manager in found if manager is not None and manager.id not in seen}
            if not above:
                return
            seen |= above.keys()
            level = tuple(engineer_person(manager) for _, manager in sorted(above.items()))
            yield level


def _first_back(absent: Sequence[tuple[Person, Absence]]) -> tuple[Person, ...]:
    """Those who are on duty first; everyone where nobody ever is."""
    first = min((absence.until for _, absence in absent if absence.until is not None), default=None)
    return tuple(person for person, absence in absent if absence.until == first)


def _back(calendar: Calendar | None, leave: tuple[Leave, ...], now: datetime) -> datetime | None:
    """The next instant that is open and not on leave; None where there is none."""
    at = now
    while True:
        before = at
        at = max([at, *(span.end for span in leave if span.start <= at < span.end)])
        if calendar is not None and not is_open(calendar, at):
            try:
                at = next_open(calendar, at)
            except Refusal:
                return None
        if at == before:
            return at
