import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from svcctl.decision.values import Relation, Truth, compare, contains, has_no_case, member
from svcctl.foundation.quantity import Business, Elapsed, Quantity


def dB(amount: str) -> Quantity:
    return Quantity(Decimal(amount), "dB")


def grams(amount: str) -> Quantity:
    return Quantity(Decimal(amount), "g")


LEVELS = ("low", "medium", "high")


@pytest.mark.parametrize(
    ("left", "op", "right", "outcome"),
    [
        (1, "<", Decimal("1.5"), True),
        (0.1, "==", Decimal("0.1"), True),
        (0.1 + 0.2, "==", Decimal("0.3"), False),
        (None, "==", 1, None),
        (True, "==", 1, None),
        ("1", "==", 1, None),
        (float("nan"), "!=", 1, None),
        (Quantity(Decimal(1), "kg"), "==", grams("1000"), True),
        (Quantity(Decimal(1), "kg"), ">", dB("1"), None),
        (Quantity(Decimal(0), "°C"), "==", Quantity(Decimal("273.15"), "K"), True),
        (Quantity(Decimal(5), "CNY"), "<", Quantity(Decimal(9), "USD"), None),
        (Elapsed(60), "<=", Elapsed(60), True),
        (Elapsed(60), "==", Business(seconds=60), None),
        (Business(days=1), ">", Business(seconds=60), None),
        (Business(days=1), ">", Business(), True),
        (datetime(2026, 1, 1, tzinfo=UTC), "<", datetime(2026, 1, 2, tzinfo=UTC), True),
        (("a", "b"), "==", "b", True),
        (("a", "b"), "!=", "b", False),
        ((), "==", "b", False),
        ((), "!=", "b", True),
        ("b", "==", ("a", "b"), True),
        ("a", "<", "b", None),
    ],
)
def test_compare(left: Any, op: Relation, right: Any, outcome: Truth) -> None:
    assert compare(op, left, right) is outcome


def test_words_are_ordered_by_their_choice() -> None:
    assert compare(">=", "high", "medium", LEVELS) is True
    assert compare(">=", "urgent", "medium", LEVELS) is None


def test_every_reading_must_satisfy_and_none_is_unknown() -> None:
    readings = (dB("40"), dB("44.9"))
    assert compare("<", readings, dB("45"), every=True) is True
    assert compare("<", (*readings, dB("45")), dB("45"), every=True) is False
    assert compare("<", (*readings, grams("1")), dB("45"), every=True) is None
    assert compare("==", (), dB("45"), every=True) is None
    assert member(readings, (dB("40"),), every=True) is False
    assert member((), (dB("40"),), every=True) is None


def test_characters_without_case_are_what_no_other_character_folds_to() -> None:
    images = {image for one in map(chr, range(sys.maxunicode + 1)) for image in one.casefold() if image != one}
    assert not [image for image in images if has_no_case(image)]
    assert has_no_case("压缩机、2")
    assert not has_no_case("E1")


def test_contains_takes_text_in_any_case_and_items_as_they_are() -> None:
    assert contains("STRASSE 5", ("straße",), "one") is True
    assert contains(("vip", "repeat"), ("vip",), "one") is True
    assert contains(("vip",), ("v",), "one") is False
    assert contains("fan noise", ("fan", "pump"), "all") is False
    assert contains(None, ("fan",), "any") is None
    assert contains(7, ("fan",), "any") is None
