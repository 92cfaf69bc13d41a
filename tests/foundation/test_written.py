import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant, shown, zone_named
from svcctl.foundation.quantity import UNITS, parse_duration, parse_quantity
from svcctl.foundation.written import duration_in_symbols, narrow, quantity_in_symbols

SHANGHAI = zone_named("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("５０％", "50%"),
        ("－５℃", "-5°C"),
        ("３　公斤", "3 kg"),
        ("43.2分贝", "43.2 dB"),
        ("￥12.50", "12.50 CNY"),
        ("¥ 12", "12 CNY"),
        ("380元", "380 CNY"),
        ("12 立方米", "12 m³"),
        ("5 mΩ", "5 mΩ"),
        ("黑屏", "黑屏"),
        ("3 个", "3 个"),
    ],
)
def test_amounts_are_kept_with_the_symbol_of_their_unit(text: str, kept: str) -> None:
    assert quantity_in_symbols(text) == kept


@pytest.mark.parametrize("text", ["7 元", "7分贝", "7 度电", "７ 千瓦", "7小时", "￥7"])
def test_every_name_of_a_unit_is_one(text: str) -> None:
    found = parse_quantity(quantity_in_symbols(text))
    assert found is not None
    assert found.unit in UNITS
    assert found.amount == 7


@pytest.mark.parametrize(
    ("text", "kept"),
    [("3天", "3d"), ("４ 小时", "4h"), ("2 个工作日", "2bd"), ("30分钟", "30m"), ("3d", "3d"), ("3 days", "3d")],
)
def test_durations(text: str, kept: str) -> None:
    assert duration_in_symbols(text) == kept
    assert parse_duration(kept) is not None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026/3/1", "2026-03-01T00:00:00+08:00"),
        ("2026/3/1 9:05", "2026-03-01T09:05:00+08:00"),
        ("2026-3-1 09:05:07", "2026-03-01T09:05:07+08:00"),
        ("2026.11.23", "2026-11-23T00:00:00+08:00"),
        ("2026年3月1日", "2026-03-01T00:00:00+08:00"),
        ("２０２６年３月１日　９：０５", "2026-03-01T09:05:00+08:00"),
        ("2026-11-23T09:00:00Z", "2026-11-23T17:00:00+08:00"),
    ],
)
def test_times_as_spreadsheets_have_them(text: str, meant: str) -> None:
    assert shown(parse_instant(text, SHANGHAI), SHANGHAI) == meant


@pytest.mark.parametrize(
    "text", ["2026/2/30", "3/1/2026", "2026/3", "2026-3/1", "26/3/1", "2026/3/1 25:00", "2026年3月", "20260301", ""]
)
def test_what_is_no_day_or_leaves_room_for_two_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_instant(text, SHANGHAI)
    assert refused.value.message == f"`{text}` is not a time"


def test_what_is_stored_is_read_strictly() -> None:
    with pytest.raises(Refusal):
        parse_instant("2026/3/1")


@given(st.text())
def test_nothing_is_lost_on_the_way(text: str) -> None:
    assert len(narrow(text)) == len(text) + text.count("℃")
    assert narrow(narrow(text)) == narrow(text)
    duration_in_symbols(text)
    quantity_in_symbols(text)
