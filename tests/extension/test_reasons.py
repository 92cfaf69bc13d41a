"""Why something did not work, in words that people read."""

import socket
import ssl

import pytest

from svcctl.plugin_api import reason


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "Connection refused"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (TimeoutError("timed out"), "it took too long"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"), "wrong version number"),
        (OSError("no number"), "no number"),
        (ValueError("two\nlines"), "two lines"),
    ],
)
def test_a_reason_is_one_line_without_numbers(failed: BaseException, words: str) -> None:
    assert reason(failed) == words
