"""`svcctl erp`."""

from typing import TYPE_CHECKING

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.output import Answer

if TYPE_CHECKING:
    from svcctl.extension.connector import LookupKind


@verb("erp lookup")
@click.argument("kind", type=click.Choice(["customer", "asset", "warranty", "part", "stock"]))
@click.argument("id")
@click.option("--erp", "name", metavar="NAME", help="Which `[erp.NAME]` to ask; needed where there are several.")
@click.option("--location", metavar="PLACE", help="For stock: only there.")
def lookup(call: Call, kind: "LookupKind", id: str, name: str | None, location: str | None) -> Answer:
    """Ask the ERP for one thing: an asset and its warranty by serial number, a part and its stock by part number."""
    from svcctl.desk.plugs import look_up

    found = look_up(call.workspace, call.environment, name, kind, id, location)
    if found.record is None:
        raise Refusal("unknown-record", f"the ERP knows no {kind} `{id}`", help=found.text)
    return Answer({"id": id, "kind": kind, **found.record})
