"""Silences and acknowledgements, as they are typed."""

from typing import Any

import pytest

Shell = Any
NEW = ("ticket", "new", "--type", "hardware_fault", "--description", "black screen", "--field", "humidity=83")


def test_a_silence_is_added_listed_and_ended(shell: Shell) -> None:
    id = shell.json(*NEW)["id"]
    shell.json("outbox", "deliver")
    made = shell.json("silence", "add", "state != closed", "--for", "2h", "--comment", "fire drill")
    assert (made["id"], made["status"], made["author"], made["ends_at"]) == (
        "S-000001",
        "active",
        "li",
        "2026-11-23T11:00:00+08:00",
    )
    shell.now = "2026-11-23T09:40"
    assert [item["did"] for item in shell.json("sweep")] == ["escalated"]
    (muted,) = shell.json("outbox", "list", "--status", "silenced")
    assert (muted["ticket"], muted["muted_by"]) == (id, "S-000001")
    assert [item["status"] for item in shell.json("silence", "list")] == ["active"]
    assert shell.json("silence", "expire", "S-000001")["status"] == "over"
    assert shell.json("silence", "list") == []
    assert [item["id"] for item in shell.json("silence", "list", "--all")] == ["S-000001"]
    assert shell("silence", "expire", "S-000001").code == 5


def test_a_silence_can_begin_later(shell: Shell) -> None:
    made = shell.json(
        *("silence", "add", "priority == low", "--comment", "power cut"),
        *("--from", "2026-11-24T08:00", "--until", "2026-11-24T18:00"),
    )
    assert (made["status"], made["starts_at"]) == ("coming", "2026-11-24T08:00:00+08:00")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("priority == low",), "wrong-usage"),
        (("priority == low", "--for", "2h", "--until", "2026-11-24"), "wrong-usage"),
        (("priority == low", "--for", "2bh"), "bad-argument"),
        (("priorty == low", "--for", "2h"), "bad-argument"),
        (("priority == low", "--until", "2026-11-01"), "bad-argument"),
    ],
)
def test_what_is_no_silence_is_refused(shell: Shell, words: tuple[str, ...], code: str) -> None:
    assert shell("silence", "add", *words, "--comment", "why", "-o", "json").problem["code"] == code


def test_an_acknowledged_ticket_says_so(shell: Shell) -> None:
    rules = shell.home / "rules/start.rules"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("triaged, assigned]", "triaged, assigned] and not acknowledged"), encoding="utf-8")
    id = shell.json(*NEW)["id"]
    assert shell.json("ticket", "ack", id)["acknowledged"]["actor"] == "li"
    shell.now = "2026-11-23T09:40"
    assert [item for item in shell.json("sweep") if item["did"] == "escalated"] == []
    assert shell.json("ticket", "history", id)[-1]["kind"] == "acknowledged"


def test_that_nobody_was_on_duty_is_told(shell: Shell) -> None:
    id = shell.json(*NEW)["id"]
    shell.now = "2026-11-23T12:10"
    shell.json("sweep")
    shell.now = "2026-11-23T12:20"
    assert "nobody on duty: engineer li off shift; told: li" in shell("ticket", "history", id).out
    assert "nobody on duty: engineer li off shift until 2026-11-23 13:30" in shell("rules", "explain", id).out
    assert [message["next_at"] for message in shell.json("outbox", "list", "--status", "pending")] == [
        "2026-11-23T13:30:00+08:00"
    ]
