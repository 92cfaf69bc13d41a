"""The language server as editors start it: a process of its own, spoken to in its protocol."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli.boundary import run
from tests.editor.editor import Editor

FAMILY = """# 工单 🛠
form fault { serial text required }
dispatch parts-desk first { rule send { assign team parts } }
"""
INTAKE = """dispatch intake first {
  rule 故障 "坏了🛠" { when type == fault  delegate parts-desk }
  otherwise { queue triage }
}
"""
CALENDARS = 'calendar hours { zone "UTC"  mon..fri 09:00-17:00 }\nsla s { respond within 4bh on hours }\n'


def column(text: str, word: str) -> int:
    """Where a word begins in the second line, in UTF-16."""
    return len(text.splitlines()[1].partition(word)[0].encode("utf-16-le")) // 2


DESK, TYPE = column(INTAKE, "parts-desk"), column(INTAKE, "type")


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    home = tmp_path_factory.mktemp("editor") / "desk"
    assert run(["init", str(home)]) == 0
    for path in (home / "rules").iterdir():
        path.unlink()
    for name, text in (("family", FAMILY), ("intake", INTAKE), ("calendars", CALENDARS)):
        (home / f"rules/{name}.rules").write_text(text, encoding="utf-8")
    settings = (home / "svcctl.toml").read_text().replace("service-hours", "hours")
    (home / "svcctl.toml").write_text(settings)
    with Editor(home) as editor:
        yield editor
    assert editor.code == 0


@pytest.fixture
def intake(editor: Editor) -> Iterator[str]:
    """A file that is open as it is on the disk, and has nothing wrong."""
    name = "rules/intake.rules"
    editor.open(name)
    editor.ask("textDocument/documentSymbol", editor.at(name, 0, 0))
    yield name
    editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri(name)}})


def test_it_says_what_it_can(editor: Editor) -> None:
    can = {name for name, value in editor.capabilities.items() if value}
    asked = {"completion", "hover", "definition", "references", "rename", "documentFormatting", "codeAction"}
    assert {f"{name}Provider" for name in asked} <= can
    assert editor.capabilities["positionEncoding"] == "utf-16"


def test_findings_come_while_typing_and_go(editor: Editor, intake: str) -> None:
    editor.change(intake, INTAKE.replace("delegate parts-desk", "delegate part-desk"))
    [found] = [found for found in editor.findings(intake) if found["code"] == "unknown-dispatch"]
    assert (found["severity"], found["source"]) == (1, "svcctl")
    assert found["message"].splitlines()[0] == "there is no dispatch block `part-desk`"
    assert (found["range"]["start"], found["range"]["end"]["character"]) == (
        {"line": 1, "character": DESK},
        DESK + len("part-desk"),
    )
    assert INTAKE.splitlines()[1].index("parts-desk") == DESK - 1  # one character before it takes two units
    editor.change(intake, INTAKE)
    assert editor.findings(intake) == []


def test_what_is_not_saved_counts_for_other_files(editor: Editor, intake: str) -> None:
    family = "rules/family.rules"
    editor.open(family, FAMILY.replace("parts-desk", "spare-desk"))
    assert "unknown-dispatch" in {found["code"] for found in editor.findings(intake)}
    editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri(family)}})
    assert editor.findings(intake) == []


def test_a_definition_is_found_in_another_file(editor: Editor, intake: str) -> None:
    [found] = editor.ask("textDocument/definition", editor.at(intake, 1, DESK + 2))
    assert found["uri"] == editor.uri("rules/family.rules")
    assert found["range"]["start"] == {"line": 2, "character": 9}


def test_every_place_of_a_name_is_found(editor: Editor, intake: str) -> None:
    asked = editor.at(intake, 1, DESK + 2, context={"includeDeclaration": True})
    assert len(editor.ask("textDocument/references", asked)) == 2
    asked["context"]["includeDeclaration"] = False
    assert len(editor.ask("textDocument/references", asked)) == 1


def test_meanings_are_told(editor: Editor, intake: str) -> None:
    found = editor.ask("textDocument/hover", editor.at(intake, 1, TYPE))
    assert "what sort of request it is" in found["contents"]["value"]
    assert editor.ask("textDocument/hover", editor.at(intake, 3, 0)) is None


def test_words_are_offered_where_they_may_stand(editor: Editor, intake: str) -> None:
    draft = INTAKE.replace("type == fault", "type == fa")
    editor.change(intake, draft)
    at = column(draft, "fa") + len("fa")
    found = editor.ask("textDocument/completion", editor.at(intake, 1, at))["items"]
    assert found[0]["label"] == "fault"
    assert found[0]["textEdit"] == {
        "range": {"start": {"line": 1, "character": at - 2}, "end": {"line": 1, "character": at}},
        "newText": "fault",
    }


def edited(editor: Editor, found: dict[str, Any]) -> dict[str, str]:
    """The files after a change of the workspace, edits made from the last to the first in UTF-16."""
    texts = {}
    for uri, edits in found["changes"].items():
        path = Path(uri.removeprefix("file://"))
        lines = path.read_text(encoding="utf-8").split("\n")
        for edit in sorted(edits, key=lambda edit: edit["range"]["start"]["line"] * 10_000, reverse=True):
            start, end = edit["range"]["start"], edit["range"]["end"]
            row = lines[start["line"]].encode("utf-16-le")
            new = row[: 2 * start["character"]] + edit["newText"].encode("utf-16-le") + row[2 * end["character"] :]
            lines[start["line"]] = new.decode("utf-16-le")
        texts[path.name] = "\n".join(lines)
    return texts


def test_a_name_is_changed_in_every_file(editor: Editor, intake: str) -> None:
    found = editor.ask("textDocument/rename", editor.at(intake, 1, DESK + 2, newName="备件 desk"))
    texts = edited(editor, found)
    assert texts == {
        "family.rules": FAMILY.replace("parts-desk", '"备件 desk"'),
        "intake.rules": INTAKE.replace("parts-desk", '"备件 desk"'),
    }


def test_the_calendar_in_force_is_renamed_in_the_settings_too(editor: Editor) -> None:
    name = "rules/calendars.rules"
    editor.open(name)
    texts = edited(editor, editor.ask("textDocument/rename", editor.at(name, 0, 12, newName="opening")))
    assert 'calendar = "opening"' in texts["svcctl.toml"]
    assert texts["calendars.rules"] == CALENDARS.replace(" hours", " opening")


def test_a_new_name_that_is_taken_is_refused_in_words(editor: Editor, intake: str) -> None:
    assert editor.ask("textDocument/prepareRename", editor.at(intake, 1, DESK + 2))["placeholder"] == "parts-desk"
    failed = editor.ask("textDocument/rename", editor.at(intake, 1, DESK + 2, newName="intake"))["error"]
    assert failed == {"code": -32803, "message": "there is a dispatch `intake` already: choose another name"}


def test_a_file_is_put_in_form(editor: Editor, intake: str) -> None:
    options = {"tabSize": 2, "insertSpaces": True}
    assert editor.ask("textDocument/formatting", {**editor.at(intake, 0, 0), "options": options}) == []
    editor.change(intake, INTAKE.replace("  otherwise", "otherwise"))
    [edit] = editor.ask("textDocument/formatting", {**editor.at(intake, 0, 0), "options": options})
    assert edit["newText"] == INTAKE
    assert edit["range"]["start"] == {"line": 0, "character": 0}


def test_a_certain_fix_is_offered(editor: Editor, intake: str) -> None:
    draft = INTAKE.replace("==", "=")
    editor.change(intake, draft)
    at = {"line": 1, "character": column(draft, "=")}
    place = {"start": at, "end": at}
    asked = {"textDocument": {"uri": editor.uri(intake)}, "range": place, "context": {"diagnostics": []}}
    [action] = editor.ask("textDocument/codeAction", asked)
    [edit] = action["edit"]["changes"][editor.uri(intake)]
    assert (action["kind"], edit["newText"], action["diagnostics"][0]["code"]) == ("quickfix", "==", "single-equals")


def test_blocks_and_rules_are_listed(editor: Editor, intake: str) -> None:
    [block] = editor.ask("textDocument/documentSymbol", editor.at(intake, 0, 0))
    assert (block["name"], [rule["name"] for rule in block["children"]]) == ("intake", ["故障"])
    assert block["children"][0]["detail"] == "坏了🛠"


def test_settings_that_are_broken_are_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "svcctl.toml").write_text("[rules]\npaths = 3\n")
    with Editor(tmp_path) as editor:
        editor.open("a.rules", "dispatch a first { otherwise { queue q } } }")
        assert [found["code"] for found in editor.findings("a.rules")] == ["unopened-brace"]
        shown = [message for message in editor.told if message.get("method") == "window/showMessage"]
        assert "rules.paths" in shown[0]["params"]["message"]
    assert editor.code == 0


def test_a_file_in_no_workspace_is_checked_with_those_beside_it(tmp_path: Path) -> None:
    (tmp_path / "hours.rules").write_text(CALENDARS)
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/other.rules").write_text("form x {")
    with Editor(tmp_path) as editor:
        editor.open("sla.rules", "sla t { respond within 2bh on hour }")
        assert [found["code"] for found in editor.findings("sla.rules")] == ["unknown-calendar"]
        editor.tell("textDocument/didClose", {"textDocument": {"uri": editor.uri("sla.rules")}})
    assert editor.code == 0


def test_without_pygls_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as util\n"
        "found = util.find_spec\n"
        "util.find_spec = lambda name, *more: None if name == 'pygls' else found(name, *more)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "svcctl", "rules", "lsp"],
        env={"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (6, "")
    assert "error[extra-missing]" in done.stderr
    assert "pip install 'svcctl[lsp]'" in done.stderr
