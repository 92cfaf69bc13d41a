"""`svcctl calendar`, as typed in a workspace."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Shell = Any

CALENDARS = """
calendar service "Service desk" {
  zone "Asia/Shanghai"
  mon..fri 09:00-12:00, 13:30-18:00
  holidays CN
  on 2026-10-17 10:00-12:00
  break 2026-10-15 10:00-11:00
  closed 2026-10-29..2026-10-30
}
calendar nights {
  zone "Europe/Berlin"
  sat 22:00-06:00
}
"""
REQUEST = {"id": 1, "calendar": "service", "op": "due", "start": "2026-11-23T09:00", "seconds": 3600}
INLINE = {"zone": "Asia/Shanghai", "hours": {"mon": [["09:00", "12:00"]]}}


@pytest.fixture
def office(shell: Shell) -> Shell:
    (shell.home / "rules/hours.rules").write_text(CALENDARS, encoding="utf-8")
    return shell


def test_calendars_are_listed_with_their_place(office: Shell) -> None:
    rows = {row["id"]: row for row in office.json("calendar", "list")}
    assert rows["service"] == {
        "id": "service",
        "title": "Service desk",
        "zone": "Asia/Shanghai",
        "week": "mon..fri 09:00-12:00, 13:30-18:00",
        "holidays": ["CN"],
        "in_force": False,
        "place": "rules/hours.rules:2:1",
    }
    assert (rows["cn"]["in_force"], rows["nights"]["week"]) == (True, "sat 22:00-06:00")


def test_due_between_and_subtract(office: Shell) -> None:
    assert office("calendar", "due", "service", "2026-09-30 17:00", "4bh").out == "2026-10-08T12:00:00+08:00\n"
    assert office.json("calendar", "due", "service", "now", "2bd")["due"] == "2026-11-25T09:00:00+08:00"
    pause = ("--pause", "2026-11-23T09:30..2026-11-23T10:30")
    assert office.json("calendar", "due", "service", "now", "3bh", *pause)["due"] == "2026-11-23T14:30:00+08:00"
    assert office.json("calendar", "between", "service", "now", "2026-11-24", *pause)["seconds"] == 23400
    assert office.json("calendar", "subtract", "service", "now", "4bh")["start"] == "2026-11-20T14:00:00+08:00"


def test_a_year_without_notice_is_said_or_refused(office: Shell) -> None:
    done = office("calendar", "due", "service", "2026-12-31 17:00", "2bd", "-o", "json")
    assert done.json["projected"] == [2027]
    assert "holidays of 2027" in done.err
    for verb in (("due", "2026-12-31 17:00", "2bd"), ("between", "2026-12-31", "2027-01-04")):
        refused = office("calendar", verb[0], "service", *verb[1:], "--require-official", "-o", "json")
        assert (refused.code, refused.problem["code"]) == (1, "projected-year")
    wall = office("calendar", "due", "service", "2026-12-31 17:00", "24h", "--require-official")
    assert (wall.code, wall.err) == (0, "")


def test_why_names_the_clause_of_every_step(office: Shell) -> None:
    pause = ("--pause", "2026-10-15T14:00..2026-10-15T15:00")
    item = office.json("calendar", "due", "service", "2026-10-14 17:30", "10bh", "--why", *pause)
    told = [(step["step"], step["seconds"], [clause["text"] for clause in step["clauses"]]) for step in item["steps"]]
    week, gap = "mon..fri 09:00-12:00, 13:30-18:00", "break 2026-10-15 10:00-11:00"
    assert told == [
        ("open", 1800, [week]),
        ("open", 3600, [week]),
        ("break", 3600, [gap]),
        ("open", 3600, [week]),
        ("open", 1800, [week]),
        ("paused", 3600, [week]),
        ("open", 10800, [week]),
        ("open", 10800, [week]),
        ("open", 3600, [week]),
    ]
    assert item["due"] == "2026-10-16T14:30:00+08:00"
    assert item["steps"][2]["clauses"][0]["place"] == "rules/hours.rules:7:3"


def test_why_is_a_page_that_reads_well(office: Shell, golden: Callable[[str, str], None]) -> None:
    pages = [
        office("calendar", "due", "service", "2026-09-30 17:30", "6bh", "--why").out,
        office("calendar", "due", "service", "2026-10-16 10:30", "3bd", "--why").out,
        office("calendar", "due", "service", "2026-10-28 16:00", "4bh", "--why").out,
        office("calendar", "due", "nights", "2026-10-24 23:00", "10bh", "--why").out,
        office(
            *("calendar", "due", "service", "2026-10-28 16:00", "4h", "--why"),
            *("--pause", "2026-10-28 17:00..2026-10-28 18:30"),
        ).out,
    ]
    golden("calendar/why.txt", "\n".join(pages))


@pytest.mark.parametrize(
    ("name", "month"), [("service", "2026-10"), ("service", "2026-02"), ("service", "2028-01"), ("nights", "2026-10")]
)
def test_a_month_is_drawn(office: Shell, golden: Callable[[str, str], None], name: str, month: str) -> None:
    done = office("calendar", "show", name, "--month", month)
    assert done.code == 0
    golden(f"calendar/{name}-{month}.txt", done.out)


def test_a_month_has_each_of_its_days(office: Shell) -> None:
    days = {day["date"]: day for day in office.json("calendar", "show", "service", "--month", "2026-10")}
    assert len(days) == 31
    assert [days[f"2026-10-{day}"]["kind"] for day in ("01", "10", "16", "17", "29")] == [
        "holiday",
        "make-up workday",
        "weekday",
        "shift",
        "closed",
    ]
    assert days["2026-10-15"]["hours"] == [["09:00", "10:00"], ["11:00", "12:00"], ["13:30", "18:00"]]
    assert days["2026-10-10"]["notices"][0]["number"] == "国办发明电〔2025〕7号"
    clauses = [clause["text"] for clause in days["2026-10-10"]["clauses"]]
    assert clauses == ["holidays CN", "mon..fri 09:00-12:00, 13:30-18:00"]
    assert days["2026-10-29"]["clauses"][0]["text"] == "closed 2026-10-29..2026-10-30"
    night = office.json("calendar", "show", "nights", "--month", "2026-10")[23]
    assert (night["hours"], night["open_seconds"], night["clock_changes"]) == ([["22:00", "06:00"]], 9 * 3600, True)


def test_the_month_of_now_and_the_calendar_in_force_are_shown_where_none_is_named(office: Shell) -> None:
    days = office.json("calendar", "show")
    assert (days[0]["date"], days[0]["holiday"]) == ("2026-11-01", None)
    assert days[1]["clauses"][0]["place"].startswith("rules/start.rules:")


def test_doubts_are_found(office: Shell) -> None:
    done = office("calendar", "verify", "service", "-o", "json")
    assert done.code == 0
    assert [item["code"] for item in done.json] == ["projected-year"]
    assert office("calendar", "verify", "service", "--strict").code == 1
    with (office.home / "rules/hours.rules").open("a") as rules:
        rules.write('calendar odd {\n  zone "Asia/Shanghai"\n  mon 09:00-10:00\n  break 2026-12-05 09:00-10:00\n}\n')
    done = office("calendar", "verify", "-o", "json")
    assert done.code == 1
    odd = next(item for item in done.json if item["calendar"] == "odd")
    assert (odd["severity"], odd["code"], odd["place"]) == ("warning", "dead-break", "rules/hours.rules:17:3")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("due", "servic", "now", "1bh"), "unknown-rule"),
        (("due", "service", "today", "1bh"), "bad-time"),
        (("due", "service", "now", "1 hour"), "bad-argument"),
        (("due", "service", "now", "1bh", "--pause", "now"), "bad-argument"),
        (("show", "service", "--month", "10/2026"), "bad-argument"),
        (("show", "service", "--month", "2026-13"), "bad-argument"),
        (("show", "service", "--month", "9999-12"), "bad-argument"),
        (("compute", "nothing.jsonl"), "unknown-file"),
    ],
)
def test_what_cannot_be_answered_is_refused(office: Shell, words: tuple[str, ...], code: str) -> None:
    assert office("calendar", *words, "-o", "json").problem["code"] == code


# --------------------------------------------------------------------------------- by the line


def test_each_line_has_its_answer_and_a_bad_one_stops_nothing(office: Shell) -> None:
    lines = [json.dumps(REQUEST), "", "nope", json.dumps({**REQUEST, "id": 2, "calendar": INLINE})]
    done = office("calendar", "compute", "-", given="\n".join(lines))
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [answer.get("due") for answer in answers] == ["2026-11-23T10:00:00+08:00", None, "2026-11-23T10:00:00+08:00"]
    assert answers[1]["error"]["code"] == "bad-input"
    assert done.code == 4
    assert "1 of 3 failed" in done.err


@pytest.mark.parametrize("format", ["json", "jsonl"])
def test_answers_have_the_formats_of_every_command(office: Shell, format: str) -> None:
    done = office("calendar", "compute", "-", "-o", format, given=f"{json.dumps(REQUEST)}\nnope\n")
    answers = done.json if format == "json" else [json.loads(line) for line in done.out.splitlines()]
    assert [answer["id"] for answer in answers] == [1, None]
    assert done.code == 4


def test_a_table_of_answers_has_every_kind_of_answer(office: Shell) -> None:
    between = {"id": 2, "calendar": INLINE, "op": "between", "start": "2026-11-23T09:00", "end": "2026-11-23T10:00"}
    lines = [json.dumps(REQUEST), "nope", json.dumps(between)]
    rows = list(
        csv.DictReader(office("calendar", "compute", "-", "-o", "csv", given="\n".join(lines)).out.splitlines())
    )
    assert [(row["due"][:10], row["seconds"]) for row in rows] == [("2026-11-23", ""), ("", ""), ("", "3600")]
    assert [bool(row["error.message"]) for row in rows] == [False, True, False]


def test_a_file_is_read_and_needs_no_workspace(office: Shell, tmp_path: Path) -> None:
    requests = tmp_path / "requests.jsonl"
    requests.write_text(json.dumps({**REQUEST, "calendar": INLINE}) + "\n" + json.dumps(REQUEST) + "\n")
    office.home = tmp_path / "nowhere"
    done = office("calendar", "compute", str(requests))
    first, second = map(json.loads, done.out.splitlines())
    assert first["due"] == "2026-11-23T10:00:00+08:00"
    assert second["error"]["code"] == "no-workspace"


def test_an_answer_is_out_before_the_next_request_is_read(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "svcctl", "calendar", "compute", "-"]
    environment = {**os.environ, "SVCCTL_HOME": str(tmp_path)}
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(json.dumps({**REQUEST, "id": number, "calendar": INLINE}) + "\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(timeout=30) == 0


# ----------------------------------------------------------------------------------- importing

DAYS = {
    "year": 2027,
    "papers": ["https://example.org/notice"],
    "days": [
        {"name": "元旦", "date": "2027-01-01", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-02", "isOffDay": True},
        {"name": "元旦", "date": "2027-01-09", "isOffDay": False},
    ],
}
IMPORTED = """\
# from 2027.json
calendar cn-2027 {
  zone "Asia/Shanghai"
  mon..fri 09:00-12:00, 13:30-18:00
  closed 2027-01-01..2027-01-02              # 元旦
  on 2027-01-09 09:00-12:00, 13:30-18:00     # 元旦
}
"""


@pytest.mark.parametrize(
    "frame",
    [(), ("--like", "service"), ("--zone", "Asia/Shanghai", "--hours", "09:00-12:00,13:30-18:00")],
    ids=["in force", "like", "given"],
)
def test_a_file_of_holidays_becomes_clauses_that_work(office: Shell, tmp_path: Path, frame: tuple[str, ...]) -> None:
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(DAYS), encoding="utf-8")
    done = office("calendar", "import", str(file), "--as", "cn-2027", *frame)
    assert [line.split() for line in done.out.splitlines()] == [line.split() for line in IMPORTED.splitlines()]
    (office.home / "rules/holidays.rules").write_text(done.out, encoding="utf-8")
    assert office("rules", "check").code == 0
    days = office.json("calendar", "show", "cn-2027", "--month", "2027-01")
    assert [day["kind"] for day in days[:2]] == ["closed", "closed"]
    assert (days[8]["kind"], days[8]["open_seconds"]) == ("shift", 27000)


def test_what_was_left_out_of_a_file_is_said(office: Shell, tmp_path: Path) -> None:
    file = tmp_path / "team.ics"
    event = "BEGIN:VEVENT\r\nDTSTART{}\r\nSUMMARY:Closed\r\nEND:VEVENT\r\n"
    events = event.format(";VALUE=DATE:20270104") + event.format(":20270105T090000Z")
    file.write_text(f"BEGIN:VCALENDAR\r\n{events}END:VCALENDAR\r\n")
    done = office("calendar", "import", str(file), "--as", "team", "-o", "json")
    assert done.json == [{"first": "2027-01-04", "last": "2027-01-04", "kind": "off", "name": "Closed"}]
    assert "1 events" in done.err


def test_a_file_of_holidays_needs_hours_from_somewhere(office: Shell, tmp_path: Path) -> None:
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(DAYS), encoding="utf-8")
    refused = office("calendar", "import", str(file), "--as", "x", "--zone", "Asia/Shanghai", "-o", "json")
    assert refused.problem["code"] == "bad-argument"
    refused = office("calendar", "import", str(tmp_path / "no.json"), "--as", "x", "-o", "json")
    assert refused.problem["code"] == "unknown-file"
