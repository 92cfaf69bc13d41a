"""The plugs that a workspace's settings name: opened, listed, asked."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from svcctl.desk.workspace import Workspace
from svcctl.extension.registry import Registry
from svcctl.foundation.errors import Refusal

if TYPE_CHECKING:
    from svcctl.desk.delivery import Channels
    from svcctl.extension.connector import LookupKind, LookupResult
    from svcctl.extension.contract import Plug


def open_channels(workspace: Workspace, environment: Mapping[str, str]) -> "Channels":
    """What opens the notifiers of the channels that the workspace's settings name."""
    return Registry(workspace.home, environment).channels(workspace.settings.channels)


def plugin_rows(workspace: Workspace, environment: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every installed plugin; those that the settings name are imported, to say what is wrong with them."""
    registry = Registry(workspace.home, environment)
    named = _named(workspace)
    rows = []
    for entry in registry.entries:
        active = named.get((entry.kind, entry.name), ())
        examined = registry.examine(entry) if active else entry
        rows.append(
            {
                "id": entry.name,
                "kind": entry.kind,
                "version": entry.version,
                "distribution": entry.distribution,
                "contract": entry.contract,
                "active": list(active),
                "problem": examined.problem,
            }
        )
    known = {(row["kind"], row["id"]) for row in rows}
    absent = {"version": "", "distribution": "", "contract": "", "problem": "not installed"}
    rows += [
        {"id": name, "kind": kind, "active": list(active), **absent}
        for (kind, name), active in named.items()
        if (kind, name) not in known
    ]
    return rows


def opened_plugs(
    workspace: Workspace, environment: Mapping[str, str], name: str
) -> Iterator[tuple[str, "Plug | Refusal"]]:
    """The plugs of a channel, of an ERP, or of all of those that the settings give a plugin of this name, each with its
    place in the settings (`channels.ops`), or why it cannot be opened.

    Raises Refusal `unknown-plugin` where neither the settings nor what is installed know the name.
    """
    settings, registry = workspace.settings, Registry(workspace.home, environment)
    places = {"channels": settings.channels, "erp": settings.erp}
    named = [(place, key) for place, tables in places.items() for key in tables if key == name]
    used = [
        (place, key) for place, tables in places.items() for key, table in tables.items() if table["plugin"] == name
    ]
    if not (named or used):
        registry.found(name)
    for place, key in named or used:
        table = dict(places[place][key])
        make = registry.notifier if place == "channels" else registry.connector
        try:
            yield f"{place}.{key}", make(str(table.pop("plugin")), table, f"{place}.{key}")
        except Refusal as refusal:
            yield f"{place}.{key}", refusal


def look_up(
    workspace: Workspace,
    environment: Mapping[str, str],
    name: str | None,
    kind: "LookupKind",
    id: str,
    location: str | None = None,
) -> "LookupResult":
    """Ask a connector for one thing; `name` may be None where only one is configured.

    Raises Refusal `bad-configuration`, `bad-argument` for what it cannot look up, and what the connector refuses.
    """
    from svcctl.extension.connector import LookupRequest

    tables = workspace.settings.erp
    chosen = name or (next(iter(tables)) if len(tables) == 1 else None)
    if chosen is None or chosen not in tables:
        known = ", ".join(f"`{known}`" for known in tables)
        raise Refusal(
            "bad-configuration",
            f"no ERP `{chosen}` is configured" if chosen else "it is not clear which ERP to ask",
            help=f"name one of {known} with --erp" if known else 'write [erp.NAME] with a line `plugin = "files"`',
        )
    table = dict(tables[chosen])
    connector = Registry(workspace.home, environment).connector(str(table.pop("plugin")), table, f"erp.{chosen}")
    try:
        if f"lookup.{kind}" not in connector.capabilities:
            raise Refusal("bad-argument", f"the connector of `{chosen}` cannot look up `{kind}`")
        return connector.lookup(LookupRequest(kind, id, location))
    finally:
        connector.close()


def _named(workspace: Workspace) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Kind and name of each plugin that the settings name, with the names under which they do."""
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, tables in (("notifier", workspace.settings.channels), ("erp", workspace.settings.erp)):
        for name, table in tables.items():
            plugin = (kind, str(table["plugin"]))
            named[plugin] = (*named.get(plugin, ()), name)
    return named
