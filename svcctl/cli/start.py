"""`svcctl init`."""

from pathlib import Path

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.instant import zone_named
from svcctl.report.output import Answer, columns


@verb("init")
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--sample", metavar="NAME", help="Begin with a sample, such as access-control.")
@click.option("--zone", default="UTC", metavar="ZONE", help="IANA zone of a new workspace; UTC as if not given.")
@click.option("--dry-run", is_flag=True, help="Show what would be made; write nothing.")
def init(call: Call, folder: str | None, sample: str | None, zone: str) -> Answer:
    """In DIR, or here: settings, rules to begin with, and an empty store."""
    from svcctl.desk.starting import create_workspace

    zone_named(zone)
    home = Path(folder) if folder else call.home or Path()
    made = create_workspace(home, sample=sample, zone=zone, dry_run=call.dry_run)
    files = [{"id": name} for name in made]
    note = f"a workspace in {home.resolve()}; next: `svcctl rules check`, `svcctl ticket new`"
    return Answer(files, columns("id=file"), notes=dry(call) or (note,))
