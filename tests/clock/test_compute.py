import json
from datetime import date
from typing import Any

import pytest

from svcctl.clock.calendar import Calendar
from svcctl.clock.compute import compute
from svcctl.clock.inline import calendar_of, inline_calendar
from svcctl.foundation.errors import Refusal

WORK = [["09:00", "12:00"], ["13:30", "18:00"]]
OFFICE = {"zone": "Asia/Shanghai", "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), WORK)}
NIGHTS = {"zone": "Europe/Berlin", "hours": {"sat": [["22:00", "06:00"]]}}


def no_name(name: str) -> Calendar:
    raise Refusal("unknown-rule", f"there is no calendar `{name}`")


def ask(**request: Any) -> dict[str, Any]:
    return compute(json.dumps({"id": 7, "calendar": OFFICE, "op": "due", **request}), no_name)


def refused(answer: dict[str, Any]) -> tuple[str, str]:
    return answer["error"]["code"], answer["error"]["message"]


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"start": "2026-11-23T11:00:00+08:00", "seconds": 7200}, {"due": "2026-11-23T14:30:00+08:00"}),
        ({"start": "2026-11-23T03:00:00Z", "seconds": 7200}, {"due": "2026-11-23T14:30:00+08:00"}),
        ({"start": "2026-11-23T11:00", "seconds": 7200.0}, {"due": "2026-11-23T14:30:00+08:00"}),
        ({"start": "2026-11-23 18:00", "seconds": 0}, {"due": "2026-11-24T09:00:00+08:00"}),
        ({"start": "2026-11-23T17:00", "seconds": 3600}, {"due": "2026-11-23T18:00:00+08:00"}),
        ({"op": "subtract", "start": "2026-11-23T14:30", "seconds": 7200}, {"due": "2026-11-23T11:00:00+08:00"}),
        ({"op": "subtract", "end": "2026-11-23T14:30", "seconds": 7200}, {"due": "2026-11-23T11:00:00+08:00"}),
        ({"op": "between", "start": "2026-11-23T11:00", "end": "2026-11-23T14:30"}, {"seconds": 7200}),
        ({"op": "between", "start": "2026-11-23T14:30", "end": "2026-11-23T11:00"}, {"seconds": 0}),
        (
            {"start": "2026-11-23T11:00", "seconds": 7200, "pauses": [["2026-11-20T11:00", "2026-11-23T11:30"]]},
            {"due": "2026-11-23T15:00:00+08:00"},
        ),
        ({"start": "2026-11-23T11:00:00.25+08:00", "seconds": 1}, {"due": "2026-11-23T11:00:01.250000+08:00"}),
        ({"start": "2024-02-28T17:00", "seconds": 7200}, {"due": "2024-02-29T10:00:00+08:00"}),
        ({"start": "1965-03-01T17:00", "seconds": 7200}, {"due": "1965-03-02T10:00:00+08:00"}),
        ({"start": "2150-03-02T17:00", "seconds": 7200}, {"due": "2150-03-03T10:00:00+08:00"}),
        # RFC 3339 cannot write the local mean time of Shanghai, which is 8:05:43 before 1901.
        ({"start": "1899-03-01T17:00", "seconds": 3600}, {"due": "1899-03-01T09:54:17+00:00"}),
    ],
)
def test_answers(request_: dict[str, Any], answer: dict[str, Any]) -> None:
    assert ask(**request_) == {"id": 7, **answer}


@pytest.mark.parametrize(
    ("start", "seconds", "due"),
    [
        ("2026-03-28T22:00", 7 * 3600, "2026-03-29T06:00:00+02:00"),  # an hour less
        ("2026-10-24T22:00", 9 * 3600, "2026-10-25T06:00:00+01:00"),  # an hour more
        ("2026-10-25T00:00", 3600, "2026-10-25T01:00:00+02:00"),  # the shift belongs to Saturday
    ],
)
def test_a_night_shift_on_the_night_of_a_clock_change(start: str, seconds: int, due: str) -> None:
    assert ask(calendar=NIGHTS, start=start, seconds=seconds)["due"] == due


def test_every_part_of_an_inline_calendar_counts() -> None:
    calendar = calendar_of(
        {
            "zone": "Asia/Shanghai",
            "hours": {"mon": [["22:00", "24:00"]], "tue": [["09:00", "9:30"]]},
            "closed": ["2026-11-24", ["2026-12-01", "2026-12-02"]],
            "shifts": {"2026-11-25": [["10:00", "11:00"]], "2026-11-26": []},
            "breaks": {"2026-11-25": [["10:15", "10:30"]]},
            "holidays": "CN",
        }
    )
    assert calendar.weekly[:2] == (((1320, 1440),), ((540, 570),))
    assert calendar.closed == ((date(2026, 11, 24),) * 2, (date(2026, 12, 1), date(2026, 12, 2)))
    assert calendar.shifts == {date(2026, 11, 25): ((600, 660),), date(2026, 11, 26): ()}
    assert calendar.breaks == {date(2026, 11, 25): ((615, 630),)}
    assert calendar.holidays == ("CN",)


def test_an_interval_without_length_runs_a_whole_day() -> None:
    calendar = {"zone": "UTC", "hours": {"mon": [["09:00", "09:00"]]}}
    between = ask(calendar=calendar, op="between", start="2026-11-23T00:00Z", end="2026-11-30T00:00Z")
    assert between["seconds"] == 86400


def test_the_same_calendar_is_compiled_once() -> None:
    inline_calendar.cache_clear()
    for hour in range(10, 18):
        ask(start=f"2026-11-23T{hour}:00", seconds=3600)
        ask(calendar=dict(reversed(OFFICE.items())), start=f"2026-11-23T{hour}:00", seconds=3600)
    assert inline_calendar.cache_info().misses == 1


def test_calendars_without_number_do_not_fill_the_memory() -> None:
    for minute in range(600):
        hours = {"mon": [[f"{minute // 60:02}:{minute % 60:02}", "18:00"]]}
        ask(calendar={"zone": "UTC", "hours": hours}, op="between", start="2026-11-23T00:00Z", end="2026-11-22T00:00Z")
    assert inline_calendar.cache_info().currsize <= 256


def test_a_calendar_may_have_a_name() -> None:
    named = {"office": calendar_of(OFFICE, "office")}
    line = '{"id": "a", "calendar": "office", "op": "due", "start": "2026-11-23T09:00", "seconds": 60}'
    assert compute(line, named.__getitem__) == {"id": "a", "due": "2026-11-23T09:01:00+08:00"}


def test_a_year_without_notice_is_told_or_refused() -> None:
    line = json.dumps(
        {"id": 1, "calendar": {**OFFICE, "holidays": ["CN"]}, "op": "due", "start": "2028-05-04", "seconds": 60}
    )
    assert compute(line, no_name) == {"id": 1, "due": "2028-05-04T09:01:00+08:00", "projected": [2028]}
    assert refused(compute(line, no_name, official=True))[0] == "projected-year"
    assert "projected" not in ask(calendar={**OFFICE, "holidays": ["CN"]}, start="2026-05-04", seconds=60)


@pytest.mark.parametrize(
    ("line", "id", "code", "message"),
    [
        ("nope", None, "bad-input", "not JSON"),
        (b"\xff\xfe\xff", None, "bad-input", "not JSON"),
        ("[" * 100_000, None, "bad-input", "not JSON"),
        ("[1]", None, "bad-input", "not an object"),
        ('{"id": 4}', 4, "bad-input", "no `calendar`"),
        ('{"id": 4, "calender": "x"}', 4, "bad-input", "`calender`"),
        ('{"id": 4, "calendar": "x", "op": "due"}', 4, "unknown-rule", "`x`"),
    ],
)
def test_lines_that_are_no_request(line: str | bytes, id: object, code: str, message: str) -> None:
    answer = compute(line, no_name)
    assert answer["id"] == id
    assert refused(answer)[0] == code
    assert message in refused(answer)[1]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"op": "do", "start": "2026-11-23T11:00"}, "bad-input"),
        ({"seconds": 1}, "bad-input"),
        ({"start": "2026-11-23T11:00"}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": True}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": 1.5}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": 1e999}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": -1}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": 10**30}, "no-open-time"),
        ({"start": "tomorrow", "seconds": 1}, "bad-time"),
        ({"start": "0001-01-01T00:00", "seconds": 1}, "bad-time"),
        ({"op": "between", "start": "2026-11-23T11:00"}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": 1, "pauses": [["2026-11-23T11:00"]]}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": 1, "pauses": [[1, 2]]}, "bad-input"),
        ({"start": "2026-11-23T11:00", "seconds": 1, "calendar": {"zone": "UTC"}}, "no-open-time"),
        ({"start": "2026-11-23T11:00", "seconds": 0, "calendar": {"zone": "UTC", "hours": {}}}, "no-open-time"),
    ],
)
def test_requests_that_have_no_answer(request_: dict[str, Any], code: str) -> None:
    answer = ask(**request_)
    assert answer["id"] == 7
    assert refused(answer)[0] == code


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"zone": None}, "no `zone`"),
        ({"zone": "Mars/Olympus"}, "`Mars/Olympus`"),
        ({"hour": {}}, "`hour`"),
        ({"hours": {"monday": WORK}}, "`monday`"),
        ({"hours": [WORK]}, "not an object"),
        ({"hours": {"mon": [["9", "12:00"]]}}, "`hours.mon`"),
        ({"hours": {"mon": [["24:00", "12:00"]]}}, "`hours.mon`"),
        ({"hours": {"mon": [["09:00", "24:01"]]}}, "`hours.mon`"),
        ({"hours": {"mon": [["09:00", "12:60"]]}}, "`hours.mon`"),
        ({"hours": {"mon": [["09:00"]]}}, "not a pair"),
        ({"hours": {"mon": "09:00-12:00"}}, "not a list"),
        ({"closed": ["2026-02-30"]}, "`2026-02-30`"),
        ({"closed": [["2026-02-03", "2026-02-01"]]}, "earlier"),
        ({"shifts": {"someday": []}}, "`someday`"),
        ({"holidays": [7]}, "`holidays`"),
    ],
)
def test_calendars_that_cannot_be(change: dict[str, Any], message: str) -> None:
    answer = ask(calendar={**OFFICE, **change}, start="2026-11-23T11:00", seconds=1)
    assert refused(answer)[0] == "bad-input"
    assert message in refused(answer)[1]
