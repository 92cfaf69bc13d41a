"""Configurations: unknown keys are refused, secrets come by reference and are never shown."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from svcctl.extension.config import PluginConfig, read_config
from svcctl.extension.contract import scrubbed
from svcctl.foundation.errors import Refusal
from svcctl.plugin_api import SecretStr

SECRET = "hunter2 & co"


class Inner(PluginConfig):
    password: SecretStr | None = None


class Config(PluginConfig):
    url: str | SecretStr = "https://example.org"
    token: SecretStr | None = None
    tokens: tuple[SecretStr, ...] = ()
    headers: dict[str, str | SecretStr] = {}  # noqa: RUF012 - pydantic copies it
    inner: Inner = Inner()
    folder: Path | None = None
    count: int = 1
    either: bool | int = 0


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(SECRET + "\n")
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    return tmp_path


def read(home: Path, **values: Any) -> Config:
    return read_config(Config, values, place="channels.ops", home=home, environment={"TOKEN": SECRET, "EMPTY": ""})


@pytest.mark.parametrize(
    "values",
    [
        {"token": "env:TOKEN"},
        {"token": "file:token"},
        {"tokens": ["env:TOKEN"]},
        {"url": "env:TOKEN"},
        {"headers": {"Authorization": "file:token", "X-Plain": "plain"}},
        {"inner": {"password": "env:TOKEN"}},
    ],
)
def test_a_secret_is_resolved_wherever_it_stands_and_never_shown(home: Path, values: Mapping[str, Any]) -> None:
    config = read(home, **values)
    assert "hunter2" not in repr(config) + str(config) + config.model_dump_json()
    told = f"failed with {SECRET}, at ?token=hunter2%20%26%20co and hunter2+%26+co"
    assert scrubbed(told, config) == "failed with ***, at ?token=*** and ***"


def test_text_that_is_no_secret_is_taken_as_it_is(home: Path) -> None:
    config = read(home, headers={"X": "plain"}, url="https://x.example")
    assert (config.url, config.headers) == ("https://x.example", {"X": "plain"})
    assert scrubbed("plain https://x.example", config) == "plain https://x.example"


def test_paths_are_relative_to_the_workspace(home: Path) -> None:
    assert read(home, folder="erp").folder == home / "erp"
    assert read(home, folder="/srv/erp").folder == Path("/srv/erp")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"token": SECRET}, "`channels.ops.token`: a secret must be a reference"),
        ({"tokens": ["env:TOKEN", SECRET]}, "`channels.ops.tokens`: a secret must be a reference"),
        ({"inner": {"password": SECRET}}, "`channels.ops.inner.password`: a secret must be a reference"),
        ({"inner": {"pasword": SECRET}}, "`channels.ops.inner.pasword`: there is no such key"),
        ({"token": "env:NO_SUCH"}, "`channels.ops.token`: the environment variable `NO_SUCH` is not set"),
        ({"token": "env:EMPTY"}, "`channels.ops.token`: the environment variable `EMPTY` is not set"),
        ({"token": "file:none"}, "`channels.ops.token`: the file `.*none` cannot be read: No such file"),
        ({"token": "file:empty"}, "`channels.ops.token`: the file `.*empty` is empty"),
        ({"token": "file:binary"}, "`channels.ops.token`: the file `.*binary` is not text in UTF-8"),
        ({"tokn": SECRET}, "`channels.ops.tokn`: there is no such key; did you mean `token`?"),
        ({"count": SECRET}, "`channels.ops.count`: must be a whole number"),
        ({"url": 7}, "`channels.ops.url`: must be text in quotes$"),
        ({"count": 1.5}, "`channels.ops.count`: must be a whole number"),
        ({"tokens": "env:TOKEN"}, "`channels.ops.tokens`: must be a list, as in"),
        ({"headers": 7}, "`channels.ops.headers`: must be a table, as in"),
        ({"either": 1.5}, "`channels.ops.either`: must be true or false or a whole number$"),
        ({"either": "fast"}, "`channels.ops.either`: must be true or false or a whole number$"),
        ({"count": "x", "token": SECRET}, "and 1 more"),
    ],
)
def test_what_is_wrong_is_named_by_its_key_and_its_value_kept_back(
    home: Path, values: Mapping[str, Any], message: str
) -> None:
    with pytest.raises(Refusal) as refused:
        read(home, **values)
    assert refused.value.code == "bad-configuration"
    assert re.search(message.replace("?", r"\?"), refused.value.message)
    assert "hunter2" not in f"{refused.value.message} {refused.value.help} {refused.value.details}"
    assert refused.value.__suppress_context__
