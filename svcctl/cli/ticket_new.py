"""`svcctl ticket new`."""

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from svcctl.cli.batch import dry, text_given
from svcctl.cli.call import Call
from svcctl.cli.ticket_options import said, said_of_it
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal, nearest
from svcctl.report.columns import CHANGED
from svcctl.report.output import Answer


@verb("ticket new", writes=True)
@said_of_it()
@click.option("--file", "path", metavar="FILE", help="A JSON object with any of these; `-` reads it from stdin.")
@click.option("--no-dispatch", is_flag=True, help="Take it in only; `svcctl dispatch` gives it to somebody later.")
@click.option("--incomplete", is_flag=True, help="Take it in even if its form requires more.")
def new(call: Call, path: str | None, no_dispatch: bool, incomplete: bool, **options: Any) -> Answer:
    """One door for all channels: the form of its type says what it must bring, and the rules decide who does it."""
    from svcctl.desk.dispatching import dispatch_ticket
    from svcctl.desk.intake import open_ticket
    from svcctl.desk.slips import unasked
    from svcctl.desk.turn import perform

    values = said(call, options, _read_object(path) if path else {})
    answers: Any = ()
    if call.workspace.settings.erp and not call.dry_run:
        from svcctl.desk.erp_intake import ask_erps

        answers = ask_erps(call.workspace, values, call.now)

    def work(desk: Any) -> Any:
        ticket = open_ticket(desk, values, complete=not incomplete, answers=answers)
        if not no_dispatch and desk.rulebook.entry is not None:
            dispatch_ticket(desk, ticket.id)
        return desk.document(ticket.id)

    document = perform(call.workspace, call.turn_with(values), work)
    slips = (
        *_told_of_type(call.workspace.rulebook.forms, document.get("type")),
        *unasked(call.workspace, "environment", document.get("environment", ())),
    )
    return Answer(document, CHANGED, notes=(*dry(call), *slips, *_told(answers)))


def _told_of_type(forms: Collection[str], type: str | None) -> tuple[str, ...]:
    """What is said of a type that no form is for: it may be a new one, and it may be a slip of the pen."""
    if type is None or type in forms or not forms:
        return ()
    meant = nearest(type, set(forms))
    hint = f"did you mean `{meant}`?" if meant else f"there are forms for {', '.join(sorted(forms))}"
    return (f"warning: no form is called `{type}`, so nothing was required of the ticket; {hint}",)


def _told(answers: Any) -> tuple[str, ...]:
    """What is said of ERPs that did not answer."""
    return tuple(
        f"warning: the ERP `{answer.erp}` did not answer: {answer.text}; `svcctl sweep` asks it again"
        for answer in answers
        if answer.failed
    )


def _read_object(path: str) -> dict[str, Any]:
    if path != "-" and not Path(path).is_file():
        raise Refusal("unknown-file", f"there is no file `{path}`")
    try:
        values = json.loads(text_given("-") if path == "-" else Path(path).read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as broken:
        raise Refusal("bad-input", f"`{path}` is not JSON: {broken}") from None
    if not isinstance(values, dict):
        raise Refusal("bad-input", f"`{path}` is not a JSON object", help="write one ticket in braces")
    return values
