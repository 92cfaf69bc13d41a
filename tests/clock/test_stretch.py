from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from svcctl.clock.stretch import clipped, merged, without

stretches = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=8)


def points(of: list[tuple[int, int]]) -> set[int]:
    return {point for start, end in of for point in range(start, end)}


@given(stretches)
def test_merged_stretches_hold_the_same_points_and_do_not_touch(given_stretches: list[tuple[int, int]]) -> None:
    union = merged(given_stretches)
    assert points(union) == points(given_stretches)
    assert all(first[1] < second[0] for first, second in pairwise(union))


@given(stretches, stretches)
def test_cuts_are_taken_out(kept: list[tuple[int, int]], cuts: list[tuple[int, int]]) -> None:
    assert points(without(merged(kept), merged(cuts))) == points(kept) - points(cuts)


@given(stretches, st.integers(0, 40), st.integers(0, 40))
def test_clipping_keeps_the_part_inside(kept: list[tuple[int, int]], low: int, high: int) -> None:
    assert points(clipped(merged(kept), low, high)) == points(kept) & set(range(low, high))
