"""The block that says when somebody works."""

from datetime import date

from svcctl.language.block import Block
from svcctl.language.tree import Node

Interval = tuple[int, int]
"""From and to, in minutes after midnight; to is 1440 for `24:00`, and not above from where it runs past midnight."""


class Weekly(Node):
    """`mon..fri 09:00-12:00, 13:30-18:00`, `daily ...`: days as 0 (Monday) to 6."""

    days: tuple[int, ...]
    intervals: tuple[Interval, ...]


class Shift(Node):
    """`on DATE ...`: replaces the weekday's hours."""

    day: date
    intervals: tuple[Interval, ...]


class Break(Node):
    """`break DATE 12:00-14:00`: closed for a while on one day."""

    day: date
    intervals: tuple[Interval, ...]


class Closed(Node):
    """`closed DATE` or `closed DATE..DATE`, both ends included."""

    first: date
    last: date


class CalendarBlock(Block, kw_only=True):
    zone: str
    weekly: tuple[Weekly, ...] = ()
    holidays: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()
    breaks: tuple[Break, ...] = ()
    closed: tuple[Closed, ...] = ()
