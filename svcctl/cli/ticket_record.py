"""`svcctl ticket measure|attach|cause|plan|part|cost|survey`: what is recorded on the way."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from svcctl.cli.batch import key_values, on_each
from svcctl.cli.call import Call
from svcctl.cli.file_options import encoding_option
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.foundation.instant import shown
from svcctl.report.output import Answer


@verb("ticket measure", writes=True, revision=True)
@click.argument("id")
@click.argument("readings", nargs=-1)
@click.option("--file", "path", metavar="FILE", help="CSV or JSON lines with `quantity`, `value`, and `at` if known.")
@encoding_option
@click.option("--at", metavar="TIME", help="When they were taken; now as if not given.")
@click.option("--batch", metavar="ID", help="The batch or run that they belong to.")
@click.option("--method", metavar="TEXT", help="How they were taken.")
def measure(
    call: Call,
    id: str,
    readings: tuple[str, ...],
    path: str | None,
    encoding: str | None,
    at: str | None,
    batch: str | None,
    method: str | None,
) -> Answer:
    """READINGS are written `noise=43.2dB`, `yield=99.6%` or, without a unit, `failures=0`."""
    from svcctl.desk import work
    from svcctl.desk.readings import read_readings
    from svcctl.desk.slips import unasked
    from svcctl.desk.work import Reading

    if not readings and path is None:
        raise Refusal("wrong-usage", "there is no reading", help="write NAME=VALUE, such as `noise=43.2dB`, or --file")
    moment = call.instant(at) if at else call.now
    taken = [Reading(name, value, moment) for name, value in key_values(readings, "READINGS").items()]
    if path:
        taken += read_readings(Path(path), call.workspace.zone, moment, encoding=encoding)

    def record(desk: Any, id: str) -> None:
        work.measure(desk, id, taken, batch=batch, method=method)

    answer = on_each(call, (id,), record, content=Path(path).read_bytes() if path and call.key else None)
    slips = unasked(call.workspace, "measured", (reading.quantity for reading in taken))
    return answer.replace(notes=(*answer.notes, *slips))


@verb("ticket attach", writes=True, revision=True)
@click.argument("id")
@click.argument("files", nargs=-1, required=True)
@click.option("--kind", metavar="KIND", help="photo, video or another word; from the file's ending as if not given.")
@click.option("--criterion", metavar="ID", help="The acceptance criterion that it shows.")
def attach(call: Call, id: str, files: tuple[str, ...], kind: str | None, criterion: str | None) -> Answer:
    """FILES are kept with the store by their SHA-256."""
    from svcctl.desk import evidence

    kept = [evidence.keep_file(call.workspace, Path(file), dry_run=call.dry_run) for file in files]

    def record(desk: Any, id: str) -> None:
        for file in kept:
            evidence.attach(desk, id, file, kind, criterion)

    return on_each(call, (id,), record, content=[file.digest for file in kept])


@verb("ticket cause", writes=True, revision=True, bulk=True)
@click.argument("ids", nargs=-1, required=True)
@click.option("--direct", metavar="TEXT", help="What failed.")
@click.option("--indirect", metavar="TEXT", help="What let it fail.")
@click.option("--root", metavar="TEXT", help="Why that could be.")
def cause(call: Call, ids: tuple[str, ...], direct: str | None, indirect: str | None, root: str | None) -> Answer:
    """The root cause analysis, the parts that are given. `-` reads ids from stdin."""
    from svcctl.desk import work

    return on_each(call, ids, lambda desk, id: work.set_cause(desk, id, direct, indirect, root))


@verb("ticket plan", writes=True, revision=True)
@click.argument("id")
@click.argument("what", required=False)
@click.option("--who", metavar="ENGINEER", help="Exactly one who does it.")
@click.option("--by", "when", metavar="TIME", help="Until when.")
@click.option("--verify", metavar="TEXT", help="How to tell that it worked.")
@click.option("--cost", metavar="AMOUNT", help="What it will cost, in the workspace's currency.")
@click.option(
    "--part", "parts", multiple=True, metavar="PART[=N][@PLACE]", help="A part that it needs; the ERP reserves it."
)
@click.option("--done", metavar="ACTION", help="Instead: mark an action of the plan as done.")
@click.option("--drop", metavar="ACTION", help="Instead: take an action out of the plan.")
def plan(
    call: Call,
    id: str,
    what: str | None,
    who: str | None,
    when: str | None,
    verify: str | None,
    cost: str | None,
    parts: tuple[str, ...],
    done: str | None,
    drop: str | None,
) -> Answer:
    """Add one corrective action: WHAT, with --who, --by and --verify."""
    from svcctl.desk import planning

    needed = {"WHAT": what, "--who": who, "--by": when, "--verify": verify}
    alone = {"--done": done, "--drop": drop}
    every = {**alone, **needed, "--cost": cost, "--part": parts or None}
    given = [name for name, value in every.items() if value is not None]
    if len(given) > 1 and given[0] in alone:
        raise Refusal("wrong-usage", f"{' and '.join(given[:2])} do not go together", help=f"give {given[0]} by itself")
    if done is not None:
        return on_each(call, (id,), lambda desk, id: planning.finish_step(desk, id, done))
    if drop is not None:
        return on_each(call, (id,), lambda desk, id: planning.unplan(desk, id, drop))
    absent = [name for name, value in needed.items() if value is None]
    if what is None or who is None or when is None or verify is None:
        raise Refusal(
            "wrong-usage", f"the action lacks {', '.join(absent)}", help="what, who, until when, how to verify"
        )
    until, (amount, currency) = call.instant(when), _amount(cost) if cost is not None else (None, None)
    own = call.workspace.settings["workspace.currency"]
    if currency not in (None, own):
        raise Refusal(
            "bad-argument", f"`{cost}` is not in {own}", help="what is planned costs in the workspace's currency"
        )
    taken = tuple(_planned_part(text) for text in parts)
    answer = on_each(call, (id,), lambda desk, id: planning.plan(desk, id, what, who, until, verify, amount, taken))
    if until >= call.now:
        return answer
    past = f"warning: the action was to be done by {shown(until, call.workspace.zone)}, which is past"
    return answer.replace(notes=(*answer.notes, past))


@verb("ticket part", writes=True, revision=True)
@click.argument("id")
@click.argument("part")
@click.option("--count", default=1, type=click.IntRange(1), metavar="N", help="How many; one as if not given.")
@click.option("--old-serial", metavar="SERIAL", help="The serial of the part taken out.")
@click.option("--new-serial", metavar="SERIAL", help="The serial of the part put in.")
@click.option("--location", metavar="PLACE", help="The stock that it was taken from.")
def part(
    call: Call,
    id: str,
    part: str,
    count: int,
    old_serial: str | None,
    new_serial: str | None,
    location: str | None,
) -> Answer:
    """PART is its number. With an ERP it is written off when the ticket is closed."""
    from svcctl.desk import work

    return on_each(call, (id,), lambda desk, id: work.use_part(desk, id, part, count, old_serial, new_serial, location))


@verb("ticket cost", writes=True, revision=True)
@click.argument("id")
@click.argument("kind")
@click.argument("amount")
@click.option("--currency", metavar="CODE", help="The workspace's as if not given.")
@click.option("--billable/--internal", default=None, help="Whether the customer pays it; else warranty decides.")
def cost(call: Call, id: str, kind: str, amount: str, currency: str | None, billable: bool | None) -> Answer:
    """KIND is such as `parts`, `travel`, `labour` or `goodwill`. With an ERP it is booked when the ticket is closed."""
    from svcctl.desk import work

    spent, written = _amount(amount)
    if currency is not None and written not in (None, currency):
        raise Refusal("bad-argument", f"`{amount}` is not in {currency}", help="say the currency once")
    return on_each(call, (id,), lambda desk, id: work.spend(desk, id, kind, spent, currency or written, billable))


@verb("ticket survey", writes=True, revision=True)
@click.argument("id")
@click.argument("csat", metavar="GRADE")
@click.option("--by", metavar="NAME", help="The team or person who asked; the actor as if not given.")
@click.option("--text", metavar="TEXT", help="In the customer's words.")
def survey(call: Call, id: str, csat: str, by: str | None, text: str | None) -> Answer:
    """GRADE is very_dissatisfied, dissatisfied, neutral, satisfied or very_satisfied."""
    from svcctl.desk import work

    return on_each(call, (id,), lambda desk, id: work.survey(desk, id, csat, by=by, text=text))


def _planned_part(text: str) -> Any:
    """`MB-FT200=2@main store`: a part, how many, and the stock that it is to come from."""
    from svcctl.ticket.model import PlannedPart

    rest, _, location = text.partition("@")
    part, _, count = rest.partition("=")
    if not part.strip() or not (count or "1").isdecimal() or int(count or "1") < 1:
        raise Refusal("bad-argument", f"`{text}` is no part of a plan", help="write it like `MB-FT200=2@main store`")
    return PlannedPart(part.strip(), int(count or "1"), location.strip() or None)


def _amount(text: str) -> tuple[Decimal, str | None]:
    """An amount, and its currency where it has one."""
    from svcctl.facts.facts import plain_value
    from svcctl.foundation.quantity import CURRENCIES, Quantity
    from svcctl.foundation.written import quantity_in_symbols

    found = plain_value(quantity_in_symbols(text))
    if isinstance(found, Quantity) and found.unit in CURRENCIES:
        return found.amount, found.unit
    if not isinstance(found, int | Decimal):
        raise Refusal("bad-argument", f"`{text}` is not an amount", help="write it like `1250.50` or `1250.50 CNY`")
    return Decimal(found), None
