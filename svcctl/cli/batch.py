"""One ticket or many: the same operation, and what became of each."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from svcctl.cli.call import Call, ids_given
from svcctl.foundation.errors import Exit
from svcctl.report.columns import CHANGED
from svcctl.report.output import Answer, Column

if TYPE_CHECKING:
    from svcctl.desk.desk import Desk

DRY = "dry run: nothing was written"


def on_each(
    call: Call,
    ids: tuple[str, ...],
    operation: "Callable[[Desk, str], Any]",
    *,
    many: bool = False,
    content: object = None,
) -> Answer:
    """Run an operation on tickets.

    One id gives the ticket; several, `-` or `many` give a list with the refusal of each that failed, and exit code 4.
    `content` is what was read from files or stdin: an idempotency key stands for it, too.
    """
    from svcctl.desk.turn import perform_each, perform_on

    if len(ids) == 1 and ids[0] != "-" and not many:
        document = perform_on(call.workspace, call.turn_with(content), ids[0], operation)
        return Answer(document, CHANGED, notes=dry(call))
    items = []
    chosen = ids_given(ids)
    turn = call.turn_with(content, chosen if call.atomic else ())
    for result in perform_each(call.workspace, turn, chosen, operation, atomic=call.atomic):
        if result.refusal is None:
            items.append({**(result.document or {}), "id": result.id})
        else:
            items.append({"id": result.id, "error": result.refusal.to_json()})
    return with_failures(call, items, CHANGED)


def with_failures(
    call: Call,
    items: Sequence[dict[str, Any]],
    shown: tuple[Column, ...],
    told: Callable[[dict[str, Any]], bool] = lambda item: True,
) -> Answer:
    """The answer of a batch; items that have an `error` failed. `told` chooses those that are shown, of all counted."""
    failed = sum(bool(item.get("error")) for item in items)
    kept = [item for item in items if told(item)]
    if not failed:
        return Answer(kept, shown, notes=dry(call))
    if not any(column.path.startswith("error") for column in shown):
        shown = (*shown, Column("error.message", "error"))
    notes = (*dry(call), f"error[partly-failed]: {failed} of {len(items)} failed")
    return Answer(kept, shown, exit=Exit.PARTIAL, notes=notes)


def dry(call: Call) -> tuple[str, ...]:
    """What is said beside the data of a dry run."""
    return (DRY,) if call.dry_run else ()


def key_values(pairs: Iterable[str], option: str) -> dict[str, str]:
    """`NAME=VALUE` words as a mapping. Raises Refusal `bad-argument`."""
    from svcctl.foundation.errors import Refusal

    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise Refusal("bad-argument", f"`{pair}` of {option} has no `=`", help="write NAME=VALUE")
        found[name.strip()] = value
    return found


def text_given(text: str) -> str:
    """The text, or all of stdin for `-`."""
    import sys

    return sys.stdin.read().rstrip("\n") if text == "-" else text
