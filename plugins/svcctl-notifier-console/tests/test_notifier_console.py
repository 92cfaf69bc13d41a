"""Messages on the terminal and in a file."""

from pathlib import Path

import pytest
from svcctl_notifier_console import ConsoleNotifier

from svcctl.extension.registry import Registry
from svcctl.plugin_api import Notifier
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import NotifierContract, deliver

MESSAGE = PLAIN.replace(text="the screen is black\nsince Monday", urgent=True)


class TestContract(NotifierContract):
    @pytest.fixture
    def notifier(self, tmp_path: Path) -> Notifier:
        return ConsoleNotifier(ConsoleNotifier.Config(path=tmp_path / "messages.txt"))


def test_a_message_is_written_to_standard_error_for_people_to_read(capsys: pytest.CaptureFixture[str]) -> None:
    notifier = ConsoleNotifier(ConsoleNotifier.Config())
    assert deliver(notifier, MESSAGE).outcome == "delivered"
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err == (
        "!! notify engineer wu (T-000042, 2026-11-02T01:00:00Z)\n"
        "  [T-000042] 门禁黑屏\n"
        "  the screen is black\n"
        "  since Monday\n"
    )


def test_a_file_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "messages.txt"
    notifier = ConsoleNotifier(ConsoleNotifier.Config(path=path))
    for _ in range(2):
        assert deliver(notifier, MESSAGE).outcome == "delivered"
    assert path.read_text(encoding="utf-8") == notifier.render(MESSAGE).body * 2


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    notifier = ConsoleNotifier(ConsoleNotifier.Config(path=tmp_path))
    receipt = deliver(notifier, MESSAGE)
    assert (receipt.outcome, receipt.code) == ("retry", "write-failed")
    assert not notifier.check().ok


def test_words_cannot_steer_the_terminal() -> None:
    notifier = ConsoleNotifier(ConsoleNotifier.Config())
    body = notifier.render(MESSAGE.replace(text="a\x1b[2Jb\r\x9bc", subject="x\x07")).body
    assert r"a\x1b[2Jb\r\x9bc" in body
    assert "\x1b" not in body
    assert r"x\x07" in body


def test_it_comes_in_by_its_entry_point(tmp_path: Path) -> None:
    notifier = Registry(tmp_path, {}).notifier("console", {"path": "messages.txt"}, "channels.wall")
    assert deliver(notifier).outcome == "delivered"
    assert (tmp_path / "messages.txt").exists()
