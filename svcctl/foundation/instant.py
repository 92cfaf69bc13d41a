"""Instants: points in time, always aware datetimes in UTC inside svcctl, RFC 3339 at its edges."""

import re
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from svcctl.foundation.errors import Refusal

_LOCAL = r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?)?"


@lru_cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone of a name. Raises Refusal `bad-time` where there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refusal(
            "bad-time", f"there is no time zone `{name}`", help="write an IANA name such as `Asia/Shanghai`"
        ) from None


def parse_instant(text: str, zone: tzinfo | None = None) -> datetime:
    """The instant that `text` names, in UTC.

    RFC 3339 with an offset; without one it is a wall time in `zone` (the first of two where the
    clock is set back; moved forward by the gap where it is set ahead), which may be written as spreadsheets
    do, with the year first: `2026/3/1 9:05`. A date alone is its first instant. Raises Refusal `bad-time`.
    """
    moment = _parsed(text.strip())
    if zone is not None and (moment is None or (moment.tzinfo is None and not re.fullmatch(_LOCAL, text.strip()))):
        from svcctl.foundation.written import wall_time

        moment = _parsed(wall_time(text) or "")
    if moment is None or (moment.tzinfo is None and zone is None):
        raise Refusal("bad-time", f"`{text}` is not a time", help="write it like `2026-11-23T09:00:00+08:00`")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise Refusal("bad-time", f"`{text}` lies outside the years 1 to 9999 in UTC") from None


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def stored(moment: datetime) -> str:
    """The form in the store: UTC with `Z`, cut to whole seconds, so that text order is time order."""
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def shown(moment: datetime, zone: tzinfo) -> str:
    """The form that people and scripts read: wall time in `zone` with its offset, to the second."""
    return moment.astimezone(zone).isoformat(timespec="seconds")


def exact(moment: datetime, zone: tzinfo) -> str:
    """RFC 3339 with the offset of `zone` and the fraction of a second, where there is one.

    In UTC where the zone's offset is no whole minute, as local mean time's is not: RFC 3339 cannot write that.
    """
    try:
        local = moment.astimezone(zone)
    except OverflowError:
        return moment.isoformat()
    offset = local.utcoffset()
    if offset is None or offset.seconds % 60:
        return moment.astimezone(UTC).isoformat()
    return local.isoformat()
