"""Pushes are lines of a file, each key once, whatever happens."""

import json
import multiprocessing
import os
from pathlib import Path
from typing import Any

import pytest
from files_connect import ALL, connector
from svcctl_erp_files.pushes import append

from svcctl.plugin_api import PushRequest, Refusal


def push(key: str = "k1", **record: Any) -> PushRequest:
    return PushRequest("part_used", key, "T-000001", {"part": "P-1", **record})


def test_a_push_is_a_line_and_its_repeat_is_none(folder: Path) -> None:
    erp = connector(folder)
    results = [erp.push(push("k1")), erp.push(push("k2", note="换屏")), erp.push(push("k1"))]
    assert [result.outcome for result in results] == ["done", "done", "repeated"]
    assert [result.remote_id for result in results] == ["pushed.jsonl:1", "pushed.jsonl:2", "pushed.jsonl:1"]
    lines = (folder / "pushed.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"key": "k1", "kind": "part_used", "ticket": "T-000001", "record": {"part": "P-1"}},
        {"key": "k2", "kind": "part_used", "ticket": "T-000001", "record": {"part": "P-1", "note": "换屏"}},
    ]


def test_a_key_with_another_push_is_rejected(folder: Path) -> None:
    erp = connector(folder)
    erp.push(push())
    assert erp.push(push(quantity="2")).code == "key-reused"


def test_a_line_cut_off_by_a_crash_is_written_anew(folder: Path) -> None:
    erp = connector(folder)
    erp.push(push("k1"))
    path = folder / "pushed.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + whole.replace(b"k1", b"k2")[:20])
    assert erp.push(push("k2")).outcome == "done"
    assert path.read_bytes() == whole + whole.replace(b"k1", b"k2")


def test_a_file_of_pushes_that_is_something_else_is_left_alone(folder: Path) -> None:
    erp = connector(folder, {**ALL, "pushed.jsonl": "my notes\n"})
    with pytest.raises(Refusal, match=r"pushed\.jsonl:1: this is no push"):
        erp.push(push())
    assert (folder / "pushed.jsonl").read_text() == "my notes\n"


def test_a_folder_that_is_not_there_is_tried_again(folder: Path) -> None:
    erp = connector(folder, {})
    folder.rmdir()
    assert (erp.push(push()).outcome, erp.push(push()).code) == ("retry", "write-failed")
    assert not erp.check().ok


def _push_all(path: str) -> None:
    for number in range(20):
        append(Path(path), push(f"k{number}"))


def test_several_processes_push_each_key_once(folder: Path) -> None:
    folder.mkdir()
    path = folder / "pushed.jsonl"
    workers = [multiprocessing.get_context("fork").Process(target=_push_all, args=(os.fspath(path),)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    keys = [json.loads(line)["key"] for line in path.read_text().splitlines()]
    assert sorted(keys) == sorted(f"k{number}" for number in range(20))
