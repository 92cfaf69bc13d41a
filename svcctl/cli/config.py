"""`svcctl config`."""

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.report.columns import SETTINGS
from svcctl.report.output import Answer, Column


@verb("config show")
@click.argument("keys", nargs=-1)
@click.option("--origin", is_flag=True, help="Also where each value comes from.")
def show(call: Call, keys: tuple[str, ...], origin: bool) -> Answer:
    """Every setting as it is in force, or those of the KEYS. Secrets are references, and are shown as such."""
    from svcctl.desk.queries import settings_rows

    rows = [row for row in settings_rows(call.workspace) if not keys or row["id"] in keys]
    shown = (*SETTINGS[:2], Column("origin"), *SETTINGS[2:]) if origin else SETTINGS
    return Answer(rows, shown)
