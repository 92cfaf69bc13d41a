from datetime import UTC, datetime

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, shown, stored, zone_named

BERLIN = zone_named("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-23T09:00:00+08:00", "2026-11-23T01:00:00Z"),
        ("2026-11-23T09:00+08:00", "2026-11-23T01:00:00Z"),
        ("2026-11-23T01:00:00Z", "2026-11-23T01:00:00Z"),
        ("2026-07-01 09:00", "2026-07-01T07:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        ("2026-10-25T02:30", "2026-10-25T00:30:00Z"),  # twice: the first
        ("2026-03-29T02:30", "2026-03-29T01:30:00Z"),  # never: forward by the gap
    ],
)
def test_instants_as_written(text: str, utc: str) -> None:
    assert stored(parse_instant(text, BERLIN)) == utc


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-11-23T09:00:00+08:00x", "20261123"])
def test_what_is_not_a_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="is not a time"):
        parse_instant(text, BERLIN)


def test_a_wall_time_needs_a_zone() -> None:
    with pytest.raises(Refusal, match="is not a time"):
        parse_instant("2026-11-23T09:00")


def test_people_read_wall_time_with_its_offset() -> None:
    assert shown(datetime(2026, 7, 1, tzinfo=UTC), BERLIN) == "2026-07-01T02:00:00+02:00"


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Refusal, match="no time zone `Asia/Peking`"):
        zone_named("Asia/Peking")
