"""Names that are nearly right: nothing is lost without a word."""

from typing import Any

Shell = Any
NEW = ("ticket", "new", "--title", "x")


def test_a_reading_that_no_criterion_asks_for_may_be_a_slip(shell: Shell) -> None:
    (id,) = shell(*NEW, "-o", "ids").out.split()
    slip = shell("ticket", "measure", id, "noize=43 dB")
    assert (slip.code, slip.err) == (0, "warning: no rule asks for `measured.noize`; did you mean `noise`?\n")
    assert shell("ticket", "measure", id, "noise=43 dB", "load=5 kg").err == ""
    assert len(shell.json("ticket", "show", id)["measurements"]) == 3


def test_a_condition_on_site_that_no_rule_asks_for_may_be_a_slip(shell: Shell) -> None:
    (shell.home / "rules/wet.rules").write_text("acceptance wet { require dry { environment.humidity < 60 % } }")
    slip = shell(*NEW, "--environment", "humidty=82%")
    assert (slip.code, slip.err) == (0, "warning: no rule asks for `environment.humidty`; did you mean `humidity`?\n")
    assert shell(*NEW, "--environment", "humidity=82%", "--environment", "wind=3").err == ""
