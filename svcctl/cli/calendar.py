"""`svcctl calendar list|show|verify|import`."""

import re
from datetime import date
from pathlib import Path
from typing import Any

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.columns import CALENDARS, DAYS, FINDINGS, IMPORTED_DAYS
from svcctl.report.output import Answer


@verb("calendar list")
def list_(call: Call) -> Answer:
    """Every `calendar` block of the rules, with its week and its place."""
    from svcctl.desk.calendars import calendar_rows

    return Answer(calendar_rows(call.workspace), CALENDARS)


@verb("calendar show")
@click.argument("name", metavar="[CALENDAR]", required=False)
@click.option("--month", metavar="YYYY-MM", help="Which month; that of --now as if none is given.")
def show(call: Call, name: str | None, month: str | None) -> Answer:
    """A grid with Monday first: 休 off by law, 班 worked instead, × closed and + set by the rules, ? projected.

    Without CALENDAR it is the one in force. The hours of a day are those that begin on it, past midnight too.
    JSON has one object a day, with its clauses.
    """
    from svcctl.desk.calendars import find_calendar
    from svcctl.report.month import month_days, month_page

    named = find_calendar(call.workspace, name or call.workspace.rulebook.default_calendar or "")
    calendar = named.calendar
    days = month_days(named, _first(month) or call.now.astimezone(calendar.zone_info).date().replace(day=1))
    return Answer(days, DAYS, page=lambda looks: month_page(calendar, days, looks))


def _first(month: str | None) -> date | None:
    if month is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d", month, re.ASCII):
            raise ValueError
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Refusal("bad-argument", f"`{month}` is not a month", help="write it like `2026-10`") from None
    if not 1 < first.year < 9999:  # its days may begin or end outside the years that there are, in UTC
        raise Refusal("bad-argument", f"`{month}` lies outside the years 2 to 9998")
    return first


@verb("calendar verify")
@click.argument("names", metavar="[CALENDAR]...", nargs=-1)
@click.option("--strict", is_flag=True, help="Notes count as well.")
def verify(call: Call, names: tuple[str, ...], strict: bool) -> Answer:
    """All calendars, or those named, day by day through this year and the next. Errors and warnings exit with 1."""
    from svcctl.clock.verification import verify_calendar
    from svcctl.desk.calendars import all_calendars, find_calendar

    chosen = [find_calendar(call.workspace, name) for name in names] or all_calendars(call.workspace)
    items: list[dict[str, Any]] = []
    for named in chosen:
        today = call.now.astimezone(named.calendar.zone_info).date()
        for doubt in verify_calendar(named.calendar, today):
            clauses = named.clauses(doubt.reason, breaks=doubt.code == "dead-break") if doubt.reason else ()
            place = clauses[0].place if clauses else named.place
            found = {"calendar": named.calendar.id, "message": doubt.message, "place": place}
            items.append({"severity": doubt.grade, "code": doubt.code, **found})
    bad = [item for item in items if strict or item["severity"] != "note"]
    notes = () if items else (f"{len(chosen)} calendars: nothing to find fault with",)
    return Answer(items, FINDINGS, exit=Exit.NO if bad else Exit.DONE, notes=notes)


@verb("calendar import")
@click.argument("file", metavar="FILE.ics|FILE.json")
@click.option("--as", "name", required=True, metavar="NAME", help="The name of the calendar.")
@click.option(
    "--like", metavar="CALENDAR", help="Take the zone and the week of this one; as if none: of that in force."
)
@click.option("--zone", metavar="ZONE", help="Without --like: an IANA name.")
@click.option("--hours", metavar="HOURS", help="Without --like: Monday to Friday, as in `09:00-12:00, 13:30-18:00`.")
@click.option(
    "--through",
    type=click.IntRange(1, 9999),
    metavar="YEAR",
    help="How far to write out what recurs; to the end of next year.",
)
def import_(
    call: Call, file: str, name: str, like: str | None, zone: str | None, hours: str | None, through: int | None
) -> Answer:
    """Writes nothing: review the text, then add it to the rules, as with `> rules/holidays.rules`.

    Reads all-day events of iCalendar, and JSON of the form {"days": [{"name", "date", "isOffDay"}]}. Days off become
    `closed` clauses, make-up workdays `on` clauses with the hours of a working day.
    """
    from svcctl.desk.calendars import find_calendar
    from svcctl.desk.holiday_files import block_text, frame_like, frame_of, read_holidays

    if zone and hours:
        frame = frame_of(zone, hours)
    elif zone or hours:
        raise Refusal("bad-argument", "--zone and --hours belong together", help="give both, or --like CALENDAR")
    else:
        frame = frame_like(find_calendar(call.workspace, like or call.workspace.rulebook.default_calendar or ""))
    found = read_holidays(Path(file), through or call.now.year + 1)
    text = block_text(name, frame, found, Path(file).name)
    items = [
        {
            "first": str(each.first),
            "last": str(each.last),
            "kind": "workday" if each.worked else "off",
            "name": each.name,
        }
        for each in found.events
    ]
    left = (f"warning: {found.left_out} events have a time of day, or are no days off, and were left out",)
    return Answer(items, IMPORTED_DAYS, page=lambda looks: text, notes=left if found.left_out else ())
