"""`svcctl silence`: for a while, what escalations say about some tickets is recorded and not sent."""

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.columns import SILENCES
from svcctl.report.output import Answer


@verb("silence add", writes=True)
@click.argument("condition")
@click.option("--until", metavar="TIME", help="When it ends.")
@click.option("--for", "lasting", metavar="DURATION", help="How long it lasts, such as `2h`.")
@click.option("--from", "start", metavar="TIME", help="When it begins; now as if not given.")
@click.option("--comment", required=True, metavar="TEXT", help="Why.")
def add(call: Call, condition: str, until: str | None, lasting: str | None, start: str | None, comment: str) -> Answer:
    """CONDITION is written as in rules: `site.id == HQ-02 and priority != urgent`. What is muted stays in the outbox
    as `silenced`; escalations fire as ever."""
    from svcctl.clock.arithmetic import due
    from svcctl.desk.silences import add_silence
    from svcctl.desk.turn import perform
    from svcctl.foundation.quantity import Elapsed, parse_duration

    if (until is None) == (lasting is None):
        raise Refusal("wrong-usage", "a silence needs one end", help="give either --until or --for")
    begins = call.instant(start) if start else call.now
    duration = parse_duration(lasting or "0m")
    if not isinstance(duration, Elapsed):
        raise Refusal("bad-argument", f"`{lasting}` is not elapsed time", help="write it like `2h` or `30m`")
    end = call.instant(until) if until else due(None, begins, duration)
    document = perform(call.workspace, call.turn, lambda desk: add_silence(desk, condition, end, comment, begins))
    return Answer(document, SILENCES, notes=dry(call))


@verb("silence list")
@click.option("--all", "over", is_flag=True, help="Those that are over, too.")
def list_(call: Call, over: bool) -> Answer:
    """Those that are active or to come, oldest first."""
    from svcctl.desk.silences import find_silences

    return Answer(find_silences(call.workspace.store, call.now, over=over), SILENCES)


@verb("silence expire", writes=True)
@click.argument("id")
def expire(call: Call, id: str) -> Answer:
    """It is kept, and mutes nothing from now on."""
    from svcctl.desk.silences import expire_silence
    from svcctl.desk.turn import perform

    return Answer(perform(call.workspace, call.turn, lambda desk: expire_silence(desk, id)), SILENCES, notes=dry(call))
