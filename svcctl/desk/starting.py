"""A new workspace: with the standard rules, or a sample to try."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from svcctl.desk.settings import CONFIG_FILE, KEYS, load_settings
from svcctl.desk.tables import TABLES
from svcctl.desk.workspace import STORE_FOLDER, Workspace
from svcctl.foundation.errors import Refusal, nearest
from svcctl.foundation.instant import zone_named
from svcctl.foundation.shipped import shipped

_SETTINGS = """\
[workspace]
name = "{name}"
zone = "{zone}"
currency = "CNY"

[rules]
paths = ["rules"]
calendar = "service-hours"

[notify]
channel = "console"
"""

_INSTANT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d)\+08:00")
_RULES_ZONE = "Asia/Shanghai"


def create_workspace(
    folder: Path,
    *,
    sample: str | None = None,
    zone: str = "UTC",
    store: Mapping[str, str] | None = None,
    environment: Mapping[str, str] = MappingProxyType({}),
    dry_run: bool = False,
) -> tuple[str, ...]:
    """Make a workspace in `folder`, or the store of one that has none yet; the files that it was made of, relative to
    it, the store last.

    `store` is the table of the settings for a store that lies elsewhere: `plugin`, and what that plugin takes.

    Raises Refusal `already-exists` where there is one, or where a file of the sample is in the way, and
    `unknown-file` for a sample that does not exist; and as `StorePlug.create`.
    """
    if (folder / CONFIG_FILE).exists():
        if sample is None and store is None and _lacks_store(folder, environment):
            return _store_alone(folder, environment, dry_run=dry_run)
        raise Refusal("already-exists", f"there is a workspace in `{folder}` already", help="choose another folder")
    files = _sample_files(sample) if sample else _fresh_files(folder.resolve().name, zone)
    expect_room(folder, files)
    if store:
        files[CONFIG_FILE] += _store_lines(store).encode()
    if not dry_run:
        _create_store(folder, store, environment)
        # The settings are what makes a folder a workspace, so they come last.
        for name in sorted(files, key=lambda name: name == CONFIG_FILE):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files[name])
    return (*sorted(files), _named(store))


def expect_room(folder: Path, names: Iterable[str]) -> None:
    """Raises Refusal `already-exists` where a file of these cannot be made in a folder: it is there, or another file is
    in the place of a folder above it."""
    for path in (folder / name for name in names):
        above = (each for each in path.parents if each.exists() and not each.is_dir())
        taken = path if path.exists() else next(above, None)
        if taken is not None:
            raise Refusal("already-exists", f"`{taken}` is in the way", help="choose an empty folder")


def _store_alone(folder: Path, environment: Mapping[str, str], *, dry_run: bool) -> tuple[str, ...]:
    """The store of a workspace that came without one, as a clone of its rules and settings does."""
    store = load_settings(folder, environment).store or None
    if not dry_run:
        _create_store(folder, store, environment)
    return (_named(store),)


def _lacks_store(folder: Path, environment: Mapping[str, str]) -> bool:
    try:
        Workspace.find(folder, environment, folder).store.close()
    except Refusal as refusal:
        if refusal.code != "no-workspace":
            raise
        return True
    return False


def _named(store: Mapping[str, Any] | None) -> str:
    return f"store `{store['plugin']}`" if store else f"{STORE_FOLDER}/"


def _create_store(folder: Path, store: Mapping[str, Any] | None, environment: Mapping[str, str]) -> None:
    if store:
        from svcctl.desk.stores import plug_of
        from svcctl.extension.registry import Registry

        plug_of(Registry(folder, environment), store).create(TABLES, lock_timeout=KEYS["lock_timeout"].default).close()
        return
    from svcctl.store.json_store import JsonStore

    JsonStore.create(folder / STORE_FOLDER, TABLES).close()


def _store_lines(store: Mapping[str, str]) -> str:
    lines = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in store.items())
    return "\n[store]\n" + "".join(lines)


def samples() -> tuple[str, ...]:
    """The names of the samples that are workspaces."""
    return tuple(sorted(path.parent.name for path in shipped("samples").glob(f"*/{CONFIG_FILE}")))


def _fresh_files(name: str, zone: str) -> dict[str, bytes]:
    """The standard rules, moved to `zone`: its name, the offsets of instants, and no holidays of another country."""
    settings = _SETTINGS.format(name=name.replace('"', ""), zone=zone)
    files = {CONFIG_FILE: settings.encode()}
    for path in sorted(shipped("rules").glob("*.rules")):
        text = path.read_text(encoding="utf-8")
        if zone != _RULES_ZONE:
            text = re.sub(r"\n *holidays CN.*", "", text).replace(f'"{_RULES_ZONE}"', f'"{zone}"')
            text = _INSTANT.sub(lambda match: _in_zone(match[1], zone), text)
        files[f"rules/{path.name}"] = text.encode()
    return files


def _in_zone(wall: str, zone: str) -> str:
    return datetime.fromisoformat(wall).replace(tzinfo=zone_named(zone)).isoformat(timespec="minutes")


def _sample_files(sample: str) -> dict[str, bytes]:
    if sample not in samples():
        meant = nearest(sample, samples())
        known = ", ".join(samples())
        raise Refusal(
            "unknown-file",
            f"there is no sample `{sample}`",
            help=f"did you mean `{meant}`?" if meant else f"there are: {known}",
        )
    root = shipped("samples") / sample
    found = (path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}
