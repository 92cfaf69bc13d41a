"""Durations that need a calendar."""

from svcctl.foundation.quantity import Business, Duration
from svcctl.foundation.source import Span
from svcctl.language.checks.findings import alternatives
from svcctl.language.checks.known import Known


def expect_calendar(
    known: Known, duration: Duration, span: Span, *, named: str | None = None, on: bool = False
) -> None:
    """A finding where a duration is in business time and no calendar is in force, of the first only, because one
    calendar mends all of them; `on`: one may be named there."""
    if not isinstance(duration, Business) or named is not None or known.default_calendar is not None:
        return
    if "calendar" in known.partial:
        return
    calendars, chosen = known.blocks["calendar"], known.vocabulary.default_calendar
    if chosen is not None:
        help = f"write the block `calendar {chosen} {{ ... }}`, which the configuration names"
    elif not calendars:
        help = "write a `calendar` block, or the time without `b`"
    elif on:
        help = "name the workspace's calendar in its configuration, or say `on` and one of " + alternatives(calendars)
    else:
        help = "name the workspace's calendar in its configuration, or write the time without `b`"
    no_calendar(known, f"`{duration}` is business time, and no calendar is in force", span, help)


def no_calendar(known: Known, message: str, span: Span, help: str) -> None:
    """A finding that no calendar is in force; what follows from it elsewhere is not told again."""
    if any(finding.code == "no-calendar" for finding in known.findings.found):
        known.findings.follow()
    else:
        known.findings.error("no-calendar", message, span, help=[help])


def expect_clock(known: Known, kind: str, span: Span, so: str = "") -> None:
    """A doubt where no ticket can have a clock of this kind; `so` says what follows."""
    if known.may_run(kind):
        return
    said, where = {
        "limit": ("no `flow` says how long a ticket may stay in a state", "`within ... in STATE` in a `flow` block"),
        "update": ("no `sla` says when to answer a customer's message", "`update within ...` in an `sla` block"),
    }.get(kind, (f"no `sla` says when to {kind}", f"`{kind} within ...` in an `sla` block"))
    known.findings.warning("no-target", f"{said}{so}", span, help=[f"write {where}"])


def order_of(duration: Duration) -> tuple[bool, int, int]:
    """A key by which durations of the same clock sort; its first part tells the clocks apart."""
    if isinstance(duration, Business):
        return True, duration.days, duration.seconds
    return False, 0, duration.seconds
