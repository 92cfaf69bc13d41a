"""The plugs that a workspace's settings name: opened, listed, asked."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from svcctl.desk.erp import CHANNEL, chosen_erp, connected, looked_up, plug_table
from svcctl.desk.settings import STORE
from svcctl.desk.stores import open_plug
from svcctl.desk.workspace import Workspace
from svcctl.foundation.errors import Refusal, nearest

#: What ends the words for a key that takes a secret.
SECRET = "secret reference"

if TYPE_CHECKING:
    from svcctl.desk.delivery import Channels
    from svcctl.desk.sending import Sender
    from svcctl.extension.connector import LookupKind, LookupResult
    from svcctl.extension.contract import Notifier, Plug


@contextmanager
def open_channels(workspace: Workspace) -> Iterator["Channels"]:
    """What opens the notifiers of the channels that the workspace's settings name, and its ERPs as channels `erp.NAME`;
    each once. All are closed in the end."""
    from svcctl.desk.erp_sending import ErpSender
    from svcctl.desk.evidence import attachments_of
    from svcctl.desk.sending import NotifierSender
    from svcctl.extension.guard import closing

    settings = workspace.settings
    senders: dict[str, Sender | Refusal] = {}
    with ExitStack() as plugs:

        def opened(name: str) -> "Sender":
            erp = name.removeprefix(CHANNEL)
            if erp == name or name in settings.channels:
                notifier = plugs.enter_context(closing(_notifier(workspace, name)))
                return NotifierSender(notifier, lambda document: attachments_of(workspace, document))
            connector = plugs.enter_context(connected(workspace, chosen_erp(settings, erp)))
            return ErpSender(workspace, connector, erp)

        def channel(name: str) -> "Sender":
            if name not in senders:
                try:
                    senders[name] = opened(name)
                except Refusal as refusal:
                    senders[name] = refusal
            found = senders[name]
            if isinstance(found, Refusal):
                raise found
            return found

        yield channel


def _notifier(workspace: Workspace, name: str) -> "Notifier":
    """The notifier of a channel. Raises Refusal `bad-configuration` for one that the settings do not name, and as the
    registry does."""
    channels = workspace.settings.channels
    if name not in channels:
        meant = nearest(name, list(channels))
        raise Refusal(
            "bad-configuration",
            f"no channel `{name}` is configured",
            help=f"did you mean `{meant}`?" if meant else f'write [channels.{name}] with a line `plugin = "..."`',
        )
    plugin, table = plug_table(channels[name], "channels")
    return workspace.registry.notifier(plugin, table, f"channels.{name}")


def plugin_rows(workspace: Workspace) -> list[dict[str, Any]]:
    """Every installed plugin; those that the settings name are imported, to say what is wrong with them."""
    registry = workspace.registry
    named = _named(workspace)
    settings = workspace.settings
    tables = [*settings.channels.values(), *settings.erp.values(), settings.store]
    rows = []
    for entry in registry.entries:
        active = named.get((entry.kind, entry.name), ())
        examined = registry.examine(entry, tables) if active else entry
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


def opened_plugs(workspace: Workspace, name: str) -> Iterator[tuple[str, "Plug | Refusal"]]:
    """The plugs of a channel, of an ERP, or of all of those, the store among them, that the settings give a plugin of
    this name, each with its place in the settings (`channels.ops`), or why it cannot be opened.

    Raises Refusal `unknown-plugin` where neither the settings nor what is installed know the name.
    """
    settings, registry = workspace.settings, workspace.registry
    places = {"channels": settings.channels, "erp": settings.erp}
    named = [(place, key) for place, tables in places.items() for key in tables if key == name]
    used = [
        (place, key) for place, tables in places.items() for key, table in tables.items() if table["plugin"] == name
    ]
    stored = settings.store.get("plugin") == name
    if not (named or used or stored):
        registry.found(name)
    if stored:
        try:
            yield STORE, open_plug(workspace)
        except Refusal as refusal:
            yield STORE, refusal
    for place, key in named or used:
        make = registry.notifier if place == "channels" else registry.connector
        plugin, table = plug_table(places[place][key], place)
        try:
            yield f"{place}.{key}", make(plugin, table, f"{place}.{key}")
        except Refusal as refusal:
            yield f"{place}.{key}", refusal


def without_secrets(workspace: Workspace, place: str, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """The table of a plug with `***` for what stands in plain text where the plug takes a reference to a secret."""
    from svcctl.extension.documentation import config_keys

    kind = {"channels": "notifier", "erp": "erp"}.get(place, "store")
    registry = workspace.registry
    try:
        entry = next(each for each in registry.entries if (each.kind, each.name) == (kind, table["plugin"]))
        takes = {key.id: key.takes for key in config_keys(registry.load(entry))}
        secret = {id for id, what in takes.items() if what.endswith(SECRET) and not what.endswith(f"text or {SECRET}")}
    except (Refusal, StopIteration):
        # Nobody can say what it takes: what is called like a secret is taken for one.
        secret = {key for key in table if any(word in key for word in ("secret", "token", "password", "key"))}
    return {key: _hidden(value) if key in secret else value for key, value in table.items()}


def _hidden(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _hidden(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item) for item in value]
    return value if isinstance(value, str) and value.startswith(("env:", "file:")) else "***"


def look_up(
    workspace: Workspace,
    name: str | None,
    kind: "LookupKind",
    id: str,
    location: str | None = None,
) -> "LookupResult":
    """Ask a connector for one thing; `name` may be None where only one is configured.

    Raises Refusal `bad-configuration`, `bad-argument` for what it cannot look up, and what the connector refuses.
    """
    from svcctl.extension.connector import LookupRequest

    chosen = chosen_erp(workspace.settings, name)
    with connected(workspace, chosen) as connector:
        if f"lookup.{kind}" not in connector.capabilities:
            raise Refusal("bad-argument", f"the connector of `{chosen}` cannot look up `{kind}`")
        return looked_up(connector, chosen, LookupRequest(kind, id, location))


def _named(workspace: Workspace) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """Kind and name of each plugin that the settings name, with the names under which they do."""
    named: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, tables in (("notifier", workspace.settings.channels), ("erp", workspace.settings.erp)):
        for name, table in tables.items():
            plugin = (kind, str(table["plugin"]))
            named[plugin] = (*named.get(plugin, ()), name)
    if workspace.settings.store:
        named["store", str(workspace.settings.store["plugin"])] = (STORE,)
    return named
