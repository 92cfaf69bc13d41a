"""`ticket undo` and `--as-of`: what was can be brought back, and looked at."""

import pytest

from tests.cli.conftest import Shell


@pytest.fixture
def shell(shell: Shell) -> Shell:
    words = ("--title", "black screen", "--type", "hardware_fault", "--field", "humidity=80", "--priority", "urgent")
    done = shell("ticket", "new", *words, "--description", "black")
    assert done.code == 0, done.err
    return shell


def shown(shell: Shell, *words: str) -> dict[str, object]:
    kept: dict[str, object] = shell.json("ticket", "show", "T-000001", *words)
    for name in ("revision", "clocks", "next_due", "wake_at", "watches", "policies"):
        kept.pop(name, None)
    return {name: value for name, value in kept.items() if value != {}}


@pytest.mark.parametrize(
    "words",
    [
        ("ticket", "assign", "T-000001", "--to", "wang"),
        ("ticket", "accept", "T-000001"),
        ("ticket", "decline", "T-000001", "--reason", "ill"),
        ("ticket", "comment", "T-000001", "said too soon"),
        ("ticket", "measure", "T-000001", "noise=43.2 dB"),
        ("ticket", "cause", "T-000001", "--root", "seal"),
        ("ticket", "survey", "T-000001", "satisfied"),
    ],
    ids=lambda words: words[1],
)
def test_each_change_is_undone_and_done_again(shell: Shell, words: tuple[str, ...]) -> None:
    before = shown(shell)
    done = shell(*words)
    assert done.code == 0, done.err
    after = shown(shell)
    assert after != before
    assert shell("ticket", "undo", "T-000001").code == 0
    assert shown(shell) == before
    assert shell("ticket", "undo", "T-000001").code == 0
    assert shown(shell) == after
    kinds = [event["kind"] for event in shell.json("ticket", "history", "T-000001")]
    assert kinds[-2:] == ["undone", "undone"]
    assert shell("store", "verify", "--deep").code == 0


def test_the_story_tells_what_was_taken_back(shell: Shell) -> None:
    assert shell("ticket", "measure", "T-000001", "noise=44 dB").code == 0
    assert shell("ticket", "undo", "T-000001").code == 0
    assert shell("ticket", "undo", "T-000001").code == 0
    told = shell("ticket", "history", "T-000001", "--story").out.splitlines()[-6:]
    taken_back = [line.strip() for line in told if line.startswith("    ")]
    assert [line.partition(" by ")[0] for line in taken_back[::2]] == ["takes back: measured", "takes back: undone"]
    assert taken_back[1::2] == [
        "- measurements: quantity noise, unit dB, value 44",
        "+ measurements: quantity noise, unit dB, value 44",
    ]


def test_messages_that_have_not_left_are_dropped(shell: Shell) -> None:
    shell.now = "2026-11-23T09:05+08:00"
    assert shell("ticket", "assign", "T-000001", "--to", "wang").code == 0
    before = [message["status"] for message in shell.json("outbox", "list")]
    assert shell("ticket", "undo", "T-000001").code == 0
    after = [message["status"] for message in shell.json("outbox", "list")]
    assert before[-1] == "pending"
    assert after == [*before[:-1], "dropped"]


def test_messages_of_other_changes_in_the_same_second_leave(shell: Shell) -> None:
    assert shell("ticket", "new", "--title", "door").code == 0
    assert shell("ticket", "assign", "T-000002", "--to", "zhao").code == 0
    assert shell("ticket", "comment", "T-000002", "seen").code == 0
    assert shell("ticket", "undo", "T-000002").code == 0
    said = [message for message in shell.json("outbox", "list") if message["ticket"] == "T-000002"]
    assert said
    assert {message["status"] for message in said} == {"pending"}


def test_what_is_not_undone_is_refused(shell: Shell) -> None:
    shell.actor = "erp"
    rules = shell.home / "rules/start.rules"
    text = rules.read_text()
    rules.write_text('calendar cn { zone "Asia/Shanghai"  daily 09:00-18:00 }')
    assert shell("ticket", "new", "--title", "door").code == 0
    rules.write_text(text)
    done = shell("ticket", "undo", "T-000002", "-o", "json")
    assert done.code == 5
    assert done.problem["code"] == "illegal-move"
    assert shell("ticket", "undo", "T-000009").code == 3
    assert shell("ticket", "undo", "T-000001", "--if-revision", "1").code == 5
    (shell.home / "rules/late.rules").write_text(
        'escalation late { while state == assigned  after 30m { tag "late" } }'
    )
    assert shell("ticket", "new", "--title", "window").code == 0
    assert shell("ticket", "assign", "T-000003", "--to", "wang").code == 0
    shell.now = "2026-11-23T11:00+08:00"
    assert shell("sweep").code == 0
    done = shell("ticket", "undo", "T-000003")
    assert done.code == 5
    assert "was made by rule `late`" in done.err


def test_of_what_only_told_somebody_nothing_is_taken_back(shell: Shell) -> None:
    assert shell("ticket", "comment", "T-000001", "to another ticket").code == 0
    shell.now = "2026-11-23T11:00+08:00"
    assert "unanswered" in shell("sweep").out
    done = shell("ticket", "undo", "T-000001")
    assert done.code == 0
    assert done.err.startswith("taken back: 2026-11-23 09:00  li commented  + comments: by_customer no, ")
    assert shell.json("ticket", "show", "T-000001").get("comments", []) == []
    assert shell.json("ticket", "show", "T-000001")["firings"]


def test_a_ticket_that_was_made_by_mistake_is_ended_where_its_flow_has_a_way(shell: Shell) -> None:
    assert shell("ticket", "undo", "T-000001").code == 0  # its dispatch
    assert shell("ticket", "undo", "T-000001", "--dry-run").err.startswith("taken back: 2026-11-23 09:00  li undone")
    assert shell("ticket", "new", "--title", "door", "--no-dispatch").code == 0
    assert "help: `svcctl ticket move T-000002 cancelled` ends it" in shell("ticket", "undo", "T-000002").err


def test_a_ticket_a_list_and_a_report_are_shown_as_they_were(shell: Shell) -> None:
    first = shown(shell)
    figures = shell.json("report")
    tickets = shell.json("ticket", "list")
    shell.now = "2026-11-24T09:00+08:00"
    assert shell("ticket", "accept", "T-000001").code == 0
    assert shell("ticket", "new", "--title", "later").code == 0
    earlier = ("--as-of", "2026-11-23T09:00+08:00")
    assert shown(shell, *earlier) == first
    assert shell.json("ticket", "list", *earlier) == tickets
    assert shell.json("report", *earlier) == figures
    assert shell.json("report") != figures
    assert len(shell.json("ticket", "list")) == 2
    assert shell("ticket", "show", "T-000002", *earlier).code == 3


def test_a_history_is_a_table_json_and_a_story(shell: Shell) -> None:
    assert shell("ticket", "comment", "T-000001", "seen").code == 0
    assert shell("ticket", "undo", "T-000001").code == 0
    story = shell("ticket", "history", "T-000001", "--story").out
    assert "2026-11-23 09:00  li, by rule " in story
    assert "    + comments: by_customer no, public no, text seen\n" in story
    assert story.index(" li commented") < story.index(" li undone") < story.index("    takes back: commented")
    assert shell.json("ticket", "history", "T-000001") == shell.json("ticket", "history", "T-000001", "--story")


def test_a_ticket_that_was_not_there_yet_is_told_from_one_that_never_was(shell: Shell) -> None:
    done = shell("ticket", "show", "T-000001", "--as-of", "2026-11-22T09:00+08:00")
    assert (done.code, "there was no ticket `T-000001` at 2026-11-22T09:00:00+08:00" in done.err) == (3, True)
    assert "it came in at 2026-11-23T09:00:00+08:00" in done.err
    done = shell("ticket", "show", "T-000009", "--as-of", "2026-11-22T09:00+08:00")
    assert (done.code, "there is no ticket `T-000009`" in done.err) == (3, True)


def test_an_undoing_is_no_decision(shell: Shell) -> None:
    told = shell("rules", "explain", "T-000001").out
    shell("ticket", "comment", "T-000001", "said too soon")
    assert shell("ticket", "undo", "T-000001").code == 0
    assert shell("rules", "explain", "T-000001").out == told
    assert "dispatched" in told
