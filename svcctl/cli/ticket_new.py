"""`svcctl ticket new`."""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import click

from svcctl.cli.batch import dry, key_values, text_given
from svcctl.cli.call import Call
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal, nearest
from svcctl.report.columns import CHANGED
from svcctl.report.output import Answer

_FIELDS = {
    "title": "One line.",
    "description": "The symptom in the customer's words; `-` reads it from stdin.",
    "type": "What sort of request it is; its form is of this name.",
    "channel": "How it came in, such as phone, email or wechat.",
    "mode": "on_site, remote or mail_in.",
    "urgency": "low, medium or high.",
    "impact": "low, medium or high.",
    "priority": "low, normal, high or urgent; from urgency and impact as if not given.",
    "occurred-at": "When the fault occurred.",
    "reported-at": "When it was reported; now as if not given.",
    "expected-at": "When the customer expects it done.",
    "customer": "The customer's id.",
    "site": "The site's id.",
    "asset": "The serial number; it gives product, batch, site and customer.",
    "product-line": "Where no asset gives it.",
    "product-model": "Where no asset gives it.",
    "batch": "Where no asset gives it.",
    "region": "Where no site gives it.",
    "external": "The id that it has in another system.",
}


def _fields(function: Callable[..., Answer]) -> Callable[..., Answer]:
    for name, help in reversed(_FIELDS.items()):
        metavar = "TIME" if name.endswith("-at") else "VALUE"
        function = click.option(f"--{name}", metavar=metavar, help=help)(function)
    return function


@verb("ticket new", writes=True)
@_fields
@click.option("--contact", metavar="NAME", help="Whom to speak to.")
@click.option("--reach", multiple=True, metavar="CHANNEL=ADDRESS", help="How to reach them, such as phone=138...")
@click.option("--field", "fields", multiple=True, metavar="NAME=VALUE", help="An answer to the form of the type.")
@click.option("--environment", multiple=True, metavar="NAME=VALUE", help="A condition on site: humidity=83%.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="A word to find it by; may be repeated.")
@click.option("--file", "path", metavar="FILE", help="A JSON object with any of these; `-` reads it from stdin.")
@click.option("--no-dispatch", is_flag=True, help="Take it in only; `svcctl dispatch` gives it to somebody later.")
@click.option("--incomplete", is_flag=True, help="Take it in even if its form requires more.")
def new(
    call: Call,
    contact: str | None,
    reach: tuple[str, ...],
    fields: tuple[str, ...],
    environment: tuple[str, ...],
    tags: tuple[str, ...],
    path: str | None,
    no_dispatch: bool,
    incomplete: bool,
    **given: Any,
) -> Answer:
    """One door for all channels: the form of its type says what it must bring, and the rules decide who does it."""
    from svcctl.desk.dispatching import dispatch_ticket
    from svcctl.desk.intake import open_ticket
    from svcctl.desk.slips import unasked
    from svcctl.desk.turn import perform

    values = _read_object(path) if path else {}
    values |= {
        name: call.instant(value).isoformat() if name.endswith("_at") else value
        for name, value in given.items()
        if value is not None
    }
    if "description" in values:
        values["description"] = text_given(values["description"])
    if contact is not None:
        values["contact"] = {"name": contact, "address": key_values(reach, "--reach")}
    for name, pairs in (("fields", fields), ("environment", environment)):
        if pairs:
            values[name] = {**values.get(name, {}), **key_values(pairs, f"--{name}")}
    if tags:
        values["tags"] = [*values.get("tags", ()), *tags]

    answers: Any = ()
    if call.workspace.settings.erp and not call.dry_run:
        from svcctl.desk.erp_intake import ask_erps

        answers = ask_erps(call.workspace, call.environment, values, call.now)

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
