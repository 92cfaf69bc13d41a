"""Keys sort and compare as the values that they stand for."""

import math
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from svcctl_store_postgres.keys import LONGEST, is_cut, key

from svcctl.plugin_api import order_key

NUMBERS = st.one_of(
    st.integers(),
    st.integers(-(10**40), 10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 0.5, -0.5, 1e-320, -1e-320, 256, 65536, -256, 0.0, -0.0]),
)
VALUES = st.one_of(st.none(), NUMBERS, st.text(st.characters(), max_size=30), st.just([1]), st.just({"a": 1}))


def sort_key(value: Any) -> tuple[bool, bytes]:
    found = key(value)
    return found is not None, found or b""


@given(VALUES, VALUES)
@example(2**53, 2.0**53)
@example(-256, -257)
@example("a", "a\0")
@example("\ud800", "\U0001f477")
def test_keys_stand_in_the_order_of_the_values(one: Any, other: Any) -> None:
    ours, theirs = order_key({"f": one}, "f"), order_key({"f": other}, "f")
    assert (sort_key(one) < sort_key(other)) == (ours < theirs)
    assert (key(one) == key(other)) == (ours == theirs)


@given(st.lists(NUMBERS))
def test_numbers_are_exact_whatever_their_size(numbers: list[float]) -> None:
    assert [*map(key, sorted(numbers))] == sorted(key(number) or b"" for number in numbers)
    assert all(not math.isnan(number) for number in numbers)


@given(st.text(st.characters(), min_size=LONGEST), st.text(max_size=20))
def test_long_texts_are_cut_and_still_told_apart(text: str, short: str) -> None:
    assert (key(text) == key(text + "x")) is False
    assert is_cut(key(text + "x"))
    assert not is_cut(key(short))
    assert len(key(text * 3) or b"") < 2_000
    assert (sort_key(short) < sort_key(text + "x")) == (short < text + "x")
