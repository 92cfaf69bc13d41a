"""What plugs raise and print goes no further than it should, and has no secret in it."""

import sys
from traceback import format_exception

import pytest

from svcctl.extension.guard import PlugFailed, closing, guarded
from svcctl.foundation.errors import Refusal
from svcctl.plugin_api import Health, Plug, PluginConfig


def scrub(text: str) -> str:
    return text.replace("hunter2", "***")


def test_what_a_plug_prints_goes_to_standard_error_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    with guarded(scrub):
        print("the token is hunter2")
        print("it is hunter2", file=sys.stderr)
        sys.stdout.write("hun")
        sys.stdout.write("ter2")
    assert capsys.readouterr() == ("", "the token is ***\nit is ***\n***")
    print("data")
    assert capsys.readouterr() == ("data\n", "")


def test_what_it_printed_before_it_failed_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), guarded(scrub):
        _interrupted("waiting for hunter2")
    assert capsys.readouterr().err == "waiting for ***\n"


@pytest.mark.parametrize("failure", [ValueError("no hunter2"), SystemExit("no hunter2")])
def test_what_a_plug_raises_has_no_secret(failure: BaseException) -> None:
    with pytest.raises(PlugFailed, match=r"^(ValueError|SystemExit): no \*\*\*$") as failed, guarded(scrub):
        raise failure
    assert "hunter2" not in "".join(format_exception(failed.value))


def test_a_refusal_stays_one() -> None:
    with pytest.raises(Refusal) as refused, guarded(scrub):
        raise Refusal("plugin-unavailable", "no hunter2", help="ask hunter2", details={"token": "hunter2"})
    assert (refused.value.code, refused.value.message) == ("plugin-unavailable", "no ***")
    assert (refused.value.help, refused.value.details) == ("ask ***", {})


def test_a_refusal_with_a_code_of_its_own_says_that_the_plug_did_not_do_it() -> None:
    with pytest.raises(Refusal) as refused, guarded(scrub):
        raise Refusal("no-such-part", "no P-1")
    assert (refused.value.code, refused.value.message, refused.value.exit) == ("plugin-unavailable", "no P-1", 6)


def test_a_plug_that_cannot_be_closed_stops_nothing() -> None:
    class Stuck(Plug):
        def check(self) -> Health:
            return Health(True, "fine")

        def close(self) -> None:
            raise OSError("stuck")

    with closing(Stuck(PluginConfig())) as plug:
        assert plug.check().ok


def _interrupted(text: str) -> None:
    print(text)
    raise KeyboardInterrupt
