"""`svcctl report`."""

from itertools import starmap

import click

from svcctl.cli.as_of import as_of_option, go_back
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.report.columns import REPORT
from svcctl.report.output import Answer


@verb("report")
@click.option("--since", metavar="TIME", help="Tickets reported from then on.")
@click.option("--until", metavar="TIME", help="Tickets reported before then.")
@click.option(
    "--by", metavar="FIELD", help="Split by type, product_line, model, batch, region, channel, tier, team, ..."
)
@click.option("--section", "sections", multiple=True, metavar="NAME", help="Only this section; may be repeated.")
@as_of_option
def report(
    call: Call, since: str | None, until: str | None, by: str | None, sections: tuple[str, ...], as_of: str | None
) -> Answer:
    """Sections: volume, response, handling, sla, quality, backlog, engineers, hot-spots, satisfaction."""
    from svcctl.desk.queries import installed_assets
    from svcctl.desk.view import standings
    from svcctl.report.figures import Standing
    from svcctl.report.service_report import Period, figures_json, report_page, report_service

    go_back(call, as_of)
    period = Period(call.instant(since) if since else None, call.instant(until) if until else None)
    reported = report_service(
        starmap(Standing, standings(call.workspace, call.now)),
        call.now,
        period=period,
        by=by,
        sections=sections,
        assets=installed_assets(call.workspace),
    )
    return Answer(figures_json(reported), REPORT, page=lambda looks: report_page(reported, call.now, period, looks))
