"""Times as they are typed: written out, or by their distance from now."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from svcctl.cli.call import Call
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import parse_instant


@pytest.fixture
def instant(shell: Any) -> Callable[[str], datetime]:
    """What a time means at 01:30 on 24 November in Shanghai, when it is still the 23rd in UTC."""
    return Call({"home": shell.home, "now": "2026-11-24T01:30:00+08:00"}).instant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("now", "2026-11-24T01:30:00+08:00"),
        ("today", "2026-11-24T00:00:00+08:00"),
        ("yesterday", "2026-11-23T00:00:00+08:00"),
        ("tomorrow", "2026-11-25T00:00:00+08:00"),
        ("-7d", "2026-11-17T01:30:00+08:00"),
        ("+90m", "2026-11-24T03:00:00+08:00"),
        ("-1w", "2026-11-17T01:30:00+08:00"),
        ("2026-11-20", "2026-11-20T00:00:00+08:00"),
        ("2026-11-20T09:00Z", "2026-11-20T09:00:00Z"),
    ],
)
def test_what_a_time_means(instant: Callable[[str], datetime], text: str, meant: str) -> None:
    assert instant(text) == parse_instant(meant)


@pytest.mark.parametrize("text", ["7d", "-7", "-2bd", "+4bh", "-d", "- 7d", "+999999999w", "heute", "+"])
def test_what_is_no_time_is_refused(instant: Callable[[str], datetime], text: str) -> None:
    with pytest.raises(Refusal) as refused:
        instant(text)
    assert refused.value.code == "bad-time"


def test_now_itself_is_written_out(shell: Any) -> None:
    with pytest.raises(Refusal) as refused:
        _ = Call({"home": shell.home, "now": "today"}).now
    assert refused.value.code == "bad-time"


def test_a_ticket_takes_them_and_no_reading_is_of_times_to_come(shell: Any) -> None:
    made = shell.json("ticket", "new", "--title", "door", "--reported-at", "-2h", "--expected-at", "tomorrow")
    assert (made["reported_at"], made["expected_at"]) == ("2026-11-23T07:00:00+08:00", "2026-11-24T00:00:00+08:00")
    assert shell("ticket", "measure", made["id"], "noise=44 dB", "--at", "-5m").code == 0
    assert shell("ticket", "measure", made["id"], "noise=44 dB", "--at", "+5m").code == 0  # a clock that is ahead
    early = shell("ticket", "measure", made["id"], "noise=44 dB", "--at", "+6m", "-o", "json")
    assert (early.code, early.problem["code"]) == (2, "bad-time")
    assert len(shell.json("ticket", "show", made["id"])["measurements"]) == 2


def test_an_action_that_was_to_be_done_before_now_is_kept_and_told(shell: Any) -> None:
    (id,) = shell("ticket", "new", "--title", "x", "-o", "ids").out.split()
    words = ("ticket", "plan", id, "replace seals", "--verify", "hose test", "--who", "li", "--by")
    assert "past" not in shell(*words, "+1d").err
    told = "warning: the action was to be done by 2026-11-20T18:00:00+08:00, which is past"
    assert told in shell(*words, "2026-11-20T18:00").err
    assert len(shell.json("ticket", "show", id)["plan"]) == 2
