"""Cutting keeps what fits, and never parts what people see as one character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.extension.cutting import longest_fitting, whole

FAMILY = "👩🏽\u200d👩🏽\u200d👧🏽"


def in_bytes(text: str, most: int) -> str:
    return longest_fitting(text, lambda part: len(part.encode()) <= most)


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        ("short", 5, "short"),
        ("longer", 5, "lo…"),
        ("警报警报", 11, "警报…"),
        ("警报警报", 12, "警报警报"),
        ("e\u0301e\u0301e\u0301", 8, "e\u0301…"),
        (f"a{FAMILY}b", 10, "a…"),
        ("👍🏽👍🏽", 14, "👍🏽…"),
        ("🇨🇳🇩🇪🇫🇷", 16, "🇨🇳…"),
        ("🇨🇳🇩🇪🇫🇷", 19, "🇨🇳🇩🇪…"),
        ("❤\ufe0f❤\ufe0f❤\ufe0f", 10, "❤\ufe0f…"),
        ("two words", 7, "two…"),
        ("text", 3, "…"),
        ("text", 2, ""),
        ("", 0, ""),
    ],
)
def test_the_longest_beginning_is_kept(text: str, most: int, cut: str) -> None:
    assert in_bytes(text, most) == cut


@given(st.text(st.sampled_from("ab 警\n\u0301\u200d🏽👩🇨🇳\ufe0f"), max_size=40), st.integers(0, 80))
def test_what_is_cut_fits_and_is_a_beginning(text: str, most: int) -> None:
    cut = in_bytes(text, most)
    assert len(cut.encode()) <= most
    assert cut == text or text.startswith(cut.removesuffix("…"))


@given(st.text(st.characters(exclude_categories=[])))
def test_a_whole_text_can_be_encoded_and_stays_as_it_is_where_it_could(text: str) -> None:
    assert whole(text).encode().decode() == whole(text)
    assert len(whole(text)) == len(text)
