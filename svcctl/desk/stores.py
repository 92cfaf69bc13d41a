"""The store that the settings name, where it does not lie in the workspace's folder."""

from collections.abc import Mapping
from typing import Any

from svcctl.desk.settings import STORE
from svcctl.desk.tables import TABLES
from svcctl.desk.workspace import Workspace
from svcctl.extension.contract import StorePlug
from svcctl.extension.registry import Registry
from svcctl.foundation.errors import Refusal
from svcctl.store.contract import Store


def open_plug(workspace: Workspace) -> StorePlug:
    """What opens the store that `[store]` names. Raises Refusal as `Registry.store`."""
    return plug_of(workspace.registry, workspace.settings.store)


def plug_of(registry: Registry, table: Mapping[str, Any]) -> StorePlug:
    """The same, for a table as it stands in the settings."""
    keys = {key: value for key, value in table.items() if key != "plugin"}
    return registry.store(str(table["plugin"]), keys, STORE)


def open_configured(workspace: Workspace) -> Store:
    """The workspace's store. Raises Refusal `no-workspace` where it was not made yet, `plugin-unavailable`."""
    return open_plug(workspace).open(TABLES, lock_timeout=float(workspace.settings["lock_timeout"]))


def expect_json(workspace: Workspace) -> None:
    """Raises Refusal `bad-configuration` for a store that does not lie in the workspace's folder."""
    plugin = workspace.settings.store.get("plugin")
    if plugin is not None:
        raise Refusal(
            "bad-configuration",
            f"the store is kept by `{plugin}`, not in this folder",
            help="use what that has for it; `svcctl store export` and `svcctl store copy` work everywhere",
        )
