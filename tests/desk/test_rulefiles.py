"""The rule files of a workspace: found, read once each, and never half believed."""

from pathlib import Path

import pytest

from svcctl.desk.records import save_record
from svcctl.desk.rulefiles import find_rule_files, read_rules
from svcctl.desk.settings import load_settings
from svcctl.desk.tables import TABLES
from svcctl.desk.turn import Turn, perform
from svcctl.desk.workspace import Workspace
from svcctl.store.memory import MemoryStore
from tests.desk.floor import MONDAY, refusal_of

DAY = 'calendar day { zone "UTC" daily 08:00-16:00 }'


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.rules"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_files_and_folders_are_found_in_order_each_once(tmp_path: Path) -> None:
    write(tmp_path, rules__b="", rules__a="", rules__deep__c="", other="")
    (tmp_path / "rules" / "notes.md").write_text("no rules", encoding="utf-8")
    found = find_rule_files(tmp_path, ["rules", "other.rules", "rules/a.rules"])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == [
        "rules/a.rules",
        "rules/b.rules",
        "rules/deep/c.rules",
        "other.rules",
    ]
    refused = refusal_of(lambda: find_rule_files(tmp_path, ["rulez"]))
    assert refused.code == "unknown-file"
    assert "rulez" in refused.message


def test_what_editors_keep_beside_rules_is_no_rule(tmp_path: Path) -> None:
    write(tmp_path, rules__a=DAY)
    (tmp_path / "rules/.#a.rules").symlink_to("user@host.1234")
    (tmp_path / "rules/.kept").mkdir()
    (tmp_path / "rules/.kept/a.rules").write_text(DAY, encoding="utf-8")
    (tmp_path / "rules/folder.rules").mkdir()
    assert find_rule_files(tmp_path, ["rules"]) == (tmp_path / "rules/a.rules",)


def test_a_link_that_points_nowhere_is_told(tmp_path: Path) -> None:
    write(tmp_path, rules__a=DAY)
    (tmp_path / "rules/b.rules").symlink_to("nowhere.rules")
    refused = refusal_of(lambda: read_rules(tmp_path, ["rules"]))
    assert refused.code == "unknown-file"
    assert "b.rules" in refused.message


def test_what_is_imported_is_read_once_and_may_lie_outside_the_paths(tmp_path: Path) -> None:
    write(tmp_path, rules__a='import "../common/day.rules"', rules__b='import "../common/day.rules"', common__day=DAY)
    found = read_rules(tmp_path, ["rules", "rules/../rules/a.rules"])
    assert found.diagnostics == ()
    assert list(found.sources) == ["common/day.rules", "rules/a.rules", "rules/b.rules"]
    assert [calendar.id for calendar in found.rules.calendars] == ["day"]


def test_an_import_of_nothing_is_a_mistake_and_a_circle_ends(tmp_path: Path) -> None:
    write(tmp_path, rules__a='import "none.rules"')
    assert [finding.code for finding in read_rules(tmp_path, ["rules"]).diagnostics] == ["unknown-import"]
    write(tmp_path, rules__a='import "b.rules"', rules__b='import "a.rules"')
    assert "import-cycle" in [finding.code for finding in read_rules(tmp_path, ["rules"]).diagnostics]


def test_windows_and_its_byte_order_mark_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_bytes(b"\xef\xbb\xbf" + DAY.replace("{", "{\r\n").encode())
    assert read_rules(tmp_path, ["a.rules"]).diagnostics == ()


def test_a_file_that_is_not_utf8_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "a.rules").write_bytes(b"# \xba\xda\xc6\xc1")
    refused = refusal_of(lambda: read_rules(tmp_path, ["a.rules"]))
    assert (refused.code, refused.message) == ("bad-input", f"{tmp_path / 'a.rules'} is not UTF-8 text (byte 2)")


def test_rules_with_a_mistake_decide_nothing(tmp_path: Path) -> None:
    write(tmp_path, good=DAY, bad="dispatch intake first { otherwise { assign team } }")
    found = read_rules(tmp_path, ["good.rules", "bad.rules"])
    refused = refusal_of(found.compiled)
    assert refused.code == "rules-broken"
    assert refused.message.startswith("bad.rules:1:")
    assert refused.help == "see `svcctl rules check` for every mistake"


def test_a_warning_does_not_stop_the_rules(tmp_path: Path) -> None:
    write(tmp_path, a='escalation e { for product.line == x  after 1h { tag "t" } }')
    found = read_rules(tmp_path, ["a.rules"])
    assert [finding.is_error for finding in found.diagnostics] != [True]
    assert [block.id for block in found.compiled().escalations] == ["e"]


@pytest.mark.parametrize(("team", "code"), [("north", None), ("nroth", "rules-broken")])
def test_a_workspace_checks_its_rules_against_the_names_that_it_knows(
    tmp_path: Path, team: str, code: str | None
) -> None:
    write(tmp_path, rules__a=f"{DAY} dispatch intake first {{ otherwise {{ assign team {team} }} }}")
    settings = load_settings(None, {"SVCCTL_RULES_CALENDAR": "day", "SVCCTL_NAMES_TIERS": "gold"})
    workspace = Workspace(tmp_path, settings, MemoryStore(TABLES))
    perform(workspace, Turn(MONDAY, "lin"), lambda desk: save_record(desk, "team", {"id": "north"}))
    perform(
        workspace,
        Turn(MONDAY, "lin"),
        lambda desk: save_record(desk, "engineer", {"id": "li", "skills": "welding=2", "roles": "chief"}),
    )
    names = workspace.known_names
    known = {sort: set(names[sort]) for sort in ("team", "skill", "role", "tier")}
    assert known == {"team": {"north"}, "skill": {"welding"}, "role": {"chief"}, "tier": {"gold"}}
    assert "region" not in names
    assert "phone" in names["channel"]
    if code is None:
        assert workspace.rulebook.default_calendar == "day"
    else:
        refused = refusal_of(lambda: workspace.rulebook)
        assert (refused.code, "`nroth`" in refused.message) == (code, True)
