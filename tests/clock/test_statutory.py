import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

import svcctl.clock.statutory as statutory
from svcctl.clock.arithmetic import between, due
from svcctl.clock.calendar import Calendar
from svcctl.clock.statutory import holiday_year, notices_for
from svcctl.foundation.errors import Refusal
from svcctl.foundation.quantity import Business
from tests.clock.calendars import at

CHINA = Calendar("cn", "Asia/Shanghai", [[(540, 1020)]] * 5, holidays=["CN"])
FOLDER = Path(statutory.__file__).parent / "holidays"
NOTICES = sorted(FOLDER.glob("CN-*.json"))


def dates(text: str) -> set[date]:
    return {date.fromisoformat(day) for day in text.split()}


def worked(year: int) -> set[date]:
    """The weekend days of a year that have open time."""
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    return {day for day in days if day.weekday() >= 5 and CHINA.day(day).hours}


@pytest.fixture
def without_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", None)
    holiday_year.cache_clear()


@pytest.fixture(autouse=True)
def fresh() -> object:
    yield
    holiday_year.cache_clear()


def test_the_make_up_workdays_of_2025() -> None:
    """国办发明电〔2024〕12号."""
    assert worked(2025) == dates("2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11")
    assert between(CHINA, at("2025-01-28"), at("2025-02-05")) == 0
    assert between(CHINA, at("2025-10-01"), at("2025-10-09")) == 0
    assert due(CHINA, at("2025-09-26 17:00"), Business(8 * 3600)) == at("2025-09-28 17:00")
    assert due(CHINA, at("2025-09-30 16:00"), Business(2 * 3600)) == at("2025-10-09 10:00")
    assert due(CHINA, at("2025-10-10 10:00"), Business(days=1)) == at("2025-10-11 10:00")


def test_the_make_up_workdays_of_2026() -> None:
    """国办发明电〔2025〕7号."""
    assert worked(2026) == dates("2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10")
    assert between(CHINA, at("2026-02-15"), at("2026-02-24")) == 0
    assert between(CHINA, at("2026-01-01"), at("2026-01-05")) == 8 * 3600
    assert due(CHINA, at("2026-02-13 16:00"), Business(9 * 3600)) == at("2026-02-14 17:00")
    assert due(CHINA, at("2026-02-14 16:00"), Business(3600 + 1)) == at("2026-02-24 09:00:01")
    assert due(CHINA, at("2026-05-08 10:00"), Business(days=2)) == at("2026-05-11 10:00")


def test_a_notice_may_rule_over_the_last_days_of_the_year_before() -> None:
    assert CHINA.day(date(2018, 12, 29)).kind == "make-up workday"
    assert CHINA.day(date(2018, 12, 31)).kind == "holiday"
    assert not CHINA.day(date(2022, 12, 31)).hours


def test_days_name_their_holiday() -> None:
    day = CHINA.day(date(2026, 2, 16))
    assert (day.hours, day.kind, day.name, day.projected) == ((), "holiday", "春节", False)
    assert holiday_year("CN", 2026).notices == ("国办发明电〔2025〕7号",)
    assert holiday_year("CN", 2019).notices == ("国办发明电〔2018〕15号", "国办发明电〔2019〕3号")


@pytest.mark.parametrize(
    ("day", "numbers"),
    [
        ("2026-10-01", ["国办发明电〔2025〕7号"]),
        ("2026-10-10", ["国办发明电〔2025〕7号"]),
        ("2018-12-31", ["国办发明电〔2018〕15号", "国办发明电〔2019〕3号"]),  # those of 2019 rule over it
        ("2026-11-23", []),
        ("2028-10-01", []),
    ],
)
def test_days_name_the_documents_that_fix_them(day: str, numbers: list[str]) -> None:
    assert [notice.number for notice in notices_for("CN", date.fromisoformat(day))] == numbers
    assert notices_for("DE", date.fromisoformat(day)) == ()


@pytest.mark.parametrize("path", NOTICES, ids=lambda path: path.stem)
def test_notices_are_sound(path: Path) -> None:
    notice = json.loads(path.read_text(encoding="utf-8"))
    year = int(path.stem.removeprefix("CN-"))
    assert (notice["country"], notice["year"]) == ("CN", year)
    assert all("发明电〔" in each["number"] and each["title"] for each in notice["notices"])
    assert all(date.fromisoformat(each["issued"]).year in (year - 1, year) for each in notice["notices"])
    for holiday in notice["holidays"]:
        assert all(date.fromisoformat(day).weekday() >= 5 for day in holiday["workdays"])
        assert all(first <= last for first, last in holiday["closed"])


def test_every_year_since_2014_has_its_notice() -> None:
    assert [path.stem for path in NOTICES] == [f"CN-{year}" for year in range(2014, 2027)]


def test_the_notices_agree_with_the_holidays_package() -> None:
    holidays = pytest.importorskip("holidays")
    years = range(2014, 2027)
    others = holidays.country_holidays("CN", years=years)
    day = date(years.start, 1, 1)
    while day.year in years:
        assert bool(CHINA.day(day).hours) == others.is_working_day(day), day
        if day in others:
            assert CHINA.day(day).kind == "holiday", day
        day += timedelta(days=1)


def test_a_year_without_a_notice_is_projected_by_the_regulation() -> None:
    year = holiday_year("CN", 2028)
    assert not year.official
    assert not year.workdays
    assert set(year.off) == dates(
        "2028-01-01 2028-01-03 2028-01-25 2028-01-26 2028-01-27 2028-01-28 2028-04-04 2028-05-01 2028-05-02"
        " 2028-05-28 2028-05-29 2028-10-01 2028-10-02 2028-10-03 2028-10-04"
    )
    assert CHINA.day(date(2028, 5, 1)).projected


def test_beyond_the_lunar_table_only_solar_days_are_projected() -> None:
    off = holiday_year("CN", 2150).off
    assert set(off) == dates("2150-01-01 2150-05-01 2150-05-02 2150-10-01 2150-10-02 2150-10-03 2150-10-05") | dates(
        "2150-05-04"
    )


def test_the_projection_agrees_with_the_holidays_package() -> None:
    """Which gives a day more in some years in which 中秋节 falls on a day of 国庆节."""
    holidays = pytest.importorskip("holidays")
    for year in range(2027, 2100):
        off, others = set(holiday_year("CN", year).off), set(holidays.country_holidays("CN", years=year))
        assert off <= others, year
        more = others - off
        assert not more or (len(more) == 1 and more <= {date(year, 10, day) for day in (4, 5, 6)}), year


def test_the_lunar_table_agrees_with_the_notices() -> None:
    table = json.loads((FOLDER / "lunar-CN.json").read_text(encoding="utf-8"))["days"]
    for year in range(2014, 2027):
        off = holiday_year("CN", year).off
        names = [off[date.fromisoformat(f"{year}-{day}")] for day in table[str(year)]]
        assert all(name in holiday for name, holiday in zip(("春节", "清明节", "端午节", ""), names, strict=True)), year


@pytest.mark.usefixtures("without_package")
def test_a_country_without_the_package_says_what_to_install() -> None:
    calendar = Calendar("de", "Europe/Berlin", CHINA.weekly, holidays=["DE"])
    with pytest.raises(Refusal) as refused:
        due(calendar, datetime(2026, 11, 23, tzinfo=UTC), Business(1))
    assert refused.value.code == "extra-missing"
    assert "svcctl[holidays]" in refused.value.help


def package() -> ModuleType:
    found: ModuleType = pytest.importorskip("holidays")
    return found


def test_other_countries_and_their_parts() -> None:
    package()
    assert holiday_year("DE", 2026).official
    assert date(2026, 10, 3) in holiday_year("DE", 2026).off
    assert date(2026, 1, 6) not in holiday_year("DE", 2026).off
    assert date(2026, 1, 6) in holiday_year("DE-BY", 2026).off
    assert date(2026, 8, 8) in holiday_year("HU", 2026).workdays
    assert not holiday_year("DE", 2150).official


def test_estimated_days_are_projected() -> None:
    package()
    assert not holiday_year("TR", 2045).official


def test_an_unknown_country_is_refused() -> None:
    package()
    with pytest.raises(Refusal, match="`XX`") as refused:
        holiday_year("XX", 2026)
    assert refused.value.code == "bad-input"
