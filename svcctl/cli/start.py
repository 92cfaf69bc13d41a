"""`svcctl init`."""

from pathlib import Path

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import zone_named
from svcctl.report.output import Answer, columns


@verb("init")
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--sample", metavar="NAME", help="Begin with a sample, such as access-control.")
@click.option("--zone", default="UTC", metavar="ZONE", help="IANA zone of a new workspace; UTC as if not given.")
@click.option("--store", metavar="PLUGIN", help="Keep the store with a plugin, such as postgres; else in DIR.")
@click.option("--store-key", multiple=True, metavar="KEY=VALUE", help="What that plugin takes; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Show what would be made; write nothing.")
def init(
    call: Call, folder: str | None, sample: str | None, zone: str, store: str | None, store_key: tuple[str, ...]
) -> Answer:
    """In DIR, or here: settings, rules to begin with, and an empty store."""
    from svcctl.desk.starting import create_workspace

    zone_named(zone)
    home = Path(folder) if folder else call.home or Path()
    table = _table(store, store_key)
    made = create_workspace(
        home, sample=sample, zone=zone, store=table, environment=call.environment, dry_run=call.dry_run
    )
    files = [{"id": name} for name in made]
    note = f"a workspace in {home.resolve()}; next: `svcctl rules check`, `svcctl ticket new`"
    return Answer(files, columns("id=file"), notes=dry(call) or (note,))


def _table(plugin: str | None, keys: tuple[str, ...]) -> dict[str, str] | None:
    """`[store]` as it will stand in the settings; None for a store in the folder."""
    if plugin in (None, "json"):
        if keys:
            raise Refusal("bad-argument", "a store in the folder takes no keys", help="name its plugin with --store")
        return None
    table = {"plugin": str(plugin)}
    for pair in keys:
        key, equals, value = pair.partition("=")
        if not (key and equals) or key == "plugin":
            raise Refusal("bad-argument", f"`{pair}` is no KEY=VALUE", help="such as `url=env:SVCCTL_PG`")
        table[key] = value
    return table
