"""Statutory holidays by country and year: which days are off, which weekend days are worked instead.

China comes from the notices of the General Office of the State Council, one file a year in
`holidays/`, and from the regulation for years without one; every other country from the `holidays`
package, which is an extra.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from svcctl.foundation.errors import Refusal
from svcctl.foundation.record import Record

#: The years in which a country may have days of its own; in others every year of a kind is the same.
YEARS = range(1700, 2101)


class Notice(Record):
    """An official document: its number, its title, and the day on which it was issued."""

    number: str
    title: str
    issued: date


class HolidayYear(Record):
    """The statutory days of one country in one year.

    `off` and `workdays` (make-up workdays, 调休) map each day to the name of its holiday. `official`
    is False where no notice or law in the data fixes the year: its days are then projected.
    `notices` are the numbers of the documents that the days come from.
    """

    official: bool
    off: Mapping[date, str]
    workdays: Mapping[date, str]
    notices: tuple[str, ...] = ()


@lru_cache(maxsize=4096)
def holiday_year(country: str, year: int) -> HolidayYear:
    """The statutory days that fall in `year`.

    `country` is an ISO 3166 code, with a subdivision after a hyphen where one is meant: `CN`, `DE-BY`.
    Raises Refusal `bad-input` for a country that is not known, `extra-missing` where the `holidays`
    package is needed and not installed.
    """
    return _china(year) if country == "CN" else _elsewhere(country, year)


def notices_for(country: str, day: date) -> tuple[Notice, ...]:
    """The documents that say what a statutory day is, those of the next year first; none where it is projected."""
    for year in (day.year + 1, day.year) if country == "CN" else ():
        notice = _notice(year)
        for holiday in notice["holidays"] if notice else ():
            named = day.isoformat() in holiday["workdays"]
            if notice and (named or any(first <= day.isoformat() <= last for first, last in holiday["closed"])):
                return notices_of(country, year)
    return ()


def notices_of(country: str, year: int) -> tuple[Notice, ...]:
    """The documents about the holidays of a year that are in the data."""
    notice = _notice(year) if country == "CN" else None
    return tuple(
        Notice(each["number"], each["title"], date.fromisoformat(each["issued"]))
        for each in (notice["notices"] if notice else ())
    )


def _china(year: int) -> HolidayYear:
    """From the notices of this year and the next, which may already rule over late December."""
    own = _notice(year)
    off: dict[date, str] = {} if own else _regulated(year)
    workdays: dict[date, str] = {}
    for notice in (own, _notice(year + 1)):
        for holiday in notice["holidays"] if notice else ():
            name = holiday["name"]
            for first, last in holiday["closed"]:
                off.update((day, name) for day in _days(first, last) if day.year == year)
            for text in holiday["workdays"]:
                if (day := date.fromisoformat(text)).year == year:
                    off.pop(day, None)
                    workdays[day] = name
    numbers = tuple(notice["number"] for notice in own["notices"]) if own else ()
    return HolidayYear(own is not None, off, workdays, numbers)


def _regulated(year: int) -> dict[date, str]:
    """The statutory days of China, and the workdays off for those that fall on a weekend.

    Source: 全国年节及纪念日放假办法, as revised by State Council Order 795 (2024), articles 2 and 6.
    Outside the years of the lunar table only the days with a solar date are known.
    """
    days = {date(year, 1, 1): "元旦", date(year, 5, 1): "劳动节", date(year, 5, 2): "劳动节"}
    table = _document("lunar-CN")
    if table and (lunar := table["days"].get(str(year))):
        spring, *others = (date.fromisoformat(f"{year}-{day}") for day in lunar)
        days |= {spring + timedelta(days=number): "春节" for number in (-1, 0, 1, 2)}
        days |= dict(zip(others, ("清明节", "端午节", "中秋节"), strict=True))
    days |= {date(year, 10, day): "国庆节" for day in (1, 2, 3)}
    for day in sorted(days):
        if day.weekday() >= 5:
            instead = day
            while instead in days or instead.weekday() >= 5:
                instead += timedelta(days=1)
            days[instead] = days[day]
    return days


def _notice(year: int) -> dict[str, Any] | None:
    return _document(f"CN-{year}")


@lru_cache(maxsize=256)
def _document(name: str) -> dict[str, Any] | None:
    import json
    from pathlib import Path

    path = Path(__file__).with_name("holidays") / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def _days(first: str, last: str) -> list[date]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    return [start + timedelta(days=number) for number in range((end - start).days + 1)]


def _elsewhere(country: str, year: int) -> HolidayYear:
    """By the `holidays` package; a year with a day that it only estimates is not official."""
    if year not in YEARS:
        return HolidayYear(False, {}, {})
    try:
        import holidays
    except ImportError:
        raise Refusal(
            "extra-missing",
            f"the statutory holidays of `{country}` need the `holidays` package",
            help="pip install 'svcctl[holidays]'",
        ) from None
    code, _, part = country.partition("-")
    try:
        found = holidays.country_holidays(code, subdiv=part or None, years=year, language="en_US")
    except NotImplementedError:
        raise Refusal(
            "bad-input",
            f"there are no statutory holidays for `{country}`",
            help="write an ISO 3166 code such as `CN`, `DE` or `DE-BY`, or list the days as `closed`",
        ) from None
    off = {day: name for day, name in found.items() if day.year == year}
    workdays = {day: "make-up workday" for day in found.weekend_workdays if day.year == year}
    estimated = any("estimated" in name for name in off.values())
    return HolidayYear(bool(off) and not estimated, off, workdays)
