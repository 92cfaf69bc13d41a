import subprocess
import sys

from hypothesis import example, given
from hypothesis import strategies as st
from wcwidth import wcswidth, wcwidth

from svcctl.foundation.width import _NARROW, _WIDE, display_width


def test_the_ranges_are_those_of_the_library() -> None:
    for width, ranges in ((2, _WIDE), (1, _NARROW)):
        for first, last in ranges:
            assert {wcwidth(chr(code)) for code in range(ord(first), ord(last) + 1)} <= {width}, (first, last)


_common = st.sampled_from(
    "".join(chr(code) for first, last in (*_WIDE, *_NARROW) for code in range(ord(first), ord(last)))
)


@given(st.one_of(st.text(_common), st.text()).filter(lambda text: not text.isascii()))
@example("人脸终端黑屏，重启无效（2 号门）——“急”")
@example("👨‍👩‍👧 e\u0301 ﷽")
def test_a_text_takes_what_the_library_says(text: str) -> None:
    assert display_width(text) == max(wcswidth(text), 0)


def test_chinese_needs_no_library() -> None:
    program = "import sys; from svcctl.foundation.width import display_width\n"
    program += "print(display_width('２号门“黑屏”，43 °C…'), 'wcwidth' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["20", "False"]
