"""`svcctl store`: for those who keep the store for years."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from svcctl.cli.batch import dry
from svcctl.cli.call import Call, ids_given
from svcctl.cli.progress import counted
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.output import Answer, columns

_EDITED = ("tickets", "customers", "sites", "assets", "products", "engineers", "teams")
_DAMAGE = columns("place", "message", flexible="message")


def _head(head: Any, *notes: str) -> Answer:
    item = {"sequence": head.sequence, "hash": head.hash, "head": f"{head.sequence}:{head.hash}"}
    return Answer(item, page=lambda looks: f"{item['head']}\n", notes=notes)


@verb("store verify")
@click.option("--deep", is_flag=True, help="Also fold every document again and compare it; look at index and evidence.")
@click.option("--head", "kept", metavar="SEQ:HASH", help="A head that was kept elsewhere, which must be in the chain.")
def verify(call: Call, deep: bool, kept: str | None) -> Answer:
    """Every place that is not as it was written; exit code 74 where there is one."""
    from svcctl.desk.keeping import altered_evidence, parse_head

    store = call.workspace.store
    expected = None if kept is None else parse_head(kept)
    with counted("verified") as count:
        damages = [*store.verify(deep=deep, kept=expected, progress=count)]
        damages += altered_evidence(call.workspace) if deep else ()
        found = [{"place": damage.place, "message": damage.message} for damage in damages]
    if found:
        total = f"error[store-damaged]: {len(found)} place{'s' * (len(found) > 1)} not as written"
        remedy = () if call.workspace.settings.store else (f"help: {_remedy(found)}",)
        return Answer(found, _DAMAGE, exit=Exit.DISK, notes=(total, *remedy))
    whole = f"{store.head().sequence} commits are as written"
    documents = ", and every document is what they make of it" if deep else ""
    return Answer([], _DAMAGE, page=lambda looks: "", notes=(whole + documents,))


def _remedy(found: Sequence[Mapping[str, str]]) -> str:
    """What brings a damaged store back. From a journal that is whole all else can be made anew."""
    if all(damage["place"] == "index.db" for damage in found):
        return "delete `.svcctl/index.db`: the next command makes it anew from the journal"
    if all(damage["place"].startswith(("data/", "index.db")) for damage in found):
        anew = "`svcctl store backup FOLDER`, then `svcctl store restore FOLDER --replace`"
        adopted = "what somebody edited and is to stay becomes a change by `svcctl store adopt ID`"
        return f"the journal is whole, so all else can be made anew: {anew}; {adopted}"
    back = "`svcctl store restore FOLDER --replace --later`"
    return f"{back} brings back a backup, goes on with what came after it and is whole, and puts what is there aside"


@verb("store adopt", writes=True)
@click.argument("ids", nargs=-1, required=True)
@click.option("--table", type=click.Choice(_EDITED), default="tickets", help="What they are; tickets as if not given.")
def adopt(call: Call, ids: tuple[str, ...], table: str) -> Answer:
    """What was edited by hand in the files of the store becomes a change by the actor, on record like any other. All of
    the IDS, or none. `-` reads ids from stdin."""
    from svcctl.desk.adopting import adopt
    from svcctl.desk.turn import perform

    chosen = ids_given(ids)

    def work(desk: Any) -> Any:
        return [adopt(desk, id, table) for id in chosen]

    return Answer(perform(call.workspace, call.turn_with(chosen), work), columns("id", "revision"), notes=dry(call))


@verb("store head")
def head(call: Call) -> Answer:
    """Keep it elsewhere (mail, a git tag, paper): `store verify --head` proves that nothing before it was altered."""
    return _head(call.workspace.store.head())


@verb("store backup")
@click.argument("folder")
def backup(call: Call, folder: str) -> Answer:
    """To a new FOLDER: journal and evidence as they are at this moment, checked; others may write meanwhile."""
    from svcctl.desk.keeping import back_up

    with counted("checked", call.workspace.store.head().sequence) as count:
        return _head(back_up(call.workspace, Path(folder), count))


@verb("store restore")
@click.argument("folder")
@click.option("--replace", is_flag=True, help="Put the store that is there aside, in a folder beside it.")
@click.option("--later", is_flag=True, help="With --replace: go on with what that has after the backup and is whole.")
def restore(call: Call, folder: str, replace: bool, later: bool) -> Answer:
    """From the FOLDER of a backup, into a workspace whose store is empty, damaged beyond use or gone."""
    from svcctl.desk.keeping import bring_back

    if later and not replace:
        raise Refusal("wrong-usage", "--later goes with --replace", help="see `svcctl store restore --help`")
    with counted("restored") as count:
        restored = bring_back(call.workspace, Path(folder), count, put_aside=replace, later=later)
    notes = [f"the store that was there is in {restored.aside}"] if restored.aside else []
    if restored.left:
        notes.append(f"commits after the backup that are only there: {restored.left}; `--later` goes on with them")
    return _head(restored.head, *notes)


@verb("store archive")
def archive(call: Call) -> Answer:
    """Segments of the journal that are full (64 MB), and pages of which every ticket is closed. Everything still reads
    them; a closed ticket that changes takes its page out again."""
    from svcctl.desk.keeping import compressed

    with counted("looked at") as count:
        found = list(compressed(call.workspace, count))
    notes = () if found else ("there is nothing to compress: no full segment, and no page of closed tickets only",)
    return Answer(found, columns("id=what", "bytes", "compressed"), notes=notes)


@verb("store export")
@click.argument("file", required=False)
def export(call: Call, file: str | None) -> Answer:
    """To FILE, or stdout: JSON lines whatever the format asked for, which `store import` reads back whole."""
    from svcctl.desk.keeping import export_to, exported

    if file is None:
        call.output = "table"
        return Answer([], page=lambda looks: (f"{line}\n" for line in exported(call.workspace)))
    with counted("exported", call.workspace.store.head().sequence) as count:
        return _head(export_to(call.workspace, Path(file), count))


@verb("store import")
@click.argument("file")
def import_(call: Call, file: str) -> Answer:
    """From FILE, `-` for stdin, into a workspace whose store is empty: all commits, byte for byte, or none."""
    from svcctl.desk.keeping import take_in

    with counted("read") as count:
        if file == "-":
            return _head(take_in(call.workspace, sys.stdin.buffer, count))
        if not Path(file).is_file():
            raise Refusal("unknown-file", f"there is no file `{file}`")
        with Path(file).open("rb") as source:
            return _head(take_in(call.workspace, source, count))


@verb("store copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--dry-run", is_flag=True, help="Show what would be copied; write nothing.")
def copy(call: Call, source: str, target: str) -> Answer:
    """Each is `json` for the store in this workspace's folder, the plugin that `[store]` names, or another workspace's
    folder. All commits, byte for byte, into an empty store, or none; then both are compared, document by document."""
    from svcctl.desk.copying import copy_store, expect_copyable, place_of

    one, other = place_of(call.workspace, source), place_of(call.workspace, target)
    found = one.open().head()
    if call.dry_run:
        expect_copyable(one, other)
        return _head(found, *dry(call))
    with counted("copied", found.sequence) as copied, counted("compared", unit="documents") as compared:
        head = copy_store(one, other, copied, compared)
    return _head(head, f"{head.sequence} commits are copied, and every document is the same")


@verb("store migrate")
@click.option("--dry-run", is_flag=True, help="Show what would be stored; write nothing.")
def migrate(call: Call) -> Answer:
    """Otherwise a document is stored so by its next change; until then reading brings it up each time."""
    from svcctl.desk.keeping import migrated

    found = list(migrated(call.workspace, call.now, call.actor, dry_run=call.dry_run))
    notes = dry(call) if found else ("every document is of the newest version",)
    return Answer(found, columns("id=table", "documents", "version"), notes=notes)


@verb("store stats")
def stats(call: Call) -> Answer:
    """Documents, commits, files and bytes."""
    from svcctl.desk.keeping import statistics

    return Answer(statistics(call.workspace), columns("id=what", "count", "unit", "bytes"))
