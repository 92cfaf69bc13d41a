"""The fixes of `svcctl rules check --fix`: made, or only shown."""

from typing import TYPE_CHECKING

from svcctl.cli.batch import DRY
from svcctl.cli.call import Call
from svcctl.cli.rules_given import given_of
from svcctl.foundation.errors import Exit
from svcctl.report.output import Answer, columns

if TYPE_CHECKING:
    from svcctl.desk.rewriting import Draft


def fix_files(call: Call, paths: tuple[str, ...]) -> tuple[str, ...]:
    """Write every certain fix, and say in which files."""
    from svcctl.desk.rewriting import write_draft

    drafts = _drafts(call, paths)
    for draft in drafts:
        write_draft(draft)
    return (f"fixed {', '.join(draft.name for draft in drafts)}" if drafts else "nothing to fix for certain",)


def would_fix(call: Call, paths: tuple[str, ...], diff: bool) -> Answer:
    """What --fix would change, of which nothing is written; the answer is no where there is something."""
    drafts = _drafts(call, paths)
    page = "".join(draft.diff() if diff else f"{draft.name}\n" for draft in drafts)
    return Answer(
        [{"id": draft.name, "changed": True, "diff": draft.diff()} for draft in drafts],
        columns("id=file", "changed"),
        page=lambda looks: page,
        exit=Exit.NO if drafts else Exit.DONE,
        notes=(f"{len(drafts)} files would change", *((DRY,) if call.dry_run else ())),
    )


def _drafts(call: Call, paths: tuple[str, ...]) -> "list[Draft]":
    from svcctl.desk.fixing import fix_rules

    return [draft for draft in fix_rules(given_of(call, paths)) if draft.changed]
