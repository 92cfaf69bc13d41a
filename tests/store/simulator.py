"""What a power cut may leave on a disk: every call that changes files is recorded, every state in between replayed.

After ALICE (Pillai and others, OSDI 2014): between two fsyncs of a file its writes may reach the disk in any order, in
part, or as zeros; the names in a folder may, until that folder is synced. Only what was synced is certain. A process
that is killed takes nothing with it: what it wrote is there for the next one, but still not on the disk.
"""

import os
import random
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

_LABEL_FRAMES = 4


class Killed(BaseException):
    """The process dies here."""


class Op(NamedTuple):
    """One change: of the content of a file (`write`, `truncate`), of the names in a folder (`link`, `unlink`), or none
    (`sync`). `place` is the file's number or the folder's path; a sync has the `label` of the code that asked for it;
    `at` is what has been acknowledged before it."""

    kind: str
    place: int | str
    name: str = ""
    offset: int = 0
    data: bytes = b""
    target: int | str = 0
    label: str = ""
    at: int = 0


class Recorder:
    """The changes made under `root` from now on, after the state that it finds, which counts as durable."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ops: list[Op] = []
        self.acknowledged = 0
        self.files: dict[str, int] = {}
        self.first: dict[int, bytes] = {}
        self.folders: set[str] = set()
        self._open: dict[int, int | str] = {}
        self._offsets: dict[int, int] = {}
        self._kill_at: int | None = None
        for path in sorted(root.rglob("*")):
            if path.is_dir():
                self.folders.add(self._name(path))
            elif not path.name.startswith("index.db"):
                self.files[self._name(path)] = len(self.first)
                self.first[len(self.first)] = path.read_bytes()
        self.start = dict(self.files)
        self.start_folders = set(self.folders)
        self._count = len(self.first)

    @contextmanager
    def recording(self, kill_at: int | None = None) -> Iterator[None]:
        """Records; the process dies before its change number `kill_at`."""
        self._kill_at = None if kill_at is None else len(self.ops) + kill_at
        real = {name: getattr(os, name) for name in ("open", "close", "write", "pwrite", "lseek", "fsync", "ftruncate")}
        real |= {name: getattr(os, name) for name in ("rename", "unlink", "mkdir")}
        with pytest.MonkeyPatch.context() as patch:
            for name in real:
                patch.setattr(os, name, self._recorded(getattr(self, f"_on_{name}"), real[name]))
            yield

    def _recorded(self, on: Callable[..., None], real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            if on in (self._on_open, self._on_write, self._on_lseek):
                on(real, *arguments, **named)
                return self._result
            on(*arguments)
            return real(*arguments, **named)

        return call

    def _add(self, kind: str, place: int | str, **members: Any) -> None:
        if self._kill_at is not None and len(self.ops) >= self._kill_at:
            raise Killed
        self.ops.append(Op(kind, place, at=self.acknowledged, **members))

    def _on_open(self, real: Any, path: Any, flags: int, *rest: Any, **named: Any) -> None:
        name = self._name(path)
        if name is None or _base(name).startswith("index.db"):
            self._result = real(path, flags, *rest, **named)
            return
        if flags & os.O_DIRECTORY:
            self._result = real(path, flags, *rest, **named)
            self._open[self._result] = name
            return
        if name not in self.files and flags & os.O_CREAT and Path(path).parent.is_dir():
            self._add("link", _folder(name), name=_base(name), target=self._count)
            self.files[name] = self._count
            self._count += 1
        elif flags & os.O_TRUNC and name in self.files:
            self._add("truncate", self.files[name])
        self._result = real(path, flags, *rest, **named)
        self._open[self._result] = self.files[name]
        self._offsets[self._result] = 0

    def _on_close(self, fd: int) -> None:
        self._open.pop(fd, None)

    def _on_lseek(self, real: Any, fd: int, *rest: Any) -> None:
        self._result = self._offsets[fd] = real(fd, *rest)

    def _on_write(self, real: Any, fd: int, data: Any) -> None:
        place = self._open.get(fd)
        if place is not None:
            self._add("write", place, offset=self._offsets[fd], data=bytes(data))
            self._offsets[fd] += len(data)
        self._result = real(fd, data)

    def _on_pwrite(self, fd: int, data: bytes, offset: int) -> None:
        if fd in self._open:
            self._add("write", self._open[fd], offset=offset, data=bytes(data))

    def _on_ftruncate(self, fd: int, size: int) -> None:
        self._add("truncate", self._open[fd], offset=size)

    def _on_fsync(self, fd: int) -> None:
        self._add("sync", self._open[fd], label=_label())

    def _on_rename(self, old: Any, new: Any) -> None:
        before, after = self._name(old), self._name(new)
        if before is None or _base(before).startswith("index.db"):
            return
        assert _folder(before) == _folder(after), "a rename between folders is not modelled"
        number = self.files[before]
        self._add("rename", _folder(after), name=_base(after), target=number, data=_base(before).encode())
        del self.files[before]
        self.files[after] = number

    def _on_unlink(self, path: Any) -> None:
        name = self._name(path)
        if name in self.files:
            self._add("unlink", _folder(name), name=_base(name))
            del self.files[name]

    def _on_mkdir(self, path: Any, *_: Any) -> None:
        name = self._name(path)
        if name is not None and not Path(path).exists():
            self._add("mkdir", _folder(name), name=_base(name))

    def _name(self, path: Any) -> Any:
        path = Path(path)
        return path.relative_to(self.root).as_posix().removeprefix(".") if path.is_relative_to(self.root) else None


class State(NamedTuple):
    """Files by path and folders that a crash left, and how many commits were acknowledged before it."""

    files: Mapping[str, bytes]
    folders: frozenset[str]
    acknowledged: int
    crash: int


def states(recorder: Recorder, dice: random.Random, each: int, without: str = "") -> Iterator[State]:
    """States after a crash between any two changes, `each` at most for one point, none twice.

    `without` leaves out the syncs of one label: what the disk may hold if the program did not ask for them.
    """
    seen: set[int] = set()
    ops = recorder.ops
    for crash in range(len(ops) + 1):
        synced: dict[int | str, int] = {}
        for index, op in enumerate(ops[:crash]):
            if op.kind == "sync" and op.label != without:
                synced[op.place] = index
        open_ends = [
            index for index, op in enumerate(ops[:crash]) if op.kind != "sync" and index > synced.get(op.place, -1)
        ]
        acknowledged = ops[crash].at if crash < len(ops) else recorder.acknowledged
        for choice in _choices(ops, open_ends, dice, each):
            files, folders = _replay(recorder, crash, set(open_ends), choice)
            key = hash((tuple(sorted(files.items())), folders, acknowledged))
            if key not in seen:
                seen.add(key)
                yield State(files, folders, acknowledged, crash)


def _choices(ops: list[Op], open_ends: list[int], dice: random.Random, each: int) -> Iterator[dict[int, bytes | None]]:
    """Which of the changes that are not certain reached the disk, and what of each write; absent ones did not."""
    whole: dict[int, bytes | None] = dict.fromkeys(open_ends)
    yield {}
    yield whole
    for index in open_ends:
        yield {index: None}
        yield {other: None for other in open_ends if other != index}
    writes = [index for index in open_ends if ops[index].kind == "write"]
    for _ in range(each if open_ends else 0):
        chosen = {index: None for index in open_ends if dice.random() < 0.6} if dice.random() < 0.7 else dict(whole)
        if writes:
            torn = dice.choice(writes)
            chosen[torn] = _torn(ops[torn].data, dice)  # type: ignore[assignment]
        yield chosen  # type: ignore[misc]


def _torn(data: bytes, dice: random.Random) -> bytes:
    """A part of what was written: cut short, or with a hole of zeros where a block never came."""
    first, last = sorted((dice.randrange(len(data) + 1), dice.randrange(len(data) + 1)))
    if dice.random() < 0.5:
        return data[:last]
    return data[:first] + bytes(last - first) + data[last:]


def _replay(
    recorder: Recorder, crash: int, uncertain: set[int], chosen: Mapping[int, bytes | None]
) -> tuple[dict[str, bytes], frozenset[str]]:
    content = {number: bytearray(data) for number, data in recorder.first.items()}
    names = dict(recorder.start)
    folders = set(recorder.start_folders)
    for index, op in enumerate(recorder.ops[:crash]):
        if index in uncertain and index not in chosen:
            continue
        path = f"{op.place}/{op.name}" if op.place else op.name
        match op.kind:
            case "write":
                data = chosen.get(index) if index in uncertain else None
                part = op.data if data is None else data
                file = content.setdefault(int(op.place), bytearray())
                file.extend(bytes(max(0, op.offset + len(part) - len(file))))
                file[op.offset : op.offset + len(part)] = part
            case "truncate":
                file = content.setdefault(int(op.place), bytearray())
                file[op.offset :] = bytes(max(0, op.offset - len(file)))
            case "link":
                names[path] = int(op.target)
            case "rename":
                names[path] = int(op.target)
                old = f"{op.place}/{op.data.decode()}" if op.place else op.data.decode()
                if names.get(old) == op.target:
                    del names[old]
            case "unlink":
                names.pop(path, None)
            case "mkdir":
                folders.add(path)
    there = {folder for folder in folders if all(parent in folders for parent in _parents(folder))}
    files = {path: bytes(content.get(number, b"")) for path, number in names.items() if {*_parents(path)} <= there}
    return files, frozenset(there)


def put(root: Path, state: State) -> None:
    """Make the folder `root`, empty or absent before, hold a state."""
    root.mkdir(exist_ok=True)
    for folder in sorted(state.folders):
        (root / folder).mkdir()
    for path, data in state.files.items():
        with (root / path).open("wb") as file:
            file.write(data)


def _label() -> str:
    """The functions of the store that asked for a sync, from the outermost."""
    frame: Any = sys._getframe(2)
    names: list[str] = []
    while frame is not None and len(names) < _LABEL_FRAMES:
        if "/svcctl/store/" in frame.f_code.co_filename and frame.f_code.co_name not in ("sync", "make_folder"):
            names.append(frame.f_code.co_qualname)
        frame = frame.f_back
    return " > ".join(reversed(names))


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _base(name: str) -> str:
    return name.rpartition("/")[2]


def _parents(name: str) -> Iterator[str]:
    while "/" in name:
        name = name.rpartition("/")[0]
        yield name
