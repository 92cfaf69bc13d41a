"""What somebody edits in the files of the store is found, and can stay as a change."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Shell = Any
Edit = Callable[[dict[str, Any]], None]


@pytest.fixture
def id(shell: Shell) -> str:
    made: str = shell("ticket", "new", "--title", "black", "--urgency", "low", "-o", "ids").out.strip()
    return made


def edit(shell: Shell, change: Edit, table: str = "tickets") -> None:
    [path] = (shell.home / ".svcctl/data" / table).rglob("*.json")
    page = json.loads(path.read_text())
    change(page[table]["1"])
    path.write_text(json.dumps(page))


def test_an_edit_is_found_and_becomes_a_change(shell: Shell, id: str) -> None:
    edit(shell, lambda ticket: ticket.update(title="black screen", priority="urgent", wake_at="2030-01-01T00:00:00Z"))
    found = shell("store", "verify", "--deep")
    assert found.code == 74
    assert "svcctl store adopt" in found.err
    assert shell("store", "adopt", id, "--dry-run").code == 0
    assert shell("store", "verify", "--deep").code == 74
    assert shell("store", "adopt", "-", given=f"{id}\n").code == 0
    assert shell("store", "verify", "--deep").code == 0
    ticket = shell.json("ticket", "show", id)
    assert (ticket["title"], ticket["priority"]) == ("black screen", "urgent")
    assert ticket["wake_at"] < "2030"
    last = shell.json("ticket", "history", id)[-1]
    assert (last["kind"], last["set"]["title"]) == ("adopted", ["black", "black screen"])
    assert [target["within"] for target in ticket["targets"]] == ["30m", "2bd"]


def test_what_is_counted_stays_as_it_was_counted(shell: Shell, id: str) -> None:
    edit(shell, lambda ticket: ticket.update(revision=9))
    assert shell("store", "adopt", id, "-o", "json").json[0]["revision"] == 3
    assert shell("store", "verify", "--deep").code == 0


def test_a_time_is_kept_as_all_are(shell: Shell, id: str) -> None:
    edit(shell, lambda ticket: ticket.update(expected_at="2026-12-01 09:00"))
    assert shell("store", "adopt", id).code == 0
    [path] = (shell.home / ".svcctl/data/tickets").rglob("*.json")
    assert json.loads(path.read_text())["tickets"]["1"]["expected_at"] == "2026-12-01T01:00:00Z"


@pytest.mark.parametrize("wrong", [{"tier": 5}, {"nmae": "x"}, {"contacts": "x"}, {"contacts": [{"name": ""}]}])
def test_what_no_customer_can_be_is_refused(shell: Shell, wrong: dict[str, Any]) -> None:
    shell("customer", "set", "hb", "name=华北")
    edit(shell, lambda customer: customer.update(wrong), "customers")
    assert shell("store", "adopt", "hb", "--table", "customers", "-o", "json").problem["code"] == "bad-input"


def test_a_record_too(shell: Shell) -> None:
    assert shell("customer", "set", "hb", "name=华北").code == 0
    edit(shell, lambda customer: customer.update(name="华北建设"), "customers")
    assert shell("store", "adopt", "hb", "--table", "customers").code == 0
    assert shell("store", "verify", "--deep").code == 0
    assert shell.json("customer", "show", "hb")["name"] == "华北建设"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda ticket: None, "illegal-move"),
        (lambda ticket: ticket.update(state="nowhere"), "bad-input"),
        (lambda ticket: ticket.update(urgency="very"), "bad-input"),
        (lambda ticket: ticket.update(costs=["x"]), "bad-input"),
        (lambda ticket: ticket.update(states=7), "bad-input"),
        (lambda ticket: ticket.update(titel="x"), "bad-input"),
        (lambda ticket: ticket.update(expected_at="soon"), "bad-time"),
    ],
)
def test_what_was_not_edited_or_means_nothing_is_refused(shell: Shell, id: str, change: Edit, code: str) -> None:
    head = shell("store", "head").out
    edit(shell, change)
    assert shell("store", "adopt", id, "-o", "json").problem["code"] == code
    assert shell("store", "head").out == head
    assert shell("store", "adopt", "T-9", "-o", "json").problem["code"] == "unknown-ticket"
