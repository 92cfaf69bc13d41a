"""The registry: what is installed is listed without importing it, and what is broken stops only itself."""

import sys
from pathlib import Path

import pytest

from svcctl.extension.registry import PluginEntry, Registry, installed
from svcctl.foundation.errors import Refusal
from svcctl.plugin_api import Message, Notifier, Person, parse_instant

GOOD = """
from svcctl.plugin_api import Delivery, Health, Message, Notifier, PluginConfig, Receipt, Rendered, SecretStr

class Good(Notifier):
    class Config(PluginConfig):
        token: SecretStr | None = None
        fail: bool = False

    def __init__(self, config):
        super().__init__(config)
        if config.fail:
            raise RuntimeError(f"cannot start with {config.token.get_secret_value()}")

    def render(self, message):
        return Rendered(message.to.id, message.text)

    def deliver(self, delivery):
        return Receipt.delivered()

    def check(self):
        return Health(True, "fine")
"""
MODULES = {
    "plug_good": GOOD,
    "plug_raises": "raise RuntimeError('no licence')",
    "plug_exits": "import sys; sys.exit(3)",
    "plug_syntax": "def (",
    "plug_other": "class Thing: pass",
    "plug_half": "from svcctl.plugin_api import Notifier\nclass Half(Notifier):\n    def check(self): ...",
    "plug_config": GOOD.replace("PluginConfig)", "dict)").replace("token: SecretStr | None = None", "pass"),
    "plug_boast": GOOD.replace("    def check", "    capabilities = frozenset({'telepathy'})\n\n    def check"),
    "plug_list": GOOD.replace("    def check", "    capabilities = ['urgent']\n\n    def check"),
    "plug_tells": "import os\nprint('a secret:', os.environ['T_TOKEN'])\nraise RuntimeError(os.environ['T_TOKEN'])",
    "plug_future": "raise SystemExit('must not be imported')",
}
ENTRIES = """
[svcctl.notifiers.v1]
t-good = plug_good:Good
t-raises = plug_raises:X
t-exits = plug_exits:X
t-syntax = plug_syntax:X
t-missing = plug_missing:X
t-attribute = plug_good:Gone
t-other = plug_other:Thing
t-half = plug_half:Half
t-config = plug_config:Good
t-boast = plug_boast:Good
t-list = plug_list:Good
t-tells = plug_tells:X
[svcctl.notifiers.v2]
t-future = plug_future:X
[svcctl.erp.v1]
t-erp = plug_good:Good
[svcctl.unheard.v1]
t-unheard = plug_future:X
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in MODULES.items():
        (tmp_path / f"{name}.py").write_text(text)
        monkeypatch.delitem(sys.modules, name, raising=False)
    _distribution(tmp_path, "svcctl-test-plugs", ENTRIES)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def _distribution(site: Path, name: str, entries: str) -> None:
    folder = site / f"{name.replace('-', '_')}-1.2.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n")
    (folder / "entry_points.txt").write_text(entries)


def entry(name: str) -> PluginEntry:
    return next(entry for entry in installed() if entry.name == name)


def test_what_is_installed_is_listed_without_importing_it(site: Path) -> None:
    ours = {entry.name: entry for entry in installed() if entry.distribution == "svcctl-test-plugs"}
    assert len(ours) == 14
    assert ours["t-good"] == PluginEntry("notifier", "t-good", "plug_good:Good", "svcctl-test-plugs", "1.2")
    assert ours["t-future"].problem == "made for contract v2; this svcctl has v1"
    assert not any(name in sys.modules for name in MODULES)


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("t-raises", "cannot be imported: RuntimeError: no licence"),
        ("t-exits", "cannot be imported: SystemExit: 3"),
        ("t-syntax", "cannot be imported: SyntaxError: "),
        ("t-missing", "cannot be imported: ModuleNotFoundError: No module named 'plug_missing'"),
        ("t-attribute", "cannot be imported: AttributeError: "),
        ("t-other", "does not keep the contract: it is no Notifier"),
        ("t-half", "does not keep the contract: it lacks `deliver`, `render`"),
        ("t-config", "does not keep the contract: its `Config` is no PluginConfig"),
        ("t-boast", "does not keep the contract: there is no capability `telepathy`"),
        ("t-list", "does not keep the contract: its `capabilities` are no frozenset"),
        ("t-future", "cannot be used: made for contract v2"),
    ],
)
def test_a_broken_plug_says_why_and_stops_only_itself(site: Path, name: str, cause: str) -> None:
    registry = Registry(site, {})
    with pytest.raises(Refusal) as refused:
        registry.notifier(name, {}, "channels.x")
    assert refused.value.code == "plugin-unavailable"
    assert cause in refused.value.message
    assert f"`{name}` (svcctl-test-plugs 1.2)" in refused.value.message
    assert registry.examine(entry(name)).problem
    assert "plug_future" not in sys.modules
    assert isinstance(registry.notifier("t-good", {}, "channels.x"), Notifier)


def test_a_plug_that_tells_a_secret_while_it_is_imported_is_not_heard(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("T_TOKEN", "hunter2")
    table = {"headers": {"X-Token": ["env:T_TOKEN", "env:NO_SUCH", 7]}}
    registry = Registry(site, {"T_TOKEN": "hunter2"})
    with pytest.raises(Refusal) as refused:
        registry.notifier("t-tells", table, "channels.x")
    assert refused.value.message.endswith("cannot be imported: RuntimeError: ***")
    assert registry.examine(entry("t-tells"), [table]).problem == "cannot be imported: RuntimeError: ***"
    assert capsys.readouterr() == ("", "a secret: ***\n" * 2)


def test_a_good_plug_is_examined_without_a_problem(site: Path) -> None:
    assert Registry(site, {}).examine(entry("t-good")).problem == ""


def test_a_connector_must_be_one(site: Path) -> None:
    with pytest.raises(Refusal, match="it is no Connector"):
        Registry(site, {}).connector("t-erp", {}, "erp.x")


def test_an_unknown_plug_is_refused_with_the_nearest_name(site: Path) -> None:
    with pytest.raises(Refusal) as refused:
        Registry(site, {}).notifier("t-goood", {}, "channels.x")
    assert (refused.value.code, refused.value.help) == ("unknown-plugin", "did you mean `t-good`?")


def test_two_plugs_of_one_name_are_both_refused(site: Path) -> None:
    _distribution(site, "svcctl-rival", "[svcctl.notifiers.v1]\nt-good = plug_good:Good\n")
    problems = {entry.distribution: entry.problem for entry in installed() if entry.name == "t-good"}
    assert problems == {
        "svcctl-rival": "svcctl-test-plugs has one of the same name",
        "svcctl-test-plugs": "svcctl-rival has one of the same name",
    }
    with pytest.raises(Refusal, match="of the same name"):
        Registry(site, {}).notifier("t-good", {}, "channels.x")


def test_a_plug_that_cannot_be_opened_does_not_tell_its_secret(site: Path) -> None:
    with pytest.raises(Refusal) as refused:
        Registry(site, {"T": "hunter2"}).notifier("t-good", {"token": "env:T", "fail": True}, "channels.x")
    assert refused.value.code == "plugin-unavailable"
    assert "cannot start with ***" in refused.value.message
    assert refused.value.__cause__ is None


def test_a_plug_is_opened_by_its_name(site: Path) -> None:
    notifier = Registry(site, {}).notifier("t-good", {}, "channels.ops")
    message = Message("T-1", "notify", Person("engineer", "wu"), "ops", "", "hi", parse_instant("2026-11-02T01:00:00Z"))
    assert notifier.render(message).body == "hi"
