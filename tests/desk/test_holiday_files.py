import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.desk.holiday_files import Frame, block_text, frame_of, read_holidays
from svcctl.desk.icalendar import Event, EventFile, read_icalendar
from svcctl.foundation.errors import Refusal

FRAME = Frame("Asia/Shanghai", ("mon..fri 09:00-18:00",), ((540, 1080),))


def ics(*events: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.split("\n"), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def days(*events: str, through: int = 2027) -> list[tuple[str, str, str, bool]]:
    found = read_icalendar(ics(*events), through).events
    return [(str(event.first), str(event.last), event.name, event.worked) for event in found]


@pytest.mark.parametrize(
    ("event", "first", "last"),
    [
        ("DTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261008", "2026-10-01", "2026-10-07"),
        ("DTSTART;VALUE=DATE:20261001", "2026-10-01", "2026-10-01"),
        ("DTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261001", "2026-10-01", "2026-10-01"),
        ("DTSTART;VALUE=DATE:20261001\nDURATION:P2W", "2026-10-01", "2026-10-14"),
        ("DTSTART;VALUE=DATE:20261001\nDURATION:P3D", "2026-10-01", "2026-10-03"),
        ('dtstart;x-note="a:b;c";value=date:20240228\nDTEND:20240302', "2024-02-28", "2024-03-01"),
    ],
)
def test_the_end_of_an_event_does_not_belong_to_it(event: str, first: str, last: str) -> None:
    assert days(event) == [(first, last, "", False)]


def test_folded_lines_are_joined_even_within_a_character() -> None:
    content = ics("DTSTART;VALUE=DATE:20261001\nSUMMARY:国庆节假期").replace("庆".encode(), b"\xe5\xba\r\n \x86")
    assert read_icalendar(content, 2027).events[0].name == "国庆节假期"


def test_names_are_unescaped_and_stay_on_one_line() -> None:
    assert days("DTSTART:20261001\nSUMMARY:a\\, b\\; c\\\\d\\ne")[0][2] == "a, b; c\\d e"


def test_only_a_line_break_ends_a_line() -> None:
    assert days("DTSTART:20261001\nSUMMARY:a\u2028b: c")[0][2] == "a\u2028b: c"


def test_what_is_nested_in_an_event_is_not_the_event() -> None:
    assert days("DTSTART:20261001\nSUMMARY:off\nBEGIN:VALARM\nSUMMARY:wake up\nEND:VALARM") == [
        ("2026-10-01", "2026-10-01", "off", False)
    ]


@pytest.mark.parametrize("summary", ["上班(补春节假期)", "春节补班", "班｜春节", "春节（班）"])
def test_make_up_workdays_are_known_by_their_names(summary: str) -> None:
    assert days(f"DTSTART:20260214\nSUMMARY:{summary}")[0][3]


def test_marks_of_days_off_and_make_up_workdays_rule_over_names() -> None:
    off, worked = "X-APPLE-SPECIAL-DAY:WORK-HOLIDAY", "X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY"
    file = read_icalendar(
        ics(
            f"DTSTART:20261001\nSUMMARY:国庆节（休）\n{off}",
            f"DTSTART:20261010\n{worked}",
            "DTSTART:20260214\nSUMMARY:情人节",
        ),
        2027,
    )
    assert [(event.first.month, event.worked) for event in file.events] == [(10, False), (10, True)]
    assert file.left_out == 1


@pytest.mark.parametrize("event", ["DTSTART:20261001T090000Z", "DTSTART:20261001\nSTATUS:CANCELLED", "SUMMARY:never"])
def test_what_is_no_day_off_is_left_out_and_counted(event: str) -> None:
    assert read_icalendar(ics(event), 2027) == EventFile((), 1)


@pytest.mark.parametrize(
    ("rule", "years"),
    [
        ("FREQ=YEARLY", [2025, 2026, 2027]),
        ("FREQ=YEARLY;COUNT=2", [2025, 2026]),
        ("FREQ=YEARLY;UNTIL=20260430", [2025]),
        ("FREQ=YEARLY;UNTIL=20260501T000000Z", [2025, 2026]),
        ("FREQ=YEARLY;INTERVAL=1;BYMONTH=5;BYMONTHDAY=1;WKST=MO", [2025, 2026, 2027]),
        ("FREQ=YEARLY\nEXDATE;VALUE=DATE:20260501\nEXDATE;VALUE=DATE:20270501", [2025]),
    ],
)
def test_plain_years_recur(rule: str, years: list[int]) -> None:
    found = days(f"DTSTART;VALUE=DATE:20250501\nRRULE:{rule}")
    assert [first for first, *_ in found] == [f"{year}-05-01" for year in years]


def test_a_leap_day_recurs_in_leap_years() -> None:
    assert [first for first, *_ in days("DTSTART:20240229\nRRULE:FREQ=YEARLY", through=2033)] == [
        "2024-02-29",
        "2028-02-29",
        "2032-02-29",
    ]


@pytest.mark.parametrize(
    "rule",
    ["FREQ=WEEKLY", "FREQ=YEARLY;INTERVAL=2", "FREQ=YEARLY;BYDAY=1MO", "FREQ=YEARLY;BYMONTH=6", "COUNT=3",
     "FREQ=YEARLY\nRDATE:20260601"],
)  # fmt: skip
def test_any_other_recurrence_is_refused_by_its_name(rule: str) -> None:
    with pytest.raises(Refusal, match="`Cleaning` recurs"):
        days(f"DTSTART:20250501\nSUMMARY:Cleaning\nRRULE:{rule}")


@pytest.mark.parametrize(
    "content",
    [
        b"hello",
        b"VERSION:2.0\n",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261001\n",
        b"BEGIN:VCALENDAR\nEND:VEVENT\n",
        b"BEGIN:VCALENDAR\n\xff\n",
        ics("DTSTART:20260230"),
        ics("DTSTART:20260201\nRRULE:FREQ=YEARLY;UNTIL=soon"),
    ],
)
def test_what_is_no_calendar_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_icalendar(content, 2027)
    assert refused.value.code == "bad-input"


@given(st.binary() | st.text().map(str.encode))
def test_no_file_is_a_surprise(content: bytes) -> None:
    for file in (content, ics("DTSTART:20261001\nSUMMARY:x").replace(b"x", content)):
        try:
            read_icalendar(file, 2027)
        except Refusal as refusal:
            assert refusal.code == "bad-input"  # noqa: PT017 - either it is read or it is refused


# ------------------------------------------------------------------------------------------ JSON


def off(name: str, day: str, is_off: bool = True) -> dict[str, object]:
    return {"name": name, "date": day, "isOffDay": is_off}


def written(tmp_path: Path, given: object) -> EventFile:
    path = tmp_path / "days.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    return read_holidays(path, 2027)


def test_days_in_a_row_are_one_clause(tmp_path: Path) -> None:
    given = [
        off("元旦", "2026-01-02"),
        off("元旦", "2026-01-01"),
        off("元旦", "2026-01-04", False),
        off("x", "2026-01-03"),
    ]
    years = [{"year": 2026, "papers": [], "days": given}, {"year": 2027, "days": []}]
    expected = (
        Event(date(2026, 1, 1), date(2026, 1, 2), "元旦"),
        Event(date(2026, 1, 3), date(2026, 1, 3), "x"),
        Event(date(2026, 1, 4), date(2026, 1, 4), "元旦", True),
    )
    assert written(tmp_path, years).events == expected
    assert written(tmp_path, years[0]).events == expected


@pytest.mark.parametrize(
    "given",
    [
        {},
        [1],
        {"days": 7},
        {"days": [7]},
        {"days": [{"name": "x", "date": "2026-01-01"}]},
        {"days": [off("x", "1 January")]},
        {"days": [off("x", "2026-01-01"), off("x", "2026-01-01", False)]},
    ],
)
def test_days_that_are_not_plain_are_refused(tmp_path: Path, given: object) -> None:
    with pytest.raises(Refusal) as refused:
        written(tmp_path, given)
    assert refused.value.code == "bad-input"


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "days.json"
    path.write_text('{"days": [')
    with pytest.raises(Refusal, match="not JSON"):
        read_holidays(path, 2027)


def test_a_day_is_off_or_worked_and_not_both(tmp_path: Path) -> None:
    path = tmp_path / "days.ics"
    path.write_bytes(ics("DTSTART:20260213\nDTEND:20260216\nSUMMARY:春节", "DTSTART:20260214\nSUMMARY:补班"))
    with pytest.raises(Refusal, match="2026-02-14 is both"):
        read_holidays(path, 2027)


# ----------------------------------------------------------------------------------------- clauses


def test_names_stay_in_their_comment() -> None:
    event = Event(date(2026, 10, 1), date(2026, 10, 7), "off\n  closed 2027-01-01")
    lines = block_text("国庆", FRAME, EventFile((event,)), "x.ics").splitlines()
    assert lines[1] == "calendar 国庆 {"
    assert lines[4].split("#")[0].strip() == "closed 2026-10-01..2026-10-07"
    assert len(lines) == 6


def test_a_name_that_is_no_word_is_quoted() -> None:
    assert 'calendar "2026 CN" {' in block_text("2026 CN", FRAME, EventFile(()), "x.ics")


def test_a_make_up_workday_needs_hours() -> None:
    worked = EventFile((Event(date(2026, 10, 10), date(2026, 10, 10), "", True),))
    with pytest.raises(Refusal, match="no hours"):
        block_text("c", FRAME.replace(workday=()), worked, "x.ics")


@pytest.mark.parametrize("hours", ["9-12", "09:00-25:00", "", "24:00-01:00"])
def test_hours_are_written_as_in_rules(hours: str) -> None:
    with pytest.raises(Refusal) as refused:
        frame_of("UTC", hours)
    assert refused.value.code == "bad-argument"
