"""How fast due times are, beside two packages from PyPI on the same calls; and a million of them in one process.

Run by `make bench`; the packages are the extra `bench`, and one that is not installed is skipped aloud. Every
answer is compared before anything is timed. The packages take turns with svcctl, so that a noisy machine slows
both alike; what to read is the ratio in the last column, which has to be at least `TIMES`.
"""

import random
import sys
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from importlib import import_module
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from svcctl.clock.arithmetic import due
from svcctl.clock.calendar import Calendar
from svcctl.foundation.quantity import Business

TIMES = 50
ROUNDS = 5
MILLION = 1_000_000
GROWTH = 4 * 1024 * 1024

#: The same calendar for everybody: a lunch break for the package that knows one, fixed holidays, a zone.
ZONE = "Asia/Shanghai"
HOLIDAYS = [
    date(year, *day) for year in range(2024, 2041) for day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))
]
CLOSED = [(day, day) for day in HOLIDAYS]
LUNCH = Calendar("lunch", ZONE, [((9 * 60, 12 * 60), (13 * 60, 18 * 60))] * 5, closed=CLOSED)
PLAIN = Calendar("plain", ZONE, [((9 * 60, 17 * 60),)] * 5, closed=CLOSED)
CHINA = Calendar("china", ZONE, LUNCH.weekly, holidays=["CN"])
DAY = 8 * 3600
#: Durations in open seconds: what they are called, the duration, and how many are asked in one round.
SPANS = (("4 hours", DAY // 2, 40), ("2 days", 2 * DAY, 40), ("a quarter", 60 * DAY, 8), ("a year", 245 * DAY, 2))

Ask = Callable[[], object]


class Rival(NamedTuple):
    """A package on one of our calendars: its call for a start and a duration in open seconds."""

    calendar: Calendar
    call: Callable[[datetime, int], Ask]


def starts(count: int) -> list[datetime]:
    """Times in open time, from a fixed seed."""
    draw = random.Random(count)
    first = datetime(2025, 1, 6, 1, 30, tzinfo=UTC)  # half past nine on a Monday in ZONE
    found: list[datetime] = []
    while len(found) < count:
        moment = first + timedelta(weeks=draw.randrange(50), days=draw.randrange(5), seconds=draw.randrange(9000))
        if moment.date() not in HOLIDAYS:
            found.append(moment)
    return found


def seconds_each(asks: Sequence[Ask], repeat: int) -> float:
    started = perf_counter()
    for _ in range(repeat):
        for ask in asks:
            ask()
    return (perf_counter() - started) / (len(asks) * repeat)


def our_call(calendar: Calendar, start: datetime, seconds: int) -> Ask:
    duration = Business(seconds)
    return lambda: due(calendar, start, duration)


def business_time_delta() -> Rival:
    """`businesstimedelta` tells due times."""
    package: Any = import_module("businesstimedelta")
    zone: Any = import_module("pytz").timezone(ZONE)
    rules = package.Rules(
        [
            package.WorkDayRule(start_time=time(9), end_time=time(18), working_days=[0, 1, 2, 3, 4], tz=zone),
            package.LunchTimeRule(start_time=time(12), end_time=time(13), working_days=[0, 1, 2, 3, 4], tz=zone),
            package.HolidayRule(frozenset(HOLIDAYS), tz=zone),
        ]
    )

    def call(start: datetime, seconds: int) -> Ask:
        duration = package.BusinessTimeDelta(rules, seconds=seconds)
        return lambda: start + duration

    return Rival(LUNCH, call)


def business_duration() -> Rival:
    """`business-duration` tells durations, so a due time is searched with it: the first second that is late enough."""
    package: Any = import_module("business_duration")
    zone = ZoneInfo(ZONE)

    def call(start: datetime, seconds: int) -> Ask:
        begin = start.astimezone(zone).replace(tzinfo=None)

        def passed(elapsed: int) -> int:
            end = begin + timedelta(seconds=elapsed)
            found: int = package.businessDuration(begin, end, time(9), time(17), holidaylist=HOLIDAYS, unit="sec")
            return found

        def searched() -> datetime:
            later = bisect_left(range(5 * seconds + 10 * 86400), seconds, key=passed)
            return start + timedelta(seconds=later)

        return searched

    return Rival(PLAIN, call)


RIVALS = {"businesstimedelta": business_time_delta, "business-duration": business_duration}


def compared() -> Iterator[float]:
    """A line for each package and span; yields the ratios."""
    print(f"{'package':<18} {'duration':<10} {'theirs':>12} {'svcctl':>10} {'ratio':>9}")
    for name, made in RIVALS.items():
        try:
            rival = made()
        except ImportError:
            print(f"{name:<18} SKIPPED: it is not installed; pip install 'svcctl[bench]'", file=sys.stderr)
            continue
        for span, amount, count in SPANS:
            begins = starts(count)
            theirs = [rival.call(start, amount) for start in begins]
            ours = [our_call(rival.calendar, start, amount) for start in begins]
            for start, their, our in zip(begins, theirs, ours, strict=True):
                assert their() == our(), f"{name} answers otherwise: {start} and {span}"
            times = [(seconds_each(theirs, 1), seconds_each(ours, 400 // count)) for _ in range(ROUNDS)]
            slow, fast = (median(column) for column in zip(*times, strict=True))
            print(f"{name:<18} {span:<10} {slow * 1e6:>9.1f} us {fast * 1e6:>7.1f} us {slow / fast:>8.0f}x")
            yield slow / fast


def near_and_far() -> float:
    """A due time ten years ahead against one tomorrow, on a calendar that was asked before."""
    start = datetime(2026, 11, 23, 2, tzinfo=UTC)
    tomorrow, far = our_call(CHINA, start, DAY), our_call(CHINA, start, 2500 * DAY)
    far()
    times = [(seconds_each([tomorrow], 4000), seconds_each([far], 4000)) for _ in range(ROUNDS)]
    near, distant = (float(median(column)) for column in zip(*times, strict=True))
    print(f"\ntomorrow {near * 1e6:.1f} us, ten years ahead {distant * 1e6:.1f} us: {distant / near:.2f} times")
    return distant / near


def a_million() -> int:
    """How many bytes the process grew from the hundred thousandth due time to the millionth."""
    draw = random.Random(1)
    begin = datetime(2016, 1, 1, tzinfo=UTC)
    before = 0
    started = perf_counter()
    for number in range(MILLION):
        if number == MILLION // 10:
            before = resident()
        due(CHINA, begin + timedelta(seconds=draw.randrange(20 * 365 * 86400)), Business(draw.randrange(500 * DAY)))
    took, grown = perf_counter() - started, resident() - before
    print(f"{MILLION:,} due times in {took:.1f} s, {MILLION / took:,.0f} a second; {grown / 1024:,.0f} KiB more memory")
    return grown


def resident() -> int:
    """The memory of this process, in bytes; its peak where the system does not tell what it is now."""
    status = Path("/proc/self/statm")
    if status.exists():
        import os

        return int(status.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    ratios = list(compared())
    far = near_and_far()
    grown = a_million()
    assert all(ratio >= TIMES for ratio in ratios), f"the least ratio is {min(ratios):.0f}, not {TIMES}"
    assert far < 3, f"ten years ahead cost {far:.1f} times what tomorrow does"
    assert grown < GROWTH, f"a million due times took {grown} bytes more"


if __name__ == "__main__":
    main()
