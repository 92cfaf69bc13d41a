"""Every verb that reads gives every format, and each format can be read back."""

import csv
import io
import json
from typing import Any

import pytest

Shell = Any
READS = (
    ("ticket", "list"),
    ("ticket", "show", "T-000001"),
    ("ticket", "history", "T-000001"),
    ("ticket", "export"),
    ("acceptance", "show", "T-000001"),
    ("rules", "check"),
    ("rules", "test"),
    ("rules", "list"),
    ("rules", "explain", "T-000001"),
    ("engineer", "list"),
    ("engineer", "show", "li"),
    ("engineer", "history", "li"),
    ("team", "list"),
    ("customer", "list"),
    ("site", "list"),
    ("asset", "list"),
    ("report",),
    ("outbox", "list"),
    ("plugin", "list"),
    ("config", "show"),
    ("help", "errors"),
)
NEW = (
    "ticket",
    "new",
    "--type",
    "hardware_fault",
    "--title",
    "门禁,黑屏",
    "--description",
    "black",
    "--field",
    "humidity=83",
)


@pytest.fixture
def worked(shell: Shell) -> Shell:
    assert shell(*NEW).code == 0
    return shell


def test_every_format_of_every_read_can_be_read_back(worked: Shell) -> None:
    for words in READS:
        whole = worked.json(*words)
        items = [whole] if isinstance(whole, dict) else whole
        lines = [json.loads(line) for line in worked(*words, "-o", "jsonl").out.splitlines()]
        assert lines == items, words
        for format, mark in (("csv", ","), ("tsv", "\t")):
            rows = list(csv.reader(io.StringIO(worked(*words, "-o", format).out), delimiter=mark))
            assert {len(row) for row in rows} == {len(rows[0])}, words
            assert len(rows) == len(items) + 1, words
        ids = worked(*words, "-o", "ids").out.splitlines()
        assert ids == [str(item["id"]) for item in items if "id" in item], words
        assert worked(*words).out[-1:] in ("", "\n"), words


def test_the_format_does_not_depend_on_colour(worked: Shell) -> None:
    assert worked("ticket", "list", "-o", "json", "--color", "always").out == worked("ticket", "list", "-o", "json").out
    assert "\x1b[1m" in worked("ticket", "list", "--color", "always").out
    assert "\x1b" not in worked("ticket", "list").out


def test_colour_follows_the_environment(worked: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[1m" in worked("ticket", "list").out
    assert "\x1b[1;31merror" in worked("ticket", "show", "T-9").err
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in worked("ticket", "list").out
