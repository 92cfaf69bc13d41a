"""Programs that answer well, badly, slowly or not at all."""

import json
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from svcctl_notifier_exec import ExecNotifier

from svcctl.extension.config import read_config
from svcctl.extension.registry import Registry
from svcctl.plugin_api import Notifier, Person, Receipt, Refusal
from svcctl.testing.messages import PLAIN
from svcctl.testing.notifier import NotifierContract, deliver

MESSAGE = PLAIN.replace(to=Person("engineer", "wu", {"pager": "42"}), channel="duty")
FINE = """cat > asked.json; echo '{"outcome": "delivered", "remote_id": 42}'"""


def program(folder: Path, script: str, /, **config: Any) -> ExecNotifier:
    """A notifier whose program is a shell script in the workspace `folder`."""
    path = folder / "bin" / "send"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)
    values = {"command": ["bin/send"], "folder": ".", "deadline_seconds": 60, **config}
    kind = ExecNotifier.Config
    return ExecNotifier(read_config(kind, values, place="channels.duty", home=folder, environment={"TOKEN": "hunter2"}))


class TestContract(NotifierContract):
    @pytest.fixture
    def notifier(self, tmp_path: Path) -> Notifier:
        return program(tmp_path, FINE)


def test_a_program_is_given_the_message_and_gives_the_receipt(tmp_path: Path) -> None:
    receipt = deliver(program(tmp_path, FINE), MESSAGE)
    assert receipt == Receipt.delivered("42")
    asked = json.loads((tmp_path / "asked.json").read_text(encoding="utf-8"))
    assert asked == {
        "contract": "svcctl.exec.v1",
        "do": "deliver",
        "key": PLAIN.key,
        "attempt": 1,
        "message": {
            "id": "M-000042",
            "ticket": "T-000042",
            "kind": "notify",
            "to": {"kind": "engineer", "id": "wu", "address": {"pager": "42"}},
            "channel": "duty",
            "subject": "[T-000042] 门禁黑屏",
            "text": "the screen is black\nafter rain",
            "urgent": False,
            "rule": None,
            "created_at": "2026-11-02T01:00:00Z",
        },
    }


@pytest.mark.parametrize(
    ("script", "outcome", "code"),
    [
        ('echo \'{"outcome": "retry", "after": 60}\'', "retry", None),
        ('echo \'{"outcome": "rejected", "code": 7, "text": "no"}\'', "rejected", "7"),
        ('echo \'{"outcome": "unknown"}\'', "unknown", None),
        ('echo \'{"outcome": "sent"}\'', "unknown", "bad-answer"),
        ('echo \'{"outcome": "retry", "after": "soon"}\'', "unknown", "bad-answer"),
        ("echo fine", "unknown", "bad-answer"),
        ("echo '[]'", "unknown", "bad-answer"),
        ("true", "unknown", "bad-answer"),
        ("exit 75", "retry", "75"),
        ("echo broken >&2; exit 1", "unknown", "1"),
        ('echo \'{"outcome": "delivered"}\'; exit 1', "unknown", "1"),
        ("yes", "unknown", "killed"),
    ],
)
def test_what_it_answers_decides(tmp_path: Path, script: str, outcome: str, code: str | None) -> None:
    receipt = deliver(program(tmp_path, script), MESSAGE)
    assert (receipt.outcome, receipt.code) == (outcome, code)


def test_a_program_need_not_read(tmp_path: Path) -> None:
    long = MESSAGE.replace(text="x" * 1_000_000)
    assert deliver(program(tmp_path, """exec <&-; echo '{"outcome": "delivered"}'"""), long).outcome == "delivered"


def test_a_long_message_arrives_whole(tmp_path: Path) -> None:
    script = """test $(wc -c) -gt 1000000 && echo '{"outcome": "delivered"}'"""
    assert deliver(program(tmp_path, script), MESSAGE.replace(text="x" * 1_000_000)).outcome == "delivered"


@pytest.mark.parametrize(
    "script",
    [
        "sleep 600 & echo $! > pid; echo ready >&2; wait",
        "sleep 600 >&- 2>&- & echo $! > pid; exec >&- 2>&-; wait",
    ],
)
def test_the_deadline_ends_the_program_and_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    asked = count()

    def monotonic() -> float:
        """Time is up once the program has started another, and not before it is first asked for."""
        pid = tmp_path / "pid"
        return 601.0 if next(asked) and pid.exists() and pid.read_text(encoding="utf-8").endswith("\n") else 0.0

    monkeypatch.setattr("svcctl_notifier_exec.process.time", SimpleNamespace(monotonic=monotonic))
    receipt = deliver(program(tmp_path, script, deadline_seconds=600), MESSAGE)
    assert (receipt.outcome, receipt.code) == ("unknown", "killed")
    assert _is_gone(int((tmp_path / "pid").read_text(encoding="utf-8")))


def test_what_outlives_the_program_is_ended(tmp_path: Path) -> None:
    script = """sleep 600 >&- 2>&- & echo $! > pid; echo '{"outcome": "delivered"}'"""
    assert deliver(program(tmp_path, script), MESSAGE).outcome == "delivered"
    assert _is_gone(int((tmp_path / "pid").read_text(encoding="utf-8")))


def _is_gone(pid: int) -> bool:
    """Whether a process has ended or is about to; one that nobody has waited for yet has ended, too."""
    with suppress(ProcessLookupError, FileNotFoundError):
        for _ in range(6000):
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat")
            if state.exists() and state.read_text(encoding="utf-8").split()[2] == "Z":
                return True
            time.sleep(0.01)
        return False
    return True


def test_a_program_sees_its_own_secrets_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_CHANNEL", "s3cret")
    script = """env > seen; echo "token $TOKEN" >&2; exit 1"""
    notifier = program(tmp_path, script, env={"TOKEN": "env:TOKEN", "PLAIN": "yes"})
    receipt = deliver(notifier, MESSAGE)
    seen = (tmp_path / "seen").read_text(encoding="utf-8")
    assert "TOKEN=hunter2" in seen
    assert "PLAIN=yes" in seen
    assert "s3cret" not in seen
    assert "hunter2" not in notifier.scrub(receipt.text) + repr(notifier.config)


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    notifier = program(tmp_path, FINE, command=["bin/nothing"])
    assert deliver(notifier, MESSAGE).code == "not-started"
    assert not notifier.check().ok
    assert deliver(program(tmp_path, FINE, folder="nowhere"), MESSAGE).code == "not-started"
    notifier = program(tmp_path, FINE)
    (tmp_path / "bin" / "send").write_bytes(b"\x7fELF nonsense")
    assert "cannot be started" in deliver(notifier, MESSAGE).text


@pytest.mark.parametrize(
    ("script", "ok"),
    [
        ("""grep -q '"do": "check"' && echo '{"ok": true, "text": "fine"}'""", True),
        ("""echo '{"ok": false, "text": "no line"}'""", False),
        ("echo", False),
        ("exit 3", False),
    ],
)
def test_a_program_can_be_asked_whether_it_works(tmp_path: Path, script: str, ok: bool) -> None:
    assert program(tmp_path, script, answers_check=True).check().ok == ok
    assert program(tmp_path, script).check().text == "`bin/send` can be started"


@pytest.mark.parametrize("wrong", [{"command": []}, {"deadline_seconds": 0}, {"comand": ["x"]}])
def test_a_wrong_configuration_is_refused(tmp_path: Path, wrong: Mapping[str, Any]) -> None:
    with pytest.raises(Refusal) as refused:
        program(tmp_path, FINE, **wrong)
    assert refused.value.code == "bad-configuration"


def test_it_comes_in_by_its_entry_point(tmp_path: Path) -> None:
    program(tmp_path, FINE)
    notifier = Registry(tmp_path, {}).notifier("exec", {"command": ["./bin/send"]}, "channels.duty")
    assert deliver(notifier, MESSAGE).outcome == "delivered"
    assert (tmp_path / "asked.json").exists()
