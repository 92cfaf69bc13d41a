"""Import: what is wrong is reported with its line, the rest goes in, a repeat adds nothing, a dry run keeps nothing."""

from pathlib import Path

import pytest

from svcctl.desk import importing
from svcctl.desk.importing import import_tickets
from svcctl.desk.turn import Turn
from svcctl.foundation.errors import Refusal
from tests.desk.old_system import COLUMNS, MAPPING, NOW, Old


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
    assert "not UTF-8 text" in wrong[6]
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


def test_open_tickets_are_dispatched_where_asked_for(tmp_path: Path) -> None:
    old = Old(tmp_path, "dispatch intake first { otherwise { queue triage } }")
    path = old.file({"no": "1"}, {"no": "2", "reported": "2026-11-01T08:00Z", "closed": "2026-11-03T08:00Z"})
    assert [row["outcome"] for row in old.take(path, dispatch=True)] == ["created", "created"]
    assert [ticket.get("queue") for ticket in old.workspace.store.find("tickets")] == ["triage", None]
