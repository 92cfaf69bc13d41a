"""The file of pushes: one JSON line for each, appended once for each key, whoever is killed in between."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any, BinaryIO

from svcctl.plugin_api import PushRequest, PushResult, Refusal


def append(path: Path, request: PushRequest) -> PushResult:
    """Append the push, synced to the disk, unless its key is there. Raises Refusal `bad-input` for a broken file."""
    line = {"key": request.key, "kind": request.kind, "ticket": request.ticket, "record": dict(request.record)}
    data = json.dumps(line, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace") + b"\n"
    try:
        with path.open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            number, end, earlier = _find(file, path.name, request.key)
            if earlier is not None:
                return _repeated(earlier, json.loads(data), f"{path.name}:{number}")
            # What follows the last line break was cut off by a crash, and never acknowledged.
            file.truncate(end)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failed:
        return PushResult("retry", f"`{path}` cannot be written: {failed.strerror}", "write-failed")
    return PushResult("done", f"appended to {path.name}", remote_id=f"{path.name}:{number}")


def _find(file: BinaryIO, name: str, key: str) -> tuple[int, int, Any]:
    """The number of the line of a key and its content; for a new key the number of the next line. `end` is where
    whole lines end."""
    file.seek(0)
    number = end = 0
    for raw in file:
        if not raw.endswith(b"\n"):
            break
        number, end = number + 1, end + len(raw)
        try:
            line = json.loads(raw)
            if line["key"] == key:
                return number, end, line
        except (ValueError, KeyError, TypeError):
            raise Refusal("bad-input", f"{name}:{number}: this is no push", help="mend or move the file") from None
    return number + 1, end, None


def _repeated(earlier: Any, line: Any, place: str) -> PushResult:
    if earlier != line:
        return PushResult("rejected", f"the key was used for another push, at {place}", "key-reused")
    return PushResult("repeated", f"is at {place} already", remote_id=place)
