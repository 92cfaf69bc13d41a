"""Silences: what matches is muted, recorded and never lost, whatever the rules have become since."""

from datetime import timedelta
from pathlib import Path

import pytest

from svcctl.desk.noise import gather
from svcctl.desk.silences import add_silence, expire_silence, find_silences
from tests.desk.floor import Floor, refusal_of
from tests.desk.noise_floor import RULES, floor_with, given, leaving, outbox, swept


@pytest.fixture
def silenced(tmp_path: Path) -> Floor:
    floor = floor_with()
    (tmp_path / "rules").mkdir()
    floor.workspace.home = tmp_path
    return floor


def silence(floor: Floor, condition: str, hours: float = 2) -> str:
    until = floor.now + timedelta(hours=hours)
    return str(floor.do(lambda desk: add_silence(desk, condition, until, "planned power cut"))["id"])


def test_a_silence_mutes_what_matches_and_records_it(silenced: Floor) -> None:
    high, low = given(silenced, priority="high"), given(silenced, priority="low")
    id = silence(silenced, "priority == high")
    swept(silenced, minutes=30)
    found = list(silenced.workspace.store.find("outbox"))
    assert [(m["ticket"], m["status"], m.get("muted_by")) for m in found] == [
        (high, "silenced", id),
        (low, "pending", None),
    ]
    assert [message.ticket for message in leaving(silenced)] == [low]
    assert len(silenced.ticket(high).firings) == 1


def test_after_its_end_a_silence_mutes_nothing(silenced: Floor) -> None:
    given(silenced)
    silence(silenced, "priority == normal", hours=0.25)
    swept(silenced, minutes=30)
    assert [status for _, status, _ in outbox(silenced)] == ["pending"]


def test_a_silence_that_began_since_mutes_what_waits(silenced: Floor) -> None:
    silenced.later(hours=12)
    given(silenced)
    swept(silenced, minutes=30)
    silence(silenced, "priority == normal", hours=24)
    silenced.later(hours=12)
    assert leaving(silenced) == []
    assert [status for _, status, _ in outbox(silenced)] == ["silenced"]


def test_broken_rules_hold_up_only_what_a_silence_may_hold_for(silenced: Floor) -> None:
    silenced.later(hours=12)
    high, low = given(silenced, priority="high"), given(silenced, priority="low")
    swept(silenced, minutes=30)
    silence(silenced, "priority == high", hours=24)
    silenced.later(hours=12)
    del silenced.workspace.__dict__["rulebook"]
    (silenced.workspace.home / "rules" / "broken.rules").write_text("form {")
    assert [message.ticket for message in leaving(silenced)] == [low]
    assert dict(zip([high, low], [status for _, status, _ in outbox(silenced)], strict=True))[high] == "silenced"


def test_while_rules_are_broken_what_only_they_can_tell_waits(silenced: Floor) -> None:
    silenced.later(hours=12)
    given(silenced, priority="high")
    swept(silenced, minutes=30)
    silence(silenced, "age.business < 9bh", hours=24)
    silenced.later(hours=12)
    del silenced.workspace.__dict__["rulebook"]
    broken = silenced.workspace.home / "rules" / "broken.rules"
    broken.write_text("form {")
    assert leaving(silenced) == []
    silenced.later(minutes=1)
    assert gather(silenced.workspace, silenced.turn("cron")).startswith("1 messages wait, for a silence may hold")
    silenced.rules(RULES)
    silenced.later(minutes=1)
    assert leaving(silenced) == []
    assert [status for _, status, _ in outbox(silenced)] == ["silenced"]


def test_a_silence_can_be_ended_early_and_is_kept(silenced: Floor) -> None:
    id = silence(silenced, "priority == normal")
    silenced.do(lambda desk: expire_silence(desk, id))
    store = silenced.workspace.store
    assert list(find_silences(store, silenced.now)) == []
    (over,) = find_silences(store, silenced.now, over=True)
    assert (over["status"], over["author"], over["comment"]) == ("over", "lin", "planned power cut")
    assert refusal_of(lambda: silenced.do(lambda desk: expire_silence(desk, id))).code == "illegal-move"
    assert refusal_of(lambda: silenced.do(lambda desk: expire_silence(desk, "S-9"))).code == "unknown-record"


@pytest.mark.parametrize(
    "condition",
    [
        "priority = = high",
        "prioritty == high",
        "1h",
        "",
        "priority == high after 1h { tag a }",
        "state == new } sla a {",
    ],
)
def test_a_mistake_in_the_condition_is_said(silenced: Floor, condition: str) -> None:
    refusal = refusal_of(lambda: silence(silenced, condition))
    assert (refusal.code, condition in refusal.message) == ("bad-argument", True)


def test_a_silence_needs_a_comment_and_an_end_to_come(silenced: Floor) -> None:
    assert refusal_of(lambda: silence(silenced, "priority == low", hours=-1)).code == "bad-argument"
    end = silenced.now + timedelta(hours=1)
    assert refusal_of(lambda: silenced.do(lambda d: add_silence(d, "priority == low", end, " "))).code == "bad-argument"
