"""`svcctl care`: what the rules of care say, and what is to come by them."""

import click

from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.report.columns import CARE, OCCASIONS
from svcctl.report.output import Answer


@verb("care list")
def list_(call: Call) -> Answer:
    """What each is for, when it comes, and what is done. `svcctl sweep` does it."""
    from svcctl.desk.care_queries import care_rows

    return Answer(care_rows(call.workspace), CARE)


@verb("care preview")
@click.option("--until", required=True, metavar="TIME", help="A date, or a time, up to which to look.")
@click.option("--asset", metavar="ID", help="Of this asset only.")
@click.option("--customer", metavar="ID", help="Of this customer's assets and tickets only.")
def preview(call: Call, until: str, asset: str | None, customer: str | None) -> Answer:
    """If nothing changes but the time. What waits for a reading of a meter is shown once it has come."""
    from svcctl.desk.care_queries import upcoming_care

    rows = upcoming_care(call.workspace, call.now, call.instant(until), asset=asset, customer=customer)
    return Answer(rows, OCCASIONS)
