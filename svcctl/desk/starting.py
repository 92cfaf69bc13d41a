"""A new workspace: empty, or a sample to try."""

from pathlib import Path

from svcctl.desk.settings import CONFIG_FILE
from svcctl.desk.tables import TABLES
from svcctl.desk.workspace import STORE_FOLDER
from svcctl.foundation.errors import Refusal, nearest
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

_RULES = """\
# When somebody works. `holidays CN` adds China's statutory days off and make-up workdays.
calendar service-hours {{
  zone "{zone}"
  mon..fri 09:00-12:00, 13:30-18:00
}}

# Who gets a ticket. Rules are tried from the top; the first whose `when` holds decides.
dispatch intake first {{
  otherwise {{ queue triage }}
}}

test "a ticket that no rule takes waits for triage" {{
  at 2026-11-23T09:00+08:00
  given ticket {{ title "the terminal stays black" }}
  expect queue triage
}}
"""


def create_workspace(
    folder: Path, *, sample: str | None = None, zone: str = "UTC", dry_run: bool = False
) -> tuple[str, ...]:
    """Make a workspace in `folder`; the files that it was made of, relative to it, the store last.

    Raises Refusal `already-exists` where there is one, or where a file of the sample is in the way, and
    `unknown-file` for a sample that does not exist.
    """
    if (folder / CONFIG_FILE).exists():
        raise Refusal("already-exists", f"there is a workspace in `{folder}` already", help="choose another folder")
    files = _sample_files(sample) if sample else _fresh_files(folder.resolve().name, zone)
    for name in files:
        if (folder / name).exists():
            raise Refusal("already-exists", f"`{folder / name}` is in the way", help="choose an empty folder")
    if not dry_run:
        from svcctl.store.json_store import JsonStore

        # The settings are what makes a folder a workspace, so they come last.
        for name in sorted(files, key=lambda name: name == CONFIG_FILE):
            if name == CONFIG_FILE:
                JsonStore.create(folder / STORE_FOLDER, TABLES).close()
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(files[name])
    return (*sorted(files), f"{STORE_FOLDER}/")


def samples() -> tuple[str, ...]:
    """The names of the samples that are workspaces."""
    return tuple(sorted(path.parent.name for path in shipped("samples").glob(f"*/{CONFIG_FILE}")))


def _fresh_files(name: str, zone: str) -> dict[str, bytes]:
    return {
        CONFIG_FILE: _SETTINGS.format(name=name.replace('"', ""), zone=zone).encode(),
        "rules/start.rules": _RULES.format(zone=zone).encode(),
    }


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
