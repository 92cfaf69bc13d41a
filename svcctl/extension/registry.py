"""The registry: which plugs are installed, and how one is opened. Installed is not active.

Plugs are found by entry points (PyPA, "Entry points specification"). The group names the contract's major
version, so a plug for another one is listed as refused and never imported.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from svcctl.extension.connector import CONNECTOR_CAPABILITIES, Connector
from svcctl.extension.contract import NOTIFIER_CAPABILITIES, Notifier, StorePlug, scrubbed
from svcctl.extension.guard import PlugFailed, Scrub, guarded
from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.record import Record

PlugKind = Literal["notifier", "erp", "store"]

#: The entry-point group of each kind, without its version, and the major version that this svcctl has.
GROUPS: Mapping[PlugKind, str] = {"notifier": "svcctl.notifiers", "erp": "svcctl.erp", "store": "svcctl.stores"}
MAJOR = "v1"
_BASES: Mapping[PlugKind, type[Any]] = {"notifier": Notifier, "erp": Connector, "store": StorePlug}
_CAPABILITIES: Mapping[PlugKind, frozenset[str]] = {
    "notifier": NOTIFIER_CAPABILITIES,
    "erp": CONNECTOR_CAPABILITIES,
    "store": frozenset(),
}


class PluginEntry(Record):
    """One installed plug: `target` is `module:Class`; `problem` why it cannot be used, or empty."""

    kind: PlugKind
    name: str
    target: str
    distribution: str
    version: str
    contract: str = MAJOR
    problem: str = ""


def installed() -> tuple[PluginEntry, ...]:
    """Every plug that is installed, by kind and name. Reads metadata only: nothing is imported."""
    from importlib.metadata import entry_points

    found = []
    points = entry_points()
    for kind, base in GROUPS.items():
        for group in sorted(group for group in points.groups if group.rpartition(".")[0] == base):
            contract = group.rpartition(".")[2]
            refused = "" if contract == MAJOR else f"made for contract {contract}; this svcctl has {MAJOR}"
            for point in points.select(group=group):
                name, version = (point.dist.name, point.dist.version) if point.dist else ("", "")
                found.append(PluginEntry(kind, point.name, point.value, name, version, contract, refused))
    found.sort(key=lambda entry: (entry.kind, entry.name, entry.contract, entry.distribution))
    return tuple(_with_rivals(found))


class Registry:
    """Opens plugs with their configuration. `home` is the workspace, `environment` where `env:X` is looked up."""

    def __init__(self, home: Path, environment: Mapping[str, str]) -> None:
        self._home = home
        self._environment = environment

    @cached_property
    def entries(self) -> tuple[PluginEntry, ...]:
        return installed()

    def examine(self, entry: PluginEntry, tables: Sequence[Mapping[str, Any]] = ()) -> PluginEntry:
        """The entry after importing it: `problem` says what is wrong, if anything is, and tells no secret to which the
        `tables` of its configuration refer."""
        try:
            _import(entry, self._scrubbing(list(tables)))
        except _Unusable as unusable:
            return entry.replace(problem=entry.problem or str(unusable))
        return entry

    def found(self, name: str) -> tuple[PluginEntry, ...]:
        """The installed plugs of a name, of whatever kind. Raises Refusal `unknown-plugin` where there is none."""
        found = tuple(entry for entry in self.entries if entry.name == name)
        if not found:
            meant = nearest(name, [entry.name for entry in self.entries])
            raise Refusal(
                "unknown-plugin",
                f"no installed plugin is called `{name}`",
                help=f"did you mean `{meant}`?" if meant else "`svcctl plugin list` shows them",
            )
        return found

    def load(self, entry: PluginEntry) -> type[Any]:
        """The class of an entry. Raises Refusal `plugin-unavailable` that says what is wrong with it."""
        return self._load(entry, {})

    def notifier(self, name: str, config: Mapping[str, Any], place: str) -> Notifier:
        """An open notifier. `place` names its configuration in errors (`channels.ops`).

        Raises Refusal `unknown-plugin`, `plugin-unavailable` (it is broken), `bad-configuration`.
        """
        notifier: Notifier = self._open(self._entry("notifier", name), config, place)
        return notifier

    def connector(self, name: str, config: Mapping[str, Any], place: str) -> Connector:
        """An open ERP connector; as `notifier`."""
        connector: Connector = self._open(self._entry("erp", name), config, place)
        return connector

    def store(self, name: str, config: Mapping[str, Any], place: str) -> StorePlug:
        """What opens a workspace's store; as `notifier`."""
        plug: StorePlug = self._open(self._entry("store", name), config, place)
        return plug

    def _entry(self, kind: PlugKind, name: str) -> PluginEntry:
        entries = [entry for entry in self.entries if entry.kind == kind]
        usable = [entry for entry in entries if entry.name == name]
        if not usable:
            meant = nearest(name, [entry.name for entry in entries])
            raise Refusal(
                "unknown-plugin",
                f"no installed {kind} plugin is called `{name}`",
                help=f"did you mean `{meant}`?" if meant else f"install one: `pip install svcctl-{kind}-{name}`",
            )
        return next((entry for entry in usable if not entry.problem), usable[0])

    def _open(self, entry: PluginEntry, config: Mapping[str, Any], place: str) -> Any:
        cls = self._load(entry, config)
        from svcctl.extension.config import read_config

        values = read_config(cls.Config, config, place=place, home=self._home, environment=self._environment)
        try:
            with guarded(lambda text: scrubbed(text, values)):
                return cls(values)
        except PlugFailed as failed:
            raise _unavailable(entry, f"cannot be opened: {failed}") from None

    def _load(self, entry: PluginEntry, config: Mapping[str, Any]) -> type[Any]:
        try:
            return _import(entry, self._scrubbing(config))
        except _Unusable as unusable:
            raise _unavailable(entry, str(unusable)) from None

    def _scrubbing(self, config: Any) -> Scrub:
        """What takes out of a text the secrets to which a configuration refers that nobody has read yet."""

        def scrub(text: str) -> str:
            from svcctl.extension.config import secrets_in

            return scrubbed(text, secrets_in(config, self._home, self._environment))

        return scrub


class _Unusable(Exception):
    """Why a plug cannot be used."""


def _import(entry: PluginEntry, scrub: Scrub) -> type[Any]:
    """The class of an entry. Raises _Unusable."""
    if entry.problem:
        raise _Unusable(f"cannot be used: {entry.problem}")
    from importlib import import_module

    module, _, path = entry.target.partition(":")
    try:
        with guarded(scrub):
            cls: Any = import_module(module)
            for part in path.split("."):
                cls = getattr(cls, part)
    except (PlugFailed, Refusal) as failed:
        raise _Unusable(f"cannot be imported: {failed}") from None
    problem = _misfit(cls, entry.kind)
    if problem:
        raise _Unusable(f"does not keep the contract: {problem}")
    plug: type[Any] = cls
    return plug


def _misfit(cls: Any, kind: PlugKind) -> str:
    """What keeps a class from being a plug of its kind, or empty."""
    base = _BASES[kind]
    is_one = isinstance(cls, type) and issubclass(cls, base)
    if not is_one:
        return f"it is no {base.__name__}"
    missing = sorted(getattr(cls, "__abstractmethods__", ()))
    if missing:
        return "it lacks " + ", ".join(f"`{name}`" for name in missing)
    from svcctl.extension.config import PluginConfig

    config = getattr(cls, "Config", None)
    if not (isinstance(config, type) and issubclass(config, PluginConfig)):
        return "its `Config` is no PluginConfig"
    if not isinstance(cls.capabilities, frozenset):
        return "its `capabilities` are no frozenset"
    unknown = sorted(map(str, cls.capabilities - _CAPABILITIES[kind]))
    return f"there is no capability `{unknown[0]}`" if unknown else ""


def _unavailable(entry: PluginEntry, what: str) -> Refusal:
    return Refusal(
        "plugin-unavailable",
        f"the {entry.kind} plugin `{entry.name}` ({entry.distribution} {entry.version}) {what}",
        help="`svcctl plugin list` shows every plugin and what is wrong with it",
    )


def _with_rivals(entries: list[PluginEntry]) -> list[PluginEntry]:
    """Two plugs of one kind and name: neither is used, for nobody said which."""
    owners: dict[tuple[str, str], set[str]] = {}
    for entry in entries:
        if not entry.problem:
            owners.setdefault((entry.kind, entry.name), set()).add(entry.distribution)
    result = []
    for entry in entries:
        rivals = sorted(owners.get((entry.kind, entry.name), set()) - {entry.distribution})
        clash = bool(rivals) and not entry.problem
        result.append(entry.replace(problem=f"{rivals[0]} has one of the same name") if clash else entry)
    return result
