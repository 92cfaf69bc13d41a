"""Settings: the later source wins, and every mistake is said with its place."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from svcctl.desk.settings import KEYS, Settings, load_settings
from svcctl.desk.workspace import Workspace
from tests.desk.floor import refusal_of

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Settings from the text of the workspace's file, the user's, and variables."""

    def loaded(text: str = "", user: str | None = None, **environment: str) -> Settings:
        (tmp_path / "home").mkdir(exist_ok=True)
        (tmp_path / "home" / "svcctl.toml").write_text(text, encoding="utf-8")
        if user is not None:
            (tmp_path / "config" / "svcctl").mkdir(parents=True, exist_ok=True)
            (tmp_path / "config" / "svcctl" / "svcctl.toml").write_text(user, encoding="utf-8")
        return load_settings(tmp_path / "home", {"XDG_CONFIG_HOME": str(tmp_path / "config"), **environment})

    return loaded


def test_without_any_file_everything_has_its_default() -> None:
    settings = load_settings(None, {})
    assert dict(settings.values) == {key: row.default for key, row in KEYS.items()}
    assert set(settings.origin.values()) == {"default"}
    assert settings.channels == {"console": {"plugin": "console"}}


def test_the_later_source_wins(load: Load, tmp_path: Path) -> None:
    user = '[workspace]\nzone = "Europe/Berlin"\ncurrency = "EUR"\nname = "mine"\n'
    settings = load('[workspace]\nzone = "Asia/Tokyo"\ncurrency = "JPY"\n', user, SVCCTL_WORKSPACE_CURRENCY="USD")
    assert [settings[f"workspace.{key}"] for key in ("name", "zone", "currency")] == ["mine", "Asia/Tokyo", "USD"]
    assert settings.origin["workspace.name"] == str(tmp_path / "config" / "svcctl" / "svcctl.toml")
    assert settings.origin["workspace.zone"] == str(tmp_path / "home" / "svcctl.toml")
    assert settings.origin["workspace.currency"] == "SVCCTL_WORKSPACE_CURRENCY"
    assert settings.origin["lock_timeout"] == "default"


def test_the_users_file_is_under_home_where_nothing_else_is_said(tmp_path: Path) -> None:
    folder = tmp_path / ".config" / "svcctl"
    folder.mkdir(parents=True)
    (folder / "svcctl.toml").write_text("lock_timeout = 3", encoding="utf-8")
    assert load_settings(None, {"HOME": str(tmp_path)})["lock_timeout"] == 3


def test_variables_are_read_as_their_kind(load: Load) -> None:
    settings = load(SVCCTL_LOCK_TIMEOUT="2.5", SVCCTL_NAMES_REGIONS="north, south,")
    assert (settings["lock_timeout"], settings["names.regions"]) == (2.5, ["north", "south"])
    refused = refusal_of(lambda: load(SVCCTL_LOCK_TIMEOUT="soon"))
    assert (refused.code, refused.message) == ("bad-configuration", "SVCCTL_LOCK_TIMEOUT must be a number, not `soon`")


def test_channels_and_connectors_come_with_what_their_plugin_takes(load: Load) -> None:
    text = '[channels.chat]\nplugin = "webhook"\nurl = "https://x"\n[erp.main]\nplugin = "files"\n'
    settings = load(text, '[channels.mail]\nplugin = "smtp"\n')
    assert settings.channels["chat"] == {"plugin": "webhook", "url": "https://x"}
    assert set(settings.channels) == {"console", "mail", "chat"}
    assert settings.erp == {"main": {"plugin": "files"}}


@pytest.mark.parametrize(
    ("text", "says", "help"),
    [
        ('[workspace]\nzoen = "UTC"', "there is no setting `workspace.zoen`", "did you mean `workspace.zone`?"),
        ('[worspace]\nzone = "UTC"', "there is no setting `worspace.zone`", "did you mean `workspace.zone`?"),
        ("xyzzy = 1", "there is no setting `xyzzy`", "`svcctl config show` lists them all"),
        ("[workspace]\nzone = 8", "`workspace.zone` must be text in quotes", ""),
        ('lock_timeout = "long"', "`lock_timeout` must be a number", ""),
        ("lock_timeout = true", "`lock_timeout` must be a number", ""),
        ('[rules]\npaths = "rules"', "`rules.paths` must be a list of texts in brackets", ""),
        ("[names]\nregions = [1, 2]", "`names.regions` must be a list of texts in brackets", ""),
        ("channels = 3", "`channels` must be tables, such as `[channels.main]`", ""),
        ('[channels.chat]\nurl = "x"', "[channels.chat] in ", 'add a line such as `plugin = "webhook"`'),
        ("workspace", "svcctl.toml is not TOML: ", ""),
    ],
)
def test_what_is_wrong_is_said(load: Load, text: str, says: str, help: str) -> None:
    refused = refusal_of(lambda: load(text))
    assert refused.code == "bad-configuration"
    assert says in refused.message
    assert "svcctl.toml" in refused.message
    assert refused.help == help


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('push = ["costs"]', "`erp.main.push` has `costs`"),
        ('push = "cost"', "`erp.main.push` must be a list of texts in brackets"),
        ('intake = "no"', "`erp.main.intake` must be `true` or `false`"),
        ('bill = "sometimes"', "`erp.main.bill` has `sometimes`"),
    ],
)
def test_what_is_wrong_with_an_erp_is_said(load: Load, table: str, says: str) -> None:
    refused = refusal_of(lambda: load(f'[erp.main]\nplugin = "files"\n{table}\n'))
    assert refused.message.startswith(says)
    assert "svcctl.toml" in str(refused)


def test_a_file_saved_with_a_byte_order_mark_is_read(load: Load) -> None:
    assert load("\ufefflock_timeout = 4")["lock_timeout"] == 4


def test_a_file_in_another_encoding_is_refused(load: Load, tmp_path: Path) -> None:
    load()
    (tmp_path / "home" / "svcctl.toml").write_bytes('[workspace]\nname = "售后"'.encode("gbk"))
    assert refusal_of(lambda: load_settings(tmp_path / "home", {})).code == "bad-configuration"


def workspace(home: Path, text: str = "", environment: Mapping[str, str] | None = None) -> Workspace:
    home.mkdir(parents=True, exist_ok=True)
    (home / "svcctl.toml").write_text(text, encoding="utf-8")
    return Workspace.find(home, environment or {}, home)


def test_a_workspace_is_found_from_within(tmp_path: Path) -> None:
    workspace(tmp_path)
    inner = tmp_path / "rules" / "deep"
    inner.mkdir(parents=True)
    assert Workspace.find(None, {}, inner).home == tmp_path
    assert Workspace.find(tmp_path, {}, Path("/")).home == tmp_path


def test_where_there_is_none_it_is_said(tmp_path: Path) -> None:
    for home in (tmp_path / "none", tmp_path):
        refused = refusal_of(lambda home=home: Workspace.find(home, {}, tmp_path))  # type: ignore[misc]
        assert (refused.code, refused.message) == ("no-workspace", f"there is no workspace in {home}")
    assert refusal_of(lambda: Workspace.find(None, {}, tmp_path)).message.endswith(" or above")


def test_a_zone_that_does_not_exist_is_a_wrong_setting(tmp_path: Path) -> None:
    found: Any = workspace(tmp_path, '[workspace]\nzone = "Asia/Beijing"')
    refused = refusal_of(lambda: found.zone)
    assert (refused.code, refused.message) == (
        "bad-configuration",
        "`workspace.zone`: there is no time zone `Asia/Beijing`",
    )
