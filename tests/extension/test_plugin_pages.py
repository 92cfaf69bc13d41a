"""The page of each plug tells every key of its configuration and no other; its example has those that are needed."""

import re
import tomllib
from pathlib import Path

import pytest

from svcctl.extension.documentation import config_keys
from svcctl.extension.registry import PluginEntry, Registry, installed

PLUGS = Path(__file__).parents[2] / "plugins"
OURS = [entry for entry in installed() if (PLUGS / entry.distribution).is_dir()]
_TABLE = re.compile(r"\| key \| meaning \| default \|\n\|[-|]+\|\n((?:\|.*\n)+)")
_EXAMPLE = re.compile(r"```toml\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_a_page_tells_the_keys_of_its_plug(entry: PluginEntry) -> None:
    page = (PLUGS / entry.distribution / "README.md").read_text(encoding="utf-8")
    keys = {key.id: key for key in config_keys(Registry(Path(), {}).load(entry))}
    [rows] = _TABLE.findall(page)
    assert {key for row in rows.splitlines() for key in re.findall(r"`(\w+)`", row.split("|")[1])} == set(keys)
    [(kind, tables), *_] = tomllib.loads(_EXAMPLE.findall(page)[0]).items()
    example = tables if kind == "store" else next(iter(tables.values()))
    assert example["plugin"] == entry.name
    assert {key.id for key in keys.values() if key.needed} <= example.keys()
    assert example.keys() <= {*keys, "plugin"}
