"""Plugs and templates as those who configure them see them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Shell


def configure(shell: Shell, text: str) -> None:
    with (shell.home / "svcctl.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_a_channel_is_checked_without_sending(shell: Shell) -> None:
    rows = shell.json("plugin", "check", "console")
    assert [(row["id"], row["check"], row["ok"]) for row in rows] == [
        ("channels.console", "opens", True),
        ("channels.console", "renders", True),
        ("channels.console", "works", True),
    ]
    assert not (shell.home / "messages.log").exists()


def test_a_channel_that_would_not_work_is_the_answer_no(shell: Shell) -> None:
    configure(shell, '\n[channels.wall]\nplugin = "console"\npath = "nowhere/x"\n')
    done = shell("plugin", "check", "wall", "-o", "json")
    assert done.code == 1
    assert [row["ok"] for row in done.json] == [True, True, False]
    everywhere = shell("plugin", "check", "console", "-o", "json")
    assert {row["id"] for row in everywhere.json} == {"channels.console"}


def test_a_plugin_is_checked_wherever_it_is_used(shell: Shell) -> None:
    configure(shell, '\n[channels.a]\nplugin = "webhook"\nurl = 7\n[channels.b]\nplugin = "webhook"\nurl = "ftp://x"\n')
    done = shell("plugin", "check", "webhook", "-o", "json")
    assert done.code == 1
    assert [(row["id"], row["check"], row["ok"]) for row in done.json] == [
        ("channels.a", "opens", False),
        ("channels.b", "opens", False),
    ]
    assert "`channels.b.url`" in done.json[1]["text"]
    assert done.json[1]["help"].startswith("keys: `url`, `secret`")
    assert done.err.count("help: keys:") == 1


def test_a_plugin_that_nobody_uses_is_loaded(shell: Shell) -> None:
    [row] = shell.json("plugin", "check", "webhook")
    assert (row["id"], row["check"], row["ok"]) == ("notifier webhook", "loads", True)
    assert shell("plugin", "check", "telepathy").code == 3


def test_the_page_of_a_plugin_is_shown_with_its_keys(shell: Shell) -> None:
    assert shell("plugin", "docs", "webhook").out.startswith("# svcctl-notifier-webhook\n")
    item = shell.json("plugin", "docs", "webhook")
    keys = {key["id"]: key for key in item["keys"]}
    assert keys["url"] == {"id": "url", "takes": "text or secret reference", "needed": True, "default": None}
    assert keys["timeout_seconds"]["default"] == 10.0
    assert keys["headers"]["takes"] == "table of text or secret reference"
    assert keys["ok_values"]["default"] == [0, "0", True]
    assert "`webhook`?" in shell("plugin", "docs", "webhok").err


def test_a_plug_without_a_page_has_its_keys(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("svcctl.extension.documentation.page_of", lambda entry: "")
    assert shell("plugin", "docs", "webhook").out.splitlines()[2].split()[0] == "url"
    item = shell.json("plugin", "docs", "webhook")
    assert (item["id"], item["page"], item["keys"][0]["id"]) == ("webhook", "", "url")


@pytest.mark.parametrize("kind", ["notifier", "erp"])
def test_a_new_plugin_passes_the_kit_as_it_stands(shell: Shell, tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "pager"
    new = ("plugin", "new", "duty-pager", "--kind", kind, "--folder", str(folder))
    files = [row["id"] for row in shell.json(*new, "--dry-run")]
    assert not folder.exists()
    assert [row["id"] for row in shell.json(*new)] == files
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == files
    written = "".join((folder / name).read_text(encoding="utf-8") for name in files)
    assert "example" not in written.lower().replace("example.org", "")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert shell(*new).code == 5


@pytest.mark.parametrize(
    ("kind", "functions"),
    [("notifier", ("render", "deliver")), ("erp", ("_read", "_write"))],
)
def test_a_new_plugin_fails_the_kit_without_its_two_functions(
    shell: Shell, tmp_path: Path, kind: str, functions: tuple[str, ...]
) -> None:
    shell("plugin", "new", "pager", "--kind", kind, "--folder", str(tmp_path / "new"))
    [source] = (tmp_path / "new" / "src").glob("*/__init__.py")
    text = source.read_text(encoding="utf-8")
    for function in functions:
        text = re.sub(rf"(    def {function}\(.*?\) -> [^\n]*:\n)", r"\1        raise NotImplementedError\n", text)
    assert text.count("raise NotImplementedError") == len(functions)
    source.write_text(text, encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", str(tmp_path / "new")], capture_output=True, text=True)
    assert done.returncode == 1
    assert "NotImplementedError" in done.stdout


@pytest.mark.parametrize("name", ["Pager", "7up", "duty pager", "../pager", "门禁"])
def test_a_plugin_needs_a_name_that_a_package_can_have(shell: Shell, tmp_path: Path, name: str) -> None:
    assert shell("plugin", "new", name, "--folder", str(tmp_path / "x")).code == 2
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_shipped_templates_can_be_kept_and_pass(shell: Shell, language: str) -> None:
    folder = shell.home / "templates"
    folder.mkdir()
    text = shell("template", "show", language).out
    (folder / f"message.{language}.txt").write_text(text, encoding="utf-8")
    id = shell.json("ticket", "new", "--type", "hardware_fault", "--title", "gate", "--field", "humidity=40%")["id"]
    rows = shell.json("template", "check", id)
    assert [(row["ticket"], row["problem"]) for row in rows] == [("T-000000", ""), (id, "")]
    assert rows[1]["subject"] == f"[{id}] gate"


def test_a_broken_template_is_the_answer_no(shell: Shell) -> None:
    assert shell.json("template", "check") == []
    (shell.home / "templates").mkdir()
    (shell.home / "templates/remind.txt").write_text("{{ site.name }}", encoding="utf-8")
    done = shell("template", "check", "-o", "json")
    assert done.code == 1
    assert (
        done.json[0]["problem"]
        == "templates/remind.txt, line 1: there is nothing that could have `name`: ask before, with `{% if ... %}`"
    )
    assert shell("template", "show", "tlh").code == 3
