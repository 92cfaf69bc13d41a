from datetime import UTC, datetime

import pytest

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import exact, parse_instant, shown, stored, zone_named

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


@pytest.mark.parametrize("text", ["0001-01-01T00:00+08:00", "9999-12-31T23:00-08:00"])
def test_an_instant_outside_the_years_of_utc_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_instant(text)
    assert refused.value.code == "bad-time"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 7, 1, 7, tzinfo=UTC), "2026-07-01T09:00:00+02:00"),
        (datetime(2026, 7, 1, 7, 0, 0, 250000, tzinfo=UTC), "2026-07-01T09:00:00.250000+02:00"),
        (datetime(1890, 7, 1, 7, tzinfo=UTC), "1890-07-01T07:00:00+00:00"),  # local mean time: 0:53:28
        (datetime(9999, 12, 31, 23, 30, tzinfo=UTC), "9999-12-31T23:30:00+00:00"),
    ],
)
def test_an_exact_time_is_written_so_that_rfc_3339_can_read_it(moment: datetime, text: str) -> None:
    assert exact(moment, BERLIN) == text
