"""`svcctl erp`."""

from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.batch import dry, with_failures
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.columns import OUT_OF_STEP, PULLED
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

    found = look_up(call.workspace, name, kind, id, location)
    if found.record is None:
        raise Refusal("unknown-record", f"the ERP knows no {kind} `{id}`", help=found.text)
    return Answer({"id": id, "kind": kind, **found.record})


@verb("erp pull", writes=True)
@click.option("--erp", "name", metavar="NAME", help="Only from this `[erp.NAME]`.")
@click.option("--anew", is_flag=True, help="Everything, and not only what changed since the last time.")
def pull(call: Call, name: str | None, anew: bool) -> Answer:
    """Customers, sites and assets that are new or other there; what is as it was is not told. A pull that is
    interrupted is made good by the next; an ERP that does not answer keeps no other from being asked. A dry run asks
    nothing and shows how far each ERP was pulled."""
    from svcctl.desk.erp import chosen_erp
    from svcctl.desk.erp_pull import pull as bring
    from svcctl.desk.erp_status import out_of_step

    settings = call.workspace.settings
    chosen = [chosen_erp(settings, name)] if name or not settings.erp else list(settings.erp)
    if call.dry_run:
        known = [item for item in out_of_step(call.workspace, call.now, name) if item["what"] == "pulled"]
        return Answer(known, OUT_OF_STEP, notes=dry(call))
    items: list[dict[str, Any]] = []
    for erp in chosen:
        try:
            items += bring(call.workspace, call.turn, erp, anew=anew)
        except Refusal as refusal:
            if len(chosen) == 1:
                raise
            items.append({"id": erp, "kind": "erp", "erp": erp, "outcome": "failed", "error": refusal.to_json()})
    return with_failures(call, items, PULLED)


@verb("erp status")
@click.option("--erp", "name", metavar="NAME", help="Only of this `[erp.NAME]`.")
@click.option("--exit-code", is_flag=True, help="Exit 1 when anything is out of step.")
def status(call: Call, name: str | None, exit_code: bool) -> Answer:
    """What waits for the ERP or failed, when it was last pulled, and in which values the two differ, as far as the
    store knows: nothing is asked."""
    from svcctl.desk.erp import chosen_erp
    from svcctl.desk.erp_status import out_of_step

    if name is not None:
        chosen_erp(call.workspace.settings, name)
    items = list(out_of_step(call.workspace, call.now, name))
    apart = any(item["what"] != "pulled" for item in items)
    return Answer(items, OUT_OF_STEP, exit=Exit.NO if exit_code and apart else Exit.DONE)
