"""The public door: what it has, what it costs, and the page for authors."""

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import svcctl.plugin_api
from svcctl.extension.config import read_config

ROOT = Path(__file__).parents[2]


def test_every_name_is_there() -> None:
    for name in svcctl.plugin_api.__all__:
        assert getattr(svcctl.plugin_api, name) is not None
    with pytest.raises(AttributeError, match="has no `Telepathy`"):
        svcctl.plugin_api.Telepathy  # noqa: B018


def test_its_signatures_are_as_reviewed(golden: Callable[[str, str], None]) -> None:
    """A change of this file is a change for everyone who wrote a plug: additions only, but with a major version."""
    golden("plugin_api.txt", re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", "".join(_lines())))


def _lines() -> Iterator[str]:
    for name in sorted(svcctl.plugin_api.__all__):
        thing = getattr(svcctl.plugin_api, name)
        if not isinstance(thing, type):
            yield (
                f"{name}{inspect.signature(thing)}\n"
                if callable(thing) and inspect.isroutine(inspect.unwrap(thing))
                else f"{name} = {_shown(thing)}\n"
            )
            continue
        yield f"class {name}({', '.join(base.__name__ for base in thing.__bases__)})\n"
        if not thing.__module__.startswith("svcctl."):
            continue
        for field, annotation in inspect.get_annotations(thing).items():
            if not field.startswith("_"):
                default = f" = {_shown(vars(thing)[field])}" if field in vars(thing) else ""
                yield f"    {field}: {_annotated(annotation)}{default}\n"
        for method, function in sorted(vars(thing).items()):
            if method.startswith("_") and method != "__init__":
                continue
            if isinstance(function, property):
                yield f"    {method}{inspect.signature(function.fget)} property\n"  # type: ignore[arg-type]
            elif isinstance(function, classmethod | staticmethod) or inspect.isfunction(function):
                yield f"    {method}{inspect.signature(getattr(thing, method))}\n"


def _annotated(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _shown(value: object) -> str:
    return f"{{{', '.join(map(repr, sorted(value)))}}}" if isinstance(value, frozenset) else repr(value)


def test_importing_the_contracts_and_the_registry_brings_in_nothing_heavy() -> None:
    program = (
        "import sys, svcctl.plugin_api, svcctl.extension.registry;"
        "print(*sorted({'pydantic', 'lark', 'tinydb', 'click', 'importlib.metadata', 'urllib3'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == ""


def test_the_notifier_on_the_page_for_authors_works() -> None:
    page = (ROOT / "plugins" / "README.md").read_text(encoding="utf-8")
    [code] = re.findall(r"```python\n(from urllib.*?)```", page, re.DOTALL)
    names: dict[str, type[svcctl.plugin_api.Notifier]] = {}
    exec(compile(code, "plugins/README.md", "exec"), names)
    kind = names["PagerNotifier"]
    values = {"url": "http://127.0.0.1:9/", "token": "env:T"}
    notifier = kind(read_config(kind.Config, values, place="channels.x", home=ROOT, environment={"T": "hunter2"}))
    person = svcctl.plugin_api.Person("engineer", "wu", {"pager": "42"})
    at = svcctl.plugin_api.parse_instant("2026-11-02T01:00:00Z")
    message = svcctl.plugin_api.Message("T-000001", "notify", person, "duty", "black screen", "", at)
    rendered = notifier.render(message)
    assert (rendered.to, rendered.body) == ("42", "T-000001 black screen")
    assert notifier.deliver(svcctl.plugin_api.Delivery(rendered, "k1")).outcome == "retry"
