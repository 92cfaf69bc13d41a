"""The verbs that customers, sites, assets, engineers and teams share."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import click

from svcctl.cli.batch import dry, key_values, with_failures
from svcctl.cli.call import Call
from svcctl.cli.file_options import encoding_option, format_option
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Refusal
from svcctl.report.columns import HISTORY, RECORDS
from svcctl.report.output import Answer, columns


class RecordCommands(NamedTuple):
    """The commands of one noun."""

    import_: click.Command
    list: click.Command
    show: click.Command
    set: click.Command
    history: click.Command


def record_commands(noun: str) -> RecordCommands:
    """Make the commands of a noun; the fields are those of its table."""

    @verb(f"{noun} import", writes=True)
    @click.argument("file")
    @format_option
    @encoding_option
    def import_(call: Call, file: str, format_: str | None, encoding: str | None) -> Answer:
        """Columns are named like fields. A row that is refused is reported with its line and the rest go in; fields
        that a row leaves empty stay as they are."""
        from svcctl.desk.records import import_records
        from svcctl.desk.rows import read_rows
        from svcctl.desk.turn import perform

        rows = list(read_rows(Path(file), encoding=encoding, format=format_))
        items = perform(call.workspace, call.turn_with(rows), lambda desk: import_records(desk, noun, rows))
        return with_failures(call, items, columns("line", "id", "outcome", "error"))

    @verb(f"{noun} list")
    @click.option("--where", multiple=True, metavar="FIELD=VALUE", help="Only those; repeated: all must hold.")
    def list_(call: Call, where: tuple[str, ...]) -> Answer:
        """All of them, unless --where says which; without a value it finds those that have none."""
        from svcctl.desk.queries import find_records

        values = key_values(where, "--where")
        return Answer(find_records(call.workspace, noun, values), RECORDS[noun], notes=_doubts(noun, values))

    @verb(f"{noun} show")
    @click.argument("id")
    def show(call: Call, id: str) -> Answer:
        """Everything that is known of it."""
        from svcctl.desk.records import record_of

        return Answer(record_of(call.workspace.store, noun, id))

    @verb(f"{noun} set", writes=True, revision=True)
    @click.argument("id")
    @click.argument("fields", nargs=-1, required=True)
    def set_(call: Call, id: str, fields: tuple[str, ...]) -> Answer:
        """FIELDS are NAME=VALUE; a list is written `a; b`, pairs `a=3; b=2`; an empty value takes one away. What is not
        there yet is made."""
        from svcctl.desk.queries import expect_revision
        from svcctl.desk.records import TABLE_OF, save_record
        from svcctl.desk.turn import perform

        said = key_values(fields, "FIELDS")
        if said.pop("id", id) != id:
            raise Refusal("bad-argument", f"{noun} `{id}` keeps its id", help="make another, and point to that one")
        values, without = {**said, "id": id}, [field for field, value in said.items() if not value.strip()]

        def work(desk: Any) -> Any:
            expect_revision(desk.transaction, TABLE_OF[noun], id, call.if_revision)
            return save_record(desk, noun, values, without=without)[0]

        return Answer(perform(call.workspace, call.turn, work), notes=dry(call))

    @verb(f"{noun} history")
    @click.argument("id")
    def history(call: Call, id: str) -> Answer:
        """Oldest first: who changed what, and when."""
        from svcctl.desk.queries import history_of
        from svcctl.desk.records import TABLE_OF
        from svcctl.report.story import history_items

        events = history_of(call.workspace, TABLE_OF[noun], id, noun)
        return Answer(history_items(events, call.workspace.zone), HISTORY)

    return RecordCommands(import_, list_, show, set_, history)


def _doubts(noun: str, fields: Iterable[str]) -> tuple[str, ...]:
    if not fields:
        return ()
    from svcctl.desk.records import TABLE_OF
    from svcctl.desk.slips import strange_fields

    return tuple(strange_fields(TABLE_OF[noun], fields))
