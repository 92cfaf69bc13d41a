"""An ERP as those at the desk see it: asked when a ticket comes in, told when it ends, compared and caught up with."""

import json
from pathlib import Path

import pytest

from svcctl.desk.tables import TABLES as STORED
from svcctl.desk.workspace import STORE_FOLDER
from svcctl.foundation.instant import parse_instant
from svcctl.store.json_store import JsonStore
from svcctl.ticket.event import Event, changes
from tests.cli.conftest import Shell

TABLES = {
    "customers.csv": "id,name,tier\nC-1,华北建设,gold\n",
    "assets.csv": "id,model,batch,customer,warranty_until\n007,X200,B7,C-1,2027-01-31\n",
    "stock.csv": "part,location,quantity\nMB-1,main,3\n",
}


@pytest.fixture
def erp(shell: Shell) -> Path:
    folder = shell.home / "erp"
    folder.mkdir()
    for name, text in TABLES.items():
        (folder / name).write_text(text, encoding="utf-8")
    with (shell.home / "svcctl.toml").open("a", encoding="utf-8") as file:
        file.write('\n[erp.main]\nplugin = "files"\nfolder = "erp"\nzone = "Asia/Shanghai"\n')
    return folder


def new(shell: Shell, *words: str) -> str:
    return shell(
        "ticket", "new", "--title", "black", "--no-dispatch", "--asset", "007", "-o", "ids", *words
    ).out.strip()


def test_a_ticket_is_filled_in_and_its_end_is_told(shell: Shell, erp: Path) -> None:
    id = new(shell)
    ticket = shell.json("ticket", "show", id)
    assert (ticket["customer"], ticket["product_model"], ticket["batch"]) == ("C-1", "X200", "B7")
    step = ("replace", "--who", "li", "--by", "2026-11-24T17:00", "--verify", "it works")
    planned = shell.json("ticket", "plan", id, *step, "--part", "MB-1=2@main", "--part", "SR-1")["plan"]
    assert planned[0]["parts"] == [{"part": "MB-1", "count": 2, "location": "main"}, {"part": "SR-1", "count": 1}]
    wanted = [row["subject"] for row in shell.json("outbox", "list", "--channel", "erp.main")]
    assert wanted == ["open: black", "reserve 2 MB-1 at main", "reserve 1 SR-1"]
    rows = [row for row in shell.json("sweep") if row["did"] == "delivered"]
    assert [row["to"] for row in rows if row["channel"] == "erp.main"] == [["erp main"]] * 3
    shell("ticket", "part", id, "MB-1", "--count", "2")
    shell("ticket", "cost", id, "travel", "120.50", "--billable")
    shell("ticket", "move", id, "cancelled")
    shell("outbox", "deliver")
    pushed = [json.loads(line) for line in (erp / "pushed.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["kind"] for line in pushed] == [
        *("complaint", "reservation", "reservation"),
        *("part_used", "release", "cost", "complaint"),
    ]
    assert pushed[5]["record"]["billable"] is True
    told = shell.json("ticket", "show", id)["erp"]
    assert [entry["outcome"] for entry in told] == ["found", *["done"] * 7]
    assert told[-1]["remote_id"] == "pushed.jsonl:7"
    assert "erp main: closed: black: done, pushed.jsonl:7" in shell("ticket", "history", id).out
    assert "write off 2 MB-1 at main" in shell("ticket", "show", id).out


def test_an_action_is_taken_out_of_the_plan(shell: Shell, erp: Path) -> None:
    id = new(shell)
    step = ("replace", "--who", "li", "--by", "2026-11-24T17:00", "--verify", "it works")
    shell("ticket", "plan", id, *step, "--part", "MB-1")
    assert "plan" not in shell.json("ticket", "plan", id, "--drop", "A1")
    assert shell("ticket", "plan", id, "--drop", "A9").code == 2
    assert shell("ticket", "plan", id, *step, "--part", "=3").code == 2
    shell("ticket", "plan", id, *step)
    shell("ticket", "plan", id, "--done", "A1")
    assert shell("ticket", "plan", id, "--drop", "A1").code == 5


def test_an_erp_that_is_down_is_said_and_stops_nothing(shell: Shell, erp: Path) -> None:
    (erp / "assets.csv").unlink()
    done = shell("ticket", "new", "--title", "black", "--asset", "007", "--no-dispatch")
    assert done.code == 0
    assert "warning: the ERP `main` did not answer: there is no `assets` file" in done.err
    assert [row["what"] for row in shell.json("erp", "status")] == ["pulled", "pending"]
    assert shell("erp", "status", "--exit-code").code == 1
    (erp / "assets.csv").write_text(TABLES["assets.csv"])
    shell.now = "2026-11-23T10:00+08:00"
    assert shell("outbox", "deliver").code == 0
    assert shell.json("ticket", "show", "T-000001")["batch"] == "B7"


def test_a_dry_run_asks_nobody(shell: Shell, erp: Path) -> None:
    shell("asset", "set", "007", "model=X")
    assert shell("ticket", "new", "--title", "black", "--asset", "007", "--dry-run").code == 0
    assert "model" in shell.json("asset", "show", "007")
    assert shell.json("asset", "show", "007")["model"] == "X"
    assert [row["what"] for row in shell.json("erp", "pull", "--dry-run")] == ["pulled"]
    assert shell.json("customer", "list") == []


def test_a_pull_and_what_is_out_of_step(shell: Shell, erp: Path) -> None:
    rows = shell.json("erp", "pull")
    assert [(row["kind"], row["id"], row["outcome"]) for row in rows] == [
        ("customer", "C-1", "created"),
        ("asset", "007", "created"),
    ]
    assert shell.json("erp", "pull") == []
    shell.now = "2026-11-23T11:00+08:00"
    shell("asset", "set", "007", "batch=mine")
    pulled, differs = shell.json("erp", "status")
    assert (pulled["what"], pulled["age_seconds"]) == ("pulled", 7200)
    assert differs["text"] == "`batch` is `mine`, in the ERP `B7`"
    assert shell("erp", "pull", "--erp", "other").code == 2
    assert shell("erp", "status", "--erp", "other").code == 2
    (erp / "customers.csv").write_text("id,name\nC-1,a\nC-1,b\n")
    assert shell("erp", "pull").code == 2


def test_what_nobody_came_back_from_is_listed_as_unknown(shell: Shell, erp: Path) -> None:
    new(shell)
    store = JsonStore.open(shell.home / STORE_FOLDER, STORED)
    document = store.get("outbox", "M-000001")
    now = parse_instant("2026-11-23T09:00+08:00")
    leased = {
        "status": "leased",
        "attempts": 1,
        "lease_until": "2026-11-23T01:05:00Z",
        "next_at": "2026-11-23T01:05:00Z",
    }
    event = Event("outbox", "M-000001", "leased", now, "cron", changes(document, leased))
    store.write(lambda transaction: transaction.record(event), at=now, actor="cron")
    assert [row["status"] for row in shell.json("outbox", "list")] == ["leased"]
    shell.now = "2026-11-23T09:06+08:00"
    assert [row["status"] for row in shell.json("outbox", "list", "--status", "unknown")] == ["unknown"]
    assert shell.json("outbox", "list", "--status", "leased") == []


def test_an_erp_that_is_down_keeps_no_other_from_being_pulled(shell: Shell, erp: Path) -> None:
    with (shell.home / "svcctl.toml").open("a", encoding="utf-8") as file:
        file.write(
            '\n[erp.absent]\nplugin = "files"\nfolder = "nowhere"\n[erp.books]\nplugin = "files"\nfolder = "erp"\n'
        )
    done = shell("erp", "pull", "-o", "json")
    assert done.code == 4
    assert [(row["erp"], row["id"], row["outcome"]) for row in done.json] == [
        ("main", "C-1", "created"),
        ("main", "007", "created"),
        ("absent", "absent", "failed"),
        ("books", "007", "changed"),
    ]
    assert done.json[2]["error"]["code"] == "plugin-unavailable"
    assert shell("erp", "pull", "--erp", "absent").code == 6
