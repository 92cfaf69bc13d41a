"""Who can take a ticket: filter, then prefer, then the id; everyone refused has a reason."""

from collections.abc import Iterable
from decimal import Decimal
from math import asin, cos, radians, sin, sqrt
from typing import Any

from svcctl.clock.arithmetic import is_open
from svcctl.clock.calendar import Calendar
from svcctl.decision.decision import ChoiceTrace, Refused
from svcctl.decision.duty import Duty
from svcctl.decision.roster import Roster
from svcctl.decision.trace import Written, reason, written_clauses
from svcctl.decision.values import base_of, compare, exact
from svcctl.facts.case import Candidate
from svcctl.facts.facts import CandidateFacts, Facts
from svcctl.foundation.quantity import UNITS, Quantity
from svcctl.language.printer import print_choice, skill_of
from svcctl.language.tree import EngineerChoice, Preference, SkillNeed
from svcctl.ticket.people import Engineer, Point

#: Mean radius of the Earth in kilometres (IUGG, arithmetic mean radius R1).
EARTH_KM = 6371.0088


def choose_engineer(
    choice: EngineerChoice, facts: Facts, roster: Roster, default_calendar: Calendar | None = None
) -> tuple[Engineer | None, ChoiceTrace]:
    """The engineer that a choice comes to, or None; with everyone refused, and why, and the ranking of the others.

    The pool is the team that the choice names, or everyone. `default_calendar` counts for engineers who have none,
    nor their team, nor the case. Two who are equal in every preference are ranked by id.
    """
    pool = (engineer for _, engineer in sorted({**roster.engineers, **roster.declined}.items()))
    where = written_clauses(choice.where)
    refused: list[Refused] = []
    fit: list[CandidateFacts] = []
    for engineer in pool:
        if choice.team is not None and engineer.team != choice.team:
            continue
        why = "declined it" if engineer.id in roster.declined else _unfit(engineer, choice.having)
        if not why:
            known = CandidateFacts(facts, candidate_of(engineer, facts, roster, default_calendar))
            why = _refusal(where, known)
            if not why:
                fit.append(known)
        if why:
            refused.append(Refused(engineer.id, why))
    fit.sort(key=lambda known: (*(_rank(each, known) for each in choice.prefer), known.candidate.engineer.id))
    ranked = tuple(known.candidate.engineer.id for known in fit)
    taken = fit[0].candidate.engineer if fit else None
    return taken, ChoiceTrace(print_choice(choice), taken.id if taken else None, tuple(refused), ranked)


def _unfit(engineer: Engineer, having: Iterable[SkillNeed]) -> str:
    if not engineer.active:
        return "is not active"
    for need in having:
        level = engineer.skills.get(need.skill, 0)
        if not compare(need.op, level, need.level):
            return f"skill {need.skill} is {level}, and must be {need.op} {need.level}"
    return ""


def _refusal(where: Iterable[Written], known: CandidateFacts) -> str:
    """Why the first clause of `where` that does not hold refuses the candidate; empty where all hold."""
    for clause in where:
        trace = clause.trace(known)
        if trace.outcome is not True:
            return reason(trace)
    return ""


def candidate_of(engineer: Engineer, facts: Facts, roster: Roster, default_calendar: Calendar | None) -> Candidate:
    """An engineer as the dispatcher sees them at the instant of the case."""
    case = facts.case
    assert case is not None, "candidates are looked for on behalf of a ticket"
    on_leave = any(leave.start <= case.now < leave.end for leave in engineer.leave)
    calendar = Duty(case, roster, default_calendar).hours(engineer)
    place = case.site.location if case.site else None
    return Candidate(
        engineer,
        open_tickets=roster.load.get(engineer.id, 0),
        on_shift=not on_leave and (calendar is None or is_open(calendar, case.now)),
        on_leave=on_leave,
        distance_km=distance_km(engineer.location, place) if engineer.location and place else None,
    )


def distance_km(one: Point, other: Point) -> float:
    """The great-circle distance by the haversine formula (Sinnott, Virtues of the Haversine, 1984)."""
    (lat1, lon1), (lat2, lon2) = ((radians(lat), radians(lon)) for lat, lon in (one, other))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(chord)))


def _rank(preference: Preference, known: CandidateFacts) -> tuple[int, Any]:
    """The sort key of a candidate in one preference: the best first, those of whom nothing is known last."""
    engineer = known.candidate.engineer
    if preference.order == "nearest":
        distance = known.candidate.distance_km
        if distance is not None:
            return 0, distance
        return (1, 0) if known["site.region"] in engineer.regions else (2, 0)
    skill = skill_of(preference)
    if skill is not None:
        return 0, -engineer.skills.get(skill, 0)
    amount = _amount(known[preference.path])
    if amount is None:
        return 1, 0
    return 0, amount if preference.order == "fewest" else -amount


def _amount(value: Any) -> int | Decimal | None:
    """A value as a number to rank by; what differs between engineers are numbers, quantities and truth values."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, Quantity):
        return base_of(value) if value.unit in UNITS else None
    return exact(value)
