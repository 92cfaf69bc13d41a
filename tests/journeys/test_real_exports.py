"""Real exports come in whole, and the report counts what their own columns say.

The files lie beside the repository, not in it: `../shared/samples`. Where one is absent its tests are skipped by name.
"""

import csv
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from svcctl.cli import boundary

ROOT = Path(__file__).parents[2]
EXPORTS = ROOT.parent / "shared/samples"
MAPPINGS = ROOT / "samples/service-requests/mappings"
NEW_YORK = ZoneInfo("America/New_York")

Typed = Callable[..., Any]


@pytest.fixture
def typed(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Typed:
    """Type a command at an instant in an empty workspace; its output as JSON."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    home = tmp_path / "workspace"
    assert boundary.run(["init", str(home)]) == 0

    def run(now: datetime, *words: str, code: int = 0) -> Any:
        capsys.readouterr()
        assert boundary.run(["--home", str(home), "--now", now.isoformat(), *words, "-o", "json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


def export(name: str) -> Path:
    path = EXPORTS / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the repository")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def take_in(typed: Typed, now: datetime, path: Path, mapping: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = typed(now, "import", str(path), "--mapping", str(MAPPINGS / mapping))
    return rows


def figures(typed: Typed, now: datetime) -> Mapping[str, dict[str, Any]]:
    return {row["figure"]: row for row in typed(now, "report", "--section", "sla")}


def of(figure: Mapping[str, Any]) -> tuple[int, int]:
    return figure["numerator"], figure["denominator"]


def boston_time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=NEW_YORK)


def boston_extracted(rows: list[dict[str, str]]) -> datetime:
    """The file knows of nothing later than this: it was made when these had passed."""
    past = [row["target_dt"] for row in rows if row["ontime"] == "OVERDUE" and not row["closed_dt"]]
    return max(boston_time(text) for row in rows for text in (*past, row["open_dt"], row["closed_dt"]) if text)


@pytest.mark.parametrize("name", ["boston311-100.csv", "boston311-100.jsonl"])
def test_boston_is_on_time_where_its_column_says_so(typed: Typed, name: str) -> None:
    rows, path = table(export("boston311-100.csv")), export(name)
    now = boston_extracted(rows)
    made = take_in(typed, now, path, "boston311.toml")
    assert [row["outcome"] for row in made] == ["created"] * 100
    on_time = sum(row["ontime"] == "ONTIME" for row in rows)
    found = figures(typed, now)
    assert of(found["on_time"]) == (on_time, 100)
    with_target = [row for row in rows if row["target_dt"]]
    assert of(found["on_time_promised"]) == (sum(row["ontime"] == "ONTIME" for row in with_target), len(with_target))
    # A second before the file was made its last overdue request was not overdue yet.
    assert of(figures(typed, now - timedelta(seconds=1))["on_time"]) == (on_time + 1, 100)


def test_each_boston_ticket_is_late_where_its_row_says_so(typed: Typed) -> None:
    path = export("boston311-100.csv")
    rows = table(path)
    now = boston_extracted(rows)
    made = take_in(typed, now, path, "boston311.toml")
    for row, outcome in zip(rows, made, strict=True):
        clocks = typed(now, "ticket", "show", outcome["id"])["clocks"]
        assert any(clock["breached"] for clock in clocks) == (row["ontime"] == "OVERDUE"), row


def test_new_york_is_on_time_where_it_closed_by_its_due_date(typed: Typed) -> None:
    """Rows without a due date promise nothing and are left out; one that is open past its due date is late."""
    path = export("nyc311-100.csv")
    rows = table(path)
    now = max(nyc_time(row[column]) for row in rows for column in ("Created Date", "Closed Date") if row[column])
    made = take_in(typed, now, path, "nyc311.toml")
    assert [row["outcome"] for row in made] == ["created"] * 100
    due = [row for row in rows if row["Due Date"]]
    kept = [
        row for row in due if nyc_time(row["Closed Date"] or f"{now:%m/%d/%Y %I:%M:%S %p}") <= nyc_time(row["Due Date"])
    ]
    closed = [row for row in due if row["Closed Date"]]
    assert len(due) - len(closed) == 1
    found = figures(typed, now)
    assert of(found["on_time_promised"]) == of(found["resolve_attainment"]) == (len(kept), len(due))
    assert of(found["on_time"]) == (100 - len(due) + len(kept), 100)


def nyc_time(text: str) -> datetime:
    return datetime.strptime(text, "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=NEW_YORK)


def test_servicenow_is_on_time_where_made_sla_is_true(typed: Typed) -> None:
    path = export("servicenow_rest_67rows.csv")
    rows = table(path)
    now = max(datetime.fromisoformat(row["sys_updated_on"]) for row in rows).replace(tzinfo=UTC)
    made = take_in(typed, now, path, "servicenow.toml")
    assert [row["outcome"] for row in made] == ["created"] * len(rows)
    made_sla = sum(row["made_sla"] == "true" for row in rows)
    found = figures(typed, now)
    assert of(found["on_time_promised"]) == of(found["on_time"]) == (made_sla, len(rows))
    states = {"1": "new", "2": "in_progress", "3": "pending_customer", "7": "closed"}
    stand = {ticket["external"]: ticket["state"] for ticket in typed(now, "ticket", "list")}
    assert stand == {f"servicenow/{row['number']}": states[row["incident_state"]] for row in rows}


def test_of_an_event_log_the_last_row_of_an_incident_counts(typed: Typed) -> None:
    path = export("uci_first50_incidents_events.csv")
    last = {row["number"]: row for row in table(path)}
    now = datetime(2016, 7, 1, tzinfo=UTC)
    made = take_in(typed, now, path, "uci-incidents.toml")
    assert [row["outcome"] for row in made] == ["created"] * len(last)
    kept = sum(row["made_sla"] == "true" for row in last.values())
    assert 0 < kept < len(last)
    assert of(figures(typed, now)["on_time_promised"]) == (kept, len(last))


def test_a_service_desk_that_promised_nothing_has_no_share_on_time(typed: Typed) -> None:
    path = export("itsm_bpic2014_40rows.csv")
    now = datetime(2014, 4, 1, tzinfo=UTC)
    assert {row["outcome"] for row in take_in(typed, now, path, "itsm.toml")} == {"created"}
    found = figures(typed, now)["on_time_promised"]
    assert (found["value"], *of(found)) == (None, 0, 0)


def test_every_share_has_its_definition_and_what_it_is_of_what(typed: Typed) -> None:
    now = datetime(2014, 4, 1, tzinfo=UTC)
    for name, figure in figures(typed, now).items():
        assert len(figure["definition"]) > 20, name
        assert {"numerator", "denominator", "value", "unit"} <= figure.keys()


@pytest.mark.parametrize(
    ("name", "mapping"), [("nyc311-100.csv", "nyc311.toml"), ("servicenow_rest_67rows.csv", "servicenow.toml")]
)
def test_a_second_import_adds_nothing(typed: Typed, name: str, mapping: str) -> None:
    path = export(name)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    first = take_in(typed, now, path, mapping)
    second = take_in(typed, now, path, mapping)
    assert {row["outcome"] for row in second} == {"exists"}
    assert [row["id"] for row in second] == [row["id"] for row in first]
    assert len(typed(now, "ticket", "list")) == len(first)


def test_a_dry_run_writes_nothing(typed: Typed) -> None:
    path = export("nyc311-100.csv")
    now = datetime(2026, 11, 23, tzinfo=UTC)
    words = ("import", str(path), "--mapping", str(MAPPINGS / "nyc311.toml"), "--dry-run")
    assert {row["outcome"] for row in typed(now, *words)} == {"created"}
    assert typed(now, "ticket", "list") == []
