from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.foundation.quantity import (
    UNITS,
    Business,
    Duration,
    Elapsed,
    Quantity,
    parse_duration,
    parse_quantity,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("45 dB", Quantity(Decimal(45), "dB")),
        ("99.5%", Quantity(Decimal("99.5"), "%")),
        ("CNY 5000", Quantity(Decimal(5000), "CNY")),
        ("5000 CNY", Quantity(Decimal(5000), "CNY")),
        ("-5 °C", Quantity(Decimal(-5), "°C")),
        ("45 db", None),
        ("45", None),
        ("CNY 5000 CNY", None),
        ("noise", None),
    ],
)
def test_quantities_as_written(text: str, expected: Quantity | None) -> None:
    assert parse_quantity(text) == expected


def test_amounts_compare_in_the_base_unit() -> None:
    assert Quantity(Decimal(200), "ms").base == Quantity(Decimal("0.2"), "s").base
    assert Quantity(Decimal(20), "°C").base == Decimal("293.15")
    assert Quantity(Decimal(1), "CNY").dimension != Quantity(Decimal(1), "USD").dimension


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30m", Elapsed(1800)),
        ("1w", Elapsed(604800)),
        ("4bh", Business(seconds=14400)),
        ("30bm", Business(seconds=1800)),
        ("2bd", Business(days=2)),
        ("2", None),
        ("bh", None),
        ("2 bd", None),
        ("٣h", None),
    ],
)
def test_durations_as_written(text: str, expected: Duration | None) -> None:
    assert parse_duration(text) == expected


@given(
    st.one_of(
        st.builds(Elapsed, st.integers(0, 10**8)),
        st.builds(lambda seconds: Business(seconds=seconds), st.integers(0, 10**8)),
        st.builds(lambda days: Business(days=days), st.integers(1, 1000)),
    )
)
def test_a_duration_reads_back_as_it_is_shown(duration: Duration) -> None:
    assert parse_duration(str(duration)) == duration


def test_every_unit_is_read_by_its_symbol() -> None:
    for symbol in UNITS:
        assert parse_quantity(f"1 {symbol}") == Quantity(Decimal(1), symbol)
