"""Settings: the user's `svcctl.toml`, the workspace's, and `SVCCTL_` variables; the later wins.

A table of known keys stands for a schema: unknown keys are errors, and reading it costs no start-up.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.record import Record

CONFIG_FILE = "svcctl.toml"


class Key(Record):
    """One setting: its type, its default, and what it means."""

    type: type
    default: Any
    meaning: str


KEYS: Mapping[str, Key] = {
    "workspace.name": Key(str, "", "what the workspace is called"),
    "workspace.zone": Key(str, "UTC", "IANA zone in which times are read and shown"),
    "workspace.currency": Key(str, "CNY", "currency of amounts written without one"),
    "rules.paths": Key(list, ["rules"], "rule files and folders, relative to the workspace"),
    "rules.calendar": Key(str, "", "the calendar in force where a rule or site names none"),
    "notify.channel": Key(str, "console", "the channel of messages to engineers, teams and roles"),
    "notify.customer": Key(str, "", "the channel of messages to customers, where it is another"),
    "notify.language": Key(str, "en", "the language of messages to people whose own is not known: en, zh, ..."),
    "notify.group_within": Key(str, "", "how long notices wait for others to the same receiver; empty: they do not"),
    "notify.group_by": Key(list, ["rule"], "in what notices must be alike to leave as one message"),
    "names.regions": Key(list, [], "the regions that exist; empty: any"),
    "names.tiers": Key(list, [], "the customer tiers that exist; empty: any"),
    "names.channels": Key(list, [], "intake channels besides the standard ones"),
    "lock_timeout": Key(float, 10.0, "seconds to wait for the store's lock"),
}

#: Tables whose keys are the user's: `[channels.NAME]` and `[erp.NAME]`, each with `plugin` and what that plugin takes.
PLUGS = ("channels", "erp")
#: The table that says where the store is: `plugin`, and what that plugin takes. Without it, in the workspace's folder.
STORE = "store"
#: What `plugin` is for a store in the workspace's folder; it takes nothing.
JSON_STORE = "json"

#: What svcctl pushes to an ERP; `release` goes with `reservation`.
PUSHES = ("reservation", "part_used", "cost", "complaint")

BILLING = ("out-of-warranty", "always", "never")

#: Keys of `[erp.NAME]` that are svcctl's own; the plugin does not get them.
ERP_KEYS: Mapping[str, Key] = {
    "push": Key(list, list(PUSHES), "what is pushed: " + ", ".join(PUSHES)),
    "flows": Key(list, [], "the flows whose tickets are pushed; empty: all"),
    "intake": Key(bool, True, "whether a new ticket asks it about its serial number"),
    "keep": Key(str, "24h", "how long what it said of an asset is not asked again"),
    "bill": Key(str, "out-of-warranty", "which costs the customer pays: out-of-warranty, always or never"),
}


class Settings(Record):
    """Values by dotted key, where each came from, the configuration of each channel and connector by name, and that of
    the store, empty where it lies in the workspace's folder."""

    values: Mapping[str, Any]
    origin: Mapping[str, str]
    channels: Mapping[str, Mapping[str, Any]]
    erp: Mapping[str, Mapping[str, Any]]
    store: Mapping[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        return self.values[key]


def load_settings(home: Path | None, environment: Mapping[str, str]) -> Settings:
    """Defaults, then the user's file, then the workspace's, then the environment.

    Raises Refusal `bad-configuration` for an unknown key or a value of another type.
    """
    values = {key: row.default for key, row in KEYS.items()}
    origin = dict.fromkeys(KEYS, "default")
    plugs: dict[str, dict[str, Mapping[str, Any]]] = {name: {} for name in (*PLUGS, STORE)}
    for path in (_user_file(environment), home / CONFIG_FILE if home else None):
        if path is not None and path.is_file():
            _merge(path, values, origin, plugs)
    for key, row in KEYS.items():
        variable = "SVCCTL_" + key.upper().replace(".", "_")
        if variable in environment:
            values[key] = _from_text(variable, environment[variable], row.type)
            origin[key] = variable
    if "console" in (values["notify.channel"], values["notify.customer"]):
        plugs["channels"].setdefault("console", {"plugin": "console"})
    return Settings(values, origin, plugs["channels"], plugs["erp"], plugs[STORE].get(STORE, {}))


def _user_file(environment: Mapping[str, str]) -> Path | None:
    base = environment.get("XDG_CONFIG_HOME") or (environment.get("HOME", "") and f"{environment['HOME']}/.config")
    return Path(base, "svcctl", CONFIG_FILE) if base else None


def _merge(
    path: Path, values: dict[str, Any], origin: dict[str, str], plugs: dict[str, dict[str, Mapping[str, Any]]]
) -> None:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as broken:
        raise Refusal("bad-configuration", f"{path} is not TOML: {broken}") from None
    except OSError as refused:
        raise Refusal("bad-configuration", f"{path} cannot be read: {refused.strerror}") from None
    for key, value in _flat(content):
        if key == STORE:
            plugs[STORE] = _store_table(value, path)
            continue
        if key in PLUGS:
            if not isinstance(value, dict):
                raise Refusal("bad-configuration", f"`{key}` must be tables, such as `[{key}.main]` ({path})")
            for name, plug in value.items():
                if not isinstance(plug, dict) or not isinstance(plug.get("plugin"), str):
                    raise Refusal(
                        "bad-configuration",
                        f"[{key}.{name}] in {path} names no plugin",
                        help='add a line such as `plugin = "webhook"`',
                    )
                if key == "erp":
                    _check_erp(f"erp.{name}", plug, path)
                plugs[key][name] = plug
            continue
        row = KEYS.get(key)
        if row is None:
            meant = nearest(key, {*KEYS, *PLUGS, STORE})
            raise Refusal(
                "bad-configuration",
                f"there is no setting `{key}` ({path})",
                help=f"did you mean `{meant}`?" if meant else "`svcctl config show` lists them all",
            )
        if not _fits(value, row.type):
            raise Refusal("bad-configuration", f"`{key}` must be {_TYPE_WORDS[row.type]} ({path})")
        values[key], origin[key] = value, str(path)


def _check_erp(place: str, table: Mapping[str, Any], path: Path) -> None:
    for key, row in ERP_KEYS.items():
        value = table.get(key, row.default)
        if not _fits(value, row.type):
            raise Refusal("bad-configuration", f"`{place}.{key}` must be {_TYPE_WORDS[row.type]} ({path})")
    known = {"push": PUSHES, "bill": BILLING}
    for key, allowed in known.items():
        given = table.get(key, [])
        for word in given if isinstance(given, list) else [given]:
            if word not in allowed:
                meant = nearest(word, set(allowed))
                raise Refusal(
                    "bad-configuration",
                    f"`{place}.{key}` has `{word}` ({path})",
                    help=f"did you mean `{meant}`?" if meant else "there are " + ", ".join(allowed),
                )


def _store_table(table: Any, path: Path) -> dict[str, Mapping[str, Any]]:
    if not isinstance(table, dict) or not isinstance(table.get("plugin"), str):
        what, help = f"`{STORE}` in {path} names no plugin", '`[store]` with a line such as `plugin = "postgres"`'
        raise Refusal("bad-configuration", what, help=f"write {help}, or leave it out")
    if table["plugin"] != JSON_STORE:
        return {STORE: table}
    if len(table) > 1:
        raise Refusal("bad-configuration", f"a store in the workspace's folder takes no keys ({path})")
    return {}


def _flat(content: Mapping[str, Any]) -> list[tuple[str, Any]]:
    pairs: list[tuple[str, Any]] = []
    for key, value in content.items():
        if key in (*PLUGS, STORE) or not isinstance(value, dict):
            pairs.append((key, value))
        else:
            pairs.extend((f"{key}.{inner}", item) for inner, item in value.items())
    return pairs


_TYPE_WORDS = {
    str: "text in quotes",
    list: "a list of texts in brackets",
    float: "a number",
    bool: "`true` or `false`",
}


def _fits(value: Any, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if kind is bool:
        return isinstance(value, bool)
    return isinstance(value, (int, kind) if kind is float else kind) and not isinstance(value, bool)


def _from_text(name: str, text: str, kind: type) -> Any:
    if kind is list:
        return [item.strip() for item in text.split(",") if item.strip()]
    try:
        return kind(text)
    except ValueError:
        raise Refusal("bad-configuration", f"{name} must be {_TYPE_WORDS[kind]}, not `{text}`") from None
