"""What is imported keeps its history: when it came to each state, and what was promised elsewhere."""

from pathlib import Path

import pytest

from svcctl.desk.turn import Turn, perform
from svcctl.desk.view import standings
from svcctl.ticket.event import Document
from tests.desk.old_system import MAPPING, NOW, Old


def states(ticket: Document) -> list[tuple[str, str]]:
    return [(entry["state"], entry["at"][5:16]) for entry in ticket["states"]]


# -------------------------------------------------------------------- states


def test_the_log_of_states_follows_the_times(old: Old) -> None:
    times = {"answered": "2026-11-01T09:00Z", "done": "2026-11-02T08:00Z", "closed": "2026-11-03T08:00Z"}
    ticket = old.ticket(state="closed", **times)
    assert states(ticket) == [
        ("new", "11-01T08:00"),
        ("accepted", "11-01T09:00"),
        ("resolved", "11-02T08:00"),
        ("closed", "11-03T08:00"),
    ]
    assert (ticket["state"], ticket["open"]) == ("closed", False)
    assert [event.kind for event in old.workspace.store.history("tickets", ticket["id"])] == ["imported"]


def test_what_is_dated_after_the_closing_happened_by_then(old: Old) -> None:
    ticket = old.ticket(state="closed", done="2026-11-09T08:00Z", closed="2026-11-03T08:00Z")
    assert states(ticket)[1:] == [("resolved", "11-03T08:00"), ("closed", "11-03T08:00")]


def test_a_state_without_a_time_is_entered_last(old: Old) -> None:
    assert states(old.ticket(state="waiting", answered="2026-11-01T09:00Z"))[-1] == ("pending_parts", "11-01T09:00")


def test_a_state_of_which_no_time_is_told_is_entered_now(old: Old) -> None:
    ticket = old.ticket(state="working")
    assert states(ticket) == [("new", "11-01T08:00"), ("in_progress", "11-23T09:00")]
    assert ticket["open"] is True


def test_work_that_goes_on_after_the_closing_was_taken_up_again(old: Old) -> None:
    assert [state for state, _ in states(old.ticket(state="working", closed="2026-11-03T08:00Z"))] == [
        "new",
        "closed",
        "in_progress",
    ]


def test_a_cancelled_ticket_was_never_closed(old: Old) -> None:
    assert states(old.ticket(state="cancelled", closed="2026-11-03T08:00Z")) == [
        ("new", "11-01T08:00"),
        ("cancelled", "11-03T08:00"),
    ]


def test_times_that_cannot_be_are_refused(old: Old) -> None:
    assert old.refusal(closed="1900-01-01T00:00Z") == (
        "`closed_at` is 1900-01-01T00:00:00Z, which is before the report at 2026-11-01T08:00:00Z"
    )
    assert old.refusal(state="closed") == "it stands `closed`, and since when is not told"
    assert old.refusal(state="lost") == "flow `default` has no state `misplaced`"


def test_a_flow_of_other_states_gets_its_own(tmp_path: Path) -> None:
    milestones = "respond at bench\n resolve at mended\n close at collected"
    old = Old(tmp_path, f"flow workshop {{ in_queue -> bench -> mended -> collected\n {milestones} }}")
    ticket = old.ticket(answered="2026-11-01T09:00Z", done="2026-11-02T08:00Z", closed="2026-11-03T08:00Z")
    assert [state for state, _ in states(ticket)] == ["in_queue", "bench", "mended", "collected"]
    assert ticket["open"] is False


# ------------------------------------------------------------------ promises


SLA = 'calendar always { zone "UTC"  daily 00:00-24:00 }\nsla all { resolve within 4h on always }\n'
UNPROMISED = "\n".join(line for line in MAPPING.splitlines() if not line.startswith(("due", "met")))


def breached(old: Old) -> list[tuple[str, bool]]:
    [standing] = standings(old.workspace, NOW)
    return [(clock.sla, clock.breached) for clock in standing.clocks]


def test_a_promise_made_elsewhere_stands_whatever_the_rules_say_here(tmp_path: Path) -> None:
    old = Old(tmp_path, SLA)
    ticket = old.ticket(due="2026-11-05T08:00Z", closed="2026-11-05T08:00Z", state="closed")
    assert ticket["targets"] == [{"kind": "resolve", "sla": "old", "within": "", "due_at": "2026-11-05T08:00:00Z"}]
    assert breached(old) == [("old", False)]


@pytest.mark.parametrize("met", ["true", "false"])
def test_a_verdict_passed_elsewhere_stands(old: Old, met: str) -> None:
    old.ticket(met=met, closed="2026-11-05T08:00Z", state="closed")
    assert breached(old) == [("old", met == "false")]


def test_a_promise_due_before_the_report_is_broken(old: Old) -> None:
    old.ticket(due="2026-10-05T08:00Z", closed="2026-11-05T08:00Z", state="closed")
    assert breached(old) == [("old", True)]


def test_a_row_without_a_promise_was_promised_nothing_where_its_file_tells_promises(tmp_path: Path) -> None:
    old = Old(tmp_path, SLA)
    ticket = old.ticket(state="open")
    assert breached(old) == []
    change = {"priority": "urgent"}
    perform(old.workspace, Turn(NOW, "lin"), lambda desk: desk.change(ticket["id"], "edited", change).revision)
    assert breached(old) == [("all", True)]


def test_of_a_file_without_promises_the_open_tickets_get_those_made_here(tmp_path: Path) -> None:
    old = Old(tmp_path, SLA)
    old.mapping(UNPROMISED)
    old.ticket(state="open")
    assert breached(old) == [("all", True)]


def test_what_was_done_before_it_came_in_was_promised_nothing_here(tmp_path: Path) -> None:
    old = Old(tmp_path, SLA)
    old.mapping(UNPROMISED)
    old.ticket(closed="2026-11-05T08:00Z", state="closed")
    assert breached(old) == []
