"""Duty: who is at work, and who is told in the place of those who are not."""

from datetime import datetime
from typing import Any

import pytest

from svcctl.clock.calendar import Calendar
from svcctl.decision.decision import Absence, Person
from svcctl.decision.duty import Duty
from svcctl.decision.recipients import answerable
from svcctl.decision.roster import Roster
from svcctl.facts.case import Case
from svcctl.ticket.people import Engineer, Leave, Team
from tests.decision.books import at, book, ticket

RULES = book('calendar night { zone "Asia/Shanghai"  daily 22:00-06:00 }')
LEAVE = (Leave(at("2026-11-23T00:00"), at("2026-11-25T00:00")),)
ROSTER = Roster(
    {
        "li": Engineer("li", team="site", calendar="cn-service"),
        "sick": Engineer("sick", team="site", calendar="cn-service", leave=LEAVE),
        "owl": Engineer("owl", calendar="night", manager="wang"),
        "wang": Engineer("wang", calendar="cn-service", manager="boss"),
        "boss": Engineer("boss", calendar="round-the-clock", manager="wang"),
        "gone": Engineer("gone", manager="nobody-knows", team="site"),
    },
    {"site": Team("site", manager="wang", calendar="night")},
)
MORNING, EVENING = "2026-11-23T10:00", "2026-11-23T19:00"


def duty(now: str) -> Duty:
    case = Case(ticket("2026-11-23T09:00"), at(now), calendar=RULES.calendar(None), calendars=RULES.calendars)
    return Duty(case, ROSTER)


def person(name: str) -> Person:
    kind: Any = "engineer" if name in ROSTER.engineers else "team" if name in ROSTER.teams else "customer"
    return Person(kind, name)


def told(now: str, *names: str, urgent: bool = False) -> tuple[list[str], list[str]]:
    people, away = duty(now).told(tuple(person(name) for name in names), urgent)
    return [one.id for one in people], [absence.who.split()[1] for absence in away]


@pytest.mark.parametrize(
    ("name", "now", "reason", "until"),
    [
        ("li", MORNING, None, ""),
        ("li", "2026-11-23T12:00", "off shift", "2026-11-23T13:30"),
        ("li", "2026-11-27T18:00", "off shift", "2026-11-30T09:00"),
        ("sick", MORNING, "on leave", "2026-11-25T09:00"),
        ("sick", "2026-11-22T23:00", "off shift", "2026-11-25T09:00"),
        ("owl", MORNING, "off shift", "2026-11-23T22:00"),
        ("owl", "2026-11-23T23:00", None, ""),
        ("site", MORNING, "off shift", "2026-11-23T22:00"),
        ("acme", EVENING, "off shift", "2026-11-24T09:00"),
        ("boss", EVENING, None, ""),
    ],
)
def test_who_is_at_work_and_when_the_others_are_back(name: str, now: str, reason: Any, until: str) -> None:
    absence = duty(now).absence(person(name))
    assert absence == (None if reason is None else Absence(f"{person(name).kind} {name}", reason, at(until)))


@pytest.mark.parametrize(
    ("now", "names", "people", "away"),
    [
        (MORNING, ("li", "sick"), ["li"], []),
        (MORNING, ("li", "wang"), ["li", "wang"], []),
        (EVENING, ("li",), ["li"], ["li"]),
        (EVENING, ("li", "owl"), ["owl"], ["li", "owl"]),
        (EVENING, ("sick",), ["wang"], ["sick", "wang"]),
        (MORNING, ("sick",), ["wang"], ["sick"]),
        (EVENING, ("acme",), ["acme"], ["acme"]),
        (EVENING, (), [], []),
    ],
)
def test_what_is_not_urgent(now: str, names: tuple[str, ...], people: list[str], away: list[str]) -> None:
    assert told(now, *names) == (people, away)


@pytest.mark.parametrize(
    ("now", "names", "people", "away"),
    [
        (MORNING, ("li", "sick"), ["li", "sick"], []),
        (EVENING, ("li",), ["li", "boss"], ["li", "wang"]),
        (EVENING, ("owl", "li"), ["owl", "li", "boss"], ["owl", "li", "wang"]),
        (EVENING, ("site",), ["site", "boss"], ["site", "wang"]),
        (EVENING, ("acme",), ["acme"], ["acme"]),
    ],
)
def test_what_is_urgent(now: str, names: tuple[str, ...], people: list[str], away: list[str]) -> None:
    assert told(now, *names, urgent=True) == (people, away)


def test_nobody_at_all_is_still_somebody_told() -> None:
    never = Calendar("never", "UTC", {})
    alone = Roster({"li": Engineer("li", leave=LEAVE)})
    case = Case(ticket("2026-11-23T09:00"), at(MORNING), calendar=never)
    people, away = Duty(case, alone).told((Person("engineer", "li"),))
    assert [one.id for one in people] == ["li"]
    assert away == (Absence("engineer li", "on leave", None),)


def test_who_answers_for_a_ticket() -> None:
    def of(**fields: Any) -> set[str]:
        return set(answerable(ticket("2026-11-23T09:00", **fields), ROSTER))

    assert of(assignee="owl") == {"owl", "wang", "boss"}
    assert of(team="site") == {"li", "sick", "gone", "wang", "boss"}
    assert of() == set()


def test_hours_never_end_in_the_past() -> None:
    now: datetime = at(EVENING)
    for name in ROSTER.engineers:
        absence = duty(EVENING).absence(person(name))
        assert absence is None or (absence.until is not None and absence.until > now)
