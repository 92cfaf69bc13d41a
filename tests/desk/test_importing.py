"""Import: what is wrong is reported with its line, the rest goes in, a repeat adds nothing, a dry run keeps nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk import importing
from svcctl.desk.importing import import_tickets
from svcctl.desk.mapping import read_mapping
from svcctl.desk.settings import load_settings
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn, perform
from svcctl.desk.view import standings
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal
from svcctl.store.memory import MemoryStore
from svcctl.ticket.event import Document

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MAPPING = """
source = "old"
zone = "UTC"
[fields]
external = "no"
title = "what"
reported_at = "reported"
responded_at = "answered"
resolved_at = "done"
closed_at = "closed"
environment.humidity = "humidity"
due.resolve = "due"
met.resolve = "met"
[fields.state]
column = "state"
[fields.state.values]
open = "new"
working = "in_progress"
waiting = "pending_parts"
closed = "closed"
cancelled = "cancelled"
lost = "misplaced"
"""
COLUMNS = ("no", "what", "reported", "answered", "done", "closed", "state", "humidity", "due", "met")


class Old:
    """An old system's file and the workspace that it is imported into."""

    def __init__(self, folder: Path, rules: str = "") -> None:
        self.folder = folder
        (folder / "rules").mkdir()
        (folder / "rules/test.rules").write_text(rules, encoding="utf-8")
        self.workspace = Workspace(folder, load_settings(None, {}), MemoryStore(TABLES))
        self.mapping(MAPPING)

    def mapping(self, text: str) -> None:
        path = self.folder / "mapping.toml"
        path.write_text(text, encoding="utf-8")
        self.mapped = read_mapping(path)

    def file(self, *rows: dict[str, str], name: str = "old.csv") -> Path:
        lines = [",".join(COLUMNS), *(",".join(row.get(column, "") for column in COLUMNS) for row in rows)]
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def take(self, path: Path, **how: Any) -> list[dict[str, Any]]:
        dispatch = how.pop("dispatch", False)
        return list(import_tickets(self.workspace, Turn(NOW, "lin", **how), path, self.mapped, dispatch=dispatch))

    def ticket(self, **row: str) -> Document:
        """The ticket that a row becomes."""
        given = {"no": "1", "reported": "2026-11-01T08:00Z", **row}
        [made] = self.take(self.file(given))
        assert made["outcome"] == "created", made
        document = self.workspace.store.get("tickets", made["id"])
        assert document is not None
        return document

    def refusal(self, **row: str) -> str:
        [made] = self.take(self.file({"no": "1", "reported": "2026-11-01T08:00Z", **row}))
        assert made["outcome"] == "refused"
        assert self.workspace.store.count("tickets") == 0
        return str(made["error"])


@pytest.fixture
def old(tmp_path: Path) -> Old:
    return Old(tmp_path)


def states(ticket: Document) -> list[tuple[str, str]]:
    return [(entry["state"], entry["at"][5:16]) for entry in ticket["states"]]


def test_bad_rows_are_reported_with_their_line_and_the_rest_go_in(old: Old) -> None:
    path = old.folder / "old.csv"
    good = "{},gate,2026-11-01T08:00Z,,,,open,,,\n"
    content = [
        ("\ufeff" + ",".join(COLUMNS) + "\n").encode(),
        good.format(1).encode(),
        b"2,gate,yesterday,,,,open,,,\n",
        b"3,gate,2026-11-01T08:00Z,,,,asleep,,,\n",
        b"4,gate,2026-11-01T08:00Z,,,,open,,,,too,many\n",
        "5,黑屏,2026-11-01T08:00Z,,,,open,,,\n".encode("gb18030"),
        b'6,"two\nlines",2026-11-01T08:00Z,,,,open,,,\n',
        b'7,"gate"s,2026-11-01T08:00Z,,,,open,,,\n',
        b"8,gate,2026-11-01T08:00Z,,,,open,damp,,\n",
        b"9,gate,2026-11-01T08:00Z,,,,open,,,perhaps\n",
        good.format(10).encode(),
    ]
    path.write_bytes(b"".join(content))
    made = old.take(path)
    assert [row["line"] for row in made] == [2, 3, 4, 5, 6, 7, 9, 10, 11, 12]
    wrong = {row["line"]: row["error"] for row in made if row["outcome"] == "refused"}
    assert wrong.keys() == {3, 4, 5, 6, 9, 10, 11}
    assert "`reported`: `yesterday` is not a time" in wrong[3]
    assert "is mapped to `asleep`" in wrong[4]
    assert "12 cells under 10 columns" in wrong[5]
    assert "not utf-8-sig text" in wrong[6]
    assert "`environment.humidity` must be a number" in wrong[10]
    assert "neither true nor false" in wrong[11]
    tickets = list(old.workspace.store.find("tickets"))
    assert [(ticket["id"], ticket["external"]) for ticket in tickets] == [
        ("T-000001", "old/1"),
        ("T-000002", "old/6"),
        ("T-000003", "old/10"),
    ]
    assert tickets[1]["title"] == "two\nlines"


def test_a_repeat_adds_nothing_and_says_which_ticket_it_is(old: Old) -> None:
    path = old.file({"no": "1"}, {"no": "2"}, {"no": "1"})
    first = old.take(path)
    assert [(row["id"], row["outcome"]) for row in first] == [
        ("T-000001", "created"),
        ("T-000002", "created"),
        ("T-000001", "exists"),
    ]
    head = old.workspace.store.head()
    assert {row["outcome"] for row in old.take(path)} == {"exists"}
    assert old.workspace.store.head() == head


def test_rows_without_an_id_are_known_by_their_content(old: Old) -> None:
    path = old.file({"what": "gate"}, {"what": "door"})
    assert [row["outcome"] for row in old.take(path)] == ["created", "created"]
    assert [row["outcome"] for row in old.take(path)] == ["exists", "exists"]


def test_a_dry_run_tells_the_same_and_keeps_nothing(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "COMMIT_ROWS", 2)
    path = old.file(*({"no": no} for no in "1231245"), {"no": "6", "reported": "x"})
    dry = old.take(path, dry_run=True)
    assert old.workspace.store.head().sequence == 0
    assert dry == old.take(path)
    assert old.workspace.store.head().sequence == 4


def test_an_import_that_was_broken_off_goes_on_where_it_was(old: Old, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "COMMIT_ROWS", 2)
    path = old.file(*({"no": no} for no in "12345"))
    begun = import_tickets(old.workspace, Turn(NOW, "lin"), path, old.mapped)
    next(begun)
    begun.close()  # type: ignore[attr-defined]
    assert [row["outcome"] for row in old.take(path)] == ["exists", "exists", "created", "created", "created"]


def test_a_column_that_is_not_there_stops_the_import_before_it_writes(old: Old) -> None:
    path = old.folder / "old.csv"
    path.write_text("no,what\n1,gate\n")
    with pytest.raises(Refusal, match="the file has no column `reported`") as refused:
        old.take(path)
    assert refused.value.help == "it has `no`, `what`"
    lines = old.folder / "old.jsonl"
    keys = ", ".join(f'"{column}": null' for column in COLUMNS[2:])
    lines.write_text('{"no": 1, "what": "gate"}\n{"no": 2, ' + keys + "}\n")
    assert [row["outcome"] for row in old.take(lines)] == ["created", "created"]


def test_of_rows_with_the_same_id_the_last_counts_where_the_mapping_says_so(old: Old) -> None:
    old.mapping('keep = "last"\n' + MAPPING)
    path = old.file({"no": "1", "what": "a"}, {"no": "2", "what": "b"}, {"no": "1", "what": "c"})
    assert [(row["line"], row["outcome"]) for row in old.take(path)] == [(3, "created"), (4, "created")]
    assert [ticket["title"] for ticket in old.workspace.store.find("tickets")] == ["b", "c"]


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


SLA = 'calendar always { zone "UTC"  daily 00:00-24:00 }\nsla all { resolve within 4h on always }\n'


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
    old.mapping("\n".join(line for line in MAPPING.splitlines() if not line.startswith(("due", "met"))))
    old.ticket(state="open")
    assert breached(old) == [("all", True)]


def test_what_was_done_before_it_came_in_was_promised_nothing_here(tmp_path: Path) -> None:
    old = Old(tmp_path, SLA)
    old.mapping("\n".join(line for line in MAPPING.splitlines() if not line.startswith(("due", "met"))))
    old.ticket(closed="2026-11-05T08:00Z", state="closed")
    assert breached(old) == []


def test_open_tickets_are_dispatched_where_asked_for(tmp_path: Path) -> None:
    old = Old(tmp_path, "dispatch intake first { otherwise { queue triage } }")
    path = old.file({"no": "1"}, {"no": "2", "reported": "2026-11-01T08:00Z", "closed": "2026-11-03T08:00Z"})
    assert [row["outcome"] for row in old.take(path, dispatch=True)] == ["created", "created"]
    assert [ticket.get("queue") for ticket in old.workspace.store.find("tickets")] == ["triage", None]
