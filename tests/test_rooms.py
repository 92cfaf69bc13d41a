"""The house as it was planned: rooms in order, one way for each library in, expected errors in one table."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import svcctl
from svcctl.foundation.errors import ERRORS

ROOT = Path(svcctl.__file__).parent
ORDER = (
    "foundation",
    "clock",
    "ticket",
    "language",
    "facts",
    "decision",
    "actions",
    "store",
    "extension",
    "desk",
    "report",
    "api",
    "plugin_api",
    "testing",
    "editor",
    "cli",
)
PURE = ORDER[: ORDER.index("store")]
#: Libraries, and the rooms that may import them.
LIBRARIES = {
    "click": {"cli"},
    "jinja2": {"desk"},
    "lark": {"language"},
    "lsprotocol": {"editor"},
    "pygls": {"editor"},
    "pygments": {"editor"},
    "tinydb": {"store"},
    "tabulate": {"report"},
    "pydantic": {"desk", "extension", "plugin_api", "testing"},
}
OUTSIDE = {"io", "os", "pathlib", "shutil", "socket", "subprocess", "tempfile", "time", "urllib"}
#: Data that is part of the program: the folder of the shipped files, the grammar in it, the zones of holidays.
READS_PACKAGE = {"clock/statutory.py", "foundation/shipped.py", "language/grammar.py"}
MODULES = sorted(ROOT.rglob("*.py"))
LONGEST = 300


def place(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room(path: Path) -> str:
    return place(path).split("/")[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """The dotted name of every module that a module imports, within functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{place(path)} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


INSIDE = [path for path in MODULES if room(path) not in ("__init__", "__main__", "shipped")]


@pytest.mark.parametrize("path", INSIDE, ids=place)
def test_a_room_imports_only_rooms_before_it(path: Path) -> None:
    here = ORDER.index(room(path))
    for name in imports(path):
        if name.startswith("svcctl."):
            other = name.split(".")[1]
            if other != "__version__":
                assert ORDER.index(other) <= here, f"{place(path)} imports {name}"


@pytest.mark.parametrize("path", INSIDE, ids=place)
def test_each_library_has_one_way_in(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        assert room(path) in LIBRARIES.get(library, {room(path)}), f"{place(path)} imports {library}"


@pytest.mark.parametrize("path", [path for path in INSIDE if room(path) in PURE], ids=place)
def test_pure_rooms_touch_nothing_outside(path: Path) -> None:
    touched = {name.split(".")[0] for name in imports(path)} & OUTSIDE
    assert not touched or place(path) in READS_PACKAGE
    calls = [
        ast.unparse(node.func) for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)
    ]
    assert not {"open", "datetime.now", "datetime.utcnow", "date.today", "input", "print"} & set(calls)


def codes_used() -> Iterator[tuple[str, str]]:
    """Each code that a `Refusal` is made with, or that is compared or handed on as one, and its module."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Refusal" and node.args:
                for part in ast.walk(node.args[0]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str):
                        yield part.value, place(path)


def test_every_refusal_has_a_code_of_the_table() -> None:
    strange = {(code, where) for code, where in codes_used() if code not in ERRORS}
    assert not strange


def test_every_code_of_the_table_is_used() -> None:
    written = {
        node.value
        for path in MODULES
        if place(path) != "foundation/errors.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    in_text = " ".join(written)
    unused = {code for code in ERRORS if code not in written and f"[{code}]" not in in_text}
    assert not unused


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_no_module_is_longer_than_a_room_can_bear(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_a_package_imports_nothing() -> None:
    for path in ROOT.rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        if place(path) not in ("__init__.py", "cli/__init__.py"):
            assert len(body) == 1, f"{place(path)} holds more than its docstring"
