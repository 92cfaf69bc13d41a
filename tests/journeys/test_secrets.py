"""No secret is ever seen: every plug that is installed is given marked ones and fails in many ways, and what svcctl
printed, stored and sent is searched for them. The servers do their worst: they say back all that they were told."""

import io
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from svcctl.cli import boundary
from svcctl.extension.contract import scrubbed
from svcctl.extension.documentation import config_keys
from svcctl.extension.registry import PluginEntry, Registry, installed
from svcctl.testing.receiver import Receiver, answer

NOW = "2026-11-23T09:00:00+08:00"
ENTRIES = [entry for entry in installed() if not entry.problem and entry.distribution.startswith("svcctl-")]
#: What plugs need besides secrets, and forms of secrets that they insist on; {url} is the server, {mark} the secret.
NEEDS: Mapping[str, Mapping[str, Any]] = {
    "email": {"host": "127.0.0.1", "sender": "a@example.org", "user": "svc", "port": "{port}", "timeout_seconds": 0.5},
    "exec": {"command": [sys.executable, "{script}"]},
    "files": {"folder": "erp"},
    "tryton": {"database": "demo", "user": "svc"},
    "kingdee": {"account": "a", "user": "u"},
    "erpnext": {"company": "c"},
    "odoo": {"database": "demo"},
    "yonyou": {"organization": "o"},
}
FORMS: Mapping[tuple[str, str], str] = {
    ("apprise", "url"): "json://127.0.0.1:{port}/{mark}?-token={mark}",
    ("postgres", "url"): "postgresql://svc:{mark}@127.0.0.1:9/nothing?connect_timeout=1",
    ("kingdee", "app_id"): "2{mark}_bGl0dGxlIHNlY3JldA==",
}
#: Secrets of which one excludes the other.
EXCLUDED = {"tryton": ("key",)}
#: Plugs that ask the server of these tests something when they are used.
TALKS = {"webhook", "dingtalk", "wecom", "feishu", "apprise", "tryton", "odoo", "erpnext", "kingdee", "yonyou"}
#: Says all that it was told, and fails.
PROGRAM = """
import json, os, sys
told = sys.stdin.read() + " ".join(f"{name}={value}" for name, value in os.environ.items())
print(json.dumps({"outcome": sys.argv[1] if len(sys.argv) > 1 else "rejected", "text": told, "code": told}))
print(told, file=sys.stderr)
sys.exit(3)
"""


def parrot(status: int, receiver: Receiver) -> Any:
    """Answers with everything that the request said, in body, headers and the place that it sends to."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        path, headers, body = receiver.got[-1]
        told = " ".join([path, *map(str, headers.values()), body.decode("utf-8", "replace")])
        said = {"errcode": 40001, "code": 40001, "message": told, "error": told, "errmsg": told, "msg": told}
        place = {"Location": f"https://example.org{path}"} if status in (302, 307) else {}
        answer(status, json.dumps(said).encode(), {**place, "X-Told": "".join(c for c in told if c.isascii())[:900]})(
            handler
        )

    return give


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    """Says nothing."""


def garbage(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        handler.wfile.write(b"\x00\xff garbage " + handler.path.encode() + b"\r\n\r\n")


class Marked:
    """A workspace in which one plug is configured with secrets, all of which have a mark."""

    def __init__(self, entry: PluginEntry, home: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        self.entry, self.home, self.receiver = entry, home, receiver
        self.marks: list[str] = []
        self.printed = ""
        port = receiver.url.split(":")[2].split("/")[0]
        words = {"url": f"http://127.0.0.1:{port}", "port": port, "script": str(home / "program.py")}
        (home / "program.py").write_text(PROGRAM)
        keys = config_keys(Registry(home, {}).load(entry))
        table: dict[str, Any] = {}
        for key in keys:
            if key.id in EXCLUDED.get(entry.name, ()):
                continue
            if "secret reference" in key.takes:
                mark = f"zq{entry.name}{key.id.replace('_', '')}Marked7Secret"
                self.marks.append(mark)
                form = FORMS.get((entry.name, key.id)) or (
                    "http://127.0.0.1:{port}/hook/{mark}?access_token={mark}" if key.id == "url" else "{mark}"
                )
                name = f"SECRET_{key.id.upper()}"
                monkeypatch.setenv(name, form.format(mark=mark, **words))
                table[key.id] = {"X-Marked": f"env:{name}"} if key.takes.startswith("table") else f"env:{name}"
            elif key.needed:
                table[key.id] = words["url"] if key.id == "url" else "x"
            elif key.id == "timeout_seconds":
                table[key.id] = 0.5
        for key_id, value in NEEDS.get(entry.name, {}).items():
            told = [part.format(**words) for part in value] if isinstance(value, list) else value
            table[key_id] = int(port) if value == "{port}" else told
        self.table = table
        place = {"notifier": "channels.marked", "erp": "erp.marked", "store": "store"}[entry.kind]
        lines = [f"[{place}]", f'plugin = "{entry.name}"', *(f"{key} = {_toml(value)}" for key, value in table.items())]
        self.lines = "\n".join(lines)

    def run(self, *words: str) -> int:
        """A command, also with --debug; what it prints is kept."""
        out, err = io.StringIO(), io.StringIO()
        kept = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = out, err
        try:
            return boundary.run(["--home", str(self.home), "--actor", "li", *words])
        finally:
            sys.stdout, sys.stderr = kept
            self.printed += out.getvalue() + err.getvalue()

    def stored(self) -> Iterator[tuple[str, str]]:
        for path in sorted(self.home.rglob("*")):
            if path.is_file() and path.name != "program.py":
                yield path.relative_to(self.home).as_posix(), path.read_bytes().decode("utf-8", "replace")


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}" = {_toml(item)}' for key, item in value.items()) + "}"
    return json.dumps(value)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def marked(
    request: pytest.FixtureRequest, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> Marked:
    home = tmp_path / "home"
    assert boundary.run(["init", str(home)]) == 0
    for rules in (home / "rules").rglob("*.rules"):
        rules.unlink()
    (home / "erp").mkdir()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    marked = Marked(request.param, home, receiver, monkeypatch)
    settings = (home / "svcctl.toml").read_text(encoding="utf-8").replace('calendar = "service-hours"\n', "")
    if marked.entry.kind == "notifier":
        settings = settings.replace('channel = "console"', 'channel = "marked"')
    (home / "svcctl.toml").write_text(f"{settings}\n{marked.lines}\n", encoding="utf-8")
    return marked


def test_every_plug_in_this_tree_is_put_to_the_test() -> None:
    plugs = {path.name for path in (Path(__file__).parents[2] / "plugins").iterdir() if path.is_dir()}
    missing = plugs - {entry.distribution for entry in ENTRIES}
    if missing:
        pytest.skip(f"not installed: {', '.join(sorted(missing))}")


@pytest.mark.parametrize("marked", ENTRIES, indirect=True, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_no_secret_is_printed_stored_or_sent(marked: Marked) -> None:
    receiver = marked.receiver
    moods = [parrot(status, receiver) for status in (200, 302, 400, 401, 429, 500)] + [hang_up, garbage]
    if marked.entry.kind == "store":
        moods = moods[:1]
    team = ("team", "set", "triage", "address=email=a@example.org; phone=13800138000; exec=x")
    marked.run(*team, "--now", NOW)
    for number, mood in enumerate(moods):
        receiver.answer = mood
        now = f"2026-11-{23 + number // 12}T{2 * (number % 12):02}:00:00+08:00"
        _use(marked, "--now", now, *(["--debug"] if number % 2 else []))
    receiver.close()
    _use(marked, "--now", "2026-11-29T09:00:00+08:00", "--debug")
    _show(marked, "--now", "2026-11-29T09:00:00+08:00")
    seen = [f"printed: {_around(marked.printed, mark)}" for mark in marked.marks if mark in marked.printed]
    seen += [
        f"{name}: {_around(text, mark)}" for name, text in marked.stored() for mark in marked.marks if mark in text
    ]
    if marked.entry.kind == "notifier":
        bodies = [body.decode("utf-8", "replace") for _, _, body in receiver.got]
        seen += [f"sent: {body}" for body in bodies for mark in marked.marks if mark in body]
    assert seen == []
    assert '"receipt": {' in marked.printed or marked.entry.kind == "store"
    assert marked.receiver.got or marked.entry.name not in TALKS
    assert "env:SECRET_" in marked.printed or not marked.marks
    assert "this is a bug" not in marked.printed


def _use(marked: Marked, *common: str) -> None:
    """Everything that touches the plug, and everything that shows what became of it."""
    kind = marked.entry.kind
    ticket = ("ticket", "new", "--title", "black", "--no-dispatch", "-o", "ids", "--asset", "007", "--customer", "C-1")
    marked.run(*ticket, *common)
    if kind == "notifier":
        marked.run("ticket", "assign", "T-000001", "--team", "triage", *common)
    if kind == "erp":
        for asked in (("lookup", "asset", "007"), ("lookup", "stock", "P-1", "-o", "json"), ("pull",)):
            marked.run("erp", *asked, *common)
    for words in (
        ("outbox", "deliver", "-o", "json"),
        ("plugin", "check", marked.entry.name),
        ("outbox", "list", "-o", "json"),
        ("erp", "status"),
        ("ticket", "history", "T-000001", "-o", "json"),
    ):
        marked.run(*words, *common)


def _show(marked: Marked, *common: str) -> None:
    shown = (
        ("config", "show"),
        ("plugin", "list"),
        ("plugin", "docs", marked.entry.name),
        ("ticket", "show", "T-000001"),
    )
    for words in shown:
        marked.run(*words, *common)


def _around(text: str, mark: str) -> str:
    at = text.index(mark)
    return text[max(0, at - 200) : at + 100]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_a_secret_in_plain_text_is_refused_and_not_shown(
    entry: PluginEntry, tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody wrote where a reference belongs is a secret all the same."""
    home = tmp_path / "home"
    assert boundary.run(["init", str(home)]) == 0
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))
    marked = Marked(entry, home, receiver, monkeypatch)
    lines, secrets = marked.lines, []
    for key in config_keys(Registry(home, {}).load(entry)):
        name = f"SECRET_{key.id.upper()}"
        if key.takes == "secret reference" and f"env:{name}" in lines:
            lines = lines.replace(f"env:{name}", os.environ[name])
            secrets += [mark for mark in marked.marks if mark in os.environ[name]]
    if entry.kind == "store":
        pytest.skip("a store that cannot be opened shows no settings")
    with (home / "svcctl.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{lines}\n")
    for words in (
        ("config", "show"),
        ("config", "show", "-o", "json"),
        ("plugin", "check", "marked"),
        ("plugin", "list"),
    ):
        marked.run(*words, "--debug", "--now", NOW)
    assert [mark for mark in secrets if mark in marked.printed] == []
    assert "***" in marked.printed or not secrets


def test_of_an_address_its_parts_are_secret_too() -> None:
    class Config:
        model_fields: Mapping[str, Any] = {}

        def __init__(self) -> None:
            self.url = Secret(
                "https://svc:p4ssw0rd@example.org/hook/t0ken-in-the-path?access_token=t0ken&key=a%2Fb%2Bcdefg"
            )

    class Secret:
        def __init__(self, text: str) -> None:
            self._text = text

        def get_secret_value(self) -> str:
            return self._text

    told = "no answer from example.org/hook/t0ken-in-the-path with t0ken, p4ssw0rd and a/b+cdefg"
    assert scrubbed(told, Config()) == "no answer from example.org*** with ***, *** and ***"
