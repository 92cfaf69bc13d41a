"""Tickets with a log, and what was promised of them in the hours of an office: to be read beside the test."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from svcctl.clock.calendar import Calendar
from svcctl.foundation.instant import parse_instant, zone_named
from svcctl.ticket.clocks import Clock, derive_clocks
from svcctl.ticket.model import PinnedTarget, StateEntry, Ticket

SHANGHAI = zone_named("Asia/Shanghai")
OFFICE = Calendar("cn-service", "Asia/Shanghai", {day: [(540, 720), (810, 1080)] for day in range(5)})
BERLIN = Calendar("berlin", "Europe/Berlin", {day: [(0, 1440)] for day in range(7)})
CALENDARS = {"cn-service": OFFICE, "berlin": BERLIN}
RESOLVE = PinnedTarget("resolve", "gold", "4bh", "cn-service", ("pending_customer", "pending_parts"))
RESPOND = PinnedTarget("respond", "gold", "30m", None, ("pending_customer",))
MONDAY = [("new", "2026-11-23T11:00")]


def at(text: str) -> datetime:
    return parse_instant(text, SHANGHAI)


def ticket(log: Sequence[tuple[str, str]], *targets: PinnedTarget, **fields: Any) -> Ticket:
    states = tuple(StateEntry(state, at(moment)) for state, moment in log)
    return Ticket("T-1", 1, states[-1].state, states[0].at, states[0].at, states=states, targets=targets, **fields)


def clock(of: Ticket, now: str) -> Clock:
    (found,) = derive_clocks(of, CALENDARS, at(now))
    return found
