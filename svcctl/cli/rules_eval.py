"""`svcctl rules eval`: tickets in, decisions out, line by line, without a store."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from svcctl.cli.call import Call
from svcctl.cli.lines import answered, lines_of
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.output import Answer, columns, outward

if TYPE_CHECKING:
    from svcctl.decision.rulebook import Rulebook
    from svcctl.desk.evaluating import Records
    from svcctl.desk.settings import Settings

_PARTS = ("dispatch", "sla", "escalation", "acceptance")


@verb("rules eval")
@click.argument("file", default="-")
@click.option("--rules", "paths", multiple=True, metavar="PATH", help="Rule files or folders; the workspace's if none.")
@click.option("--calendar", metavar="ID", help="The calendar in force for --rules, where rules and site name none.")
@click.option("--records", metavar="FILE", help="JSON with records that many tickets name, and with who there is.")
@click.option("--only", multiple=True, type=click.Choice(_PARTS), help="Only these parts of the answers.")
def eval_(
    call: Call, file: str, paths: tuple[str, ...], calendar: str | None, records: str | None, only: tuple[str, ...]
) -> Answer:
    """FILE, or stdin, has one ticket a line, as a JSON object with fields as `svcctl ticket show -o json` writes them,
    all of them optional:

    \b
    {"id": "A1", "type": "hardware_fault", "priority": "high", "description": "...",
     "reported_at": TIME, "state": "new", "fields": {"humidity": 83}, "now": TIME,
     "customer": ID or {...}, "site": ID or {...}, "asset": ID or {...},
     "engineers": [{"id": "li", "team": "hardware", "open_tickets": 2, ...}], "teams": [...]}

    The answers come line by line, each before the next ticket is read: `dispatch` with the rule, its actions, their
    effects and the reasons; what each `sla` promises and when that is due; each `escalation` that watches, with its
    steps; the `acceptance` checklist. Who a line does not name is looked for in --records: {"customers": [...],
    "sites": [...], "assets": [...], "engineers": [...], "teams": [...]}. Where nobody says who there is, an
    assignment stays as it is written.

    A line that cannot be read is answered by {"line", "id", "error"}, and the rest go on; the exit code is then 4. With
    --rules no workspace is needed, and no store is read.
    """
    settings, book = _rules(call, paths, calendar)
    one = _evaluation(call, book, settings, _records(call, records), only or _PARTS)
    answers = _answers(lines_of(file), one)
    shown = columns("id", "dispatch.block", "dispatch.rule", "dispatch.actions", "line", "error.message")
    return answered(call, answers, lambda answer, looks: _written(answer, looks.zone), shown)


def _rules(call: Call, paths: tuple[str, ...], calendar: str | None) -> "tuple[Settings, Rulebook]":
    """The settings in force and the rules. Raises Refusal `no-workspace`, `unknown-file`, `rules-broken`."""
    from svcctl.desk.settings import load_settings

    if not paths:
        return call.workspace.settings, call.workspace.rulebook
    from svcctl.api import read_rulebook

    try:
        settings = call.workspace.settings
    except Refusal as refusal:
        if refusal.code != "no-workspace" or call.home is not None:
            raise
        settings = load_settings(None, call.environment)
    return settings, read_rulebook(*paths, calendar=calendar or settings["rules.calendar"] or None)


def _records(call: Call, file: str | None) -> "Records | None":
    if file is None:
        return None
    import json

    from svcctl.desk.evaluating import records_of

    try:
        given = json.loads(Path(file).read_bytes())
    except (FileNotFoundError, IsADirectoryError):
        raise Refusal("unknown-file", f"there is no file `{file}`") from None
    except (ValueError, RecursionError) as broken:
        raise Refusal("bad-input", f"{file} is not JSON: {broken}") from None
    return records_of(given, call.zone)


def _evaluation(
    call: Call, book: "Rulebook", settings: "Settings", records: "Records | None", parts: tuple[str, ...]
) -> Callable[[Any], dict[str, Any]]:
    from svcctl.desk.evaluating import evaluate

    currency, now = settings["workspace.currency"], call.now
    return partial(evaluate, book, now=now, records=records, zone=call.zone, currency=currency, parts=parts)


def _answers(lines: Iterable[str | bytes], one: Callable[[Any], dict[str, Any]]) -> Iterator[dict[str, Any]]:
    import json

    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        given: Any = None
        try:
            try:
                given = json.loads(line, parse_constant=_no_number)
            except (ValueError, RecursionError) as broken:
                raise Refusal("bad-input", f"the line is not JSON: {broken}") from None
            answer = one(given)
        except Refusal as refusal:
            id = given.get("id") if isinstance(given, dict) else None
            answer = {"line": number, "id": id, "error": refusal.to_json()}
        yield answer


def _no_number(word: str) -> Any:
    raise ValueError(f"`{word}` is no number of JSON")


def _written(answer: dict[str, Any], zone: Any) -> str:
    import json

    return json.dumps(outward(answer, zone), ensure_ascii=False)
