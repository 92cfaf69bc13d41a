"""Sweep, delivery, rules, records, import and report, as they are typed."""

import json
from pathlib import Path
from typing import Any

import pytest

Shell = Any
NEW = ("ticket", "new", "--type", "hardware_fault", "--description", "black screen", "--field", "humidity=83")


def test_a_sweep_fires_once_and_delivers(shell: Shell) -> None:
    id = shell.json(*NEW)["id"]
    shell.now = "2026-11-23T09:40"
    fired = shell.json("sweep")
    assert [item["ticket"] for item in fired if item["did"] == "escalated"] == [id]
    assert {item["did"] for item in fired} == {"escalated", "delivered"}
    assert "black" in (shell.home / "messages.log").read_text() or id in (shell.home / "messages.log").read_text()
    assert shell.json("sweep") == []
    messages = shell.json("outbox", "list", "--ticket", id)
    assert {message["status"] for message in messages} == {"delivered"}
    assert len(shell.json("outbox", "list", "--limit", "1")) == 1


def test_a_dry_run_prints_the_rows_that_the_sweep_then_prints(shell: Shell) -> None:
    settings = shell.home / "svcctl.toml"
    settings.write_text(settings.read_text().replace("[notify]", '[notify]\ngroup_within = "10m"\ngroup_by = ["kind"]'))
    for _ in range(3):
        shell.json(*NEW)
    shell("sweep")
    log = shell.home / "messages.log"
    log.touch()
    rules = shell.home / "rules/start.rules"
    late = 'escalation late { while state == assigned  after 20m { tag "late"  notify team hardware } }'
    rules.write_text(rules.read_text(encoding="utf-8") + late, encoding="utf-8")
    found = set()
    for minute in (10, 20, 30, 45):  # the rules are noticed; a step that only they have; one of before; what was joined
        shell.now = f"2026-11-23T09:{minute}"
        before = shell.journal(), log.read_text()
        for words in (("sweep", "--no-delivery"), ("outbox", "deliver"), ("sweep",)):
            planned = shell.json(*words, "--dry-run")
            assert (shell.journal(), log.read_text()) == before
        done = shell.json("sweep")
        assert [without_words(row) for row in done] == [without_words(row) for row in planned]
        found |= {row.get("text") or row["rule"] for row in planned}
    assert {"late", "unanswered"} <= found
    assert any(text.startswith("3 notices about 3 tickets: ") for text in found)
    assert len(shell.json("outbox", "list", "--status", "grouped")) >= 4


def without_words(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what only the channel can say."""
    return {key: value for key, value in row.items() if key != "text"}


def test_an_outbox_can_be_given_up_and_taken_up(shell: Shell) -> None:
    shell.json(*NEW)
    (message,) = shell.json("outbox", "list", "--status", "pending")
    assert shell.json("outbox", "drop", message["id"])[0]["status"] == "dropped"
    assert shell.json("outbox", "deliver") == []
    assert shell.json("outbox", "retry", "-", given=message["id"])[0]["status"] == "pending"
    assert [item["status"] for item in shell.json("outbox", "deliver")] == ["delivered"]
    assert shell("outbox", "drop", message["id"]).code == 5


def test_a_channel_that_is_not_there_exits_6(shell: Shell) -> None:
    settings = shell.home / "svcctl.toml"
    settings.write_text(settings.read_text().replace('channel = "console"', 'channel = "pigeon"'))
    shell.json(*NEW)
    done = shell("outbox", "deliver", "-o", "json")
    assert done.code == 6
    assert done.json[0]["error"]["code"] == "bad-configuration"
    assert "pigeon" in done.err


def test_what_nobody_has_is_dispatched(shell: Shell) -> None:
    shell.json(*NEW, "--no-dispatch")
    (ticket,) = shell.json("dispatch", "--waiting")
    assert ticket["assignee"] == "li"
    assert shell.json("dispatch", "--waiting") == []


def test_rules_are_checked_tested_and_listed(shell: Shell) -> None:
    assert shell.json("rules", "check") == []
    (test,) = shell.json("rules", "test")
    assert test["passed"] is True
    kinds = {row["kind"] for row in shell.json("rules", "list")}
    assert {"calendar", "form", "sla", "dispatch", "rule", "escalation", "acceptance", "test"} <= kinds
    (rule,) = shell.json("rules", "list", "--kind", "rule")
    assert (rule["id"], rule["block"]) == ("black-screen", "intake")
    assert rule["place"].startswith("rules/start.rules:")


def test_broken_rules_are_told_and_do_not_hide_a_ticket(shell: Shell) -> None:
    id = shell.json(*NEW)["id"]
    rules = shell.home / "rules/start.rules"
    rules.write_text(rules.read_text(encoding="utf-8").replace("45 dB {", "45 db {").replace("< 45 dB", "< 45 db"))
    done = shell("rules", "check", "-o", "json")
    assert done.code == 1
    assert done.json[0]["file"] == "rules/start.rules"
    assert "error[" in shell("rules", "check").out
    assert shell("dispatch", id).code == 2
    shown = shell("ticket", "show", id)
    assert shown.code == 0
    assert "warning: no service levels are shown" in shown.err
    assert shell("rules", "test").code == 2


def test_a_failing_test_and_none_exit_1(shell: Shell) -> None:
    rules = shell.home / "rules/start.rules"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("assignee li\n", "assignee zhao\n"), encoding="utf-8")
    done = shell("rules", "test")
    assert done.code == 1
    assert "expected assignee zhao, found li" in done.out
    rules.write_text(text[: text.index("test ")], encoding="utf-8")
    assert shell("rules", "test").code == 1


def test_rules_can_be_checked_without_a_workspace(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "lone.rules"
    file.write_text('calendar c { zone "Asia/Shangai" }', encoding="utf-8")
    shell.home = tmp_path
    done = shell("rules", "check", str(file), "-o", "json")
    assert done.code == 1
    assert done.json
    assert shell("rules", "check", str(tmp_path / "none.rules")).code == 3


def test_records_come_in_and_bad_rows_are_told(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "assets.csv"
    file.write_text("id,model,batch,installed_at\n007,FT-200,B1,2026-01-05\n008,FT-200,B1,soon\n", encoding="utf-8")
    done = shell("asset", "import", str(file), "-o", "json")
    assert done.code == 4
    assert [row["outcome"] for row in done.json] == ["created", "refused"]
    assert done.json[1]["line"] == 3
    asset = shell.json("asset", "show", "007")
    assert asset["installed_at"] == "2026-01-05T00:00:00+08:00"
    assert "007" in shell("asset", "list").out
    assert shell.json("asset", "list", "--where", "batch=B2") == []
    assert shell.json("asset", "set", "007", "batch=B2")["batch"] == "B2"
    assert [event["kind"] for event in shell.json("asset", "history", "007")] == ["created", "changed"]
    assert shell("asset", "show", "009").code == 3
    assert shell("engineer", "set", "li", "skils=x=1").code == 2


def test_tickets_come_in_by_a_mapping(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'source = "old"\n[fields]\nexternal = "no"\ntitle = "what"\nreported_at = "at"\nclosed_at = "done"\n'
        '[fields.due]\nresolve = "due"\n'
    )
    rows = [
        "no,what,at,due,done",
        "1,in time,2026-11-01 08:00,2026-11-02 08:00,2026-11-01 20:00",
        "2,late,2026-11-01 08:00,2026-11-02 08:00,2026-11-05 08:00",
        "3,overdue,2026-11-01 08:00,2026-11-02 08:00,",
        "4,no promise,2026-11-01 08:00,,",
        "5,broken,yesterday,,",
    ]
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n")
    words = ("import", str(tmp_path / "rows.csv"), "--mapping", str(tmp_path / "map.toml"))
    done = shell(*words, "--only", "refused", "-o", "json")
    assert done.code == 4
    assert [row["line"] for row in done.json] == [6]
    assert "5 rows: 4 created, 0 exists, 1 refused" in done.err
    assert "4 exists" in shell(*words).err
    assert shell("import", "none.csv", "--mapping", str(tmp_path / "map.toml")).code == 3

    figures = {row["figure"]: row for row in shell.json("report", "--section", "sla")}
    assert (figures["on_time"]["numerator"], figures["on_time"]["denominator"]) == (2, 4)
    assert (figures["on_time_promised"]["numerator"], figures["on_time_promised"]["denominator"]) == (1, 3)
    page = shell("report").out
    assert "Service levels" in page
    assert figures["on_time"]["definition"] in page


def test_settings_tell_where_they_come_from(shell: Shell, monkeypatch: Any) -> None:
    monkeypatch.setenv("SVCCTL_WORKSPACE_CURRENCY", "EUR")
    rows = {row["id"]: row for row in shell.json("config", "show", "--origin")}
    assert (rows["workspace.currency"]["value"], rows["workspace.currency"]["origin"]) == (
        "EUR",
        "SVCCTL_WORKSPACE_CURRENCY",
    )
    assert rows["workspace.zone"]["origin"].endswith("svcctl.toml")
    assert rows["lock_timeout"]["origin"] == "default"
    assert [row["id"] for row in shell.json("config", "show", "workspace.zone")] == ["workspace.zone"]


def test_plugins_are_listed_with_what_is_wrong(shell: Shell) -> None:
    settings = shell.home / "svcctl.toml"
    settings.write_text(settings.read_text() + '\n[erp.main]\nplugin = "nowhere"\n')
    rows = {(row["kind"], row["id"]): row for row in shell.json("plugin", "list")}
    assert rows["erp", "nowhere"]["problem"] == "not installed"
    assert rows["notifier", "console"]["active"] == ["console"]
    assert shell("erp", "lookup", "asset", "007").code == 3
    assert shell("erp", "lookup", "asset", "007", "--erp", "other").code == 2


def test_an_erp_is_asked(shell: Shell) -> None:
    folder = shell.home / "erp"
    folder.mkdir()
    (folder / "assets.json").write_text(json.dumps([{"id": "007", "model": "FT-200", "batch": "B1"}]))
    settings = shell.home / "svcctl.toml"
    settings.write_text(settings.read_text() + '\n[erp.main]\nplugin = "files"\nfolder = "erp"\n')
    assert shell.json("erp", "lookup", "asset", "007")["model"] == "FT-200"
    assert shell("erp", "lookup", "asset", "008").code == 3


NEW_PLUG = ("plugin", "new", "pager", "--folder")


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (("init",), ""),
        (("init",), "rules"),
        (("init",), "rules/intake.rules"),
        (NEW_PLUG, ""),
        (NEW_PLUG, "src"),
        (NEW_PLUG, "README.md"),
    ],
)
def test_where_a_file_is_in_the_way_nothing_is_made(
    shell: Shell, tmp_path: Path, words: tuple[str, ...], taken: str
) -> None:
    folder = tmp_path / "other"
    path = folder / taken
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    refused = shell(*words, str(folder), "-o", "json")
    assert (refused.problem["code"], refused.problem["message"]) == ("already-exists", f"`{path}` is in the way")
    assert [each for each in tmp_path.glob("other/**/*") if each.is_file() and each != path] == []
    assert path.read_text() == "mine"


def test_a_workspace_is_made_once(shell: Shell, tmp_path: Path) -> None:
    assert shell("init", str(shell.home)).code == 5
    shell.home = tmp_path / "other"
    assert "svcctl.toml" in shell("init", "--dry-run", "-o", "ids").out
    assert not shell.home.exists()
    assert shell("init", "--sample", "access-contrl").code == 3
    assert shell("init", "--zone", "Mars/Olympus").code == 2
    assert shell("init").code == 0
    assert shell.json("rules", "check") == []
    assert shell("rules", "test").code == 0
