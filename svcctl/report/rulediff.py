"""Two sets of rules compared, as text."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from svcctl.desk.rulediff import Compared


def difference_items(found: "Compared") -> list[dict[str, Any]]:
    """Each difference as an item; `tickets` is how many on record it concerns, `ids` which, None where not known."""
    return [
        {
            "kind": each.kind,
            "block": each.block,
            "before": each.before,
            "after": each.after,
            "cases": list(each.cases),
            "more_cases": each.more,
            "example": each.example or None,
            "proven": each.proven,
            "tickets": None if ids is None else len(ids),
            "ids": None if ids is None else list(ids),
        }
        for each, ids in found.differences
    ]


def diff_page(whole: Mapping[str, Any]) -> Iterator[str]:
    """Each difference with its tickets, and the counts below."""
    for item in whole["differences"]:
        yield f"{item['kind']} {item['block']}: {item['before']} -> {item['after']}\n"
        for case in item["cases"]:
            yield f"  for {case}\n"
        if item["more_cases"]:
            yield f"  and {item['more_cases']} cases more\n"
        if item["example"]:
            yield f"  example: {item['example']}\n"
        if not item["proven"]:
            yield "  not proven: there were too many cases, so there may be more\n"
        if item["tickets"] is not None:
            yield f"  on record: {item['tickets']} ticket{'' if item['tickets'] == 1 else 's'}\n"
        yield "\n"
    if not whole["differences"]:
        yield "nothing is decided differently\n"
    elif whole["tickets"] is not None:
        yield f"{len(whole['changed'])} of {whole['tickets']} tickets on record are concerned\n"
