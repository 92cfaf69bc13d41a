"""The clocks of a ticket: as values for scripts, in words beside the ticket, and each with all its segments."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from svcctl.desk.promises import ClockSheet, projected_years
from svcctl.report.table import Looks, brief, cell, lay_out, paint
from svcctl.ticket.clocks import Clock

_SECOND = timedelta(seconds=1)


def clock_items(clocks: Iterable[Clock]) -> list[dict[str, Any]]:
    """Clocks as scripts see them; `remaining_seconds` are of the clock's own time, negative when it is over."""
    return [
        {
            "kind": clock.kind,
            "state": clock.state,
            "sla": clock.sla,
            "within": str(clock.within) if clock.within else None,
            "calendar": clock.calendar,
            "started_at": clock.started,
            "due_at": clock.due,
            "stopped_at": clock.stopped_at,
            "paused": clock.paused,
            "paused_at": clock.paused_since,
            "breached": clock.breached,
            "remaining_seconds": clock.remaining,
            "used": clock.used,
            "projected": list(projected_years(clock)),
        }
        for clock in clocks
    ]


def next_due(clocks: Iterable[Clock]) -> Clock | None:
    """The clock that is due next: of those that run and are in time, the one with the earliest due time."""
    running = [(clock.due, index, clock) for index, clock in enumerate(clocks) if clock.due and _in_time(clock)]
    return min(running)[2] if running else None


def next_due_item(clocks: Iterable[Clock], now: datetime) -> dict[str, Any] | None:
    """What is next due, and how long is left: in the clock's own time, and on the wall clock."""
    clock = next_due(clocks)
    if clock is None or clock.due is None:
        return None
    elapsed = (clock.due - now) // _SECOND
    return {
        "kind": clock.kind,
        "due_at": clock.due,
        "remaining_seconds": clock.remaining,
        "elapsed_seconds": elapsed,
        "business": clock.line is not None,
        "projected": list(projected_years(clock)),
    }


def standing(clock: Clock, now: datetime) -> str:
    """How a clock stands, in a few words."""
    if clock.stopped_at is not None:
        return "late" if clock.breached else "kept"
    if clock.paused:
        late = "BREACHED, " if clock.breached else ""
        return f"{late}paused, {_left(clock)} left" if clock.remaining >= 0 else f"{late}paused"
    if clock.breached:
        return f"overdue in {clock.state}" if clock.kind == "limit" else "BREACHED"
    wall = (
        "" if clock.line is None or clock.due is None else f" ({span((clock.due - now) // _SECOND)} on the wall clock)"
    )
    return f"{_left(clock)} left{wall}"


def due_lines(clocks: Sequence[Clock], now: datetime, looks: Looks) -> Iterator[tuple[str, str]]:
    """What is next due, what is overdue and what stands still, for the head of a ticket."""
    following = next_due(clocks)
    if following is not None and following.due is not None:
        years = projected_years(following)
        said = f"; the holidays of {', '.join(map(str, years))} are projected" if years else ""
        yield "next due", f"{named(following)} {brief(following.due, looks.zone)}, {standing(following, now)}{said}"
    for clock in clocks:
        if clock.stopped_at is None and clock.breached and clock.due is not None:
            yield "overdue", paint(f"{named(clock)} since {brief(clock.due, looks.zone)}", "31", looks)
        if clock.paused_since is not None:
            left = f", {_left(clock)} left" if clock.remaining >= 0 else ""
            yield "paused", f"{named(clock)} since {brief(clock.paused_since, looks.zone)}{left}"


def named(clock: Clock) -> str:
    """What a clock is called: its kind, and for the limit of a stay the state."""
    return f"{clock.kind} in {clock.state}" if clock.state else clock.kind


def sheet_items(sheets: Iterable[ClockSheet]) -> list[dict[str, Any]]:
    """Each clock with its segments, and since when and by which event it is promised so."""
    items = []
    for sheet in sheets:
        (item,) = clock_items([sheet.clock])
        item["pinned"] = sheet.pinned and {
            "at": sheet.pinned.at,
            "kind": sheet.pinned.kind,
            "actor": sheet.pinned.actor,
            "reason": (sheet.pinned.why or {}).get("reason"),
        }
        for kind in ("paused", "reopened"):
            item[f"{kind}_seconds"] = sum(part.seconds for part in sheet.segments if part.kind == kind)
        item["segments"] = [
            {
                "kind": part.kind,
                "state": part.state,
                "start_at": part.start,
                "end_at": part.end,
                "seconds": part.seconds,
            }
            for part in sheet.segments
        ]
        items.append(item)
    return items


def clocks_page(sheets: Sequence[ClockSheet], now: datetime, looks: Looks) -> Iterator[str]:
    """Every clock and its segments, for people."""
    if not sheets:
        yield "nothing is promised for this ticket\n"
    for index, sheet in enumerate(sheets):
        yield "\n" * bool(index)
        yield from _sheet(sheet, now, looks)


def _sheet(sheet: ClockSheet, now: datetime, looks: Looks) -> Iterator[str]:
    clock = sheet.clock
    due = f"due {brief(clock.due, looks.zone)}" if clock.due else "due at a time that is not known"
    share = f", {clock.used * 100:.0f}% used" if clock.due else ""
    yield f"{paint(named(clock), '1', looks)}  {due}  {standing(clock, now)}{share}\n"
    yield f"  {_promise(clock)}{_pinned(sheet, looks)}\n"
    if sheet.projected:
        yield f"  the holidays of {', '.join(map(str, sheet.projected))} are projected: no official notice fixes them\n"
    rows = [
        [brief(part.start, looks.zone), brief(part.end, looks.zone), part.kind, cell(part.state), span(part.seconds)]
        for part in sheet.segments
    ]
    if rows:
        table = lay_out(rows, ("from", "to", "clock", "state", "time"), looks, right="llllr")
        yield "".join(f"  {line}\n" for line in table.splitlines())
    if clock.stopped_at is not None:
        yield f"  stopped {brief(clock.stopped_at, looks.zone)}\n"


def _promise(clock: Clock) -> str:
    if clock.within is None:
        return f"promised by `{clock.sla}`"
    where = f" on {clock.calendar}" if clock.calendar else ""
    by = f"flow `{clock.sla}`" if clock.kind == "limit" else f"`{clock.sla}`"
    return f"within {clock.within}{where}, by {by}"


def _pinned(sheet: ClockSheet, looks: Looks) -> str:
    event = sheet.pinned
    if event is None:
        return ""
    why: Mapping[str, Any] = event.why or {}
    reason = f": {cell(why['reason'])}" if why.get("reason") else ""
    return f", pinned {brief(event.at, looks.zone)} ({event.kind}{reason})"


def _in_time(clock: Clock) -> bool:
    return clock.running and not clock.breached


def _left(clock: Clock) -> str:
    return span(clock.remaining) + (" of open time" if clock.line is not None else "")


def span(seconds: int) -> str:
    """A stretch of time in hours and minutes."""
    minutes = seconds // 60
    return f"{minutes // 60}h{minutes % 60:02}m" if minutes >= 60 else f"{minutes}m"
