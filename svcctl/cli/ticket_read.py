"""`svcctl ticket show|list|history|export`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import click

from svcctl.cli.as_of import as_of_option, go_back
from svcctl.cli.call import Call, ids_given
from svcctl.cli.verb import verb
from svcctl.report.columns import CLOCKS, EXPORTED, HISTORY, TICKETS
from svcctl.report.output import Answer, columns
from svcctl.report.table import Looks

FILTERED = ("state", "type", "priority", "assignee", "team", "queue", "customer", "site", "asset", "product-line",
            "product-model", "batch", "region", "channel", "external")  # fmt: skip


@verb("ticket show")
@click.argument("id")
@as_of_option
def show(call: Call, id: str, as_of: str | None) -> Answer:
    """JSON has the ticket as stored, with its `clocks` at --now and the states it `can_go_to`."""
    from svcctl.desk.reading_desk import reading_desk
    from svcctl.desk.view import view_ticket
    from svcctl.report.story import ticket_page
    from svcctl.report.ticket_clocks import clock_items, next_due_item

    go_back(call, as_of, id)
    now = call.now
    view = view_ticket(reading_desk(call.workspace, now), id)
    clocks = {"clocks": clock_items(view.clocks), "next_due": next_due_item(view.clocks, now)}
    item = {**view.document, **clocks, "can_go_to": list(view.moves)}
    notes = (f"warning: no service levels are shown: {view.problem}",) if view.problem else ()

    def page(looks: Looks) -> str:
        return ticket_page(view.ticket, view.clocks, view.moves, now, looks, view.linked)

    return Answer(item, page=page, notes=notes)


@verb("ticket clocks")
@click.argument("id")
@click.option("--why", is_flag=True, help="Show every open stretch, closed day and pause that led to each due time.")
def clocks(call: Call, id: str, why: bool) -> Answer:
    """How much of each promised time is used, segment by segment: what ran, what was paused and in which state, and the
    time between the end of the work and its reopening apart. JSON has seconds of each clock's own time.
    """
    from svcctl.desk.promises import clock_sheets
    from svcctl.desk.reading_desk import reading_desk
    from svcctl.report.ticket_clocks import clocks_page, sheet_items

    now = call.now
    sheets = clock_sheets(reading_desk(call.workspace, now), id)
    items = sheet_items(sheets)
    if not why:
        return Answer(items, CLOCKS, page=lambda looks: clocks_page(sheets, now, looks))
    from svcctl.clock.derivation import derive
    from svcctl.desk.calendars import find_calendar
    from svcctl.report.derivation import derivation_item, derivation_page

    led = []
    for item, sheet in zip(items, sheets, strict=True):
        clock = sheet.clock
        if clock.line is not None and clock.within is not None:
            named = find_calendar(call.workspace, clock.line.id)
            item["derivation"] = derivation_item(derive(clock.line, clock.started, clock.within, clock.gaps), named)
            led.append((clock.kind, item["derivation"]))

    def page(looks: Looks) -> Iterator[str]:
        yield from clocks_page(sheets, now, looks)
        for kind, derivation in led:
            yield f"\n{kind}: "
            yield from derivation_page(derivation, looks)

    return Answer(items, CLOCKS, page=page)


def _filters(function: Callable[..., Answer]) -> Callable[..., Answer]:
    for name in reversed(FILTERED):
        function = click.option(f"--{name}", multiple=True, metavar="VALUE", help="May be repeated: any of these.")(
            function
        )
    return function


@verb("ticket list")
@_filters
@click.option("--open/--closed", "is_open", default=None, help="Only those with work left to do, or without.")
@click.option("--mine", is_flag=True, help="Only those assigned to the actor.")
@click.option("--tag", "tags", multiple=True, help="Only those with this tag; repeated: with all.")
@click.option("--since", metavar="TIME", help="Reported from then on.")
@click.option("--until", metavar="TIME", help="Reported before then.")
@click.option("--sort", "order", default="id", metavar="FIELD", help="Order by a field; the id as if none is given.")
@click.option("--desc", "descending", is_flag=True, help="The last first.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="At most so many.")
@click.option("--columns", "chosen", metavar="FIELDS", help="Of tables and CSV, with commas: id,title,fields.symptom.")
@as_of_option
def list_(
    call: Call,
    is_open: bool | None,
    mine: bool,
    since: str | None,
    until: str | None,
    chosen: str | None,
    as_of: str | None,
    **given: Any,
) -> Answer:
    """All tickets, unless options say which."""
    from svcctl.desk.queries import FILTERS, Choice, find_tickets

    go_back(call, as_of)
    values = {name: given.pop(name) for name in FILTERS}
    paths = [name.strip() for name in chosen.split(",")] if chosen else []
    doubts = _doubts(call, values, [*paths, given["order"]])
    if mine:
        values["assignee"] = (call.actor,)
    choice = Choice(
        values,
        is_open,
        since=call.instant(since) if since else None,
        until=call.instant(until) if until else None,
        **given,
    )
    return Answer(find_tickets(call.workspace, choice), columns(*paths) if paths else TICKETS, notes=doubts)


def _doubts(call: Call, values: Mapping[str, Sequence[str]], paths: Sequence[str]) -> tuple[str, ...]:
    if not any(values.values()) and set(paths) <= {"id"}:
        return ()
    from svcctl.desk.slips import slips, strange_fields

    return (*slips(call.workspace, values), *strange_fields("tickets", paths))


@verb("ticket history")
@click.argument("id")
@click.option("--story", is_flag=True, help="Paragraphs to be read instead of a table.")
def history(call: Call, id: str, story: bool) -> Answer:
    """Oldest first: who changed what, when, and the rule that caused it."""
    from svcctl.desk.queries import history_of
    from svcctl.report.story import history_items

    events = history_of(call.workspace, "tickets", id)
    if not story:
        return Answer(history_items(events, call.workspace.zone), HISTORY)
    from svcctl.report.history import history_story

    told = list(events)
    return Answer(history_items(told, call.workspace.zone), HISTORY, page=lambda looks: history_story(told, looks))


@verb("ticket export")
@click.argument("ids", nargs=-1)
@click.option("--events", is_flag=True, help="With every event of each.")
def export(call: Call, ids: tuple[str, ...], events: bool) -> Answer:
    """Tickets as stored, all of them or those of the IDS; best with `-o jsonl`. `-` reads ids from stdin."""
    from svcctl.desk.queries import Choice, find_tickets
    from svcctl.desk.reading_desk import reading_desk

    store, desk = call.workspace.store, reading_desk(call.workspace, call.now)
    documents = map(desk.document, ids_given(ids)) if ids else find_tickets(call.workspace, Choice())
    if events:
        documents = (
            {**document, "events": [event.to_json() for event in store.history("tickets", document["id"])]}
            for document in documents
        )
    return Answer(documents, EXPORTED)
