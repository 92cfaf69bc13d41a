"""`svcctl rules fmt`: rule files in the one form that everybody's have."""

import sys
from typing import Any

import click

from svcctl.cli.batch import DRY
from svcctl.cli.call import Call
from svcctl.cli.options import WRITES
from svcctl.cli.rules_given import files_of
from svcctl.cli.verb import verb
from svcctl.foundation.errors import Exit, Refusal
from svcctl.report.output import Answer, columns

_COLUMNS = columns("id=file", "changed", "error.message=error")


@verb("rules fmt")
@click.argument("paths", nargs=-1)
@click.option("--check", is_flag=True, help="Write nothing; name the files that are not in form, and fail if any.")
@click.option("--diff", is_flag=True, help="Write nothing; show what would change.")
@WRITES[0]
def fmt(call: Call, paths: tuple[str, ...], check: bool, diff: bool) -> Answer:
    """PATHS are files or folders; the workspace's rules as if not given; `-` reads stdin and prints.

    Only what stands between words changes: every comment stays, and a file that would say something else is left as
    it is. So are the kind of line break and the byte order mark of a file. Files with mistakes of form are refused.
    """
    if "-" in paths:
        if len(paths) > 1:
            raise Refusal("bad-argument", "`-` is stdin, and goes with no other file")
        return _of_stdin(check, diff)
    from svcctl.desk.rewriting import drafts_of, write_draft
    from svcctl.language.formatting import formatted

    base, given = files_of(call, paths)
    drafts = drafts_of(base, given, formatted)
    refused = [draft for draft in drafts if draft.refusal is not None]
    changed = [draft for draft in drafts if draft.changed]
    dry = check or diff or call.dry_run
    if not dry:
        for draft in changed:
            write_draft(draft)
    if refused:
        code = (
            Exit.PARTIAL if len(refused) < len(drafts) else refused[0].refusal.exit if refused[0].refusal else Exit.NO
        )
    else:
        code = Exit.NO if check and changed else Exit.DONE
    items = [_item(draft.name, draft.changed, draft.refusal, draft.diff() if diff else None) for draft in drafts]
    shown = "".join(draft.diff() for draft in changed) if diff else "".join(f"{draft.name}\n" for draft in changed)
    told = "would change" if dry else "changed"
    return Answer(
        items,
        _COLUMNS,
        page=lambda looks: shown,
        exit=code,
        notes=(
            *(f"error[{draft.refusal.code}]: {draft.refusal.message}" for draft in refused if draft.refusal),
            f"{len(drafts)} files: {len(changed)} {told}" + (f", {len(refused)} refused" if refused else ""),
            *((DRY,) if call.dry_run else ()),
        ),
    )


def _item(name: str, changed: bool, refusal: Refusal | None, diff: str | None) -> dict[str, Any]:
    error = refusal and refusal.to_json()
    return {"id": name, "changed": changed, "error": error} | ({} if diff is None else {"diff": diff})


def _of_stdin(check: bool, diff: bool) -> Answer:
    """The text of stdin in form, to stdout."""
    from svcctl.desk.rewriting import diff_of
    from svcctl.foundation.source import Source
    from svcctl.language.formatting import formatted

    try:
        given = getattr(sys.stdin, "buffer", sys.stdin).read()
        before = given if isinstance(given, str) else given.decode("utf-8")
    except UnicodeDecodeError as broken:
        raise Refusal("bad-input", f"stdin is not UTF-8 text (byte {broken.start})") from None
    after = formatted(Source("-", before))
    changed = after != before
    page = diff_of("-", before, after) if diff else ("-\n" if changed else "") if check else after
    return Answer(
        {"id": "-", "changed": changed, "error": None, "text": after},
        page=lambda looks: page,
        exit=Exit.NO if check and changed else Exit.DONE,
    )
