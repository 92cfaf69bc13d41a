from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from svcctl.decision.arithmetic import aggregate, arithmetic
from svcctl.foundation.quantity import Business, Elapsed, Quantity


def dB(amount: str) -> Quantity:
    return Quantity(Decimal(amount), "dB")


def grams(amount: str) -> Quantity:
    return Quantity(Decimal(amount), "g")


@pytest.mark.parametrize(
    ("left", "op", "right", "value"),
    [
        (1, "/", 3, Decimal("0." + "3" * 60)),
        (1, "/", 0, None),
        (dB("1"), "/", 0, None),
        (Decimal("0.1"), "+", 0.2, Decimal("0.3")),
        (Decimal("0.9"), "*", Quantity(Decimal(100), "h"), Quantity(Decimal("90.0"), "h")),
        (Quantity(Decimal(1), "kg"), "+", grams("500"), Quantity(Decimal("1.5"), "kg")),
        (Quantity(Decimal(20), "°C"), "+", Quantity(Decimal(1), "K"), None),
        (Quantity(Decimal(1), "kg"), "-", dB("1"), None),
        (Quantity(Decimal(1), "kg"), "/", grams("500"), Decimal(2)),
        (Elapsed(3600), "*", Decimal("0.5"), Elapsed(1800)),
        (Elapsed(3600), "/", Elapsed(1800), Decimal(2)),
        (Elapsed(3600), "-", Elapsed(60), Elapsed(3540)),
        (Business(days=2), "+", Business(days=1), Business(days=3)),
        (Business(days=1), "*", Decimal("0.5"), None),
        (Business(days=1), "+", Business(seconds=60), None),
        (datetime(2026, 1, 1, tzinfo=UTC), "+", Elapsed(86400), datetime(2026, 1, 2, tzinfo=UTC)),
        (datetime(2026, 1, 2, tzinfo=UTC), "-", datetime(2026, 1, 1, tzinfo=UTC), Elapsed(86400)),
        (datetime(9999, 12, 31, tzinfo=UTC), "+", Elapsed(10**9), None),
        ("a", "+", "b", None),
        (Decimal("9E+999999"), "*", 10, Decimal("Infinity")),
        (None, "+", 1, None),
    ],
)
def test_arithmetic(left: Any, op: str, right: Any, value: Any) -> None:
    assert arithmetic(op, left, right) == value


@pytest.mark.parametrize(
    ("function", "value", "result"),
    [
        ("max", (dB("40"), dB("44")), dB("44")),
        ("min", (Quantity(Decimal(1), "kg"), grams("999")), grams("999")),
        ("avg", (1, 2), Decimal("1.5")),
        ("sum", (grams("1"), grams("2")), grams("3")),
        ("count", (1, 1), 2),
        ("max", (dB("40"), grams("1")), None),
        ("sum", (dB("40"), grams("1")), None),
        ("max", None, None),
        ("avg", (), None),
        ("count", None, 0),
        ("sum", (), 0),
        ("max", 7, 7),
    ],
)
def test_aggregate(function: str, value: Any, result: Any) -> None:
    assert aggregate(function, value) == result
