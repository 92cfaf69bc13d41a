"""`svcctl plugin check`, `docs` and `new`: for those who configure plugs, and those who write them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.columns import CHECKED, CONFIG_KEYS
from svcctl.report.output import Answer, columns, render


@verb("plugin check")
@click.argument("name")
def check(call: Call, name: str) -> Answer:
    """NAME is a channel, an ERP, or a plugin, then wherever it is used. Sends nothing; may use the network."""
    rows = list(_checks(call, name))
    notes = tuple(dict.fromkeys(f"help: {row['help']}" for row in rows if row["help"]))
    return Answer(rows, CHECKED, exit=Exit.DONE if all(row["ok"] for row in rows) else Exit.NO, notes=notes)


@verb("plugin docs")
@click.argument("name")
def docs(call: Call, name: str) -> Answer:
    """Its README, or else its keys; with -o json both, the keys as the plugin itself declares them."""
    from svcctl.extension.documentation import config_keys, page_of
    from svcctl.extension.registry import Registry

    registry = Registry(call.home or Path(), call.environment)
    entry = registry.found(name)[0]
    keys = [vars(key) for key in config_keys(registry.load(entry))]
    page = page_of(entry)
    item = {"id": entry.name, "kind": entry.kind, "distribution": entry.distribution, "keys": keys, "page": page}
    return Answer(item, page=lambda looks: page + "\n" if page else render(Answer(keys, CONFIG_KEYS), "table", looks))


@verb("plugin new")
@click.argument("name")
@click.option(
    "--kind", type=click.Choice(["notifier", "erp"]), default="notifier", metavar="KIND", help="notifier, or erp."
)
@click.option("--folder", metavar="DIR", help="Where to write it; else svcctl-KIND-NAME here.")
@click.option("--dry-run", is_flag=True, help="Show what would be written; write nothing.")
def new(call: Call, name: str, kind: str, folder: str | None) -> Answer:
    """A project of its own that passes the conformance kit as it stands; change it from there."""
    from svcctl.desk.skeleton import create_plug

    project = Path(folder or f"svcctl-{kind}-{name}")
    files = [{"id": file} for file in create_plug(name, kind, project, dry_run=call.dry_run)]
    note = f"a plugin in {project}; next: `pip install -e '{project}[dev]'`, `python -m pytest {project}`"
    return Answer(files, columns("id=file"), notes=dry(call) or (note,))


def _checks(call: Call, name: str) -> Iterator[dict[str, Any]]:
    from svcctl.desk.plugs import opened_plugs

    is_used = False
    for place, plug in opened_plugs(call.workspace, name):
        is_used = True
        if isinstance(plug, Refusal):
            yield _row(place, "opens", False, plug.message, plug.help)
            continue
        yield _row(place, "opens", True, type(plug).__name__)
        yield from _asked(place, plug)
    if not is_used:
        yield from _loaded(call, name)


def _asked(place: str, plug: Any) -> Iterator[dict[str, Any]]:
    """What an open plug says of itself, how it renders, and whether it can be closed."""
    from svcctl.extension.contract import Health, Notifier
    from svcctl.extension.guard import PlugFailed, guarded

    def healthy() -> tuple[bool, str]:
        health = plug.check()
        if not isinstance(health, Health):
            raise TypeError("it gave no Health")
        return bool(health.ok), plug.scrub(str(health.text))

    def closed() -> tuple[bool, str]:
        plug.close()
        return True, ""

    def rendering() -> tuple[bool, str]:
        faults = [f"message {number}: {fault}" for number, fault in enumerate(_rendered(plug), 1) if fault]
        return not faults, plug.scrub(faults[0]) if faults else "every message of the kit"

    tried = {"renders": rendering} if isinstance(plug, Notifier) else {}
    for what, work in {**tried, "works": healthy, "closes": closed}.items():
        try:
            with guarded(plug.scrub):
                ok, text = work()
        except (PlugFailed, Refusal) as failed:
            ok, text = False, str(failed)
        if what != "closes" or not ok:
            yield _row(place, what, ok, text)


def _rendered(plug: Any) -> Iterator[str]:
    """For each message of the kit what is wrong with its rendering, or empty."""
    from svcctl.testing.messages import MESSAGES, rendering_faults

    for message in MESSAGES:
        try:
            yield "; ".join(rendering_faults(plug, message))
        except Exception as failed:
            yield f"{type(failed).__name__}: {failed}"


def _loaded(call: Call, name: str) -> Iterator[dict[str, Any]]:
    """A plug that no settings name: whether it could be used."""
    registry = call.workspace.registry
    for entry in registry.found(name):
        problem = registry.examine(entry).problem
        yield _row(
            f"{entry.kind} {entry.name}", "loads", not problem, problem or "installed; no channel or ERP uses it"
        )


def _row(id: str, what: str, ok: bool, text: str, help: str = "") -> dict[str, Any]:
    return {"id": id, "check": what, "ok": ok, "text": text, "help": help}
