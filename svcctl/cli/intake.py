"""`svcctl import`."""

from pathlib import Path

import click

from svcctl.cli.batch import with_failures
from svcctl.cli.call import Call
from svcctl.cli.file_options import encoding_option, format_option
from svcctl.cli.verb import verb
from svcctl.report.columns import IMPORTED
from svcctl.report.output import Answer

OUTCOMES = ("created", "exists", "refused")


@verb("import", writes=True)
@click.argument("file")
@click.option("--mapping", required=True, metavar="FILE", help="TOML: which column becomes which field.")
@format_option
@encoding_option
@click.option("--dispatch", is_flag=True, help="Let the rules give open tickets to somebody.")
@click.option("--only", type=click.Choice(OUTCOMES), multiple=True, help="Of the rows show these; all are counted.")
def import_(
    call: Call,
    file: str,
    mapping: str,
    format_: str | None,
    encoding: str | None,
    dispatch: bool,
    only: tuple[str, ...],
) -> Answer:
    """A row that is refused is reported with its line and the rest go in; a row that is there already is left alone."""
    from svcctl.desk.importing import import_tickets
    from svcctl.desk.mapping import read_mapping

    mapped = read_mapping(Path(mapping))
    if encoding is not None:
        mapped = mapped.replace(encoding=encoding)
    path = Path(file)
    turn = call.turn_with(mapped, path.read_bytes()) if call.key and path.is_file() else call.turn
    rows = list(import_tickets(call.workspace, turn, path, mapped, format=format_, dispatch=dispatch))
    outcomes = [row["outcome"] for row in rows]
    said = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in OUTCOMES)
    answer = with_failures(call, rows, IMPORTED, lambda row: not only or row["outcome"] in only)
    return answer.replace(notes=(*answer.notes, f"{len(rows)} rows: {said}"))
