"""Places as editors count them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from svcctl.editor.positions import Lines

TEXTS = st.text(alphabet="ab 噪🛠\n\r", max_size=40)


@given(TEXTS, st.integers(0, 40))
def test_there_and_back(text: str, offset: int) -> None:
    lines = Lines(text)
    offset = min(offset, len(text))
    position = lines.position(offset)
    inside_a_break = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
    assert lines.offset(position) == (offset - 1 if inside_a_break else offset)


@given(TEXTS, st.integers(0, 40))
def test_a_column_is_what_utf_16_takes(text: str, offset: int) -> None:
    lines = Lines(text)
    line, column = lines.position(min(offset, len(text)))
    row = text[lines.starts[line] : lines.ends[line]].encode("utf-16-le")
    assert column <= len(row) // 2
    assert (text[lines.starts[line] : lines.offset((line, column))].encode("utf-16-le")) == row[: 2 * column]


@pytest.mark.parametrize(
    ("position", "offset"), [((0, 99), 2), ((9, 0), 6), ((-1, 0), 0), ((1, 1), 4), ((1, 2), 5), ((1, 0), 4)]
)
def test_what_lies_beyond_is_cut(position: tuple[int, int], offset: int) -> None:
    assert Lines("ab\r\n🛠c").offset(position) == offset  # a place within a character is where that begins
