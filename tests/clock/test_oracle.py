"""The arithmetic against a slow oracle that knows nothing but minutes.

The oracle writes down every open minute of a few weeks in a set and walks it one by one.
"""

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from svcctl.clock.arithmetic import between, due, is_open, next_open, subtract
from svcctl.clock.calendar import Calendar, Interval
from svcctl.foundation.quantity import Business

ZONES = (
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Havana",
    "America/New_York",
    "America/Santiago",
    "America/St_Johns",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Shanghai",
    "Asia/Tehran",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Europe/London",
    "Pacific/Chatham",
)
MINUTE = timedelta(minutes=1)
WEEKS = timedelta(days=24)
#: Of each zone so many calendars, and of each calendar so many questions: a minute or so of work in all.
CALENDARS = 150
QUESTIONS = 3


class Oracle:
    """Open minutes by the day they belong to, from `first` for some weeks, as numbers since `origin`."""

    def __init__(self, calendar: Calendar, first: date) -> None:
        self.zone = ZoneInfo(calendar.zone)
        self.origin = datetime.combine(first, time(), UTC)
        self.own: dict[date, set[int]] = {}
        broken: set[int] = set()
        days = [first + timedelta(days=number) for number in range(-3, WEEKS.days + 4)]
        for day in days:
            broken |= self.minutes(day, calendar.breaks.get(day, ()))
        for day in days:
            shut = any(low <= day <= high for low, high in calendar.closed)
            hours = calendar.shifts.get(day, calendar.weekly[day.weekday()])
            self.own[day] = set() if shut else self.minutes(day, hours) - broken
        self.open: set[int] = set().union(*self.own.values())

    def minutes(self, day: date, hours: Iterable[Interval]) -> set[int]:
        found: set[int] = set()
        for start, end in hours:
            last_day = day if end > start else day + timedelta(days=1)
            found |= set(range(self.wall(day, start), self.wall(last_day, end)))
        return found

    def wall(self, day: date, minute: int) -> int:
        moment = datetime.combine(day, time()) + minute * MINUTE
        return self.number(moment.replace(tzinfo=self.zone).astimezone(UTC))

    def number(self, moment: datetime) -> int:
        return (moment - self.origin) // MINUTE

    def moment(self, number: int) -> datetime:
        return self.origin + number * MINUTE

    def due(self, start: int, amount: int, paused: set[int]) -> int | None:
        counts = self.open - paused
        for minute in range(start, self.number(self.origin + WEEKS)):
            if amount == 0 and minute in counts:
                return minute
            if minute in counts and (amount := amount - 1) == 0:
                return minute + 1
        return None

    def subtract(self, end: int, amount: int, paused: set[int]) -> int | None:
        counts = self.open - paused
        for minute in range(end, 0, -1):
            if amount == 0 and minute - 1 in counts:
                return minute
            if minute - 1 in counts and (amount := amount - 1) == 0:
                return minute - 1
        return None

    def days_later(self, start: int, count: int) -> int | None:
        local = self.moment(start).astimezone(self.zone)
        day = local.date()
        before = day - timedelta(days=1)
        if start not in self.own[day] and start in self.own[before]:
            day = before
        wall = (local.replace(tzinfo=None) - datetime.combine(day, time())) // MINUTE
        following = [other for other in sorted(self.own) if other > day and self.own[other]]
        if len(following) < count:
            return None
        own = self.own[following[count - 1]]
        same = self.wall(following[count - 1], wall)
        earlier = [minute for minute in own if minute < same]
        if same in own:
            return same
        # A night shift may outlast all of the next day's hours: nothing is due before it was asked.
        return max(start, max(earlier) + 1 if earlier else min(own))


def random_hours(dice: random.Random, most: int) -> list[Interval]:
    return [(dice.randrange(0, 1440, 15), dice.randrange(0, 1441, 15)) for _ in range(dice.randint(0, most))]


def random_calendar(dice: random.Random, zone: str, first: date) -> Calendar:
    def some_day() -> date:
        return first + timedelta(days=dice.randrange(WEEKS.days))

    closed_from = some_day()
    return Calendar(
        "any",
        zone,
        {day: random_hours(dice, 2) for day in range(7) if dice.random() < 0.7},
        shifts={some_day(): random_hours(dice, 2) for _ in range(dice.randint(0, 2))},
        closed=[(closed_from, closed_from + timedelta(days=dice.randint(0, 2)))] * dice.randint(0, 1),
        breaks={some_day(): random_hours(dice, 2) for _ in range(dice.randint(0, 2))},
    )


def clock_changes(zone: str, year: int) -> list[date]:
    """The days of a year on which the clock is set forward or back."""
    noons = [datetime.combine(date(year, 1, 1) + timedelta(days=day), time(12), ZoneInfo(zone)) for day in range(366)]
    return [late.date() for early, late in pairwise(noons) if early.utcoffset() != late.utcoffset()]


@pytest.mark.parametrize("zone", ZONES)
def test_agrees_with_the_oracle(zone: str) -> None:
    """Every other calendar is looked at around a change of the clock."""
    dice = random.Random(zone)
    changes = [day for year in range(1950, 2037) for day in clock_changes(zone, year)]
    found = 0
    for number in range(CALENDARS):
        first = date(dice.randint(1950, 2036), dice.randint(1, 12), dice.randint(1, 28))
        if number % 2:
            first = dice.choice(changes) - timedelta(days=dice.randint(1, 6))
        calendar = random_calendar(dice, zone, first)
        oracle = Oracle(calendar, first)
        for _ in range(QUESTIONS):
            found += agrees(dice, calendar, oracle)
    assert found > CALENDARS


def agrees(dice: random.Random, calendar: Calendar, oracle: Oracle) -> bool:
    """Asks both the same; whether the due time lay within the weeks that the oracle knows."""
    start = dice.randrange(1440, 1440 * 6)
    end = start + dice.randrange(0, 1440 * 6)
    pauses = [
        (begin, begin + dice.randrange(0, 1440))
        for begin in (dice.randrange(0, 1440 * 9) for _ in range(dice.randint(0, 3)))
    ]
    paused = {minute for low, high in pauses for minute in range(low, high)}
    cuts = [(oracle.moment(low), oracle.moment(high)) for low, high in pauses]
    amount = dice.choice((0, 1, 15, 60, 240, 700, 1500))
    at = oracle.moment(start)

    assert is_open(calendar, at) == (start in oracle.open)
    counted = len(oracle.open.intersection(range(start, end)) - paused)
    assert between(calendar, at, oracle.moment(end), cuts) == counted * 60
    if (expected := oracle.subtract(end, amount, paused)) is not None:
        assert subtract(calendar, oracle.moment(end), Business(amount * 60), cuts) == oracle.moment(expected)
    if (expected := oracle.due(start, 0, set())) is not None:
        assert next_open(calendar, at) == oracle.moment(expected)
    count = dice.randint(1, 4)
    if (expected := oracle.days_later(start, count)) is not None:
        assert due(calendar, at, Business(days=count)) == oracle.moment(expected)
    if (expected := oracle.due(start, amount, set())) is not None:
        assert due(calendar, at, Business(amount * 60)) == oracle.moment(expected)
    if (expected := oracle.due(start, amount, paused)) is None:
        return False
    assert due(calendar, at, Business(amount * 60), cuts) == oracle.moment(expected)
    return True
