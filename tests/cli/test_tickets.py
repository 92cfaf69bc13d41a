"""A ticket from its report to its acceptance, as it is typed."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli.boundary import run

Shell = Any
NEW = ("ticket", "new", "--type", "hardware_fault", "--title", "门禁黑屏", "--description", "black screen")
COMPLETE = (*NEW, "--field", "humidity=83")


def test_a_complaint_is_dispatched_worked_and_accepted(shell: Shell) -> None:
    made = shell.json(*COMPLETE)
    id = made["id"]
    assert (made["assignee"], made["state"]) == ("li", "assigned")
    assert made["reported_at"] == "2026-11-23T09:00:00+08:00"
    page = shell("rules", "explain", id).out
    assert "rule black-screen: matched" in page
    assert "not wang" in page
    assert "would be dispatched" in shell("rules", "explain", id, "--again").out
    assert len(shell.json("ticket", "history", id)) == 2

    shell.actor, shell.now = "li", "2026-11-23T09:20"
    assert shell.json("ticket", "accept", id)["state"] == "accepted"
    shown = shell.json("ticket", "show", id)
    respond = next(clock for clock in shown["clocks"] if clock["kind"] == "respond") if shown["clocks"] else None
    assert respond is None or respond["breached"] is False
    assert "门禁黑屏" in shell("ticket", "show", id).out

    history = shell.json("ticket", "history", id)
    assert [event["kind"] for event in history] == ["created", "dispatched", "accepted"]
    assert history[1]["rule"] == "black-screen"

    assert shell("acceptance", "check", id).code == 1
    assert shell("acceptance", "show", id).code == 0
    assert shell("ticket", "measure", id, "noise=43.2dB").code == 0
    assert shell.json("acceptance", "check", id)["accepted"] is True


@pytest.mark.parametrize("more", [("seals",), ("--drop", "A1"), ("--cost", "3"), ("--part", "MB-1")])
def test_an_action_is_done_or_planned_in_one_command_and_not_both(shell: Shell, more: tuple[str, ...]) -> None:
    refused = shell("ticket", "plan", "T-000001", "--done", "A1", *more, "-o", "json")
    assert refused.problem["code"] == "wrong-usage"
    assert refused.problem["message"].startswith("--done and ")


@pytest.mark.parametrize(
    ("words", "cost"),
    [
        (("１２０.５",), ("120.5", "CNY")),
        (("￥12",), ("12", "CNY")),
        (("12 EUR",), ("12", "EUR")),
        (("EUR 12", "--currency", "EUR"), ("12", "EUR")),
        (("12", "--currency", "SGD"), ("12", "SGD")),
    ],
)
def test_an_amount_may_say_its_currency(shell: Shell, words: tuple[str, ...], cost: tuple[str, str]) -> None:
    id = shell.json(*COMPLETE)["id"]
    [kept] = shell.json("ticket", "cost", id, "travel", *words)["costs"]
    assert (kept["amount"], kept["currency"]) == cost


def test_a_currency_is_not_two(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    assert "not in USD" in shell("ticket", "cost", id, "travel", "￥12", "--currency", "USD").err
    step = ("ticket", "plan", id, "x", "--who", "li", "--by", "2026-12-01", "--verify", "y")
    assert "not in CNY" in shell(*step, "--cost", "12 USD").err
    assert shell.json(*step, "--cost", "￥12")["plan"][0]["cost"] == "12"


def test_what_is_recorded_on_the_way_is_kept(shell: Shell, tmp_path: Path) -> None:
    id = shell.json(*COMPLETE)["id"]
    photo = tmp_path / "fault.png"
    photo.write_bytes(b"not really a picture")
    log = tmp_path / "noise.csv"
    log.write_text("at,quantity,value\n2026-11-23 08:00,noise,44.1 dB\n2026-11-23 09:00,noise,43 dB\n")
    for words in (
        ("measure", id, "noise=43.2dB", "--method", "meter"),
        ("measure", id, "--file", str(log)),
        ("attach", id, str(photo)),
        ("cause", id, "--direct", "no power", "--root", "no standard for seals"),
        ("plan", id, "replace seals", "--who", "li", "--by", "2026-12-01", "--verify", "hose test", "--cost", "380"),
        ("plan", id, "--done", "A1"),
        ("part", id, "MB-1", "--old-serial", "007", "--new-serial", "008"),
        ("cost", id, "travel", "120.50"),
        ("survey", id, "satisfied", "--by", "customer-care"),
        ("comment", id, "we are on our way", "--public"),
    ):
        assert shell("ticket", *words).code == 0, words
    ticket = shell.json("ticket", "show", id)
    assert [reading["value"] for reading in ticket["measurements"]] == ["43.2", "44.1", "43"]
    assert ticket["measurements"][1]["at"] == "2026-11-23T08:00:00+08:00"
    assert ticket["evidence"][0]["kind"] == "photo"
    assert ticket["plan"][0]["done_at"] == "2026-11-23T09:00:00+08:00"
    assert ticket["parts"][0]["old_serial"] == "007"
    assert ticket["costs"][0] | {"at": "", "actor": ""} == {
        "kind": "travel",
        "amount": "120.50",
        "currency": "CNY",
        "at": "",
        "actor": "",
    }
    page = shell("ticket", "show", id).out
    for told in ("no standard for seals", "replace seals", "120.50 CNY", "fault.png", "satisfied", "on our way"):
        assert told in page


def test_a_batch_goes_on_past_what_fails(shell: Shell) -> None:
    ids = [shell.json(*COMPLETE)["id"] for _ in range(2)]
    done = shell("ticket", "accept", ids[0], "T-999999", ids[1], "-o", "json")
    assert done.code == 4
    first, missing, last = done.json
    assert (first["state"], last["state"]) == ("accepted", "accepted")
    assert missing["error"]["code"] == "unknown-ticket"
    assert "1 of 3 failed" in done.err
    assert shell("ticket", "move", "T-999999", "resolved").code == 3


def test_atomic_is_all_or_nothing(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    assert shell("ticket", "accept", id, "T-999999", "--atomic").code == 3
    assert shell.json("ticket", "show", id)["state"] == "assigned"


def test_ids_flow_from_one_command_to_the_next(shell: Shell) -> None:
    ids = [shell.json(*COMPLETE)["id"] for _ in range(3)]
    listed = shell("ticket", "list", "--assignee", "li", "--assignee", "zhao", "-o", "ids").out
    assert listed.split() == ids
    done = shell("ticket", "assign", "-", "--to", "zhao", "-o", "json", given=listed)
    assert [ticket["assignee"] for ticket in done.json] == ["zhao"] * 3
    assert shell("ticket", "accept", "-", "-o", "json", given="").json == []


def test_one_id_gives_the_ticket_and_a_stream_gives_a_list(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    assert shell.json("ticket", "comment", id, "hello")["id"] == id
    assert [ticket["id"] for ticket in shell.json("ticket", "comment", "-", "hello", given=f"{id}\n")] == [id]
    assert shell("ticket", "comment", "-", "-").code == 2


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    before = shell.journal()
    for words in (
        COMPLETE,
        ("ticket", "accept", id),
        ("ticket", "assign", id, "--to", "zhao"),
        ("dispatch", id),
        ("sweep",),
        ("outbox", "deliver"),
        ("engineer", "set", "sun", "team=hardware"),
        ("acceptance", "sign", id),
    ):
        done = shell(*words, "--dry-run")
        assert done.code in (0, 1), done.err
        assert "dry run: nothing was written" in done.err
    assert shell.journal() == before
    assert not (shell.home / "messages.log").exists()


@pytest.mark.parametrize(
    ("words", "doubt"),
    [
        (("--state", "assignd"), "there is no state `assignd`; did you mean `assigned`?"),
        (("--priority", "higher"), "there is no priority `higher`; did you mean `high`?"),
        (("--type", "hardware_falt"), "there is no type `hardware_falt`; did you mean `hardware_fault`?"),
        (("--assignee", "lli"), "there is no assignee `lli`; did you mean `li`?"),
        (("--state", "closed", "--assignee", "zhao", "--customer", "any", "--batch", "B-1"), ""),
    ],
)
def test_a_value_that_does_not_exist_is_doubted(shell: Shell, words: tuple[str, ...], doubt: str) -> None:
    assert shell(*COMPLETE).code == 0
    listed = shell("ticket", "list", *words, "-o", "json")
    assert (listed.code, listed.out) == (0, "[]\n")
    assert listed.err == (f"warning: {doubt}\n" if doubt else "")


def test_a_key_gives_the_first_result_again(shell: Shell) -> None:
    keyed = (*COMPLETE, "--idempotency-key", "mail-17")
    first = shell.json(*keyed)
    assert shell.json(*keyed) == first
    assert len(shell.json("ticket", "list")) == 1
    other = shell(*NEW, "--field", "humidity=12", "--idempotency-key", "mail-17", "-o", "json")
    assert (other.code, other.problem["code"]) == (5, "key-reused")


def test_a_key_stands_for_a_log_of_readings_with_its_times(shell: Shell, tmp_path: Path) -> None:
    id = shell.json(*COMPLETE)["id"]
    log = tmp_path / "noise.csv"
    log.write_text("at,quantity,value\n2026-11-23 08:00,noise,43 dB\n")
    words = ("ticket", "measure", id, "--file", str(log), "--idempotency-key", "k")
    assert [shell(*words).code for _ in range(2)] == [0, 0]
    assert len(shell.json("ticket", "show", id)["measurements"]) == 1
    log.write_text("at,quantity,value\n2026-11-23 08:30,noise,43 dB\n")
    assert shell(*words).code == 5
    log.write_text("at,quantity,value\nearly,noise,43 dB\n")
    refused = shell("ticket", "measure", id, "--file", str(log), "-o", "json")
    assert refused.problem["message"] == "noise.csv, line 2: `early` is not a time"


def test_a_key_stands_for_what_came_by_stdin_too(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    words = ("ticket", "comment", id, "-", "--idempotency-key", "k")
    assert shell(*words, given="hello").code == 0
    assert shell(*words, given="hello").code == 0
    assert shell(*words, given="good-bye").code == 5
    assert len(shell.json("ticket", "show", id)["comments"]) == 1


def test_a_stale_revision_is_refused(shell: Shell) -> None:
    made = shell.json(*COMPLETE)
    stale = str(made["revision"] - 1)
    assert shell("ticket", "accept", made["id"], "--if-revision", stale).code == 5
    assert shell("ticket", "accept", made["id"], "--if-revision", str(made["revision"])).code == 0
    assert shell("engineer", "set", "li", "name=Li", "--if-revision", "7").code == 5
    assert shell("engineer", "set", "li", "name=Li", "--if-revision", "1").code == 0


def test_an_illegal_move_is_a_conflict(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    done = shell("ticket", "move", id, "closed", "-o", "json")
    assert (done.code, done.problem["code"]) == (5, "illegal-move")


def test_lists_are_chosen_ordered_and_cut(shell: Shell) -> None:
    for hour, title in ((9, "a"), (10, "b"), (11, "c")):
        shell.now = f"2026-11-23T{hour:02}:00"
        shell.json("ticket", "new", "--title", title, "--priority", "low" if title == "b" else "high", "--tag", title)

    def titles(*words: str) -> list[str]:
        return [ticket["title"] for ticket in shell.json("ticket", "list", *words)]

    assert titles() == ["a", "b", "c"]
    assert titles("--priority", "high") == ["a", "c"]
    assert titles("--sort", "reported_at", "--desc", "--limit", "2") == ["c", "b"]
    assert titles("--since", "2026-11-23 10:00", "--until", "2026-11-23 11:00") == ["b"]
    assert titles("--tag", "c") == ["c"]
    assert titles("--mine") == []
    assert titles("--closed") == []
    assert titles("--queue", "triage", "--open") == ["a", "b", "c"]
    assert (
        shell("ticket", "list", "--columns", "title, tags", "--limit", "1", "-o", "csv").out
        == 'title,tags\na,"[""a""]"\n'
    )


def test_export_has_tickets_whole(shell: Shell) -> None:
    id = shell.json(*COMPLETE)["id"]
    (ticket,) = shell.json("ticket", "export", "--events")
    assert [event["kind"] for event in ticket["events"]] == ["created", "dispatched"]
    rows = list(csv.DictReader(io.StringIO(shell("ticket", "export", id, "-o", "csv").out)))
    assert (rows[0]["title"], rows[0]["fields"]) == ("门禁黑屏", '{"humidity": "83 %"}')
    assert shell("ticket", "export", "T-9").code == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("ticket", "show", "T-9"), 3),
        (("ticket", "history", "T-9"), 3),
        (("ticket", "assign", "T-9"), 2),
        (("ticket", "measure", "T-9"), 2),
        (("ticket", "plan", "T-9", "what"), 2),
        (("ticket", "cost", "T-9", "parts", "NaN"), 2),
        (("ticket", "list", "--since", "someday"), 2),
        (("dispatch",), 2),
        (("rules", "explain", "T-9"), 3),
        (("report", "--by", "colour"), 2),
        (("config", "show", "-o", "ids"), 0),
    ],
)
def test_mistakes_have_their_exit_code(shell: Shell, words: tuple[str, ...], code: int) -> None:
    assert shell(*words).code == code


def test_what_no_flag_says_the_environment_says(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SVCCTL_OUTPUT", "ids")
    assert shell("ticket", "list").out == ""
    monkeypatch.setenv("SVCCTL_HOME", str(shell.home))
    monkeypatch.setenv("SVCCTL_NOW", "2026-11-30T08:00+08:00")
    monkeypatch.setenv("SVCCTL_ACTOR", "zhao")
    made = run(["ticket", "new", "--title", "x", "-o", "json"])
    assert made == 0
    monkeypatch.delenv("SVCCTL_OUTPUT")
    (ticket,) = shell.json("ticket", "list")
    assert ticket["reported_at"] == "2026-11-30T08:00:00+08:00"
    assert shell.json("ticket", "history", ticket["id"])[0]["actor"] == "zhao"


def test_outside_a_workspace_there_is_a_hint(tmp_path: Path, shell: Shell) -> None:
    shell.home = tmp_path / "nowhere"
    done = shell("ticket", "list", "-o", "json")
    assert (done.code, done.problem["code"]) == (3, "no-workspace")
    assert "svcctl init" in done.problem["help"]


def test_clocks_are_shown_with_all_that_led_to_them(shell: Shell) -> None:
    id = shell.json(*COMPLETE, "--priority", "high")["id"]
    shell.now = "2026-11-23T09:20"
    shown = shell.json("ticket", "show", id)
    assert shown["next_due"] == {
        "kind": "respond",
        "due_at": "2026-11-23T09:30:00+08:00",
        "remaining_seconds": 600,
        "elapsed_seconds": 600,
        "business": False,
        "projected": [],
    }
    assert "next due" in shell("ticket", "show", id).out
    respond, resolve = shell.json("ticket", "clocks", id)
    assert (respond["kind"], respond["within"], respond["pinned"]["kind"]) == ("respond", "30m", "created")
    assert [part["kind"] for part in resolve["segments"]] == ["running"]
    assert "within 2bd on cn, by `urgent`, pinned 2026-11-23 09:00 (created)" in shell("ticket", "clocks", id).out
    (_, resolve) = shell.json("ticket", "clocks", id, "--why")
    assert [step["step"] for step in resolve["derivation"]["steps"]] == ["working day", "working day"]
    assert "Tue 2026-11-24" in shell("ticket", "clocks", id, "--why").out


def test_promises_are_asked_anew_with_a_reason_that_is_kept(shell: Shell) -> None:
    id = shell.json(*COMPLETE, "--priority", "high")["id"]
    rules = shell.home / "rules/start.rules"
    rules.write_text(rules.read_text(encoding="utf-8").replace("within 2bd", "within 3bd"), encoding="utf-8")
    assert shell.json("ticket", "clocks", id)[1]["within"] == "2bd"
    assert shell("ticket", "repromise", id, "--reason", "new contract").code == 0
    resolve = shell.json("ticket", "clocks", id)[1]
    assert (resolve["within"], resolve["pinned"]["reason"]) == ("3bd", "new contract")
    assert "new contract" in shell("ticket", "history", id).out
    assert "new contract" in shell("rules", "explain", id).out


def test_what_is_to_come_is_foretold(shell: Shell) -> None:
    id = shell.json(*COMPLETE, "--priority", "high")["id"]
    items = shell.json("rules", "timeline", id)
    assert [(item["at"][11:16], item.get("step") or item["clock"]) for item in items] == [
        ("09:30", "respond"),
        ("09:30", "after-30m"),
        ("09:00", "resolve"),
    ]
    assert shell("rules", "timeline", id, "--until", "2026-11-23T09:10").err == "nothing is to come\n"
    assert shell.json("ticket", "history", id)[-1]["kind"] == "dispatched"
